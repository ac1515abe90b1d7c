"""An answer on its way out: which pieces of audio and transcript are due when. Pure: the clock is handed in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.live.events import Samples
from local.live.frames import OUT_RATE

WORDS_PER_PIECE = 3


@dataclass(frozen=True)
class Piece:
    """One frame of audio and the words that belong to it, if any begin with it."""

    pcm: bytes
    milliseconds: float
    text: str | None


class Playout:
    """`samples` at 24 kHz from `start` on (seconds), in frames of `frame_ms`; all at once unless `paced`."""

    def __init__(self, samples: Samples, text: str, *, start: float, frame_ms: int, paced: bool) -> None:
        self._samples = samples
        self._start = start
        self._step_s = frame_ms / 1000
        self._size = OUT_RATE * frame_ms // 1000
        self._paced = paced
        self._count = max(-(-len(samples) // self._size), 1)
        self._texts = _placed(text, self._count)
        self.sent = 0

    @property
    def ends(self) -> float:
        """When the audio would have been played."""
        return self._start + len(self._samples) / OUT_RATE

    @property
    def complete(self) -> bool:
        """Whether every piece is out."""
        return self.sent >= self._count

    @property
    def next_due(self) -> float:
        """When the next piece is to go out."""
        return self._start + (self.sent * self._step_s if self._paced else 0.0)

    def due(self, now: float) -> Iterator[Piece]:
        """The pieces to send by now."""
        while not self.complete and self.next_due <= now:
            part = self._samples[self.sent * self._size : (self.sent + 1) * self._size]
            text = self._texts.get(self.sent)
            self.sent += 1
            yield Piece(part.tobytes(), len(part) * 1000 / OUT_RATE, text)

    def heard(self, now: float) -> str:
        """The words whose audio has begun to play by now."""
        played = (now - self._start) / self._step_s
        return "".join(text for number, text in self._texts.items() if number < min(played, self.sent))


def _placed(text: str, count: int) -> dict[int, str]:
    """Pieces of the text by the number of the frame they go with."""
    words = re.findall(r"\s*\S+", text)
    pieces = ["".join(words[n : n + WORDS_PER_PIECE]) for n in range(0, len(words), WORDS_PER_PIECE)]
    placed: dict[int, str] = {}
    for number, piece in enumerate(pieces):
        frame = number * count // len(pieces)
        placed[frame] = placed.get(frame, "") + piece
    return placed
