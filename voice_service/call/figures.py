"""What is measured of a call. Milliseconds. Pure."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass
class Figures:
    """Counts, and how long the caller waited for the first sound of each answer (from their own last sound)."""

    waits_ms: list[int] = field(default_factory=list)
    interruptions: int = 0
    false_starts: int = 0
    rotations: int = 0
    reconnects: int = 0

    def answered(self, now: float, voice_at: float) -> None:
        """Note that an answer begins; one that no sound of the caller asked for is no wait."""
        if 0 < now - voice_at < 60:  # noqa: PLR2004 - longer ago it was not this that was answered
            self.waits_ms.append(int((now - voice_at) * 1000))

    def report(self) -> dict[str, Any]:
        """Return them as JSON."""
        waits = sorted(self.waits_ms)
        return {
            "answers": len(waits),
            "wait_ms_median": int(median(waits)) if waits else None,
            "wait_ms_worst": waits[-1] if waits else None,
            "interruptions": self.interruptions,
            "false_starts": self.false_starts,
            "rotations": self.rotations,
            "reconnects": self.reconnects,
        }
