"""How long a build's phase will take, by the pace so far. Pure; a guess, and none when there is nothing to go by."""

import math
from collections import deque
from collections.abc import Callable, Mapping

# Phase -> what is done in it, and what of that there is to do. Other phases are short. Vectors that are known already
# take no time: they are not part of the pace.
_DONE = {"fetching": "fetched", "embedding": "embedded"}
_TO_DO: dict[str, Callable[[Mapping[str, int]], int]] = {
    "fetching": lambda counts: counts.get("found", 0),
    "embedding": lambda counts: counts.get("chunks", 0) - counts.get("reused", 0),
}
# The pace of the last minute: a website that slows down is believed. Of less than this nothing is told.
WINDOW_S = 60.0
LEAST_S = 3.0


class Pace:
    """The pace of one build."""

    def __init__(self) -> None:
        self._phase = ""
        self._seen: deque[tuple[float, int]] = deque()

    def seconds_left(self, phase: str, counts: Mapping[str, int], now_s: float) -> int | None:
        """Return the seconds until this phase is over; None when unknown.

        Args:
            phase: which; another one than before begins anew.
            counts: of the build by now.
            now_s: of a clock that only goes forward.
        """
        if phase not in _DONE:
            return None
        if phase != self._phase:
            self._phase = phase
            self._seen.clear()
        done, total = counts.get(_DONE[phase], 0), _TO_DO[phase](counts)
        self._seen.append((now_s, done))
        while now_s - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()
        since_s, before = self._seen[0]
        if now_s - since_s < LEAST_S or done <= before:
            return None
        return math.ceil(max(0, total - done) * (now_s - since_s) / (done - before))
