"""Confidence sequences: intervals that hold at every look at once, so that one may look, and stop, at any time.

The method is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform
central limit theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024): Robbins' normal mixture
around a mean with an estimated variance. Its p-value is that of the mixture SPRT of Johari, Koomen, Pekelis and
Walsh, "Always valid inference" (Operations Research 70, 2022). Time is the effective size of two arms, n m / (n + m),
to which the information about a difference is proportional however visitors are divided.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import brentq
from scipy.special import lambertw, ndtr

from shared.experiments.measures import Array, Counted

LOOKS = 50
"""Plans reckon with so many looks until the planned size, evenly spread; more find a little more."""
_BETWEEN_LOOKS = 0.5826  # -zeta(1/2) / sqrt(2 pi)
_STEPS = 400


@dataclass(frozen=True)
class Contrast:
    """How far treatments are from a multiple of the control, its standard error, and the effective size."""

    value: Array
    error: Array
    size: Array


def contrast(arms: Counted, factor: float | Array = 1.0) -> Contrast:
    """Return treatment - factor x control. An empty arm counts as one visitor: `enough` keeps it from a verdict."""
    ours, theirs = np.maximum(arms.treatment.units, 1), np.maximum(arms.control.units, 1)
    value = arms.treatment.average - factor * arms.control.average
    variance = arms.treatment.variance / ours + factor**2 * arms.control.variance / theirs
    return Contrast(value, np.sqrt(variance), ours * theirs / (ours + theirs))


def lift_bounds(arms: Counted, width: Array) -> tuple[Array, Array]:
    """Return both ends of treatment / control - 1 by Fieller's theorem (1954); NaN while the control may be zero.

    They are the multiples of the control from which the treatment is not proven to differ, so they hold wherever
    `width`, in standard errors, does: no linearising as in the delta method.
    """
    ours = arms.treatment.variance / np.maximum(arms.treatment.units, 1) * width**2
    theirs = arms.control.variance / np.maximum(arms.control.units, 1) * width**2
    square = arms.control.average**2 - theirs
    known = (square > 0) & (arms.control.average > 0)
    square = np.where(known, square, np.nan)
    middle = arms.treatment.average * arms.control.average
    root = np.sqrt(np.maximum(middle**2 - square * (arms.treatment.average**2 - ours), 0))
    return (middle - root) / square - 1, (middle + root) / square - 1


def tightest(alpha: float) -> float:
    """Return the mixture's variance, in units of the mean's at the planned size, for an interval narrowest there."""
    return float(-lambertw(-(alpha**2) / math.e, -1).real - 1)


@dataclass(frozen=True)
class ConfidenceSequence:
    """Error rate over all looks together, and the effective size at which the intervals are to be narrowest.

    Both are fixed before the first visitor. Another planned size makes wider intervals, not wrong ones.
    """

    alpha: float
    planned: float

    def width(self, size: Array) -> Array:
        """Return how many standard errors the interval reaches to each side at these effective sizes."""
        spread = self._spread(size)
        return np.sqrt((1 + 1 / spread) * (np.log1p(spread) - 2 * math.log(self.alpha)))

    def margin(self, of: Contrast) -> Array:
        """Return how far the interval reaches to each side."""
        margin: Array = self.width(of.size) * of.error
        return margin

    def p_value(self, of: Contrast) -> Array:
        """Return always-valid p-values: below `alpha` exactly where the interval leaves out zero."""
        spread = self._spread(of.size)
        score = of.value / np.where(of.error > 0, of.error, np.inf)
        return np.minimum(1.0, np.exp(np.log1p(spread) / 2 - score**2 * spread / (2 * (1 + spread))))

    def _spread(self, size: Array) -> Array:
        return tightest(self.alpha) * size / self.planned


@lru_cache(maxsize=64)
def reach(alpha: float, power: float) -> float:
    """Return the true difference, in standard errors at the planned size, found by then with this probability."""
    return float(brentq(lambda drift: crossing(alpha, drift) - power, 0.0, 20.0))


def crossing(alpha: float, drift: float, looks: int = LOOKS) -> float:
    """Return the probability that a random walk with this drift leaves the interval upwards at a look until time 1.

    Fortet's integral equation (1943) for Brownian motion: who is above the boundary at a time has crossed it before.
    Crossings between looks go unseen: that is as if the boundary were a little higher (Siegmund 1985).
    """
    # Steps grow with time, for the boundary is steep at first; before a thousandth of the plan nobody crosses.
    times = np.linspace(0.03, 1, _STEPS) ** 2
    middles = (times + np.concatenate(([0.0], times[:-1]))) / 2
    unseen = _BETWEEN_LOOKS / math.sqrt(looks)
    at, between = _boundary(alpha, times) + unseen, _boundary(alpha, middles) + unseen
    gap = times[:, None] - middles[None, :]
    root = np.sqrt(np.where(gap > 0, gap, 1.0))
    kernel = np.tril(ndtr((between[None, :] - at[:, None] + drift * gap) / root))
    above = ndtr((drift * times - at) / np.sqrt(times))
    return float(solve_triangular(kernel, above, lower=True).sum())


def _boundary(alpha: float, times: Array) -> Array:
    return np.sqrt(times) * ConfidenceSequence(alpha, 1.0).width(times)
