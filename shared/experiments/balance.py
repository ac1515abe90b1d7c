"""Sample ratio mismatch: have the arms the visitors their weights promise? An alarm that holds at every look.

The test is Lindon and Malek's, "Anytime-valid inference for multinomial count data" (NeurIPS 2022): the odds of a
Dirichlet mixture of shares against the promised ones, a martingale when the promise is kept. By Ville's inequality
they ever pass 1 / ALARM with a probability of at most ALARM.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from shared.experiments.measures import Array

ALARM = 0.001
CONCENTRATION = 100.0
"""How closely the mixture lies around the promised shares: as much as so many visitors would say."""


@dataclass(frozen=True)
class Period:
    """A time with constant weights: new visitors of each arm, counted at their first exposure."""

    weights: Mapping[str, float]
    units: Mapping[str, int]


@dataclass(frozen=True)
class Balance:
    """The always-valid p-value of fair shares. With `alarm` no result of the experiment is to be believed."""

    p_value: float
    alarm: bool


def check_balance(periods: Sequence[Period]) -> Balance:
    """Return whether the shares are to be believed; a change of weights starts a new period.

    The alarm may fall silent again when more visitors come; it is the caller's to keep it.
    """
    odds = sum(_of_period(period) for period in periods)
    p_value = float(np.exp(-max(odds, 0.0)))
    return Balance(p_value, alarm=p_value <= ALARM)


def _of_period(period: Period) -> float:
    weights = {arm: weight for arm, weight in period.weights.items() if weight > 0}
    if any(units and arm not in weights for arm, units in period.units.items()):
        return float("inf")
    counts = np.array([period.units.get(arm, 0) for arm in weights], dtype=np.float64)
    shares = np.array(list(weights.values()), dtype=np.float64)
    return float(log_odds(counts, shares / shares.sum())) if weights else 0.0


def log_odds(counts: Array, shares: Array) -> Array:
    """Return the logarithm of the odds against `shares` (they sum to 1) for counts; the last axis is the arms."""
    prior = CONCENTRATION * shares
    mixture = gammaln(CONCENTRATION) - gammaln(CONCENTRATION + counts.sum(axis=-1))
    mixture = mixture + (gammaln(prior + counts) - gammaln(prior)).sum(axis=-1)
    odds: Array = mixture - (counts * np.log(shares)).sum(axis=-1)
    return odds
