"""Finds speech in a stream of samples by its loudness. Pure: time is counted in samples, not on a clock."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from local.live.events import Samples

WINDOW_MS = 20
# Kept from before the onset: a recogniser wants the first consonant whole.
PREROLL_MS = 200
# Nobody talks longer in one go; it bounds the memory.
LONGEST_MS = 120_000
DEFAULT_LEVEL = 300.0


@dataclass(frozen=True)
class Sensitivity:
    """How much sound starts speech and how much silence ends it, in milliseconds."""

    onset_ms: int = 40
    silence_ms: int = 500


@dataclass(frozen=True)
class Began:
    """Speech has started."""


@dataclass(frozen=True)
class Utterance:
    """Speech from its start to its end; `voiced_ms` is how much of it was loud."""

    samples: Samples
    rate: int
    voiced_ms: int


class Detector:
    """Feed it samples, get the starts and ends of speech. `level` is the RMS from which sound is loud."""

    def __init__(self, sensitivity: Sensitivity, level: float = DEFAULT_LEVEL) -> None:
        self._sensitivity = sensitivity
        self._level = level
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._restart(0)

    @property
    def speaking(self) -> bool:
        """Whether speech has begun and not ended."""
        return self._speaking

    def feed(self, samples: Samples, rate: int) -> Iterator[Began | Utterance]:
        """What the samples bring about. A change of rate starts afresh."""
        if rate != self._rate:
            self._restart(rate)
        joined = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        size = rate * WINDOW_MS // 1000
        whole = len(joined) // size
        self._rest = joined[whole * size :]
        windows = joined[: whole * size].reshape(whole, size)
        levels = np.sqrt(np.mean(np.square(windows, dtype=np.float32), axis=1)) if whole else ()
        for window, level in zip(windows, levels, strict=True):
            yield from self._window(window, loud=bool(level > self._level))

    def flush(self) -> Utterance | None:
        """The stream has ended: the speech in progress, if any."""
        utterance = self._ended() if self._speaking else None
        self._restart(self._rate)
        return utterance

    def _restart(self, rate: int) -> None:
        self._rate = rate
        self._rest = np.zeros(0, dtype=np.int16)
        kept = (PREROLL_MS + self._sensitivity.onset_ms) // WINDOW_MS
        self._before: deque[Samples] = deque(maxlen=kept)
        self._speech: list[Samples] = []
        self._speaking = False
        self._loud = self._quiet = self._voiced = 0

    def _window(self, window: Samples, *, loud: bool) -> Iterator[Began | Utterance]:
        if not self._speaking:
            self._before.append(window)
            self._loud = self._loud + 1 if loud else 0
            if self._loud * WINDOW_MS >= self._sensitivity.onset_ms:
                self._speaking, self._voiced, self._quiet = True, self._loud, 0
                self._speech = list(self._before)
                yield Began()
            return
        self._speech.append(window)
        self._voiced += loud
        self._quiet = 0 if loud else self._quiet + 1
        ended = self._quiet * WINDOW_MS >= self._sensitivity.silence_ms
        if ended or len(self._speech) * WINDOW_MS >= LONGEST_MS:
            yield self._ended()

    def _ended(self) -> Utterance:
        utterance = Utterance(np.concatenate(self._speech), self._rate, self._voiced * WINDOW_MS)
        rest = self._rest
        self._restart(self._rate)
        self._rest = rest
        return utterance
