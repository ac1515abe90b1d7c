"""Averages and variances of what was counted, and when there is too little of it."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.experiments.measures import Mean, Rate, counted
from tests.unit.properties import NORMAL

_numbers = st.lists(st.floats(-1_000, 1_000).map(lambda number: round(number, 3)), min_size=2, max_size=40)


def mean_of(numbers):
    return Mean(len(numbers), sum(numbers), sum(number**2 for number in numbers))


@NORMAL
@given(_numbers, _numbers)
def test_sums_and_squares_are_enough(control, treatment):
    """Average and variance are those of the numbers themselves."""
    found = counted(mean_of(control), mean_of(treatment))
    for moments, numbers in ((found.control, control), (found.treatment, treatment)):
        assert float(moments.average) == pytest.approx(statistics.fmean(numbers), abs=1e-9)
        assert float(moments.variance) == pytest.approx(statistics.variance(numbers), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    ("control", "treatment", "enough"),
    [
        (Rate(0, 0), Rate(0, 0), False),
        (Rate(1_000, 100), Rate(0, 0), False),
        (Rate(99, 50), Rate(5_000, 2_500), False),
        (Rate(100, 50), Rate(100, 50), True),
        (Rate(1_000, 0), Rate(1_000, 0), False),
        (Rate(1_000, 1_000), Rate(1_000, 1_000), False),
        (Rate(1_000, 19), Rate(1_000, 19), False),
        (Rate(1_000, 0), Rate(1_000, 40), True),
        (Rate(1_000, 980), Rate(1_000, 980), True),
        (Rate(1_000, 981), Rate(1_000, 981), False),
        (Mean(499, 1.0, 50.0), Mean(5_000, 1.0, 50.0), False),
        (Mean(500, 1.0, 50.0), Mean(500, 1.0, 50.0), True),
        (Mean(1_000, 700.0, 490.0), Mean(1_000, 1.0, 50.0), False),
        (Mean(1_000, 100.0, 10.0), Mean(1_000, 100.0, 10.0), False),
        (Mean(0, 0.0, 0.0), Mean(1_000, 1.0, 50.0), False),
    ],
)
def test_too_little_is_not_enough(control, treatment, enough):
    """Visitors, conversions and visitors without one, and numbers that differ, are all needed, in both arms."""
    assert bool(counted(control, treatment).enough) is enough
    assert bool(counted(treatment, control).enough) is enough


def test_an_arm_without_conversions_is_not_certain():
    """Its variance is small, not nothing."""
    found = counted(Rate(1_000, 0), Rate(1_000, 1_000))
    assert 0 < float(found.control.variance) < 0.001
    assert float(found.control.variance) == pytest.approx(float(found.treatment.variance))


def test_impossible_counts_are_refused():
    """More conversions than visitors, negative ones, numbers of nobody."""
    for make in (lambda: Rate(1, 2), lambda: Rate(1, -1), lambda: Mean(-1, 0, 0), lambda: Mean(0, 1, 1)):
        with pytest.raises(ValueError, match="visitors"):
            make()


def test_a_rate_is_not_compared_with_a_mean():
    """One metric is one kind of number."""
    with pytest.raises(TypeError, match="a rate cannot"):
        counted(Rate(100, 1), Mean(100, 1.0, 2.0))
