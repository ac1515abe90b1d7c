"""What an experiment fixes before its first visitor, and how many visitors it will need.

Nothing here may be changed while the experiment runs: the promises of the statistics are made for what was fixed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.experiments.sequence import ConfidenceSequence, reach

POWER = 0.8
EARLY = 0.25
"""Guardrails are to be sharpest at this part of the planned visitors: harm has to be seen early."""

Direction = Literal["higher", "lower"]


@dataclass(frozen=True)
class Goal:
    """The metric that decides: what is better, and the smallest difference that matters, in the metric's own unit.

    0.01 of a rate is one percentage point. Nothing is known to be irrelevant with `relevant` 0.
    """

    relevant: float
    better: Direction = "higher"

    def __post_init__(self) -> None:
        if not 0 <= self.relevant < math.inf:
            raise ValueError("the smallest difference that matters is 0 or more")


@dataclass(frozen=True)
class Guardrail:
    """A metric that must not get worse than the control's by more than a part of it plus a fixed amount."""

    name: str
    worse: Direction = "higher"
    relative_tolerance: float = 0.0
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.relative_tolerance < math.inf and 0 <= self.tolerance < math.inf):
            raise ValueError("a tolerance is 0 or more")


@dataclass(frozen=True)
class Design:
    """Arms with their weights at the start, the control among them; visitors of all arms that are planned for.

    `alpha` is the chance of any wrong 'better' or 'worse', over all treatments and all looks together. The guardrails
    share as much again among them.
    """

    weights: Mapping[str, float]
    control: str
    planned: int
    guardrails: tuple[Guardrail, ...] = ()
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if self.control not in self.weights or not self.treatments:
            raise ValueError("an experiment has a control and at least one treatment")
        if min(self.weights.values()) <= 0 or self.planned < 1 or not 0 < self.alpha < 1:
            raise ValueError("weights and planned visitors are above 0, alpha is between 0 and 1")

    @property
    def treatments(self) -> tuple[str, ...]:
        """The arms that are compared with the control, in their order."""
        return tuple(arm for arm in self.weights if arm != self.control)

    def sequence(self, arm: str) -> ConfidenceSequence:
        """Return a treatment's intervals for the goal: Bonferroni's, so that interval and verdict say the same."""
        return ConfidenceSequence(self.alpha / len(self.treatments), self._planned_size(arm))

    def guard_sequence(self, arm: str) -> ConfidenceSequence:
        """Return a treatment's intervals for each guardrail."""
        tests = len(self.treatments) * max(len(self.guardrails), 1)
        return ConfidenceSequence(self.alpha / tests, EARLY * self._planned_size(arm))

    def _planned_size(self, arm: str) -> float:
        ours, theirs = self.weights[arm], self.weights[self.control]
        return self.planned / sum(self.weights.values()) * ours * theirs / (ours + theirs)


def planned_visitors(
    weights: Mapping[str, float], control: str, relevant: float, *, deviation: tuple[float, float], alpha: float = 0.05
) -> int:
    """Return the visitors of all arms with which each treatment's difference of `relevant` is found with 80 % power.

    `deviation` is the standard deviation of a visitor's number in the control and in a treatment that differs so much.
    Found means at one of some fifty looks until then. Raises ValueError when `relevant` is not above 0.
    """
    if relevant <= 0:
        raise ValueError("a difference of nothing is never found")
    treatments = [weight for arm, weight in weights.items() if arm != control]
    variance = deviation[0] ** 2 / weights[control] + deviation[1] ** 2 / min(treatments)
    errors = reach(alpha / len(treatments), POWER)
    return math.ceil(errors**2 * variance * sum(weights.values()) / relevant**2)


def deviations_of_rate(baseline: float, relevant: float) -> tuple[float, float]:
    """Return the standard deviations of a rate and of one `relevant` away, on the side that needs more visitors."""
    other = max((baseline + relevant) * (1 - baseline - relevant), (baseline - relevant) * (1 - baseline + relevant))
    return math.sqrt(baseline * (1 - baseline)), math.sqrt(max(other, 0.0))
