"""What is said of an experiment: verdicts, what is hidden, guardrails, plans."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.experiments.balance import Balance, Period, check_balance
from shared.experiments.design import Design, Goal, Guardrail, deviations_of_rate, planned_visitors
from shared.experiments.measures import Mean, Rate
from shared.experiments.sequence import ConfidenceSequence
from shared.experiments.statistics import Interval, check_guardrails, decide, judge
from tests.unit.properties import NORMAL

FAIR = Balance(1.0, alarm=False)
GOAL = Goal(relevant=0.02)
TWO = Design({"control": 1, "warm": 1}, "control", planned=10_000)


def compared(control, warm, goal=GOAL, design=TWO):
    """Return the one comparison of two arms."""
    (found,) = judge(design, goal, {"control": control, "warm": warm}, FAIR).comparisons
    return found


@pytest.mark.parametrize(
    ("low", "high", "higher", "lower"),
    [
        (0.01, 0.05, "better", "worse"),
        (-0.05, -0.01, "worse", "better"),
        (-0.01, 0.05, "cannot tell yet", "cannot tell yet"),
        (-0.01, 0.01, "no relevant difference", "no relevant difference"),
        (0.001, 0.01, "no relevant difference", "no relevant difference"),
        (-0.03, 0.0, "cannot tell yet", "cannot tell yet"),
        (0.0, 0.02, "cannot tell yet", "cannot tell yet"),
    ],
)
def test_the_verdict_is_what_the_interval_says(low, high, higher, lower):
    """With differences below 0.02 not mattering, for a metric to raise and for one to lower."""
    assert decide(Goal(0.02, "higher"), Interval(low, high)) == higher
    assert decide(Goal(0.02, "lower"), Interval(low, high)) == lower


def test_a_better_arm():
    """Rates, difference, lift and the chance of being fooled are all there, and fit each other."""
    found = compared(Rate(5_000, 500), Rate(5_000, 750))
    assert found.verdict == "better"
    assert (found.units, found.average, found.more) == (5_000, 0.15, 0)
    assert found.difference == pytest.approx(0.05)
    assert found.lift == pytest.approx(0.5)
    assert 0 < found.interval.low < 0.05 < found.interval.high < 0.1
    assert 0 < found.lift_interval.low < 0.5 < found.lift_interval.high < 1
    assert found.p_value < 0.001


def test_it_is_wider_than_an_interval_for_one_look():
    """About one and a half times at the planned size: what looking at any time costs."""
    found = compared(Rate(5_000, 500), Rate(5_000, 750))
    one_look = 1.96 * (0.1 * 0.9 / 5_000 + 0.15 * 0.85 / 5_000) ** 0.5
    assert 1.4 < (found.interval.high - found.difference) / one_look < 1.65


def test_numbers_are_judged_like_rates():
    """Seconds, of which fewer are better."""
    found = compared(Mean(2_000, 8_000.0, 40_000.0), Mean(2_000, 6_000.0, 26_000.0), Goal(0.1, "lower"))
    assert (found.verdict, found.difference, found.lift) == ("better", -1.0, -0.25)


@pytest.mark.parametrize(
    ("control", "warm"),
    [
        (Rate(0, 0), Rate(0, 0)),
        (Rate(0, 0), Rate(800, 80)),
        (Rate(50, 1), Rate(50, 49)),
        (Rate(3_000, 0), Rate(3_000, 0)),
        (Rate(3_000, 3_000), Rate(3_000, 3_000)),
        (Mean(0, 0.0, 0.0), Mean(0, 0.0, 0.0)),
        (Mean(500, 500.0, 500.0), Mean(500, 1_000.0, 2_000.0)),
    ],
)
def test_of_too_little_nothing_is_said(control, warm):
    """No visitors, few, no conversions, nothing but conversions, all the same number: no verdict, no interval."""
    found = compared(control, warm)
    assert found.verdict == "cannot tell yet"
    assert (found.interval, found.lift_interval, found.p_value) == (None, None, 1.0)
    assert found.more == 10_000 - control.units - warm.units
    assert "too few" in found.why


def test_an_arm_that_never_converts_is_worse():
    """Nothing of 3000 beside 90 of 3000 is proof; its lift is a loss of everything, so far."""
    found = compared(Rate(3_000, 90), Rate(3_000, 0))
    assert (found.verdict, found.lift) == ("worse", -1.0)


def test_a_control_that_never_converts_has_no_lift():
    """There is no part of nothing; the difference is told."""
    found = compared(Rate(3_000, 0), Rate(3_000, 90))
    assert (found.verdict, found.lift, found.lift_interval) == ("better", None, None)


def test_a_mismatch_hides_the_result():
    """However clear the numbers look."""
    arms = {"control": Rate(6_000, 300), "warm": Rate(4_000, 800)}
    balance = check_balance([Period(TWO.weights, {arm: each.units for arm, each in arms.items()})])
    assert judge(TWO, GOAL, arms, balance).comparisons == ()
    assert judge(TWO, GOAL, arms, FAIR).comparisons[0].verdict == "better"


def test_several_treatments_need_more_proof():
    """The same numbers prove less beside two others: the p-value is tripled, and then some for a tuning of its own."""
    weights = dict.fromkeys(("control", "warm", "short", "long"), 1)
    arms = {arm: Rate(1_000, 100) for arm in weights} | {"warm": Rate(1_000, 145)}
    results = judge(Design(weights, "control", 4_000), GOAL, arms, FAIR)
    alone = compared(Rate(1_000, 100), Rate(1_000, 145), design=dataclasses.replace(TWO, planned=2_000))
    assert [found.arm for found in results.comparisons] == ["warm", "short", "long"]
    assert 2 * alone.p_value < results.comparisons[0].p_value < 4 * alone.p_value
    assert (alone.verdict, results.comparisons[0].verdict) == ("better", "cannot tell yet")


@NORMAL
@given(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(3_000, 50_000), st.booleans())
def test_the_p_value_and_the_verdict_agree(control, warm, units, numbers):
    """A difference of any size is called one exactly when p is below alpha; nothing is ever not a number."""
    made = [Mean(units, float(n), float(n)) if numbers else Rate(units, n) for n in (control, warm)]
    found = compared(made[0], made[1], Goal(relevant=0))
    assert (found.verdict != "cannot tell yet") is (found.p_value < 0.05)
    assert found.interval is None or found.interval.low <= found.difference <= found.interval.high
    assert found.more is None or found.more >= 0


def test_how_many_more_is_first_what_the_plan_lacks():
    """Until the planned visitors are there."""
    assert compared(Rate(1_000, 100), Rate(1_000, 105)).more == 8_000


@pytest.mark.parametrize(("rate", "verdict"), [(0.112, "better"), (0.102, "no relevant difference")])
def test_how_many_more_beyond_the_plan_is_enough(rate, verdict):
    """With as many, and the same rates, there is the verdict that comes first; with a tenth less there is none."""
    units, goal = 6_000, Goal(relevant=0.012)
    more = compared(Rate(units, 600), Rate(units, round(units * rate)), goal).more
    for part, said in ((1.01, verdict), (0.9, "cannot tell yet")):
        each = round(units + part * more / 2)
        assert compared(Rate(each, round(each * 0.1)), Rate(each, round(each * rate)), goal).verdict == said


def test_what_would_take_for_ever_is_not_foretold():
    """No difference at all, where every difference matters."""
    assert compared(Rate(6_000, 600), Rate(6_000, 600), Goal(relevant=0)).more is None


def test_an_arm_that_was_not_measured_is_an_error():
    """It is not taken for one without visitors."""
    with pytest.raises(KeyError):
        judge(TWO, GOAL, {"control": Rate(1, 0)}, FAIR)


COMPLAINTS = Guardrail("complaints", relative_tolerance=0.2, tolerance=0.01)
SCORE = Guardrail("score", worse="lower", relative_tolerance=0.1)
GUARDED = dataclasses.replace(TWO, guardrails=(COMPLAINTS, SCORE))


@pytest.mark.parametrize(
    ("complaints", "stop"),
    [(Rate(5_000, 400), False), (Rate(5_000, 755), False), (Rate(5_000, 900), True), (Rate(60, 60), False)],
)
def test_a_guardrail_stops_what_is_proven_worse_than_tolerated(complaints, stop):
    """A tenth complains; up to 13 % is tolerated: 15.1 % is no proof of more, 18 % is, 60 visitors never are."""
    arms = {"control": Rate(5_000, 500), "warm": complaints}
    (found,) = check_guardrails(GUARDED, {"complaints": arms})
    assert (found.guardrail, found.arm, found.stop) == ("complaints", "warm", stop)
    assert 0 <= found.harm < 0.05
    assert (found.harm > 0) is stop


@pytest.mark.parametrize(("total", "stop"), [(8_000.0, False), (7_200.0, False), (6_000.0, True), (9_500.0, False)])
def test_a_guardrail_watches_the_side_that_is_worse(total, stop):
    """A score of 4, of which a tenth may be lost; more is fine."""
    arms = {"control": Mean(2_000, 8_000.0, 34_000.0), "warm": Mean(2_000, total, total**2 / 2_000 + 2_000)}
    assert [found.stop for found in check_guardrails(GUARDED, {"score": arms})] == [stop]


def test_guardrails_are_sharpest_early():
    """Their intervals are narrowest at a quarter of the planned visitors, the goal's at all of them."""
    sizes = np.array([0.2, 0.25, 0.3, 0.9, 1.0, 1.1]) * 2_500  # of two arms of 5000
    for sequence, best in ((GUARDED.guard_sequence("warm"), 1), (GUARDED.sequence("warm"), 4)):
        tuned = [float(ConfidenceSequence(sequence.alpha, size).width(size)) for size in sizes]
        assert int(np.argmin(sequence.width(sizes) - tuned)) == best


