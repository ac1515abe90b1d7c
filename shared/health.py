"""Which dependencies answer, and how fast. Remembered for a few seconds: /health is public."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

FRESH_FOR_S = 5.0


@dataclass(frozen=True)
class Dependency:
    """How one dependency answered. `latency_ms` is None when it did not, or is not configured."""

    status: str
    latency_ms: float | None


class HealthCheck:
    """Runs the checks, at most once in five seconds.

    Args:
        checks: by dependency; a check raises when it is down; None: not configured.
        monotonic: seconds from an arbitrary start.
    """

    def __init__(
        self, checks: Mapping[str, Callable[[], object] | None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._checks = checks
        self._now = monotonic
        self._guard = threading.Lock()
        self._result: dict[str, Dependency] = {}
        self._checked = float("-inf")

    def report(self) -> dict[str, Dependency]:
        """Return how each dependency answered."""
        with self._guard:
            if self._now() - self._checked > FRESH_FOR_S:
                self._result = {name: self._ask(check) for name, check in self._checks.items()}
                self._checked = self._now()
            return dict(self._result)

    def _ask(self, check: Callable[[], object] | None) -> Dependency:
        if check is None:
            return Dependency("not_configured", None)
        begun = self._now()
        try:
            check()
        except Exception:  # noqa: BLE001 - whatever it is, it is down
            return Dependency("down", None)
        return Dependency("up", round((self._now() - begun) * 1000, 1))
