"""The worker function's HTTP side: a run and how it went, and what the instance reaches."""

from typing import Any, cast

import pytest

from shared.adapters.worker import Worked, Worker
from shared.api.worker.app import WorkerApp, WorkerServices
from shared.health import HealthCheck
from tests.unit.web.http_request import http_request, json_request


class Runs:
    """A worker that only remembers how long it was to work."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def work(self, seconds: float) -> Worked:
        """See `Worker.work`."""
        self.seconds.append(seconds)
        return Worked({"delivered": 2, "parked": 1}, {"failed": 1})


def down() -> None:
    """Fail, as a check of what is away does."""
    raise OSError


def app(runs: Runs, **checks: Any) -> WorkerApp:
    """Return the function's application."""
    return WorkerApp(WorkerServices(cast("Worker", runs), HealthCheck({"postgres": lambda: None, **checks})))


def test_a_run_is_told_by_how_things_ended():
    """For as long as was asked for, or nearly a minute; entries and hand-offs are counted apart."""
    runs = Runs()
    for body in ('{"seconds": 20}', "{}"):
        answer = app(runs).handle(json_request(body))
        assert (answer.status_code, answer.get_json()) == (
            200,
            {"entries": {"delivered": 2, "parked": 1}, "handoffs": {"failed": 1}, "chores": {}},
        )
    assert runs.seconds == [20, 50]


@pytest.mark.parametrize("body", ['{"seconds": 0}', '{"seconds": 3600}', '{"business_id": "acme"}'])
def test_a_run_without_end_is_refused(body):
    """A request longer than a function lives would be cut off in the middle."""
    runs = Runs()
    assert app(runs).handle(json_request(body)).status_code == 422
    assert runs.seconds == []


@pytest.mark.parametrize(
    ("checks", "expected"),
    [({}, (200, "ok")), ({"redis": down}, (200, "degraded")), ({"postgres": down}, (503, "down"))],
    ids=["all", "without-redis", "without-postgres"],
)
def test_health_says_what_is_missing(checks, expected):
    """Without the database there is nothing to do; without the rest, less."""
    answer = app(Runs(), **checks).handle(http_request("/health"))
    assert (answer.status_code, answer.get_json()["status"]) == expected
