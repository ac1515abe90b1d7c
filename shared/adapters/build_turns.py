"""Gives knowledge builds their turn: starts those that may run, queues those of a schedule. Builds nothing itself."""

import logging
import time
from collections import Counter
from collections.abc import Callable

from shared.adapters.interval import Interval
from shared.adapters.jobs import Jobs
from shared.adapters.postgres.build_queue import BuildQueue, Turn
from shared.domain.errors import PlatformError
from shared.domain.ids import new_id
from shared.logs import event
from shared.ports import Clock

_log = logging.getLogger(__name__)

# A worker's rounds are shorter. Who waits for a turn has mostly been given it by the build that ended.
LOOK_EVERY_S = 5.0
SCHEDULES_EVERY_S = 60.0
# A second attempt at once would meet what the first one met.
AGAIN_AFTER_S = 60.0


class BuildTurns:
    """Starts builds, never more at once than may run. Safe in many processes at once: each build is taken by one.

    Args:
        queue: whose turn it is.
        jobs: where builds run.
        at_once: how many may run on the whole platform.
    """

    def __init__(self, queue: BuildQueue, jobs: Jobs, at_once: int) -> None:
        self._queue = queue
        self._jobs = jobs
        self._at_once = at_once

    def start_own(self, business_id: str) -> None:
        """Start a business's queued build if its turn has come; else it waits.

        Raises:
            Unavailable: its process could not be started.
        """
        for turn in self._queue.take(self._at_once, business_id):
            self._jobs.start_build(turn.business_id, turn.build_id)

    def start_waiting(self) -> dict[str, int]:
        """Start whose turn it is; return how many: started, not_started (they come again, once)."""
        taken = self._queue.take(self._at_once)
        return dict(Counter("started" if self._start(turn) else "not_started" for turn in taken))

    def _start(self, turn: Turn) -> bool:
        try:
            self._jobs.start_build(turn.business_id, turn.build_id)
        except PlatformError as error:
            event(_log, "build_not_started", logging.WARNING, business_id=turn.business_id, build_id=turn.build_id)
            self._queue.not_started(turn.business_id, turn.build_id, error.detail, AGAIN_AFTER_S)
            return False
        return True


class BuildWatch:
    """A chore of the worker: builds that died, builds that are due, builds whose turn it is.

    Args:
        queue: of builds.
        turns: starts them; None where this process has no place for them.
        clock: the time of day.
        monotonic: seconds, for how often it looks.
    """

    def __init__(
        self, queue: BuildQueue, turns: BuildTurns | None, clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._queue = queue
        self._turns = turns
        self._clock = clock
        self._looks = Interval(LOOK_EVERY_S, monotonic)
        self._schedules = Interval(SCHEDULES_EVERY_S, monotonic)

    def __call__(self) -> dict[str, int]:
        """See to all of it, unless that was done a moment ago.

        Returns:
            how many were: queued again, failed, cancelled (they had died), scheduled, started, not_started.

        Raises:
            DatabaseUnavailable: it could not be asked.
        """
        done: Counter[str] = Counter()
        if not self._looks.over():
            return {}
        done.update(self._queue.settle())
        if self._schedules.over():
            done["scheduled"] = self._schedule()
        if self._turns:
            done.update(self._turns.start_waiting())
        return dict(+done)

    def _schedule(self) -> int:
        now = self._clock.now()
        queued = 0
        for one in self._queue.scheduled():
            since = one.refresh.due_since(one.business_id, one.last, now)
            if since and self._queue.queue_scheduled(one.business_id, new_id("bld"), since):
                queued += 1
        return queued
