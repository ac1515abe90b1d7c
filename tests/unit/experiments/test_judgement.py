"""What an experiment's counts say as a whole, and in words."""

import datetime as dt
from typing import Any

import pytest

from shared.domain.experiment_records import ArmCounts, ExperimentRecord, Numbers, Stage, Tally
from shared.experiments.balance import Balance
from shared.experiments.judgement import UNBALANCED, judged, planned
from shared.experiments.words import of_balance, of_comparison, of_guardrail
from tests.unit.experiment_samples import a_plan

BEGAN = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
RAILS = [{"metric": "handoff", "relative_tolerance": 0.1}, {"metric": "wait_ms", "tolerance": 100}]


def a_record(alarm: str = "", **plan: Any) -> ExperimentRecord:
    """Return an experiment that runs, half and half."""
    written = a_plan(**{"guardrails": RAILS, "goal": {"metric": "lead", "relevant": 0.03}, **plan})
    stage = Stage(BEGAN, {"b": 1.0, "a": 1.0}, 1.0, 4000)  # not in the order of the arms, as a database gives it back
    return ExperimentRecord(written, "running", 1, "salt", ((0, 10_000),), (stage,), alarm, "", "", BEGAN, BEGAN, None)


def counted(a: int = 2000, b: int = 2000, leads: tuple[int, int] = (200, 200), handoffs: tuple[int, int] = (100, 100),
            waits: tuple[float, float] = (800.0, 800.0)) -> Tally:  # fmt: skip
    """Return counts; waits vary by a quarter around their mean."""

    def arm(units: int, lead: int, handoff: int, wait: float) -> ArmCounts:
        numbers = Numbers(units, units * wait, units * wait**2 * 1.0625)
        return ArmCounts(units, {"lead": lead, "handoff": handoff}, {"wait_ms": numbers})

    arms = {"a": arm(a, leads[0], handoffs[0], waits[0]), "b": arm(b, leads[1], handoffs[1], waits[1])}
    return Tally(arms, ({"a": a, "b": b},))


@pytest.mark.parametrize(
    ("tally", "verdict", "says"),
    [
        (counted(leads=(200, 400)), "better", "20.0 % with arm 'b', 10.0 % with the control: proven better."),
        (counted(leads=(400, 200)), "worse", "proven worse."),
        (counted(40_000, 40_000, (4000, 4000), (2000, 2000)), "no relevant difference", "too small to matter"),
        (counted(leads=(200, 230)), "cannot tell yet", "it cannot be told yet"),
        (counted(60, 60, (9, 9), (1, 1)), "cannot tell yet", "too few visitors to compare yet; about 3,880 more"),
    ],
    ids=["better", "worse", "same", "open", "few"],
)
def test_a_verdict_is_said_in_a_sentence(tally, verdict, says):
    """With both rates; and while there is nothing against it, the experiment goes on."""
    judgement = judged(a_record(), tally)
    [one] = judgement.results.comparisons
    control = tally.arms["a"]
    assert one.verdict == verdict
    assert says in of_comparison(one, control.reached["lead"] / control.units, "higher")
    assert (judgement.stop, judgement.alarm) == ("", "")


def test_shares_that_are_not_kept_end_it():
    """Nothing is compared, and the reason is for people."""
    judgement = judged(a_record(), counted(2400, 1600, (240, 400)))
    assert judgement.results.comparisons == ()
    assert judgement.alarm == UNBALANCED
    assert judgement.stop.startswith("the arms have other shares")
    assert "no result to show" in of_balance(judgement.results.balance)


def test_an_alarm_that_was_kept_stays_on():
    """Whatever the counts have become since."""
    judgement = judged(a_record(UNBALANCED), counted())
    assert (judgement.results.balance.alarm, judgement.alarm) == (True, UNBALANCED)
    assert of_balance(Balance(1.0, alarm=False)) == "The arms have the shares of visitors that their weights promise."


@pytest.mark.parametrize(
    ("tally", "rail"),
    [(counted(handoffs=(100, 300)), "handoff"), (counted(waits=(800.0, 1100.0)), "wait_ms")],
)
def test_a_broken_guardrail_ends_it(tally, rail):
    """A rate or a number; the other one holds."""
    judgement = judged(a_record(), tally)
    assert judgement.stop.startswith(f"guardrail {rail}: arm 'b' is proven worse")
    assert [one.guardrail for one in judgement.guarded if one.stop] == [rail]
    assert {of_guardrail(one).split(" to ")[0] for one in judgement.guarded} == {
        "Arm 'b' is proven", "Arm 'b' is not proven",
    }  # fmt: skip


def test_visitors_are_planned_for_what_matters():
    """As many as the owner says; else the fewer, the larger the difference that matters."""
    assert planned(a_plan()) == 1000
    large, small = (
        planned(a_plan(planned=None, baseline=0.1, goal={"metric": "lead", "relevant": relevant}))
        for relevant in (0.05, 0.01)
    )
    assert 1000 < large < small / 10
