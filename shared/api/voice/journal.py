"""What a call's row tells and is told. Without the database the call goes on, and nothing of it is kept meanwhile."""

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from shared.api.voice.services import VoiceServices
from shared.api.voice.webhook import Webhook
from shared.domain.errors import NotFound, PlatformError
from shared.domain.voice import CallOutcome, CallRecord, Said
from shared.logs import event

_log = logging.getLogger(__name__)

# Lines of the transcript that are read again later: what became of the call is in one place, for people and for us.
_THROUGH, _TAKEN, _NOT_TAKEN = "putting the caller through: ", "the transfer was taken", "nobody took the transfer"
_OFFERED, _TEXTED = "offered the link: ", "texting the link: "


@dataclass
class Journal:
    """One call, as one webhook sees it."""

    services: VoiceServices
    hook: Webhook

    @cached_property
    def record(self) -> CallRecord | None:
        """The call; None when it is not known, or cannot be read now."""
        try:
            return self.services.calls.get(self.hook.tenant.id, self.hook.call_id)
        except NotFound:
            return None
        except PlatformError as error:
            event(_log, "call_not_read", logging.WARNING, code=error.code)
            return None

    @property
    def outcome(self) -> CallOutcome:
        """What the call came to so far."""
        return self.record.outcome if self.record else ""

    @property
    def seconds(self) -> float:
        """How long the call has lasted."""
        begun = self.record and (self.record.answered_at or self.record.started_at)
        return max(0.0, (self.services.ports.clock.now() - begun).total_seconds()) if begun else 0.0

    def caller(self, text: str) -> None:
        """Keep what the caller said."""
        self._add("caller", text)

    def assistant(self, *texts: str) -> None:
        """Keep what the caller is told now."""
        self._add("assistant", " ".join(text for text in texts if text))

    def through(self, reason: str) -> None:
        """Keep that the caller is put through."""
        self._add("system", f"{_THROUGH}{reason}")

    def taken(self) -> None:
        """Keep that a person took the call."""
        self._add("system", _TAKEN)

    def not_taken(self, how: str) -> int:
        """Keep that nobody took it, the same once; return how often that was so by now."""
        text = f"{_NOT_TAKEN} ({how})"
        if text in self._notes():
            return self.failures
        self._add("system", text)
        return self.failures + 1

    def offered(self, cta_id: str) -> None:
        """Keep that a link was offered."""
        self._add("system", f"{_OFFERED}{cta_id}")

    def texted(self, cta_id: str) -> None:
        """Keep that a link is sent."""
        self._add("system", f"{_TEXTED}{cta_id}")

    @property
    def reason(self) -> str:
        """Why the caller was put through last, "" never."""
        return next(iter(self._after(_THROUGH)[::-1]), "")

    @property
    def failures(self) -> int:
        """How often nobody took the call."""
        return len(self._after(_NOT_TAKEN))

    @property
    def was_taken(self) -> bool:
        """Whether a person took the call the last time it was put through."""
        news = [text for text in self._notes() if text == _TAKEN or text.startswith(_THROUGH)]
        return news[-1:] == [_TAKEN]

    @property
    def offers(self) -> list[str]:
        """The links that were offered, by their ids."""
        return self._after(_OFFERED)

    @property
    def texts(self) -> list[str]:
        """The links that were sent, by their ids."""
        return self._after(_TEXTED)

    @property
    def was_spoken(self) -> bool:
        """Whether the caller said anything."""
        return any(line.who == "caller" for line in self._transcript())

    def _add(self, who: Literal["caller", "assistant", "system"], text: str) -> None:
        line = Said(round(self.seconds * 1000), who, text)
        try:
            self.services.calls.add_lines(self.hook.tenant.id, self.hook.call_id, [line])
        except PlatformError as error:
            event(_log, "call_not_kept", logging.WARNING, code=error.code)

    def _after(self, beginning: str) -> list[str]:
        return [text.removeprefix(beginning) for text in self._notes() if text.startswith(beginning)]

    def _notes(self) -> list[str]:
        return [line.text for line in self._transcript() if line.who == "system"]

    def _transcript(self) -> tuple[Said, ...]:
        return self.record.transcript if self.record else ()
