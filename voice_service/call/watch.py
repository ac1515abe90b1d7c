"""What time alone brings about in a call: silence, a model that does not answer, keys that belong together. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Seconds.

    Args:
        ask_after, end_after: without a word of anybody: the caller is asked, and then taken leave of.
        longest: of a call; `warning` before that it is announced.
        stall: a caller who was understood waits for an answer; after as long again the model is given up.
        filler: a function may take before something is said.
        goodbye: for the last words before the call ends.
        key: after which keys pressed belong together no more.
        false_start: for the model to agree that the caller is speaking; else the assistant goes on.
    """

    ask_after: float = 8.0
    end_after: float = 20.0
    longest: float = 900.0
    warning: float = 60.0
    stall: float = 6.0
    filler: float = 1.5
    goodbye: float = 8.0
    key: float = 2.0
    false_start: float = 0.8


@dataclass
class Silence:
    """Nobody speaks. `since` moves with every sound and while something is going on."""

    since: float
    asked: bool = False

    def broken(self, now: float, *, by_caller: bool) -> None:
        """Note a sound; the caller's own also answers the question whether they are there."""
        self.since = now
        if by_caller:
            self.asked = False

    def due(self, now: float, patience: Patience) -> str:
        """Return "ask", "end" or ""."""
        if self.asked:
            return "end" if now - self.since >= patience.end_after - patience.ask_after else ""
        if now - self.since < patience.ask_after:
            return ""
        self.asked, self.since = True, now
        return "ask"


@dataclass
class Keypad:
    """Keys pressed one after the other."""

    digits: str = ""
    at: float = 0.0

    def press(self, digit: str, now: float) -> None:
        """Add a key."""
        self.digits, self.at = (self.digits + digit)[-32:], now

    def due(self, now: float, patience: Patience) -> str:
        """Return the keys when no more come; "" else."""
        if not self.digits or (now - self.at < patience.key and not self.digits.endswith("#")):
            return ""
        digits, self.digits = self.digits.rstrip("#"), ""
        return digits


@dataclass
class Debt:
    """The caller was understood and waits. `since` 0: the model owes nothing."""

    since: float = 0.0
    nudged: bool = False

    def owe(self, now: float) -> None:
        """Note that the caller said something."""
        self.since, self.nudged = now, False

    def paid(self) -> None:
        """Note that the model answers."""
        self.since, self.nudged = 0.0, False

    def due(self, now: float, patience: Patience) -> str:
        """Return "nudge", "lost" or ""."""
        if not self.since or now - self.since < patience.stall:
            return ""
        self.since = now
        if self.nudged:
            self.paid()
            return "lost"
        self.nudged = True
        return "nudge"
