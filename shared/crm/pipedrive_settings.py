"""What the connector for Pipedrive needs: settings that are not secret, and credentials."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from shared.domain.urls import WebUrl


def _bare(value: str) -> str:
    if "?" in value or "#" in value:
        raise ValueError("is a URL without '?' and '#'")
    return value.rstrip("/")


_BaseUrl = Annotated[WebUrl, AfterValidator(_bare)]
_Key = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40})?$")]


class Settings(BaseModel):
    """What the connector needs to know of the Pipedrive account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: _BaseUrl = Field("https://api.pipedrive.com", description="Where the API is")
    accounts_url: _BaseUrl = Field("https://oauth.pipedrive.com", description="Where an app (OAuth) gets its tokens")
    person_ref_field: _Key = Field(
        "", description="The API key of the custom field of persons that keeps our own key; found or made by itself"
    )
    deal_ref_field: _Key = Field(
        "", description="The API key of the custom field of deals that keeps our own key; found or made by itself"
    )


class Credentials(BaseModel):
    """A personal API token, or an app (OAuth) and the refresh token of its installation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_token: SecretStr | None = Field(None, description="A user's API token (Personal preferences > API)")
    client_id: SecretStr | None = Field(None, description="The app's client id")
    client_secret: SecretStr | None = Field(None, description="The app's client secret")
    refresh_token: SecretStr | None = Field(None, description="The refresh token the app was given when installed")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        parts = [secret(part) for part in (self.client_id, self.client_secret, self.refresh_token)]
        if any(parts) != all(parts) or bool(secret(self.api_token)) == any(parts):
            raise ValueError("give 'api_token' alone, or 'client_id', 'client_secret' and 'refresh_token' together")
        return self


def secret(value: SecretStr | None) -> str:
    """Return what a part of the credentials holds, "" when it is not given."""
    return value.get_secret_value() if value else ""
