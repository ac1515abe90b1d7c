"""The phone line and its calls as types. The auth token goes in and never comes out."""

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, StringConstraints

from shared.api.admin.models import PageQuery
from shared.domain.voice import CallOutcome, CallStatus, VoiceConfig


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9]{16,128}", value.get_secret_value()):
        raise ValueError("is not an auth token: letters and digits, 32 of them as a rule")
    return value


def _plus(value: object) -> object:
    """In a query a plus that was not escaped arrives as a space."""
    return f"+{value[1:]}" if isinstance(value, str) and value.startswith(" ") else value


class VoiceIn(VoiceConfig):
    """The phone line. Without `account_sid` and `auth_token` those stored stay."""

    account_sid: Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")] | None = None
    auth_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(None, description="Written, never shown")

    def config(self) -> VoiceConfig:
        """Return what is kept in the configuration."""
        return VoiceConfig.model_validate(self.model_dump(exclude={"account_sid", "auth_token"}))


class LineOut(BaseModel):
    """The line as it is stored: this number rings. `readable` false: enter the auth token again."""

    number: str
    account_sid: str
    updated_at: dt.datetime
    updated_by: str
    readable: bool


class WebhooksOut(BaseModel):
    """What the number calls at Twilio, by POST: "a call comes in", "primary handler fails", "call status changes"."""

    voice_url: str
    fallback_url: str
    status_url: str


class ConfigureQuery(BaseModel):
    """Whether to show only what would change."""

    dry_run: bool = False


class WebhookChangeOut(BaseModel):
    """A setting of the number, by Twilio's name for it."""

    setting: str
    before: str
    after: str


class ConfiguredOut(WebhooksOut):
    """What the number calls now, and what was changed for it. `applied` false: a dry run, Twilio is as it was."""

    applied: bool
    changes: list[WebhookChangeOut]


class VoiceOut(BaseModel):
    """The phone line as it is kept. `voice` null: none; `webhooks` null: the operator has not set PUBLIC_VOICE_URL."""

    voice: VoiceConfig | None
    line: LineOut | None
    webhooks: WebhooksOut | None


class LineCheckOut(BaseModel):
    """One thing that was tried."""

    name: str
    ok: bool
    detail: str


class VoiceTestOut(BaseModel):
    """What works at Twilio. `ok` says whether all of it does."""

    ok: bool
    checks: list[LineCheckOut]


class CallsQuery(PageQuery):
    """Which calls."""

    status: CallStatus | None = None
    outcome: CallOutcome | None = None
    caller: Annotated[str, BeforeValidator(_plus), StringConstraints(pattern=r"^[ -~]{0,40}$")] | None = None


class CallOut(BaseModel):
    """A call. `latency` are milliseconds by name; `reason` says more of the outcome."""

    id: str
    session_id: str
    caller: str
    number: str
    mode: Literal["live", "turns"]
    status: CallStatus
    outcome: CallOutcome
    reason: str
    started_at: dt.datetime
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    seconds: int
    summary: str
    fields: dict[str, str]
    latency: dict[str, Any]
    recording: str


class SaidOut(BaseModel):
    """One utterance: `at_ms` since the call was answered; of the assistant only what the caller really heard."""

    at_ms: int
    who: Literal["caller", "assistant", "system"]
    text: str


class CallDetail(CallOut):
    """A call and what was said."""

    transcript: list[SaidOut]
