"""One direction of a call as it was: pieces of sound at exact samples, and where somebody is talking."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from local.twilio.mulaw import RATE, SILENCE, loudness_table

_LOUD = loudness_table(512)
_PAUSE = b"\0" * (RATE // 10)
# Talk with shorter gaps than this is one segment.
_JOIN = RATE * 3 // 10


@dataclass(frozen=True)
class Piece:
    """Sound at a sample. `source` is what it was: stream, say:TEXT, play:URL, dial, caller."""

    start: int
    data: bytes
    source: str

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.start + len(self.data)


@dataclass
class Span:
    """Talk from a sample to a sample."""

    start: int
    end: int
    source: str


class Track:
    """Mu-law pieces in order; silence between them. Times are samples since the call began."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.spans: list[Span] = []
        self.end = 0
        self._starts: list[int] = []
        self._broken = True

    def put(self, at: int, data: bytes, source: str) -> int:
        """Add sound at a sample, or where the last piece ends if that is later; return where this one ends."""
        piece = Piece(max(at, self.end), data, source)
        self.pieces.append(piece)
        self._starts.append(piece.start)
        self.end = piece.end
        for start, end in loud(data):
            self._talk(piece.start + start, piece.start + end, source)
        return piece.end

    def cut(self, at: int) -> int:
        """Drop everything from a sample on; return how many samples that were."""
        dropped = max(0, self.end - at)
        while self.pieces and self.pieces[-1].end > at:
            last = self.pieces.pop()
            self._starts.pop()
            if last.start < at:
                self.pieces.append(Piece(last.start, last.data[: at - last.start], last.source))
                self._starts.append(last.start)
        while self.spans and self.spans[-1].start >= at:
            self.spans.pop()
        if self.spans:
            self.spans[-1].end = min(self.spans[-1].end, at)
        self.end = min(self.end, at)
        self._broken = True
        return dropped

    def read(self, start: int, count: int) -> bytes:
        """Return what is there, silence where nothing is."""
        if start >= self.end:
            return SILENCE * count
        index = bisect_left(self._starts, start + count) - 1
        found = bytearray(SILENCE * count)
        while index >= 0 and self.pieces[index].end > start:
            piece = self.pieces[index]
            first, last = max(piece.start, start), min(piece.end, start + count)
            found[first - start : last - start] = piece.data[first - piece.start : last - piece.start]
            index -= 1
        return bytes(found)

    def last_talk(self, at: int) -> Span | None:
        """Return the last talk that began by a sample."""
        return next((span for span in reversed(self.spans) if span.start <= at), None)

    def talk_at(self, at: int) -> Span | None:
        """Return the talk that is going on at a sample."""
        return next((span for span in reversed(self.spans) if span.start <= at < span.end), None)

    def _talk(self, start: int, end: int, source: str) -> None:
        last = self.spans[-1] if self.spans else None
        if last and not self._broken and start - last.end < _JOIN and last.source == source:
            last.end = end
        else:
            self.spans.append(Span(start, end, source))
        self._broken = False


def loud(data: bytes) -> Iterator[tuple[int, int]]:
    """Give the parts of mu-law sound that are louder than a telephone's noise, cut at pauses of 100 ms."""
    marks = data.translate(_LOUD)
    start = marks.find(1)
    while start >= 0:
        pause = marks.find(_PAUSE, start)
        end = pause if pause >= 0 else marks.rfind(1) + 1
        yield start, end
        start = marks.find(1, end)
