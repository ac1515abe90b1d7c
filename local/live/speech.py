"""Voices and ears of the stand-in, chosen by name: tones for tests, real speech for a person.

It must not import a synthesiser or recogniser before one is asked for.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol

from local.live.events import Samples
from local.live.options import SPEECH
from local.live.tones import ToneEars, ToneVoice

KINDS = SPEECH
# Of its voices the one that is not the callers'.
SPEAKER = "assistant"


class Voice(Protocol):
    """A synthesiser."""

    def say(self, text: str, rate: int) -> Samples:
        """The text as int16 mono samples at `rate` Hz."""


class Ears(Protocol):
    """A recogniser."""

    def hear(self, samples: Samples, rate: int) -> str:
        """The words spoken in int16 mono samples at `rate` Hz; '' when there are none."""


class RealVoice:
    """The offline synthesiser of local.speech."""

    def __init__(self) -> None:
        self._synthesise: Callable[..., Samples] = import_module("local.speech.voice").synthesise

    def say(self, text: str, rate: int) -> Samples:
        """The text spoken."""
        return self._synthesise(text, rate, SPEAKER)


class RealEars:
    """The offline recogniser of local.speech; it knows the phrases it may hear."""

    def __init__(self, phrases: Sequence[str]) -> None:
        recogniser: Any = import_module("local.speech.ears").Recogniser(phrases)
        self._recognise: Callable[[Samples, int], str] = recogniser.recognise

    def hear(self, samples: Samples, rate: int) -> str:
        """The phrase most like what was said."""
        return self._recognise(samples, rate)


class Speech:
    """Makes voices and ears when they are first used, and keeps them. Slow: not for the event loop."""

    def __init__(self) -> None:
        self._voices: dict[str, Voice] = {}
        self._ears: dict[tuple[str, tuple[str, ...]], Ears] = {}

    def say(self, kind: str, text: str, rate: int) -> Samples:
        """Speak with the voice of this kind."""
        if kind not in self._voices:
            self._voices[kind] = RealVoice() if kind == "real" else ToneVoice()
        return self._voices[kind].say(text, rate)

    def hear(self, kind: str, phrases: tuple[str, ...], samples: Samples, rate: int) -> str:
        """Listen with the ears of this kind, which expect `phrases`."""
        key = (kind, phrases)
        if key not in self._ears:
            # A grammar of yesterday is not wanted again.
            self._ears = {key: RealEars(phrases) if kind == "real" else ToneEars()}
        return self._ears[key].hear(samples, rate)
