"""Twilio's buffer of a two-way stream: plays in real time into an ear, returns marks, forgets on clear. No I/O."""

from collections import deque
from dataclasses import dataclass

from local.twilio.mulaw import RATE
from local.twilio.track import Track

MOST_S = 600


@dataclass
class MarkRecord:
    """One mark: when it came, when it went back (both seconds of the call), and whether a clear sent it back."""

    name: str
    came: float
    returned: float = -1.0
    cleared: bool = False


class Playout:
    """Samples count from the beginning of the call, as in the ear's track."""

    def __init__(self, ear: Track) -> None:
        self._ear = ear
        self._waiting: deque[tuple[int, MarkRecord]] = deque()
        self.marks: list[MarkRecord] = []
        self.frames = self.samples = 0

    def media(self, now: int, data: bytes) -> bool:
        """Queue sound; False when more than ten minutes would be waiting: it is discarded."""
        if max(self._ear.end - now, 0) + len(data) > MOST_S * RATE:
            return False
        self._ear.put(now, data, "stream")
        self.frames += 1
        self.samples += len(data)
        return True

    def mark(self, now: int, name: str) -> None:
        """Queue a mark behind what is waiting; it is due at once when nothing is."""
        record = MarkRecord(name, now / RATE)
        self.marks.append(record)
        self._waiting.append((max(self._ear.end, now), record))

    def clear(self, now: int) -> int:
        """Drop what has not been played, and make all marks due; return how many samples were dropped."""
        dropped = self._ear.cut(now)
        for _, record in self._waiting:
            record.cleared = True
        self._waiting = deque((now, record) for _, record in self._waiting)
        return dropped

    def due(self, now: int) -> list[str]:
        """Take the marks that go back now."""
        names = []
        while self._waiting and self._waiting[0][0] <= now:
            record = self._waiting.popleft()[1]
            record.returned = now / RATE
            names.append(record.name)
        return names

    @property
    def next_due(self) -> int | None:
        """The sample at which the next mark goes back."""
        return self._waiting[0][0] if self._waiting else None
