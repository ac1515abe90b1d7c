"""The figures are what they are called, against values worked out by hand."""

from dataclasses import astuple

import pytest

from shared.retrieval.measure import Ranking, Refusals, mean

# 1 / log2(rank + 1) for ranks 1, 2, 3 and 8.
FIRST, SECOND, THIRD, EIGHTH = 1.0, 0.6309297535714574, 0.5, 0.31546487678572877


def test_the_second_of_two_right_ones():
    """It is found at the second place, the other one is not."""
    one = Ranking.of([5, 7, 9], {7, 8})
    assert (one.hit1, one.hit3, one.hit8, one.mrr) == (0, 1, 1, 0.5)
    assert one.ndcg == pytest.approx(SECOND / (FIRST + SECOND))


@pytest.mark.parametrize(
    ("ranked", "right", "expected"),
    [
        ([7, 8], {7, 8}, (1, 1, 1, 1, 1)),
        ([], {1}, (0, 0, 0, 0, 0)),
        ([1, 2, 3], {9}, (0, 0, 0, 0, 0)),
        ([0, 0, 5], {5}, (0, 1, 1, 1 / 3, THIRD)),
        ([0] * 7 + [5], {5}, (0, 0, 1, 1 / 8, EIGHTH)),
        ([0] * 8 + [5], {5}, (0, 0, 0, 0, 0)),
    ],
    ids=["best", "nothing", "wrong", "third", "eighth", "ninth"],
)
def test_rankings(ranked, right, expected):
    """Hits within 1, 3 and 8, the reciprocal rank, nDCG."""
    one = Ranking.of(ranked, right)
    assert (one.hit1, one.hit3, one.hit8, one.mrr, one.ndcg) == pytest.approx(expected)


def test_more_right_ones_than_places_can_be_perfect():
    """The ideal is eight places at most."""
    assert Ranking.of(list(range(8)), set(range(20))).ndcg == pytest.approx(1)


def test_a_mean_is_of_each_figure():
    """Over all rankings."""
    found = mean([Ranking(1, 1, 1, 1, 1), Ranking(0, 1, 1, 0.5, 0.2), Ranking(0, 0, 0, 0, 0)])
    assert astuple(found) == pytest.approx((1 / 3, 2 / 3, 2 / 3, 0.5, 0.4))


def test_refusals():
    """Two of three that should be refused are, and one of two that should not be."""
    found = Refusals.of([True, True, False, True, False], [False, False, False, True, True])
    assert (found.recall, found.precision, found.wrongly) == pytest.approx((2 / 3, 2 / 3, 1 / 2))


def test_refusals_of_nothing():
    """Who refuses nothing refuses nothing wrongly; where nothing should be refused nothing is missed."""
    assert Refusals.of([False, False], [True, False]) == Refusals(0.0, 1.0, 0.0)
    assert Refusals.of([False], [True]) == Refusals(1.0, 1.0, 0.0)
    assert Refusals.of([], []) == Refusals(1.0, 1.0, 0.0)
