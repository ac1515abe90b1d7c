"""The worker's local loop: nothing but a stop ends it."""

from typing import Any, cast

import pytest

from shared.adapters.worker import Worked, Worker
from shared.domain.errors import DatabaseUnavailable
from shared.jobs.deliver import loop

DONE = Worked({}, {})


class Stop:
    """An event nobody really waits for; counts the waits."""

    def __init__(self) -> None:
        self.stopped = False
        self.waits = 0

    def is_set(self) -> bool:
        """See `threading.Event`."""
        return self.stopped

    def wait(self, _: float) -> bool:
        """See `threading.Event`."""
        self.waits += 1
        return self.stopped


class Script:
    """A worker whose rounds end as scripted; after the last one it is stopped."""

    def __init__(self, stop: Stop, *ends: Worked | Exception) -> None:
        self._stop = stop
        self.ends = list(ends)

    def work(self, _: float, *, until_idle: bool = False) -> Worked:  # noqa: ARG002
        """See `Worker.work`."""
        end = self.ends.pop(0)
        self._stop.stopped = not self.ends
        if isinstance(end, Exception):
            raise end
        return end


def run(*ends: Worked | Exception, until_idle: bool = False) -> tuple[int, int, int]:
    """Return the exit code, how many rounds were left, and how often the loop waited."""
    stop = Stop()
    script = Script(stop, *ends)
    code = loop(cast("Worker", script), cast("Any", stop), until_idle=until_idle)
    return code, len(script.ends), stop.waits


def test_trouble_does_not_end_it():
    """Neither a database that is away nor what nobody thought of: after a pause there is another round."""
    assert run(DONE, DatabaseUnavailable("away"), KeyError("a bug"), DONE) == (0, 0, 2)


def test_until_idle_is_one_round():
    """It ends with the first round that found nothing more to do."""
    assert run(DONE, DONE, until_idle=True) == (0, 1, 0)


@pytest.mark.parametrize("trouble", [DatabaseUnavailable("away"), KeyError("a bug")])
def test_until_idle_does_not_call_trouble_idle(trouble):
    """Whoever waits for the end is told that nobody knows whether it is one."""
    assert run(trouble, DONE, until_idle=True) == (1, 1, 0)
