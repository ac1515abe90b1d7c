"""A business's phone line: who answers how, and what is kept of a call. The Twilio token is sealed elsewhere."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.text import Text

PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
"""E.164."""

Spoken = Annotated[Text, StringConstraints(min_length=1, max_length=600)]
LiveVoice = Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]{2,20}$")]
TurnVoice = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}-[A-Za-z-]{2,20}-[A-Za-z]{3,40}Neural$")]
CallOutcome = Literal["", "answered", "transferred", "message", "missed", "refused", "failed"]
CallStatus = Literal["ringing", "live", "completed", "busy", "no-answer", "failed", "canceled"]
"""Those after `live` are Twilio's own, and final."""
Refusal = Literal["", "busy", "spent", "caller"]
"""Why a line takes no call: too many at once, its minutes are spent, this caller called too often; "" it takes it."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Transfer(_Section):
    """Whom a caller is put through to. `always` False: within the opening hours only, else a message is taken."""

    number: PhoneNumber
    always: bool = False
    ring_seconds: Annotated[int, Field(ge=5, le=60)] = 20
    whisper: bool = True


class Recording(_Section):
    """Whether calls are recorded, by Twilio; the caller is told before, and it is deleted after `keep_days`."""

    enabled: bool = False
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30


class CallLimits(_Section):
    """What a line may cost: calls at once, minutes a day and of one call, calls of one number an hour."""

    calls: Annotated[int, Field(ge=1, le=1000)] = 10
    minutes_per_day: Annotated[int, Field(ge=1, le=100_000)] = 300
    minutes_per_call: Annotated[int, Field(ge=1, le=55)] = 15
    calls_per_caller: Annotated[int, Field(ge=1, le=1000)] = 20


class Silence(_Section):
    """Seconds without a word of the caller: until they are asked whether they are there, and until goodbye."""

    ask_after: Annotated[float, Field(ge=3, le=60)] = 8.0
    end_after: Annotated[float, Field(ge=5, le=180)] = 20.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_after <= self.ask_after:
            raise ValueError("'end_after' must be above 'ask_after'")
        return self


class VoiceConfig(_Section):
    """A phone line.

    Args:
        number: the line's own, at Twilio.
        mode: `live` speaks through Gemini Live and falls back to turns; `turns` is turn by turn from the start.
        voice: of Gemini Live; `turn_voice` of the turns (an Edge voice), null fits the language.
        greeting: the first words, null is the platform's wording.
        consent: said right after the greeting, before anything is recorded.
        closed: outside of the opening hours: `answer` as ever, `message` takes a message, `announce` says
            `closed_text` and hangs up.
        text_links: whether the assistant may text links to the caller (SMS, at the line's cost).
    """

    number: PhoneNumber
    enabled: bool = True
    mode: Literal["live", "turns"] = "live"
    voice: LiveVoice = "Kore"
    turn_voice: TurnVoice | None = None
    greeting: Spoken | None = None
    consent: Spoken | None = None
    closed: Literal["answer", "message", "announce"] = "answer"
    closed_text: Spoken | None = None
    transfer: Transfer | None = None
    text_links: bool = True
    recording: Recording = Recording()
    limits: CallLimits = CallLimits()
    silence: Silence = Silence()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.recording.enabled and not self.consent:
            raise ValueError("'recording' needs 'consent': callers must be told that they are recorded")
        return self


@dataclass(frozen=True)
class PhoneLine:
    """A line as Twilio knows it; `token` signs its webhooks."""

    business_id: str
    number: str
    account_sid: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Webhooks:
    """The addresses that Twilio is to be told for a number."""

    voice_url: str
    fallback_url: str
    status_url: str

    @classmethod
    def at(cls, base: str) -> Self:
        """Return them under the address of the voice function, which has no slash at its end."""
        return cls(f"{base}/voice/incoming", f"{base}/voice/fallback", f"{base}/voice/status")


@dataclass(frozen=True)
class WebhookChange:
    """A setting of the number at Twilio, by Twilio's name, that is not as it should be."""

    setting: str
    before: str
    after: str


@dataclass(frozen=True)
class LineCheck:
    """One thing that was tried at Twilio, and how that went in a sentence."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Said:
    """One utterance of a call: `at_ms` since the call was answered; of the assistant only what was really heard."""

    at_ms: int
    who: Literal["caller", "assistant", "system"]
    text: str


@dataclass(frozen=True)
class CallRecord:
    """A call as the owner sees it. Times are aware, UTC; `latency` are milliseconds by name, `reason` the outcome's."""

    id: str
    session_id: str
    caller: str
    number: str
    mode: str
    status: CallStatus
    outcome: CallOutcome
    started_at: dt.datetime
    answered_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    seconds: int = 0
    transcript: tuple[Said, ...] = ()
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    latency: Mapping[str, Any] = field(default_factory=dict)
    recording: str = ""
    reason: str = ""
