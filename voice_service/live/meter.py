"""What a call takes of the model: the tokens that the service tells, else the sound that was heard and spoken."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.prices import AUDIO_TOKENS_PER_SECOND, Item, LiveTokens, live_items

BYTES_PER_SECOND = 8000
"""Of mu-law, as it goes to the phone and comes from it."""


@dataclass
class Meter:
    """One call's, over all its connections. `heard` and `said` are bytes of sound since it was read last."""

    model: str
    heard: int = 0
    said: int = 0
    _told: LiveTokens | None = None

    def told(self, usage: Mapping[str, Any]) -> None:
        """Add what the service says that a turn took; it counts all that was said before anew each time."""
        self._told = (self._told or LiveTokens()) + tokens_of(usage)

    def take(self) -> tuple[Item, ...]:
        """Return what was used since this was asked last. A service that tells is believed, and not estimated."""
        used = LiveTokens(_tokens(self.heard), _tokens(self.said)) if self._told is None else self._told
        self.heard = self.said = 0
        self._told = None if self._told is None else LiveTokens()
        return live_items(self.model, used)


def tokens_of(usage: Mapping[str, Any]) -> LiveTokens:
    """Return a `usageMetadata` by direction and kind; what it does not say the kind of is text."""
    asked = _count(usage, "promptTokenCount") + _count(usage, "toolUsePromptTokenCount")
    spoken = _count(usage, "responseTokenCount") + _count(usage, "thoughtsTokenCount")
    audio_in, audio_out = _audio(usage, "promptTokensDetails"), _audio(usage, "responseTokensDetails")
    return LiveTokens(audio_in, audio_out, max(0, asked - audio_in), max(0, spoken - audio_out))


def _audio(usage: Mapping[str, Any], name: str) -> int:
    details = usage.get(name)
    kinds = details if isinstance(details, list) else ()
    return sum(_count(one, "tokenCount") for one in kinds if isinstance(one, dict) and one.get("modality") == "AUDIO")


def _count(holder: Mapping[str, Any], name: str) -> int:
    value = holder.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _tokens(sound: int) -> int:
    return round(sound / BYTES_PER_SECOND * AUDIO_TOKENS_PER_SECOND)
