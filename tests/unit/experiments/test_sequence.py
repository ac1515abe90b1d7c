"""Confidence sequences: the published formulas, the plan, and the lift."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.experiments.measures import Mean, Rate, counted
from shared.experiments.sequence import ConfidenceSequence, Contrast, contrast, crossing, lift_bounds, reach, tightest
from tests.unit.properties import NORMAL

_alphas = st.floats(0.001, 0.2)
_rates = st.tuples(st.integers(100, 10_000), st.floats(0.05, 0.95)).map(
    lambda pair: Rate(pair[0], int(pair[0] * pair[1]))
)


@NORMAL
@given(_alphas, st.floats(10, 1e6), st.floats(10, 1e6), st.floats(0.01, 100))
def test_the_interval_is_the_papers(alpha, planned, size, deviation):
    """Waudby-Smith et al. (2024), theorem 2.2: the half width for a mean of `size` with this deviation, at any rho."""
    rho = math.sqrt(tightest(alpha) / planned)
    times = size * rho**2
    paper = deviation * math.sqrt(2 * (times + 1) / (size**2 * rho**2) * math.log(math.sqrt(times + 1) / alpha))
    ours = ConfidenceSequence(alpha, planned).width(np.asarray(size)) * deviation / math.sqrt(size)
    assert float(ours) == pytest.approx(paper)


@NORMAL
@given(_alphas, st.floats(10, 1e6))
def test_it_is_narrowest_where_planned(alpha, planned):
    """Tuned for any other size, the interval at the planned size is wider."""
    at = np.asarray(planned)
    best = ConfidenceSequence(alpha, planned).width(at)
    assert all(ConfidenceSequence(alpha, planned * other).width(at) > best for other in (0.5, 0.9, 1.1, 2))


@NORMAL
@given(_alphas, st.floats(0.01, 8), st.floats(1, 1e5))
def test_p_value_and_interval_agree(alpha, score, size):
    """The p-value reaches alpha where the interval reaches zero."""
    sequence = ConfidenceSequence(alpha, 1_000.0)
    width = float(sequence.width(np.asarray(size)))
    for factor, said in ((1 - 1e-6, False), (1 + 1e-6, True)):
        found = Contrast(np.asarray(width * factor), np.asarray(1.0), np.asarray(size))
        assert (float(sequence.p_value(found)) < alpha) is said
    some = Contrast(np.asarray(score), np.asarray(1.0), np.asarray(size))
    assert 0 < float(sequence.p_value(some)) <= 1


def test_the_p_value_is_the_mixture_tests():
    """Johari et al. (2022): one over the likelihood ratio, integrated here by hand over the normal mixture."""
    alpha, planned, size, value, error = 0.05, 5_000.0, 3_000.0, 0.02, 0.006
    spread = error**2 * size * tightest(alpha) / planned
    effects = np.linspace(-0.5, 0.5, 200_001)
    prior = np.exp(-(effects**2) / (2 * spread)) / math.sqrt(2 * math.pi * spread)
    ratio = np.exp((value * effects - effects**2 / 2) / error**2)
    mixture = (prior * ratio).sum() * (effects[1] - effects[0])
    found = Contrast(np.asarray(value), np.asarray(error), np.asarray(size))
    assert float(ConfidenceSequence(alpha, planned).p_value(found)) == pytest.approx(1 / mixture, rel=1e-6)


def test_without_a_difference_the_boundary_is_crossed_less_than_promised():
    """Upwards, until the planned size, with a fifth of alpha; no more than half is ever spent on this side."""
    for alpha in (0.05, 0.01):
        assert crossing(alpha, 0.0, 1_000_000) == pytest.approx(0.2 * alpha, rel=0.1)


def test_crossing_is_what_walks_do():
    """The integral equation against 20 000 random walks that are looked at a few times, or often."""
    chance = np.random.default_rng(7)
    for looks in (20, 50, 200):
        times = np.arange(1, looks + 1) / looks
        walks = chance.normal(3.6 / looks, looks**-0.5, (20_000, looks)).cumsum(axis=1)
        above = (walks > np.sqrt(times) * ConfidenceSequence(0.05, 1.0).width(times)).any(axis=1).mean()
        assert above == pytest.approx(crossing(0.05, 3.6, looks), abs=0.01)


def test_reach_is_the_difference_that_is_found():
    """More power and a stricter alpha need a larger difference; a fixed test needs less."""
    assert crossing(0.05, reach(0.05, 0.8)) == pytest.approx(0.8)
    assert 2.8 < reach(0.05, 0.8) < reach(0.05, 0.9) < reach(0.01, 0.9)


def test_the_information_of_two_arms_is_counted():
    """Its size is that at which one mean would be known as well: 75 for arms of 300 and 100."""
    apart = contrast(counted(Mean(300, 300.0, 30_200.0), Mean(100, 300.0, 10_800.0)))
    assert (float(apart.value), float(apart.size)) == (2.0, 75.0)
    assert float(apart.error) == pytest.approx((100 / 100 + 100 / 300) ** 0.5, rel=0.01)
    assert float(apart.error) == pytest.approx((100 / float(apart.size)) ** 0.5, rel=0.01)


@NORMAL
@given(_rates, _rates)
def test_the_ends_of_the_lift_are_where_no_difference_is_proven(control, treatment):
    """Fieller: at each end, the treatment is just as far from that multiple of the control as the interval reaches."""
    found = counted(control, treatment)
    width = ConfidenceSequence(0.05, 1_000.0).width(contrast(found).size)
    for end in lift_bounds(found, width):
        if not np.isnan(end):
            apart = contrast(found, 1 + end)
            assert abs(float(apart.value / apart.error)) == pytest.approx(float(width))


def test_the_lift_is_unknown_while_the_control_may_be_zero():
    """No multiple of nothing, nor of a number that may be below it."""
    for control in (Rate(100, 1), Mean(100, -500.0, 3_000.0)):
        treatment = Rate(100, 20) if isinstance(control, Rate) else Mean(100, 500.0, 3_000.0)
        found = counted(control, treatment)
        assert all(np.isnan(lift_bounds(found, np.asarray(3.0))))
