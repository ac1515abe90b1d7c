"""The worker's chores: done beside its deliveries, and never in their way."""

from typing import Any, cast

from shared.adapters.worker import Worked, Worker


class Idle:
    """Deliveries, or hand-offs, of which none is due."""

    def work(self, seconds: float, *, until_idle: bool = False) -> dict[str, int]:  # noqa: ARG002
        """See `Delivery.work`."""
        return {"delivered": 1}


def broken() -> dict[str, int]:
    """Fail, as a chore does whose database is away."""
    raise OSError


def test_a_chore_that_fails_holds_nothing_up():
    """What was done is told by name; what had nothing to do is left out."""
    idle = cast("Any", Idle())
    worker = Worker(idle, idle, {"broken": broken, "experiments": lambda: {"stopped": 1}, "quiet": dict})
    assert worker.work(1.0) == Worked({"delivered": 1}, {"delivered": 1}, {"experiments": {"stopped": 1}})
