"""What the counts of an experiment say, in one value: balance first, then the goal, then the guardrails. Pure.

Imports scipy: for the owner's results and the worker's checks, never for a turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.experiment_records import ArmCounts, ExperimentRecord, Tally
from shared.domain.experiments import Experiment
from shared.experiments.balance import Balance, Period, check_balance
from shared.experiments.design import Design, Goal, Guardrail, deviations_of_rate, planned_visitors
from shared.experiments.measures import Mean, Measure, Rate
from shared.experiments.statistics import Guarded, Results, check_guardrails, judge

NUMBERS = ("wait_ms", "cost")
UNBALANCED = "unbalanced"


@dataclass(frozen=True)
class Judgement:
    """What an experiment shows. `stop` is why it must not go on, "" when it may; `alarm` the alarm that is to stay."""

    results: Results
    guarded: tuple[Guarded, ...]
    stop: str = ""
    alarm: str = ""


def planned(plan: Experiment) -> int:
    """Return the visitors to plan for: as the owner says, or with which the smallest relevant difference is found."""
    if plan.planned is not None:
        return plan.planned
    relevant = plan.goal.relevant
    deviation = deviations_of_rate(plan.baseline or 0.0, relevant)
    return planned_visitors(plan.weights, plan.control, relevant, deviation=deviation)


def judged(record: ExperimentRecord, tally: Tally) -> Judgement:
    """Return what the counts of an experiment that was started say. An alarm that is kept is on for good."""
    plan, design = record.plan, _design(record)
    seen = check_balance(
        [Period(stage.weights, units) for stage, units in zip(record.stages, tally.stages, strict=True)]
    )
    balance = Balance(seen.p_value, alarm=seen.alarm or bool(record.alarm))
    goal = Goal(plan.goal.relevant, plan.goal.better)
    results = judge(design, goal, {arm: _measure(counts, plan.goal.metric) for arm, counts in tally.arms.items()},
                    balance)  # fmt: skip
    guarded = check_guardrails(design, _measured(plan, tally.arms))
    return Judgement(results, guarded, _stop(balance, guarded), UNBALANCED if balance.alarm else "")


def _design(record: ExperimentRecord) -> Design:
    """Return what was fixed at the start, in the order of the arms."""
    plan, first = record.plan, record.stages[0]
    rails = tuple(Guardrail(rail.metric, "higher", rail.relative_tolerance, rail.tolerance) for rail in plan.guardrails)
    return Design({arm.id: first.weights[arm.id] for arm in plan.arms}, plan.control, first.planned, rails)


def _measured(plan: Experiment, arms: Mapping[str, ArmCounts]) -> dict[str, dict[str, Measure]]:
    return {
        rail.metric: {arm: _measure(counts, rail.metric) for arm, counts in arms.items()} for rail in plan.guardrails
    }


def _measure(counts: ArmCounts, metric: str) -> Measure:
    if metric in NUMBERS:
        found = counts.numbers.get(metric)
        return Mean(found.units, found.total, found.squares) if found else Mean(0, 0.0, 0.0)
    return Rate(counts.units, counts.reached.get(metric, 0))


def _stop(balance: Balance, guarded: tuple[Guarded, ...]) -> str:
    if balance.alarm:
        return (
            f"the arms have other shares of the visitors than their weights promise (p = {balance.p_value:.2g}): "
            "something assigns or counts wrongly, and no result is to be believed"
        )
    broken = next((rail for rail in guarded if rail.stop), None)
    if broken is None:
        return ""
    harm = f"{broken.harm:.3g} or more"
    return f"guardrail {broken.guardrail}: arm '{broken.arm}' is proven worse than tolerated, by {harm}"
