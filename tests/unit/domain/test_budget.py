"""Budgets: when which step of the ladder holds, when which alert is due, and what is no ladder."""

import pytest
from pydantic import ValidationError

from shared.domain.budget import NOTHING, Budget, Spent, alerts, measure_of, used

DOLLAR = 1_000_000


@pytest.mark.parametrize(
    ("cents", "measure"),
    [(0, None), (79, None), (80, "smaller_model"), (94, "smaller_model"), (95, "knowledge_only"),
     (99, "knowledge_only"), (100, "contact_only"), (4000, "contact_only")],
)  # fmt: skip
def test_the_ladder_goes_down_as_the_month_is_spent(cents, measure):
    """80, 95 and 100 per cent, unless the owner says otherwise."""
    assert measure_of(Budget(monthly_usd=1), Spent(cents * DOLLAR // 100, 0)) == measure


def test_the_limit_that_is_used_up_further_counts():
    """A day that is spent, in a month that is not; and the other way round."""
    budget = Budget(monthly_usd=30, daily_usd=1)
    assert measure_of(budget, Spent(2 * DOLLAR, DOLLAR)) == "contact_only"
    assert measure_of(budget, Spent(30 * DOLLAR, 0)) == "contact_only"
    assert measure_of(budget, Spent(2 * DOLLAR, DOLLAR // 2)) is None
    assert used(budget, Spent(3 * DOLLAR, DOLLAR // 4)) == {"month": 10.0, "day": 25.0}


def test_without_a_limit_nothing_is_done_without():
    """However much was spent; nor with an empty ladder, which only alerts."""
    assert measure_of(Budget(), Spent(10**15, 10**15)) is None
    assert not Budget().is_limited
    assert measure_of(Budget(monthly_usd=1, ladder=()), Spent(10**15, 0)) is None


def test_a_ladder_of_ones_own():
    """Other steps, fewer, and above 100 per cent."""
    ladder = [{"at_percent": 50, "do": "knowledge_only"}, {"at_percent": 150, "do": "contact_only"}]
    budget = Budget.model_validate({"daily_usd": 2, "ladder": ladder})
    spent = [measure_of(budget, Spent(0, cents * DOLLAR // 100)) for cents in (99, 100, 299, 300)]
    assert spent == [None, "knowledge_only", "knowledge_only", "contact_only"]


@pytest.mark.parametrize(
    "ladder",
    [
        [{"at_percent": 90, "do": "smaller_model"}, {"at_percent": 80, "do": "contact_only"}],
        [{"at_percent": 80, "do": "contact_only"}, {"at_percent": 90, "do": "smaller_model"}],
        [{"at_percent": 80, "do": "smaller_model"}, {"at_percent": 80, "do": "contact_only"}],
        [{"at_percent": 80, "do": "smaller_model"}, {"at_percent": 90, "do": "smaller_model"}],
        [{"at_percent": 0, "do": "contact_only"}],
        [{"at_percent": 80, "do": "nothing"}],
    ],
)
def test_a_ladder_that_does_not_go_down_is_refused(ladder):
    """Steps become severer as more is spent."""
    with pytest.raises(ValidationError):
        Budget.model_validate({"monthly_usd": 1, "ladder": ladder})


@pytest.mark.parametrize("usd", [0, -1, "much", 10**9])
def test_a_limit_is_a_sum_of_money(usd):
    """Nothing at all is no budget: a business is switched off in other ways."""
    with pytest.raises(ValidationError):
        Budget.model_validate({"monthly_usd": usd})


def test_alerts_come_at_50_80_and_100_per_cent():
    """Of each limit for itself, all that are reached."""
    budget = Budget(monthly_usd=10, daily_usd=1)
    assert alerts(budget, NOTHING) == []
    assert alerts(budget, Spent(5 * DOLLAR, 799_999)) == [("month", 50), ("day", 50)]
    assert alerts(budget, Spent(DOLLAR, 1_200_000)) == [("day", 50), ("day", 80), ("day", 100)]
