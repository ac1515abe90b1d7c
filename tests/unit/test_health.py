"""Health: every dependency named, none of them able to break or slow the answer down."""

import pytest

from shared.health import FRESH_FOR_S, Dependency, HealthCheck
from tests.unit.fakes import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_each_dependency_is_told(clock):
    """Up with its latency, down, or not configured; one does not hide another."""

    def slow() -> None:
        clock.sleep(0.0123)

    def broken() -> None:
        raise RuntimeError("secret of the vendor")

    report = HealthCheck(
        {"redis": None, "postgres": broken, "storage": slow, "model": lambda: False}, clock.monotonic
    ).report()
    assert report == {
        "redis": Dependency("not_configured", None),
        "postgres": Dependency("down", None),
        "storage": Dependency("up", 12.3),
        "model": Dependency("up", 0.0),
    }
    assert "secret" not in str(report)


def test_the_checks_run_at_most_every_five_seconds(clock):
    """Health is public: asking often does not cost often."""
    asked = []
    health = HealthCheck({"x": lambda: asked.append(1)}, clock.monotonic)
    for _ in range(10):
        health.report()
    assert len(asked) == 1
    clock.sleep(FRESH_FOR_S + 0.1)
    health.report()
    assert len(asked) == 2


def test_a_dependency_that_recovers_is_told_next_time(clock):
    """And one that breaks, too."""
    trouble: list[Exception] = [OSError("down")]

    def check() -> None:
        if trouble:
            raise trouble[0]

    health = HealthCheck({"x": check}, clock.monotonic)
    assert health.report()["x"].status == "down"
    trouble.clear()
    assert health.report()["x"].status == "down"
    clock.sleep(FRESH_FOR_S + 0.1)
    assert health.report()["x"].status == "up"


def test_what_a_caller_does_to_a_report_stays_with_the_caller(clock):
    """The remembered one is another object."""
    health = HealthCheck({"x": lambda: None}, clock.monotonic)
    health.report().clear()
    assert set(health.report()) == {"x"}
