"""The alarm about arms that do not have the visitors they were promised."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.experiments.balance import ALARM, CONCENTRATION, Period, check_balance, log_odds
from tests.unit.properties import NORMAL

HALVES = {"a": 1.0, "b": 1.0}


@NORMAL
@given(st.lists(st.sampled_from([0, 1, 2]), max_size=60))
def test_the_odds_are_those_of_one_visitor_after_another(arms):
    """Each visitor multiplies them by how much likelier the mixture, having seen the ones before, found that arm."""
    shares, counts, odds = (0.5, 0.3, 0.2), [0, 0, 0], 0.0
    for seen, arm in enumerate(arms):
        odds += math.log((CONCENTRATION * shares[arm] + counts[arm]) / (CONCENTRATION + seen) / shares[arm])
        counts[arm] += 1
    assert float(log_odds(np.array(counts, dtype=float), np.array(shares))) == pytest.approx(odds, abs=1e-9)


def test_the_odds_are_a_fair_bet():
    """If the shares are kept, they are 1 on average: over all outcomes of 12 visitors, summed exactly."""
    total = 0.0
    for first in range(13):
        chance = math.comb(12, first) * 0.7**first * 0.3 ** (12 - first)
        total += chance * math.exp(float(log_odds(np.array([first, 12.0 - first]), np.array([0.7, 0.3]))))
    assert total == pytest.approx(1)


def test_fair_shares_raise_no_alarm():
    """Nor do no visitors at all, in whatever proportion the weights are given."""
    assert check_balance([Period(HALVES, {"a": 5_050, "b": 4_950})]).alarm is False
    assert check_balance([Period({"a": 90, "b": 10}, {"a": 903, "b": 97})]).alarm is False
    assert check_balance([Period(HALVES, {})]).p_value == check_balance([]).p_value == 1


def test_a_wrong_share_raises_it():
    """600 : 400 is no half and half."""
    found = check_balance([Period(HALVES, {"a": 600, "b": 400})])
    assert found.alarm is True
    assert found.p_value < ALARM


def test_a_change_of_weights_is_no_mismatch():
    """Each period is held against its own weights, though all visitors together fit neither."""
    later = Period({"a": 3, "b": 1}, {"a": 3_000, "b": 1_000})
    assert check_balance([Period(HALVES, {"a": 1_000, "b": 1_000}), later]).alarm is False
    assert check_balance([Period(HALVES, {"a": 4_000, "b": 2_000})]).alarm is True


def test_small_mismatches_of_periods_add_up():
    """What neither period proves, both together do."""
    period = Period(HALVES, {"a": 330, "b": 250})
    assert check_balance([period]).alarm is False
    assert check_balance([period] * 3).alarm is True


@pytest.mark.parametrize("weights", [{"a": 1.0, "b": 0.0}, {"a": 1.0}, {}])
def test_visitors_of_an_arm_without_weight_raise_it(weights):
    """One is enough: it cannot happen by chance."""
    assert check_balance([Period(weights, {"b": 1})]).alarm is True


def test_an_empty_arm_is_counted():
    """An arm that never appears among the counts is missing, not left out."""
    assert check_balance([Period(HALVES, {"a": 60})]).alarm is True
