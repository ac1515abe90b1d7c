"""The worker function's routes."""

from dataclasses import dataclass
from typing import Annotated, Any

from flask import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.adapters.crm.delivery import Delivery
from shared.health import HealthCheck
from shared.web.call import Call, Reply
from shared.web.router import Route, Router


class WorkIn(BaseModel):
    """For how many seconds to work: a little less than the scheduler's interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: Annotated[float, Field(ge=1, le=540)] = 50.0


class WorkOut(BaseModel):
    """How many entries ended how: delivered, postponed, parked, superseded, unknown."""

    entries: dict[str, int]


class WorkerHealth(BaseModel):
    """What this instance reaches."""

    status: str
    dependencies: dict[str, Any]


@dataclass(frozen=True)
class WorkerServices:
    """Everything the worker may touch."""

    delivery: Delivery
    health: HealthCheck


def work(worker: WorkerServices, call: Call) -> Reply:
    """Deliver what waits for the CRMs."""
    return Reply({"entries": worker.delivery.work(call.body.seconds)})


def get_health(worker: WorkerServices, _call: Call) -> Reply:
    """Say what this instance can reach."""
    found = worker.health.report()
    down = found["postgres"].status != "up"
    body = {"status": "down" if down else "ok", "dependencies": {name: vars(item) for name, item in found.items()}}
    return Reply(body, 503 if down else 200, {"Cache-Control": "no-store"})


ROUTES: tuple[Route[WorkerServices], ...] = (
    Route("POST", "/", work, "Deliver what waits for the CRMs", body=WorkIn, result=WorkOut),
    Route("GET", "/health", get_health, "Dependencies and their latency", result=WorkerHealth, errors=(503,)),
)


class WorkerApp:
    """Answers the worker function's requests. Who may call it is decided by the platform's IAM, in front of it."""

    def __init__(self, services: WorkerServices) -> None:
        self._router = Router(ROUTES, services)

    def handle(self, request: Request) -> Response:
        """Return the response for any request; never raises."""
        return self._router.dispatch(request)
