"""What a business may spend in a month and a day, and what is done without as that runs out. Pure."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.domain.urls import WebUrl

Measure = Literal["smaller_model", "knowledge_only", "contact_only"]
"""A smaller model answers; passages are quoted without a model; visitors are told how to reach the business."""

Dollars = Annotated[float, Field(gt=0, le=10_000_000)]
# Severest last: of several steps that apply, the severest does.
MEASURES: tuple[Measure, ...] = ("smaller_model", "knowledge_only", "contact_only")
ALERT_AT = (50, 80, 100)
"""Per cent of a budget at which its owner is told."""
_MICROS = 1_000_000


class BudgetStep(BaseModel):
    """From `at_percent` of a budget on, do this."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_percent: Annotated[int, Field(ge=1, le=1000)]
    do: Measure


LADDER = (
    BudgetStep(at_percent=80, do="smaller_model"),
    BudgetStep(at_percent=95, do="knowledge_only"),
    BudgetStep(at_percent=100, do="contact_only"),
)


class Budget(BaseModel):
    """Limits in dollars, null for none; the ladder goes by whichever is used up further.

    Args:
        ladder: what is done from which per cent on; one step for each measure at most, severer ones later.
        alerts_to: a webhook that is told at 50, 80 and 100 per cent, each once a month and once a day.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    monthly_usd: Dollars | None = None
    daily_usd: Dollars | None = None
    ladder: Annotated[tuple[BudgetStep, ...], Field(max_length=len(MEASURES))] = LADDER
    alerts_to: WebUrl | None = None

    @model_validator(mode="after")
    def _goes_down(self) -> Self:
        order = [(step.at_percent, MEASURES.index(step.do)) for step in self.ladder]
        if any(before[0] >= after[0] or before[1] >= after[1] for before, after in pairwise(order)):
            raise ValueError("the steps of 'ladder' must become severer as 'at_percent' grows")
        return self

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to keep within."""
        return self.monthly_usd is not None or self.daily_usd is not None


@dataclass(frozen=True)
class Spent:
    """Millionths of a dollar since the beginning of the business's own month, and of its day."""

    month: int = 0
    day: int = 0


NOTHING = Spent()


def used(budget: Budget, spent: Spent) -> dict[str, float]:
    """Return the per cent used of each limit there is, by `month` and `day`."""
    limits = {"month": (budget.monthly_usd, spent.month), "day": (budget.daily_usd, spent.day)}
    return {name: micros * 100 / (limit * _MICROS) for name, (limit, micros) in limits.items() if limit is not None}


def measure_of(budget: Budget, spent: Spent) -> Measure | None:
    """Return what is done now; None: everything as ever."""
    percent = max(used(budget, spent).values(), default=0.0)
    reached = [step.do for step in budget.ladder if percent >= step.at_percent]
    return reached[-1] if reached else None


def alerts(budget: Budget, spent: Spent) -> list[tuple[str, int]]:
    """Return the thresholds that are reached: `month` or `day`, and the per cent."""
    return [(name, at) for name, percent in used(budget, spent).items() for at in ALERT_AT if percent >= at]
