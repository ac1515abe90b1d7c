"""The worker function's routes."""

from dataclasses import asdict, dataclass
from typing import Annotated

from flask import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.adapters.worker import Worker
from shared.api.health import Health, get_health
from shared.health import HealthCheck
from shared.web.call import Call, Reply
from shared.web.router import Route, Router


class WorkIn(BaseModel):
    """For how many seconds to work: a little less than the scheduler's interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: Annotated[float, Field(ge=1, le=540)] = 50.0


class WorkOut(BaseModel):
    """How many ended how.

    Entries for the CRMs: delivered, postponed, parked, superseded, unknown. Hand-offs: delivered, failed, none.
    Chores by name, of which something was due; `experiments`: running, stopped, ended, failed.
    """

    entries: dict[str, int]
    handoffs: dict[str, int]
    chores: dict[str, dict[str, int]]


@dataclass(frozen=True)
class WorkerServices:
    """Everything the worker may touch."""

    worker: Worker
    health: HealthCheck


def work(services: WorkerServices, call: Call) -> Reply:
    """Deliver what waits for the CRMs, and hand-offs that did not arrive."""
    return Reply(asdict(services.worker.work(call.body.seconds)))


ROUTES: tuple[Route[WorkerServices], ...] = (
    Route("POST", "/", work, "Deliver leads, and hand-offs that did not arrive", body=WorkIn, result=WorkOut),
    Route("GET", "/health", get_health, "Dependencies and their latency", result=Health, errors=(503,)),
)


class WorkerApp:
    """Answers the worker function's requests. Who may call it is decided by the platform's IAM, in front of it."""

    def __init__(self, services: WorkerServices) -> None:
        self._router = Router(ROUTES, services)

    def handle(self, request: Request) -> Response:
        """Return the response for any request; never raises."""
        return self._router.dispatch(request)
