"""What an instance can reach, as every function tells it, and the route of those that need the database."""

from collections.abc import Mapping
from typing import Literal, Protocol

from pydantic import BaseModel

from shared.health import Dependency, HealthCheck
from shared.web.call import Call, Reply


class DependencyHealth(BaseModel):
    """One dependency."""

    status: Literal["up", "down", "not_configured"]
    latency_ms: float | None


class Health(BaseModel):
    """What this instance can reach."""

    status: Literal["ok", "degraded", "down"]
    dependencies: dict[str, DependencyHealth]


class Checked(Protocol):
    """A function's services."""

    @property
    def health(self) -> HealthCheck:
        """The checks of its dependencies."""
        ...


def get_health(services: Checked, _call: Call) -> Reply:
    """Say what this instance can reach. Without the database it can do nothing: 503."""
    found = services.health.report()
    down = found["postgres"].status != "up"
    return health_reply("down" if down else worst(found), found, 503 if down else 200)


def worst(found: Mapping[str, Dependency]) -> Literal["ok", "degraded"]:
    """Return whether anything is missing."""
    return "degraded" if any(dependency.status != "up" for dependency in found.values()) else "ok"


def health_reply(status: str, found: Mapping[str, Dependency], code: int = 200) -> Reply:
    """Return the answer, which nobody keeps."""
    body = {"status": status, "dependencies": {name: vars(dependency) for name, dependency in found.items()}}
    return Reply(body, code, {"Cache-Control": "no-store"})
