"""What the connector for Zoho CRM needs: settings that are not secret, and credentials."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from shared.domain.urls import WebUrl

DataCentre = Literal["com", "eu", "in", "com.au", "jp", "ca", "sa", "com.cn"]


def _bare(value: str) -> str:
    if "?" in value or "#" in value:
        raise ValueError("is a URL without '?' and '#'")
    return value.rstrip("/")


_BaseUrl = Annotated[WebUrl, AfterValidator(_bare)]
_Secret = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class Settings(BaseModel):
    """What the connector needs to know of the Zoho account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_centre: DataCentre = Field(
        "com", description="Where the account lives: the end of the address you sign in at, 'eu' for accounts.zoho.eu"
    )
    module: Literal["Contacts", "Leads"] = Field(
        "Contacts", description="What people become in Zoho. Deals need Contacts: they cannot be linked to Leads"
    )
    ref_field: Annotated[str, StringConstraints(pattern=r"^([A-Za-z][A-Za-z0-9_]{0,99})?$")] = Field(
        "",
        description="API name of a single-line field of your own that allows no duplicate values, such as Chatbot_Ref, "
        "with the same name in Contacts (or Leads), in Deals and in every custom module. With it nothing can be made "
        "twice; without it a deal is known again by a reference in its description, a person without an e-mail address "
        "by the phone number, and custom modules cannot be written",
    )
    run_workflows: bool = Field(False, description="Whether Zoho's workflow rules run for what the bot writes")
    api_url: _BaseUrl | None = Field(
        None, description="Where the API is; by default Zoho says so itself when it gives a token"
    )
    accounts_url: _BaseUrl | None = Field(
        None, description="Where tokens are given; by default the accounts host of the data centre"
    )

    @property
    def api(self) -> str:
        """Where calls go until Zoho has said where the account lives."""
        return self.api_url or f"https://www.zohoapis.{self.data_centre}"

    @property
    def accounts(self) -> str:
        """Where tokens are given."""
        # Canada is the one whose accounts have another name.
        name = "zohocloud" if self.data_centre == "ca" else "zoho"
        return self.accounts_url or f"https://accounts.{name}.{self.data_centre}"


class Credentials(BaseModel):
    """A client of Zoho's API console (a self client will do) and the refresh token it was given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: _Secret = Field(description="The client's id, from api-console.zoho.com")
    client_secret: _Secret = Field(description="The client's secret")
    refresh_token: _Secret = Field(
        description="The refresh token, with the scopes ZohoCRM.modules.ALL, ZohoCRM.settings.fields.ALL and "
        "ZohoSearch.securesearch.READ"
    )
