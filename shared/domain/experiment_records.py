"""An experiment as it is kept, and what was counted of it. Times are aware, UTC. Pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.domain.experiments import Experiment, Running

Status = Literal["draft", "running", "stopped"]


@dataclass(frozen=True)
class Stage:
    """A time with constant weights. `planned` visitors are fixed at the start, and the first stage's count."""

    since: dt.datetime
    weights: Mapping[str, float]
    share: float
    planned: int


@dataclass(frozen=True)
class ExperimentRecord:
    """An experiment. `version` is its ETag, `alarm` why its results are not to be believed, "" none, and it stays.

    `reason` is why it was stopped, `concluded` the arm that became the configuration.
    """

    plan: Experiment
    status: Status
    version: int
    salt: str
    slots: tuple[tuple[int, int], ...]
    stages: tuple[Stage, ...]
    alarm: str
    reason: str
    concluded: str
    created_at: dt.datetime
    started_at: dt.datetime | None
    stopped_at: dt.datetime | None

    @property
    def running(self) -> Running:
        """The experiment as a turn needs it."""
        return Running(self.plan, self.salt, self.slots)


@dataclass(frozen=True)
class Numbers:
    """A number a visitor: of how many visitors, the sum, and the sum of the squares."""

    units: int = 0
    total: float = 0.0
    squares: float = 0.0


@dataclass(frozen=True)
class ArmCounts:
    """An arm's visitors, each once, how many reached what, and what was measured of them."""

    units: int = 0
    reached: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class Tally:
    """What was counted: by arm, and the new visitors of each stage by arm."""

    arms: Mapping[str, ArmCounts]
    stages: tuple[Mapping[str, int], ...]
