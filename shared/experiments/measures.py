"""What was counted of an experiment's arms, as averages with their variances; judges nothing.

Everything is done on arrays, so that one experiment and two thousand simulated ones go through the same code.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Below these, the normal law that the intervals trust is too far off: where an arm gets one visitor in ten, more than
# 5 % of simulated experiments without a difference found one.
MINIMUM_UNITS = 100
MINIMUM_EXPECTED = 20
"""Of a rate, in each arm: conversions to be expected, and visitors without one."""
MINIMUM_NUMBERS = 500
"""Of a mean, in each arm: visitors. Numbers have longer tails."""


@dataclass(frozen=True)
class Rate:
    """An arm's visitors, each counted once, and how many of them converted."""

    units: int
    converted: int

    def __post_init__(self) -> None:
        if not 0 <= self.converted <= self.units:
            raise ValueError(f"{self.converted} of {self.units} visitors cannot have converted")


@dataclass(frozen=True)
class Mean:
    """A number a visitor (seconds, cost): how many visitors, the sum of their numbers, and of their squares."""

    units: int
    total: float
    squares: float

    def __post_init__(self) -> None:
        if self.units < 0 or self.squares < 0 or (not self.units and (self.total or self.squares)):
            raise ValueError(f"{self} is not a count of visitors")


Measure = Rate | Mean


@dataclass(frozen=True)
class Moments:
    """Visitors, average and variance a visitor."""

    units: Array
    average: Array
    variance: Array


@dataclass(frozen=True)
class Counted:
    """Treatments, each beside the control it is compared with; `enough` is false where a verdict would be too early."""

    treatment: Moments
    control: Moments
    enough: NDArray[np.bool_]


def counted(control: Measure, treatment: Measure) -> Counted:
    """Return a treatment beside the control. Raises TypeError when a rate is to be compared with a mean."""
    if isinstance(control, Rate) and isinstance(treatment, Rate):
        return of_rates(*_numbers(treatment.units, treatment.converted, control.units, control.converted))
    if isinstance(control, Mean) and isinstance(treatment, Mean):
        ours = (treatment.units, treatment.total, treatment.squares)
        return of_means(*_numbers(*ours, control.units, control.total, control.squares))
    raise TypeError("a rate cannot be compared with a mean")


def _numbers(*values: float) -> tuple[Array, ...]:
    return tuple(np.asarray(value, dtype=np.float64) for value in values)


def of_rates(units: Array, converted: Array, control_units: Array, control_converted: Array) -> Counted:
    """Return treatments' rates beside the control's.

    The variance counts half a conversion and half a missing one in addition: an arm without conversions is not certain.
    """
    pooled = (converted + control_converted) / np.maximum(units + control_units, 1)
    fewer = np.minimum(units, control_units)
    expected = np.minimum(pooled, 1 - pooled) * fewer
    enough = (fewer >= MINIMUM_UNITS) & (expected >= MINIMUM_EXPECTED)
    return Counted(_rate(units, converted), _rate(control_units, control_converted), enough)


def _rate(units: Array, converted: Array) -> Moments:
    smooth = (converted + 0.5) / (units + 1)
    return Moments(units, converted / np.maximum(units, 1), smooth * (1 - smooth))


def of_means(
    units: Array, total: Array, squares: Array, control_units: Array, control_total: Array, control_squares: Array
) -> Counted:
    """Return treatments' means beside the control's. An arm where everybody has the same number is not enough."""
    ours, theirs = _mean(units, total, squares), _mean(control_units, control_total, control_squares)
    enough = (np.minimum(units, control_units) >= MINIMUM_NUMBERS) & (np.minimum(ours.variance, theirs.variance) > 0)
    return Counted(ours, theirs, enough)


def _mean(units: Array, total: Array, squares: Array) -> Moments:
    average = total / np.maximum(units, 1)
    beyond = squares - units * average**2
    # What rounding leaves of equal numbers is no variance.
    beyond = np.where(beyond > 1e-12 * squares, beyond, 0.0)
    return Moments(units, average, beyond / np.maximum(units - 1, 1))
