"""What the HubSpot connector needs: where and how fast, and the credentials of an app."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from shared.domain.urls import WebUrl

_Secret = Annotated[SecretStr | None, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)]


class Settings(BaseModel):
    """What the connector needs that is not secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: WebUrl = Field("https://api.hubapi.com", description="Where HubSpot's API is.")
    api_prefix: Annotated[str, StringConstraints(pattern=r"^/crm/(v3|\d{4}-\d{2}(-beta)?)$")] = Field(
        "/crm/v3",
        description="The version of HubSpot's API: /crm/v3, or a dated one such as /crm/2026-03.",
    )
    ref_property: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,99}$")] = Field(
        "chatbot_ref",
        description="The property of contacts, deals and custom objects that holds the chatbot's own key of a record: "
        "a single-line text with unique values. It is made when the CRM is connected, where the app may do that.",
    )
    requests_per_10s: Annotated[int, Field(ge=1, le=1000)] = Field(
        100, description="How many calls HubSpot takes of this app in ten seconds; other apps have their own limits."
    )


class Credentials(BaseModel):
    """Either a private app's access token, or what an OAuth app was given when the account was connected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    access_token: _Secret = Field(None, description="The access token of a private app (pat-...).")
    client_id: _Secret = Field(None, description="The client id of an OAuth app.")
    client_secret: _Secret = Field(None, description="The client secret of an OAuth app.")
    refresh_token: _Secret = Field(None, description="The refresh token the account gave to the OAuth app.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        oauth = [bool(secret) for secret in (self.client_id, self.client_secret, self.refresh_token)]
        if any(oauth) == bool(self.access_token) or any(oauth) != all(oauth):
            raise ValueError("give either 'access_token', or 'client_id', 'client_secret' and 'refresh_token'")
        return self

    @property
    def auth(self) -> Literal["private_app", "oauth"]:
        """Which of both it is."""
        return "private_app" if self.access_token else "oauth"

    def secret(self, name: str) -> str:
        """Return one of them in the clear, "" when it was not given."""
        value = getattr(self, name)
        return value.get_secret_value() if value else ""
