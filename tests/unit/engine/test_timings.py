"""Where the time of a turn went."""

import pytest

from shared.engine.timings import Timings
from tests.unit.fakes import ManualClock


def test_parts_add_up_and_the_total_is_since_the_start():
    """A part measured twice is one number; the total counts what no part did."""
    clock = ManualClock()
    timings = Timings(clock.monotonic)
    for seconds in (0.1, 0.25):
        with timings.part("search"):
            clock.sleep(seconds)
    clock.sleep(1)
    timings.add("model", 0.5)
    assert timings.report() == {"search": 350.0, "model": 500.0, "total": 1350.0}


def test_a_part_that_fails_is_measured_too():
    """What broke took its time all the same."""
    clock = ManualClock()
    timings = Timings(clock.monotonic)

    def search() -> None:
        with timings.part("search"):
            clock.sleep(0.2)
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        search()
    assert timings.report()["search"] == 200.0


def test_only_the_first_mark_counts():
    """The first token is the first."""
    clock = ManualClock()
    timings = Timings(clock.monotonic)
    clock.sleep(0.3)
    timings.mark("first_token")
    clock.sleep(5)
    timings.mark("first_token")
    assert timings.report()["first_token"] == 300.0
