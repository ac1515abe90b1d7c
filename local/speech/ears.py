"""Speech to text, and whether there is speech, both offline. It hears English."""

import math
import re
import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import webrtcvad  # type: ignore[import-untyped]
from numpy.typing import NDArray
from pocketsphinx import Decoder  # type: ignore[import-untyped]

from local.speech.pronounce import phones
from local.speech.sound import Samples, resampled
from local.speech.words import spoken

_RATE = 16_000
_GRAMMAR = "phrases"
# Mean of a frame's log likelihood against the best sound: measured -1.1 to -2.7 for a phrase of the grammar
# (espeak's to -3.6), -3.1 to -6.0 for another one squeezed into it.
_SURE = -3.3
_LEAST = 1e-300
_VARIANT = re.compile(r"\(\d+\)")
_VAD_RATES = (8_000, 16_000, 32_000, 48_000)
_MOST_STRICT = 3
_FRAME_MS = 20
# Quieter at its loudest is no speech; the recogniser makes words of perfect silence.
_SILENT = 100
_LEAST_NOISE = 75.0
_ABOVE_NOISE = 2.0
_NOISE_RISES = 1.02


class Recogniser:
    """Hears one of `phrases` if it was one of them, otherwise what it can; without phrases it takes dictation.

    Safe to share between threads. A phrase is heard as its spoken words: '£95' as 'ninety five pounds'.
    """

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        wanted = dict.fromkeys(filter(None, map(spoken, phrases)))
        self._phrases = frozenset(wanted)
        self._grammar = _grammar(tuple(wanted)) if wanted else None
        self._lock = threading.Lock()

    def recognise(self, pcm: NDArray[np.int16], rate: int) -> str:
        """Return the words of a clip, int16 mono samples at `rate` Hz, in lower case; '' when there are none."""
        if np.abs(pcm.astype(np.int32)).max(initial=0) < _SILENT:
            return ""
        clip = resampled(pcm, rate, _RATE)
        if self._grammar:
            with self._lock:
                heard, sureness = _decoded(self._grammar, clip)
            # It also gives the beginning of a phrase when the rest does not fit.
            if heard in self._phrases and sureness > _SURE:
                return heard
        with _DICTATING:
            return _decoded(_dictation(), clip)[0]


class SpeechDetector:
    """Tells which 20 ms of a stream at `rate` Hz are speech: the voice detector's word, if it is loud enough too."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._size = rate * _FRAME_MS // 1000
        self._vad = webrtcvad.Vad(_MOST_STRICT)
        self._noise = _LEAST_NOISE

    def feed(self, pcm_20ms: NDArray[np.int16]) -> bool:
        """Return whether these 20 ms, int16 mono, are speech; ValueError for another length."""
        if len(pcm_20ms) != self._size:
            raise ValueError(f"{self._size} samples are 20 ms at {self._rate} Hz, not {len(pcm_20ms)}.")
        level = float(np.sqrt(np.mean(np.square(pcm_20ms, dtype=np.float32))))
        loud = level > _ABOVE_NOISE * self._noise
        # Falls at once and rises slowly: between words even a talker is quiet.
        self._noise = max(_LEAST_NOISE, min(level, self._noise * _NOISE_RISES))
        if self._rate in _VAD_RATES:
            frame, rate = pcm_20ms, self._rate
        else:
            frame, rate = resampled(pcm_20ms, self._rate, _RATE), _RATE
        # Asked each time: it learns from the quiet frames too.
        return bool(self._vad.is_speech(frame.astype("<i2").tobytes(), rate)) and loud


# One for all: the language model takes half a second and 100 MB.
_DICTATING = threading.Lock()


@lru_cache(maxsize=1)
def _dictation() -> Decoder:
    # A whole clip's own mean: the same answer whatever was heard before.
    return Decoder(loglevel="FATAL", cmn="batch", topn=8)


def _grammar(phrases: tuple[str, ...]) -> Decoder:
    decoder = Decoder(loglevel="FATAL", lm=None, cmn="batch")
    for word in sorted({word for phrase in phrases for word in phrase.split()}):
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, phones(word), update=False)
    rules = f"#JSGF V1.0;\ngrammar {_GRAMMAR};\npublic <phrase> = {' | '.join(phrases)};\n"
    decoder.add_jsgf_string(_GRAMMAR, rules)
    decoder.activate_search(_GRAMMAR)
    return decoder


def _decoded(decoder: Decoder, clip: Samples) -> tuple[str, float]:
    """The words, and the mean log likelihood of their frames."""
    decoder.start_utt()
    decoder.process_raw(clip.astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return "", -math.inf
    heard = [part for part in decoder.seg() if part.word[0] not in "<[+"]
    frames = sum(part.end_frame - part.start_frame + 1 for part in heard)
    likelihood = sum(math.log(max(part.ascore, _LEAST)) for part in heard)
    words = spoken(" ".join(_VARIANT.sub("", part.word) for part in heard))
    return words, likelihood / max(frames, 1)
