"""Whose voice speaks: the caller's, and Twilio's own in <Say>. A synthesiser is handed in; this one only babbles."""

from typing import Protocol

import numpy as np

from local.twilio.mulaw import Pcm

_LETTER_S = 0.06
_PITCHES = (140.0, 180.0, 220.0, 260.0)


class Voice(Protocol):
    """A synthesiser."""

    def say(self, text: str, rate: int) -> Pcm:
        """Return the text spoken: mono samples at `rate` Hz."""
        ...


class Babble:
    """Sounds like talking, says nothing: 60 ms a letter, quiet between words, the same for the same text."""

    def say(self, text: str, rate: int) -> Pcm:
        """Return syllables in place of words."""
        words = [self._word(word, rate) for word in text.split()]
        return np.concatenate(words) if words else np.zeros(0, dtype=np.int16)

    def _word(self, word: str, rate: int) -> Pcm:
        count = max(1, int(len(word) * _LETTER_S * rate))
        at = np.arange(count) / rate
        pitch = _PITCHES[sum(word.encode()) % len(_PITCHES)]
        wave = sum(np.sin(2 * np.pi * pitch * part * at) / part for part in (1, 2, 3, 5))
        sound = (np.clip(wave * 6000, -30_000, 30_000)).astype(np.int16)
        return np.concatenate([sound, np.zeros(int(_LETTER_S * rate), dtype=np.int16)])