def test_more_guardrails_need_more_proof():
    """All guardrails and treatments share one chance of a false stop, measured or not."""
    arms = {"complaints": {"control": Rate(5_000, 500), "warm": Rate(5_000, 900)}}
    many = dataclasses.replace(TWO, guardrails=(COMPLAINTS, *(Guardrail(str(number)) for number in range(9))))
    assert check_guardrails(many, arms)[0].harm < check_guardrails(GUARDED, arms)[0].harm


def test_a_plan_finds_what_it_is_made_for():
    """From 5 % to 6 %: more than the 16 320 visitors of a test with one look, less than twice as many."""
    spread = deviations_of_rate(0.05, 0.01)
    weights = {"control": 1.0, "warm": 1.0}
    planned = planned_visitors(weights, "control", 0.01, deviation=spread)
    assert 1.4 * 16_320 < planned < 1.95 * 16_320
    assert planned_visitors(weights, "control", 0.02, deviation=spread) == pytest.approx(planned / 4, abs=1)
    assert planned_visitors({"control": 9.0, "warm": 1.0}, "control", 0.01, deviation=spread) > 2 * planned
    assert planned_visitors({**weights, "long": 1.0}, "control", 0.01, deviation=spread) > 1.5 * planned


def test_a_plan_for_a_rate_takes_the_side_that_needs_more():
    """The one nearer to a half, where rates vary most."""
    assert deviations_of_rate(0.05, 0.01) == pytest.approx(((0.05 * 0.95) ** 0.5, (0.06 * 0.94) ** 0.5))
    assert deviations_of_rate(0.9, 0.1) == pytest.approx((0.3, 0.4))


def test_plans_of_nothing_are_refused():
    """No treatment, no control, no weight, no visitors, no error rate, no difference to find."""
    bad: list[dict[str, Any]] = [
        {"weights": {"control": 1.0}},
        {"control": "other"},
        {"weights": {"control": 1.0, "warm": 0.0}},
        {"planned": 0},
        {"alpha": 1.0},
    ]
    for change in bad:
        with pytest.raises(ValueError, match=r"control|above 0"):
            dataclasses.replace(TWO, **change)
    with pytest.raises(ValueError, match="never found"):
        planned_visitors(TWO.weights, "control", 0, deviation=(1, 1))
    for make in (lambda: Goal(-1), lambda: Guardrail("x", tolerance=-1), lambda: Goal(float("nan"))):
        with pytest.raises(ValueError, match="or more"):
            make()
