"""What the handlers of the phone's webhooks work with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.api.voice.answers import Answers
from shared.api.voice.speaking import Recordings, Speaker, SpeechMeter
from shared.domain.voice import CallLimits, CallOutcome, CallRecord, PhoneLine, Refusal, Said
from shared.health import HealthCheck
from shared.ports import Ports
from shared.web.stream_tokens import StreamTokens


class Lines(Protocol):
    """Whose a number is, and how its webhooks are signed."""

    def business_of(self, number: str) -> str | None:
        """Return whose line a number is, None nobody's."""
        ...

    def get(self, business_id: str) -> PhoneLine | None:
        """Return a business's line, None when it has none."""
        ...


class Calls(Protocol):
    """The calls of a business, as `CallStore` keeps them."""

    def begin(
        self, business_id: str, call_id: str, *, session_id: str, caller: str, number: str, mode: str,
        limits: CallLimits,
    ) -> Refusal:  # fmt: skip
        """Keep a call that came in, and say why the line does not take it; the same call again: the same."""
        ...

    def answered(self, business_id: str, call_id: str) -> None:
        """Keep that a call without a stream is answered."""
        ...

    def plan_next(self, business_id: str, call_id: str, next: Mapping[str, Any]) -> None:  # noqa: A002 - the store's
        """Keep what is to happen next."""
        ...

    def take_next(self, business_id: str, call_id: str) -> Mapping[str, Any] | None:
        """Return what is to happen next, once."""
        ...

    def add_lines(self, business_id: str, call_id: str, said: Sequence[Said]) -> None:
        """Append to the transcript."""
        ...

    def get(self, business_id: str, call_id: str) -> CallRecord:
        """Return a call; NotFound when there is none."""
        ...

    def finish(
        self, business_id: str, call_id: str, *, outcome: CallOutcome | None = None, reason: str = "",
        summary: str | None = None, fields: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Add what is known of a call."""
        ...

    def ended(self, business_id: str, call_id: str, status: str, seconds: int) -> bool:
        """Keep how a call ended; True once for each."""
        ...

    def set_recording(self, business_id: str, call_id: str, recording: str) -> None:
        """Keep where a call's recording is."""
        ...


class Texts(Protocol):
    """Text messages from a line."""

    def send_sms(self, line: PhoneLine, to: str, text: str) -> str:
        """Send one; Conflict or Unavailable when it is not on its way."""
        ...


@dataclass(frozen=True)
class VoiceServices:
    """Everything the voice function may touch.

    `public_url` is where Twilio reaches this function, `stream_url` the media service, "" when there is none.
    """

    ports: Ports
    lines: Lines
    calls: Calls
    texts: Texts
    answers: Answers
    speaker: Speaker
    recordings: Recordings
    speech: SpeechMeter
    streams: StreamTokens
    health: HealthCheck
    public_url: str
    stream_url: str
