"""Who takes part and which arm a visitor gets."""

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.experiments import bucketing
from shared.experiments.bucketing import EVERYBODY, SLOTS, Slots, Split, allot, arm_of, assign, takes_part
from tests.unit.properties import NORMAL, THOROUGH, any_text

VISITORS = [f"visitor-{number}" for number in range(20_000)]
HALVES = (("a", 0.5), ("b", 0.5))
_weights = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 100), min_size=2).map(
    lambda found: [*found.items()]
)
_units = st.lists(any_text, min_size=1, max_size=30)


def drawn(weights, salt="salt"):
    return [arm_of("greeting", salt, unit, weights) for unit in VISITORS]


def chi_square(seen, expected):
    return sum((seen[key] - number) ** 2 / number for key, number in expected.items())


def test_a_visitor_gets_the_same_arm_everywhere():
    """The hash is fixed for good: another result here gives running experiments' new visitors other arms."""
    weights = (("control", 0.5), ("warm", 0.3), ("short", 0.2))
    arms = [arm_of("greeting", "2026-11", f"visitor-{number}", weights) for number in range(12)]
    assert [str(arm)[0] for arm in arms] == list("sccwwwcwccwc")
    part = [number for number in range(40) if takes_part("layer", ((0, 2_500),), f"visitor-{number}")]
    assert part == [4, 8, 9, 17, 30, 38, 39]


def test_arms_get_their_weights():
    """Counts are as even as chance allows (chi-square, 2 degrees of freedom: 13.8 is one in a thousand)."""
    seen = Counter(drawn((("a", 5), ("b", 3), ("c", 2))))
    assert chi_square(seen, {"a": 10_000, "b": 6_000, "c": 4_000}) < 13.8


def test_another_salt_draws_independently():
    """The arm of one experiment tells nothing about the arm of the next."""
    seen = Counter(zip(drawn(HALVES, "one"), drawn(HALVES, "two"), strict=True))
    assert chi_square(seen, {(first, second): 5_000 for first in "ab" for second in "ab"}) < 16.3


def test_the_slot_tells_nothing_about_the_arm():
    """Those who take part are divided like everybody, even where layer and experiment have one name."""
    part = [unit for unit in VISITORS if takes_part("greeting", ((0, 5_000),), unit)]
    seen = Counter(arm_of("greeting", "salt", unit, HALVES) for unit in part)
    assert chi_square(Counter({"part": len(part), "rest": 20_000 - len(part)}), {"part": 10_000, "rest": 10_000}) < 10.8
    assert chi_square(seen, {"a": len(part) / 2, "b": len(part) / 2}) < 10.8


@THOROUGH
@given(_weights, st.floats(1, 50), _units, st.data())
def test_more_weight_only_draws_towards_the_arm(weights, times, units, data):
    """Raising one arm's weight moves visitors to it and nobody else; lowering it again moves the same ones back."""
    raised = data.draw(st.sampled_from([arm for arm, _ in weights]))
    changed = [(arm, weight * times if arm == raised else weight) for arm, weight in weights]
    for unit in units:
        before, after = (arm_of("e", "s", unit, given_weights) for given_weights in (weights, changed))
        assert after in (before, raised)


@NORMAL
@given(_weights, st.floats(0.01, 100), _units)
def test_a_new_arm_only_takes(weights, weight, units):
    """Adding an arm moves visitors to it and nobody else."""
    for unit in units:
        assert arm_of("e", "s", unit, [*weights, ("new", weight)]) in (arm_of("e", "s", unit, weights), "new")


@NORMAL
@given(_weights, _units, st.randoms(use_true_random=False))
def test_only_proportions_matter(weights, units, chance):
    """Weights of 1 and 3 are those of 8 and 24, in whatever order."""
    shuffled = [(arm, weight * 8) for arm, weight in weights]
    chance.shuffle(shuffled)
    for unit in units:
        assert arm_of("e", "s", unit, weights) == arm_of("e", "s", unit, shuffled)


def test_no_more_move_than_must():
    """From half and half to 60:40, one in ten moves."""
    pairs = Counter(zip(drawn(HALVES), drawn((("a", 0.6), ("b", 0.4))), strict=True))
    assert pairs["a", "b"] == 0
    assert pairs["b", "a"] == pytest.approx(2_000, abs=140)


def test_weights_of_nothing_take_nobody():
    """An arm with weight 0 or less is never drawn; without any other, there is no arm."""
    assert set(drawn((("a", 0), ("b", 1), ("c", -1)))) == {"b"}
    assert arm_of("e", "s", "unit", (("a", 0),)) is None
    assert arm_of("e", "s", "unit", ()) is None


def test_the_stored_arm_stays():
    """Neither new weights nor a smaller share move a visitor who has an arm."""
    split = Split("e", "s", "layer", (("a", 0), ("b", 1)), slots=())
    assert assign(split, "unit", "a") == "a"
    assert assign(split, "unit") is None


def test_the_visitors_of_a_removed_arm_take_no_part():
    """They are not counted a second time for another arm."""
    assert assign(Split("e", "s", "layer", (("b", 1),)), "unit", "a") is None


def test_without_a_stored_arm_it_is_drawn():
    """Everybody takes part unless there are slots to say otherwise."""
    split = Split("greeting", "salt", "layer", HALVES)
    assert [assign(split, unit) for unit in VISITORS[:100]] == drawn(HALVES)[:100]


def test_a_share_takes_its_part_of_the_visitors():
    """A quarter of the slots is a quarter of the visitors; all of them is everybody."""
    slots = allot([], 0.25)
    part = sum(takes_part("layer", slots, unit) for unit in VISITORS)
    assert part == pytest.approx(5_000, abs=200)
    assert all(takes_part("layer", EVERYBODY, unit) for unit in VISITORS)


@NORMAL
@given(st.lists(st.floats(0, 0.25), min_size=2, max_size=4), _units)
def test_experiments_of_a_layer_never_overlap(wanted, units):
    """Nobody takes part in two, and each has its share."""
    layer: list[Slots] = []
    for share in wanted:
        layer.append(allot(layer, share))
        assert sum(end - start for start, end in layer[-1]) == round(share * SLOTS)
    for unit in units:
        assert sum(takes_part("layer", slots, unit) for slots in layer) <= 1


@NORMAL
@given(st.lists(st.floats(0, 0.25), min_size=3, max_size=6))
def test_a_share_changes_in_one_direction(wanted):
    """Who is in stays in when the share grows; nobody new comes when it shrinks; others' slots are never touched."""
    other: Slots = ((50, 60), (9_000, 9_900))
    own = allot([other], 0.1)
    for share in wanted:
        before, own = own, allot([other], share, own)
        kept, now = set(_all(before)), set(_all(own))
        assert kept <= now if len(now) >= len(kept) else now < kept
        assert not now & set(_all(other))


def _all(slots):
    return [slot for start, end in slots for slot in range(start, end)]


def test_a_full_layer_says_so():
    """More than is left, or no share at all, is refused."""
    with pytest.raises(ValueError, match=r"25.00% of its visitors left, not 30.00%"):
        allot([allot([], 0.75)], 0.3)
    with pytest.raises(ValueError, match="between 0 and 1"):
        allot([], 1.5)


def test_drawing_needs_the_standard_library_alone():
    """The chat function imports it: neither numpy nor scipy may come along."""
    tree = ast.parse(Path(bucketing.__file__).read_text())
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
