"""What the phone has been sent and how much of it the caller has heard. Pure.

Positions count bytes since the call began (8 to a millisecond, mu-law at 8 kHz); times are seconds from any start.
"""

from dataclasses import dataclass, field

BYTES_PER_S = 8000
# Sent ahead of what is being played: enough for a stumbling network, little enough to be taken back.
AHEAD = 6400
# How much goes between two marks.
MARK_EVERY = 2000


@dataclass
class Playout:
    """The phone's buffer as seen from here. `_audio` holds the bytes from `_start` on, sent or not."""

    sent: int = 0
    _audio: bytearray = field(default_factory=bytearray)
    _start: int = 0
    _heard: int = 0
    _at: float = 0.0
    _marked: int = 0
    _marks: dict[str, int] = field(default_factory=dict)
    _numbers: int = 0

    @property
    def end(self) -> int:
        """The position after all audio there is."""
        return self._start + len(self._audio)

    def heard(self, now: float) -> int:
        """Return how much was heard: what the last mark proved, and what has been played since by the clock."""
        return min(self.sent, self._heard + max(0, int((now - self._at) * BYTES_PER_S)))

    def busy(self, now: float) -> bool:
        """Say whether there is anything the caller has not heard."""
        return self.heard(now) < self.end

    def add(self, mulaw: bytes, now: float) -> None:
        """Take more audio."""
        heard = self.heard(now)
        if heard == self.sent:  # the phone's buffer has run dry: its clock starts again with what is sent next
            self._heard, self._at = heard, now
        if heard - self._start > BYTES_PER_S:
            del self._audio[: heard - self._start]
            self._start = heard
        self._audio += mulaw

    def due(self, now: float) -> bytes:
        """Return what is to be sent now, and count it as sent."""
        until = min(self.end, self.heard(now) + AHEAD)
        if until <= self.sent:
            return b""
        piece = bytes(self._audio[self.sent - self._start : until - self._start])
        self.sent = until
        return piece

    def mark(self) -> str:
        """Return the name of a mark for what has been sent; "" when the last one is near and more is to come."""
        since = self.sent - self._marked
        if since < (1 if self.sent == self.end else MARK_EVERY):
            return ""
        self._numbers += 1
        self._marked = self.sent
        name = f"m{self._numbers}"
        self._marks[name] = self.sent
        return name

    def returned(self, name: str, now: float) -> None:
        """Note that everything before a mark was played; one that a clear gave back proves nothing."""
        position = self._marks.pop(name, None)
        if position is not None:
            self._heard, self._at = position, now

    def take_back(self, now: float) -> int:
        """Count what was not heard as not sent, after a clear; return the position."""
        heard = self.heard(now)
        self.sent = self._heard = heard
        self._marked = min(self._marked, heard)
        self._at = now
        self._marks.clear()
        return heard

    def drop(self, now: float) -> int:
        """Forget what was not heard; return the position."""
        heard = self.take_back(now)
        del self._audio[heard - self._start :]
        return heard
