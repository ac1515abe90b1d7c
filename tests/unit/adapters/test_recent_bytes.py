"""Bytes in memory: never more than the budget, the longest unused go first."""

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.speech.recent import Recent
from tests.unit.properties import NORMAL


def test_the_longest_unused_goes_first():
    """Asking for something keeps it."""
    kept = Recent(6)
    kept.put("a", b"aa")
    kept.put("b", b"bb")
    kept.put("c", b"cc")
    assert kept.get("a") == b"aa"
    kept.put("d", b"dd")
    assert [kept.get(name) for name in "abcd"] == [b"aa", None, b"cc", b"dd"]


def test_what_is_too_large_is_not_kept():
    """It would only throw out all the others."""
    kept = Recent(3)
    kept.put("a", b"a")
    kept.put("b", b"bbbb")
    assert (kept.get("a"), kept.get("b")) == (b"a", None)


def test_the_same_name_is_replaced():
    """And counted once."""
    kept = Recent(4)
    for _ in range(5):
        kept.put("a", b"aaa")
    kept.put("b", b"b")
    assert (kept.get("a"), kept.get("b")) == (b"aaa", b"b")


@NORMAL
@given(st.integers(0, 20), st.lists(st.tuples(st.sampled_from("abcde"), st.binary(max_size=8)), max_size=30))
def test_the_budget_holds(budget, puts):
    """Whatever is put, what can be got fits the budget, and the last that fits by itself is there."""
    kept, known = Recent(budget), {}
    for name, data in puts:
        kept.put(name, data)
        if len(data) <= budget:
            known[name] = data
            assert kept.get(name) == data
    found = {name: kept.get(name) for name in known}
    assert sum(len(data) for data in found.values() if data is not None) <= budget
    assert all(data in (None, known[name]) for name, data in found.items())
