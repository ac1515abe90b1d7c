"""What an experiment's counts prove, at any look: differences, intervals, verdicts, and guardrails that are broken.

Imports scipy: the chat function uses `bucketing` alone. Which method and why: docs/experiments-statistics.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from shared.experiments.balance import Balance
from shared.experiments.design import Design, Goal, Guardrail
from shared.experiments.measures import Array, Counted, Measure, counted
from shared.experiments.sequence import ConfidenceSequence, Contrast, contrast, lift_bounds

FAR = 1000.0
"""A verdict that needs so many times the visitors is not foretold."""

Verdict = Literal["better", "worse", "no relevant difference", "cannot tell yet"]

TOO_FEW = "too few visitors, or too few conversions, in one of the arms"
WHY: Mapping[Verdict, str] = {
    "better": "the difference is proven to be on the better side of zero",
    "worse": "the difference is proven to be on the worse side of zero",
    "no relevant difference": "whatever difference there is, it is proven to be smaller than the smallest that matters",
    "cannot tell yet": "the interval still holds both no difference and one that matters",
}


@dataclass(frozen=True)
class Interval:
    """Both ends. All the intervals of a goal, at all looks, hold the truth together with a probability of 1 - alpha."""

    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """A treatment beside the control. `difference` is treatment - control, `lift` the same as a part of the control.

    What cannot be said is None: everything with too few visitors; the lift's interval while the control may be zero.
    `more` is roughly how many further visitors, of all arms, a verdict needs; None when more than anybody will have.
    """

    arm: str
    units: int
    average: float
    difference: float | None
    interval: Interval | None
    lift: float | None
    lift_interval: Interval | None
    p_value: float
    verdict: Verdict
    why: str
    more: int | None


@dataclass(frozen=True)
class Results:
    """What is shown. While the balance's alarm is on, there is nothing to compare."""

    balance: Balance
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Guarded:
    """A guardrail of a treatment; `stop` when it is proven broken. `harm` is the least proven, beyond the tolerance."""

    guardrail: str
    arm: str
    stop: bool
    harm: float


def judge(design: Design, goal: Goal, arms: Mapping[str, Measure], balance: Balance) -> Results:
    """Compare every treatment with the control. Raises KeyError when an arm has not been measured."""
    if balance.alarm:
        return Results(balance, ())
    return Results(balance, tuple(_compare(design, goal, arms, arm) for arm in design.treatments))


def check_guardrails(design: Design, measured: Mapping[str, Mapping[str, Measure]]) -> tuple[Guarded, ...]:
    """Compare every treatment with the control on the guardrails that were measured: by guardrail, by arm."""
    rails = [rail for rail in design.guardrails if rail.name in measured]
    return tuple(_guard(design, rail, measured[rail.name], arm) for rail in rails for arm in design.treatments)


def _guard(design: Design, rail: Guardrail, arms: Mapping[str, Measure], arm: str) -> Guarded:
    found = counted(arms[design.control], arms[arm])
    harm = float(least_harm(rail, design.guard_sequence(arm), found))
    return Guarded(rail.name, arm, stop=harm > 0, harm=max(harm, 0.0))


def least_harm(rail: Guardrail, sequence: ConfidenceSequence, found: Counted) -> Array:
    """Return how much worse than tolerated the treatments are at least; not above 0 when that is not proven."""
    sign = 1 if rail.worse == "higher" else -1
    apart = contrast(found, 1 + sign * rail.relative_tolerance)
    return np.where(found.enough, sign * apart.value - rail.tolerance - sequence.margin(apart), -np.inf)


def _compare(design: Design, goal: Goal, arms: Mapping[str, Measure], arm: str) -> Comparison:
    found = counted(arms[design.control], arms[arm])
    visitors = sum(each.units for each in arms.values())
    units, average = arms[arm].units, float(found.treatment.average)
    if not found.enough:
        more = max(design.planned - visitors, 0)
        return Comparison(arm, units, average, None, None, None, None, 1.0, "cannot tell yet", TOO_FEW, more)
    sequence, apart = design.sequence(arm), contrast(found)
    difference, margin = float(apart.value), float(sequence.margin(apart))
    interval = Interval(difference - margin, difference + margin)
    verdict = decide(goal, interval)
    return Comparison(
        arm,
        units,
        average,
        difference,
        interval,
        _lift(found),
        _lift_interval(found, sequence, apart),
        min(1.0, float(sequence.p_value(apart)) * len(design.treatments)),
        verdict,
        WHY[verdict],
        _more(design, goal, visitors, sequence, apart) if verdict == "cannot tell yet" else 0,
    )


def decide(goal: Goal, interval: Interval) -> Verdict:
    """Return what an interval of the difference says. Too small to matter is said before better or worse."""
    if -goal.relevant < interval.low and interval.high < goal.relevant:
        return "no relevant difference"
    if interval.low > 0 or interval.high < 0:
        return "better" if (interval.low > 0) == (goal.better == "higher") else "worse"
    return "cannot tell yet"


def _lift(found: Counted) -> float | None:
    control = float(found.control.average)
    return float(found.treatment.average) / control - 1 if control > 0 else None


def _lift_interval(found: Counted, sequence: ConfidenceSequence, apart: Contrast) -> Interval | None:
    low, high = lift_bounds(found, sequence.width(apart.size))
    return None if np.isnan(low) else Interval(float(low), float(high))


def _more(design: Design, goal: Goal, visitors: int, sequence: ConfidenceSequence, apart: Contrast) -> int | None:
    """Return what the plan lacks; beyond it, what narrows the interval enough if the difference stays as it is."""
    if visitors < design.planned:
        return design.planned - visitors
    distance = abs(float(apart.value))
    target = max(distance, goal.relevant - distance)

    def excess(times: float) -> float:
        return float(sequence.width(apart.size * times)) * float(apart.error) / math.sqrt(times) - target

    if excess(FAR) > 0:
        return None
    # An interval that ends on the very number may be narrow enough by a rounding.
    return round(visitors * (float(brentq(excess, 1.0, FAR)) - 1)) if excess(1.0) > 0 else 0
