"""Voices that speak offline: tones that tell words apart, or the local synthesiser. Samples in, no protocol."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from local.tts.catalogue import GENDERS
from local.tts.wire import Boundary

RATE = 24_000
SILENCE_S = 0.1  # before the first word, as the real endpoint has it
_PAUSE_S, _SENTENCE_S = 0.06, 0.35
_PER_LETTER_S, _WORD_S = 0.045, 0.12
_PEAK = 9000
_WORD = re.compile(r"\S+")
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟")
_FADE = 240  # samples
_WOMAN, _MAN = "assistant", "caller"  # as the local synthesiser calls them

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Said:
    """Mono samples at 24 kHz, and when each word of them is said."""

    samples: Samples
    words: tuple[Boundary, ...]


class Voice(Protocol):
    """Something that speaks."""

    def say(self, text: str, voice: str, *, rate: float, pitch: int) -> Said:
        """Speak `text` as `voice` (a short name), `rate` times as fast, `pitch` hertz higher."""


class ToneVoice:
    """Each word is a tone of its own height and as long as the word: the same text is the same audio."""

    def say(self, text: str, voice: str, *, rate: float, pitch: int) -> Said:
        """See `Voice.say`."""
        base = (200 if GENDERS.get(voice) == "Female" else 110) + pitch
        parts: list[Samples] = [_silence(SILENCE_S)]
        words: list[Boundary] = []
        at = SILENCE_S
        for word in _WORD.findall(text):
            seconds = (_WORD_S + _PER_LETTER_S * len(word)) / rate
            pause = (_SENTENCE_S if word.endswith(_ENDS) else _PAUSE_S) / rate
            parts += [_tone(base + zlib.crc32(word.encode()) % 400, seconds), _silence(pause)]
            words.append(Boundary(word, at, seconds))
            at += seconds + pause
        return Said(np.concatenate(parts), tuple(words))


Synthesise = Callable[[str, int, str], Samples]
"""Text, sample rate in Hz, speaker: mono samples."""


class SpokenVoice:
    """The local synthesiser's voice; words are taken to be as long as their letters.

    Args:
        synthesise: speaks at its one pace and height.
    """

    def __init__(self, synthesise: Synthesise) -> None:
        self._synthesise = synthesise

    def say(self, text: str, voice: str, *, rate: float, pitch: int) -> Said:  # noqa: ARG002 - it has one height
        """See `Voice.say`."""
        speaker = _MAN if GENDERS.get(voice) == "Male" else _WOMAN
        # Resampled by reading it faster: a little higher too, which nobody minds here.
        spoken = _at_rate(self._synthesise(text, RATE, speaker), rate)
        samples = np.concatenate([_silence(SILENCE_S), spoken, _silence(_SENTENCE_S)])
        words = _WORD.findall(text)
        letters = sum(map(len, words)) or 1
        each = len(spoken) / RATE / letters
        starts = np.cumsum([0, *(len(word) for word in words)]) * each + SILENCE_S
        return Said(samples, tuple(Boundary(word, float(starts[n]), len(word) * each) for n, word in enumerate(words)))


def real_voice() -> Voice:
    """Return the local synthesiser's voice, tried once. SpeechUnavailable when there is none."""
    from local.speech.voice import synthesise

    synthesise("ready", RATE, _WOMAN)
    return SpokenVoice(synthesise)


class WillingVoice:
    """The local synthesiser's voice, tones where there is none; looked for with the first words."""

    def __init__(self) -> None:
        self._voice: Voice | None = None

    def say(self, text: str, voice: str, *, rate: float, pitch: int) -> Said:
        """Speak."""
        from local.speech.unavailable import SpeechUnavailable

        if self._voice is None:
            try:
                self._voice = real_voice()
            except SpeechUnavailable:
                self._voice = ToneVoice()
        return self._voice.say(text, voice, rate=rate, pitch=pitch)


def voice_of(speech: str) -> Voice:
    """Return the voice of this name: `tones`, or `real` if it can be had."""
    return WillingVoice() if speech == "real" else ToneVoice()


def sentences(words: tuple[Boundary, ...]) -> list[Boundary]:
    """Return the sentences that the words make."""
    found: list[Boundary] = []
    first = 0
    for place, word in enumerate(words):
        if word.text.endswith(_ENDS) or place == len(words) - 1:
            start = words[first].start_s
            text = " ".join(item.text for item in words[first : place + 1])
            found.append(Boundary(text, start, word.start_s + word.duration_s - start, "SentenceBoundary"))
            first = place + 1
    return found


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def _tone(hertz: int, seconds: float) -> Samples:
    count = round(seconds * RATE)
    wave = np.sin(2 * np.pi * hertz * np.arange(count) / RATE) * _PEAK
    fade = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / min(_FADE, max(1, count // 2)))
    faded: Samples = (wave * fade).astype(np.int16)
    return faded


def _at_rate(samples: Samples, rate: float) -> Samples:
    if rate == 1:
        return samples
    places = np.arange(0, len(samples) - 1, rate)
    faster: Samples = np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
    return faster
