"""Experiments as types: validation on the way in, documentation on the way out."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, StringConstraints

from shared.domain.cta import CtaId
from shared.domain.experiments import Experiment
from shared.domain.text import Line


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExperimentPatch(RootModel[dict[str, JsonValue]]):
    """A JSON merge patch (RFC 7396). `weights` by arm may be given alone; while it runs, only they and `share`."""

    root: Annotated[dict[str, JsonValue], Field(min_length=1)]


class StopIn(_In):
    """Why it ends."""

    reason: Annotated[Line, StringConstraints(min_length=1, max_length=500)]


class ConcludeIn(_In):
    """Which arm becomes the configuration; the control keeps it as it is."""

    arm: CtaId


class StageOut(BaseModel):
    """A time with constant weights."""

    since: dt.datetime
    weights: dict[str, float]
    share: float
    planned: int = Field(description="Visitors planned for; the first stage's counts")


class ExperimentOut(Experiment):
    """An experiment and how it stands. `version` is also the ETag."""

    status: Literal["draft", "running", "stopped"]
    version: int
    stages: list[StageOut]
    alarm: str = Field(description="`unbalanced`: its results are not to be believed, now or later; empty: none")
    reason: str = Field(description="Why it was stopped")
    concluded: str = Field(description="The arm that became the configuration")
    created_at: dt.datetime
    started_at: dt.datetime | None
    stopped_at: dt.datetime | None


class BalanceOut(BaseModel):
    """Whether the arms have the visitors that their weights promise. With the alarm there is no result."""

    alarm: bool
    p_value: float
    sentence: str


class ArmOut(BaseModel):
    """An arm's visitors, each counted once. With the alarm, nothing but how many."""

    id: str
    control: bool
    exposed: int
    converted: int | None
    rate: float | None


class IntervalOut(BaseModel):
    """Both ends; it holds at every look at once."""

    low: float
    high: float


class ComparisonOut(BaseModel):
    """A treatment beside the control. What cannot be said yet is null."""

    arm: str
    verdict: Literal["better", "worse", "no relevant difference", "cannot tell yet"]
    sentence: str
    why: str
    difference: float | None
    interval: IntervalOut | None
    lift: float | None
    lift_interval: IntervalOut | None
    p_value: float
    more: int | None = Field(
        description="About how many further visitors a verdict needs; null: more than there will be"
    )


class GuardrailOut(BaseModel):
    """A guardrail of a treatment; `value` and `control` are means a visitor."""

    metric: str
    arm: str
    value: float | None
    control: float | None
    broken: bool
    harm: float
    sentence: str


class ResultsOut(BaseModel):
    """What an experiment shows."""

    id: str
    name: str
    status: Literal["draft", "running", "stopped"]
    started_at: dt.datetime | None
    stopped_at: dt.datetime | None
    reason: str
    concluded: str
    metric: str
    planned: int
    visitors: int
    balance: BalanceOut
    arms: list[ArmOut]
    comparisons: list[ComparisonOut]
    guardrails: list[GuardrailOut]


class AllResultsOut(BaseModel):
    """The latest experiments, each with its results."""

    items: list[ResultsOut]
