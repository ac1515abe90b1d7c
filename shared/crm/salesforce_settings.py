"""What a Salesforce account's owner sets, and the credentials."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from shared.domain.text import Line
from shared.domain.urls import WebUrl


def _own_domain(value: str) -> str:
    parts = urlsplit(value)
    if parts.query or parts.fragment:
        raise ValueError("is a URL without '?' and '#'")
    if re.fullmatch(r"(login|test)\.salesforce\.com", parts.hostname or ""):
        raise ValueError("is the account's own My Domain URL, such as https://acme.my.salesforce.com")
    return value.rstrip("/")


class Settings(BaseModel):
    """What the connector needs to know of the Salesforce account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain_url: Annotated[WebUrl, AfterValidator(_own_domain)] = Field(
        description="The account's My Domain URL, such as https://acme.my.salesforce.com"
    )
    api_version: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{1,2}\.0$")] = Field(
        "66.0", description="The version of the REST API"
    )
    object: Literal["Contact", "Lead"] = Field("Contact", description="What a visitor becomes")
    lead_company: Annotated[Line, StringConstraints(min_length=1, max_length=255)] = Field(
        "Unknown", description="The company of a lead, which Salesforce requires"
    )
    ref_field: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w{0,40}__c$")] = Field(
        "Chatbot_Ref__c",
        description="Our own key: a field (Text 80, External ID, Unique) on the visitor's object and on Opportunity",
    )
    login_audience: WebUrl = Field(
        "https://login.salesforce.com",
        description="With a private key: whom the assertion is for (https://test.salesforce.com for a sandbox)",
    )
    default_stage: Annotated[Line, StringConstraints(min_length=1, max_length=255)] = Field(
        "Prospecting", description="The stage of a new opportunity when the deal names none"
    )
    close_in_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        30, description="After how many days a new opportunity is expected to close"
    )
    multi_currency: bool = Field(
        False, description="Whether the account keeps several currencies: only then a deal's currency is sent"
    )


class Credentials(BaseModel):
    """An app of Salesforce: its client id with a secret, or with a user and the private key of its certificate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: SecretStr = Field(description="The app's consumer key")
    client_secret: SecretStr | None = Field(None, description="The app's consumer secret (client credentials flow)")
    username: SecretStr | None = Field(None, description="The integration's user (JWT bearer flow)")
    private_key: SecretStr | None = Field(None, description="The private key in PEM form (JWT bearer flow)")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.client_id.get_secret_value():
            raise ValueError("'client_id' is empty")
        by_secret = bool(self.client_secret and self.client_secret.get_secret_value())
        parts = [bool(part and part.get_secret_value()) for part in (self.username, self.private_key)]
        if any(parts) != all(parts) or by_secret == any(parts):
            raise ValueError("give 'client_secret' alone, or 'username' and 'private_key' together")
        return self
