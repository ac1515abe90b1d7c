"""What experiments show: the balance first, and while that is in order, the arms, their comparison, the guardrails."""

from typing import TYPE_CHECKING

from shared.api.admin.experiment_models import (
    AllResultsOut,
    ArmOut,
    BalanceOut,
    ComparisonOut,
    GuardrailOut,
    IntervalOut,
    ResultsOut,
)
from shared.api.admin.services import AdminServices
from shared.domain.errors import Conflict
from shared.domain.experiment_records import ArmCounts, ExperimentRecord, Tally
from shared.web.call import Call, Reply

if TYPE_CHECKING:
    from shared.experiments.judgement import Judgement
    from shared.experiments.statistics import Comparison, Guarded, Interval

_LATEST = 5
_NO_STORE = {"Cache-Control": "no-store"}


def get_results(admin: AdminServices, call: Call) -> Reply:
    """Return what one experiment shows."""
    record = admin.experiments.get(call.business_id, call.path["experiment_id"])
    if record.status == "draft":
        raise Conflict("This experiment was never started: there is nothing to show.", code="not_started")
    return Reply(_results(admin, call.business_id, record), headers=_NO_STORE)


def get_all(admin: AdminServices, call: Call) -> Reply:
    """Return what the latest experiments show, the latest first."""
    records = admin.experiments.latest(call.business_id, _LATEST)
    found = [_results(admin, call.business_id, record) for record in records]
    return Reply(AllResultsOut(items=found), headers=_NO_STORE)


def _results(admin: AdminServices, business_id: str, record: ExperimentRecord) -> ResultsOut:
    from shared.experiments import words  # half a second of scipy
    from shared.experiments.judgement import judged

    tally = admin.experiment_counts.tally(business_id, record)
    judgement = judged(record, tally)
    balance = judgement.results.balance
    if judgement.alarm and not record.alarm:
        admin.experiments.raise_alarm(business_id, record.plan.id, judgement.alarm)
    return ResultsOut(
        id=record.plan.id,
        name=record.plan.name,
        status=record.status,
        started_at=record.started_at,
        stopped_at=record.stopped_at,
        reason=record.reason,
        concluded=record.concluded,
        metric=record.plan.goal.metric,
        planned=record.stages[0].planned,
        visitors=sum(counts.units for counts in tally.arms.values()),
        balance=BalanceOut(alarm=balance.alarm, p_value=balance.p_value, sentence=words.of_balance(balance)),
        arms=[_arm(record, name, counts, hidden=balance.alarm) for name, counts in tally.arms.items()],
        comparisons=[_comparison(record, tally, one) for one in judgement.results.comparisons],
        guardrails=_guardrails(record, tally, judgement),
    )


def _arm(record: ExperimentRecord, name: str, counts: ArmCounts, *, hidden: bool) -> ArmOut:
    converted = counts.reached.get(record.plan.goal.metric, 0)
    return ArmOut(
        id=name,
        control=name == record.plan.control,
        exposed=counts.units,
        converted=None if hidden else converted,
        rate=None if hidden or not counts.units else converted / counts.units,
    )


def _comparison(record: ExperimentRecord, tally: Tally, one: "Comparison") -> ComparisonOut:
    from shared.experiments import words

    control = tally.arms[record.plan.control]
    rate = control.reached.get(record.plan.goal.metric, 0) / max(control.units, 1)
    return ComparisonOut(
        arm=one.arm,
        verdict=one.verdict,
        sentence=words.of_comparison(one, rate, record.plan.goal.better),
        why=one.why,
        difference=one.difference,
        interval=_interval(one.interval),
        lift=one.lift,
        lift_interval=_interval(one.lift_interval),
        p_value=one.p_value,
        more=one.more,
    )


def _guardrails(record: ExperimentRecord, tally: Tally, judgement: "Judgement") -> list[GuardrailOut]:
    """Return none while the alarm is on: they compare the same arms."""
    return [] if judgement.alarm else [_guardrail(record, tally, one) for one in judgement.guarded]


def _guardrail(record: ExperimentRecord, tally: Tally, one: "Guarded") -> GuardrailOut:
    from shared.experiments import words

    return GuardrailOut(
        metric=one.guardrail,
        arm=one.arm,
        value=_mean(tally.arms[one.arm], one.guardrail),
        control=_mean(tally.arms[record.plan.control], one.guardrail),
        broken=one.stop,
        harm=one.harm,
        sentence=words.of_guardrail(one),
    )


def _mean(counts: ArmCounts, metric: str) -> float | None:
    numbers = counts.numbers.get(metric)
    if numbers:
        return numbers.total / numbers.units if numbers.units else None
    return counts.reached.get(metric, 0) / counts.units if counts.units else None


def _interval(found: "Interval | None") -> IntervalOut | None:
    return IntervalOut(low=found.low, high=found.high) if found else None
