"""How often something is done by a process, whoever of its threads asks. It does nothing itself."""

import threading
from collections.abc import Callable


class Interval:
    """An interval between two times; safe to ask from many threads.

    Args:
        seconds: how long.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = monotonic
        self._guard = threading.Lock()
        self._next = 0.0

    def over(self) -> bool:
        """Say whether it is time: to one caller, and then not before the interval is over again."""
        with self._guard:
            if self._now() < self._next:
                return False
            self._next = self._now() + self._seconds
        return True
