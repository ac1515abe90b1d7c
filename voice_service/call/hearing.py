"""The caller's sound: when there was speech in it, and what of it the model may not have understood yet. Pure."""

from collections import deque
from dataclasses import dataclass, field

# The caller's audio that is kept for the model: ten seconds of frames, a question and the time to find out that nobody
# was there to hear it.
HELD_FRAMES = 500
# What goes before the first sound of a sentence, so that it does not begin cut.
LEAD_FRAMES = 15
# So many frames of speech in a row are somebody speaking; less is a cough.
SPOKEN_FRAMES = 6
# Longer than the silence by which a model tells the end of a sentence, and its way here and back.
DOUBT_S = 2.0


@dataclass
class Hearing:
    """`run` counts the frames of speech in a row, `voice_at` is when the last one came (seconds from any start)."""

    voice_at: float
    run: int = 0
    _held: deque[bytes] = field(default_factory=lambda: deque(maxlen=HELD_FRAMES))
    _spoken: bool = False
    _doubted: bool = False

    def add(self, mulaw: bytes, now: float, *, speech: bool, listening: bool) -> None:
        """Keep a frame until it is understood; silence that the model has heard need not be kept."""
        held = self._held
        held.append(mulaw)
        if listening and not self._spoken:
            while len(held) > LEAD_FRAMES:
                held.popleft()
        if not speech:
            self.run = 0
            return
        self.voice_at = now
        self.run += 1
        if self.run == SPOKEN_FRAMES:
            self._spoken, self._doubted = True, False

    def understood(self) -> None:
        """Note that the model has taken in what was said so far."""
        self._held.clear()
        self._spoken = self._doubted = False

    def again(self) -> tuple[bytes, ...]:
        """Return what a new connection is to hear first."""
        frames = tuple(self._held)
        if not self._spoken:
            self._held.clear()
        return frames

    def doubtful(self, now: float) -> bool:
        """Say, once, that the model should have made something of what was said by now."""
        if not self._spoken or self._doubted or now - self.voice_at < DOUBT_S:
            return False
        self._doubted = True
        return True
