"""How long the parts of a turn took, for the answer's `timings_ms` and the log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Timings:
    """Milliseconds by part; a part measured twice adds up."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        self._started = monotonic()
        self._ms: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure what runs inside as `name`."""
        begun = self._now()
        try:
            yield
        finally:
            self.add(name, self._now() - begun)

    def add(self, name: str, seconds: float) -> None:
        """Add a time measured elsewhere."""
        self._ms[name] = self._ms.get(name, 0.0) + seconds * 1000

    def mark(self, name: str) -> None:
        """Record the time since the start as `name`, the first time only."""
        self._ms.setdefault(name, (self._now() - self._started) * 1000)

    def report(self) -> dict[str, float]:
        """Return milliseconds by part with one decimal, `total` so far among them."""
        total = (self._now() - self._started) * 1000
        return {name: round(ms, 1) for name, ms in {**self._ms, "total": total}.items()}
