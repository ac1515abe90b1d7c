"""Which calls to action come with an answer."""

import pytest
from hypothesis import given

from shared.domain.turn import Cta
from shared.engine.stages.choose_ctas import MAX_CTAS, choose_ctas, roots
from shared.engine.stages.present import present_cta
from tests.unit.properties import NORMAL, any_text
from tests.unit.samples import CTA_TREE, a_tenant

TENANT = a_tenant(cta_tree=CTA_TREE)


def chosen(question: str, reply: str = "", named: tuple[str, ...] | None = None) -> list[str]:
    """Return the ids, best first."""
    return [cta.id for cta in choose_ctas(TENANT, named, question, reply)]


@pytest.mark.parametrize(
    ("question", "reply", "first"),
    [
        ("Do you sell lights?", "", "lights"),
        ("LIGHT for my bike", "", "lights"),
        ("I need locks", "We have lights.", "locks"),
        ("How can I phone you?", "", "call"),
        ("What is a booking?", "", "book"),
        ("Anything else", "We sell locks.", "book"),
        ("", "", "book"),
    ],
)
def test_the_visitors_words_choose(question, reply, first):
    """Matched by their stems, over the whole tree; a word of the reply alone is not enough."""
    assert chosen(question, reply)[0] == first


def test_the_roots_fill_up_what_is_left():
    """Up to three, none twice."""
    assert chosen("Do you sell lights?") == ["lights", "book", "call"]
    assert chosen("phone") == ["call", "book", "shop"]


@pytest.mark.parametrize(
    ("named", "ids"),
    [
        (("locks",), ["locks"]),
        (("locks", "book"), ["locks", "book"]),
        (("gone", "call"), ["call"]),
        (("gone",), []),
        (("book", "call", "shop", "lights"), ["book", "call", "shop"]),
        ((), ["book", "call", "shop"]),
        (None, ["book", "call", "shop"]),
    ],
)
def test_a_guard_names_them(named, ids):
    """Those that exist, in its order; naming none stands for the roots."""
    assert chosen("", "", named) == ids


@NORMAL
@given(any_text, any_text)
def test_any_text_chooses_at_most_three_of_the_tree(question, reply):
    """Never one twice, never an unknown one, and the same again."""
    ids = chosen(question, reply)
    assert len(ids) == len(set(ids)) <= MAX_CTAS
    assert set(ids) <= {node.id for node in TENANT.config.ctas()}
    assert ids == chosen(question, reply)


def test_a_business_without_any_offers_none():
    """That is allowed."""
    assert choose_ctas(a_tenant(), None, "lights", "") == ()


def test_a_menu_brings_its_children():
    """The whole branch, for a widget to walk; only the fields that a kind has."""
    menu = roots(TENANT)[2]
    assert present_cta(menu)["children"] == [
        {"id": "lights", "label": "Lights", "kind": "link", "url": "https://acme.example/lights"},
        {"id": "locks", "label": "Locks", "kind": "message", "message": "Show me locks"},
    ]
    assert present_cta(Cta("x", "X", "menu")) == {"id": "x", "label": "X", "kind": "menu"}
