"""How long a CRM is left alone: longer each time, never shorter than it asks, and long enough for a day's outage."""

import math

from hypothesis import given
from hypothesis import strategies as st

from shared.crm.backoff import LONGEST_S, MAX_ATTEMPTS, SHORTEST_S, delay_s, gives_up
from tests.unit.properties import NORMAL

chances = st.floats(0, 1)
DAY_S = 86_400


@given(st.integers(-5, 10**9), chances)
@NORMAL
def test_a_wait_is_between_the_shortest_and_the_longest(attempts, chance):
    """Whatever was counted, a wait is between five seconds and an hour."""
    assert SHORTEST_S <= delay_s(attempts, None, chance) <= LONGEST_S


@given(st.integers(1, MAX_ATTEMPTS), chances, st.floats(0, 10**6))
@NORMAL
def test_never_sooner_than_the_crm_asks(attempts, chance, asked):
    """What the CRM asks for is the least; it does not shorten a wait."""
    assert delay_s(attempts, asked, chance) == max(asked, delay_s(attempts, None, chance))


@given(st.integers(1, MAX_ATTEMPTS), chances)
@NORMAL
def test_waits_grow(attempts, chance):
    """With the same luck the next wait is no shorter, and about twice as long until it is an hour."""
    this, following = delay_s(attempts, None, chance), delay_s(attempts + 1, None, chance)
    assert math.isclose(following, 2 * this) or following >= 0.8 * LONGEST_S
    assert following >= this


def test_the_chance_spreads_calls():
    """What failed together does not come back together, in the beginning or at the longest wait."""
    for attempts in (1, 5, MAX_ATTEMPTS):
        waits = [delay_s(attempts, None, chance / 10) for chance in range(11)]
        assert len(set(waits)) == len(waits)
        assert waits[-1] > 1.2 * waits[0]


def test_a_days_outage_is_survived_and_not_forever():
    """With the shortest waits the last attempt is more than a day after the first; after it, no more."""
    waits: list[float] = []
    while not gives_up(len(waits) + 1):
        waits.append(delay_s(len(waits) + 1, None, 0))
    assert DAY_S < sum(waits) < 2 * DAY_S
    assert gives_up(MAX_ATTEMPTS + 1)
    assert not gives_up(0)


def test_nonsense_asks_for_nothing():
    """A number that is none does not become the wait."""
    assert delay_s(1, math.nan, 0) == SHORTEST_S
    assert delay_s(1, -10, 0) == SHORTEST_S
