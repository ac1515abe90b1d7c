"""A link offered on the phone: which, when, and what the caller's words come to."""

from typing import Any

import pytest

from shared.engine.phone_link import LinkOffer, accepted, offer_of, offered
from tests.unit.samples import CTA_TREE, SITE, a_config

BOOK = {"id": "book", "label": "Book a service", "kind": "link", "url": f"{SITE}/book"}
CALL = {"id": "call", "label": "Call us", "kind": "phone", "url": "tel:+441632960000"}
OFFER = LinkOffer("book", "Book a service", f"{SITE}/book")


def answer(text: str, *ctas: dict[str, Any]) -> dict[str, Any]:
    """Return what of a chat's answer counts here."""
    return {"reply": {"text": text}, "ctas": list(ctas)}


@pytest.mark.parametrize(
    ("given", "before", "expected"),
    [
        (answer("Here.", BOOK), [], OFFER),
        (answer("Here.", CALL, BOOK), ["other"], OFFER),
        (answer("Here.", BOOK), ["book"], None),
        (answer("Here.", CALL), [], None),
        (answer("Here."), [], None),
        (answer("Which one?", BOOK), [], None),
        (answer("أي واحد؟ ", BOOK), [], None),
    ],
)
def test_the_first_link_is_offered_once_and_not_behind_a_question(given, before, expected):
    """Telephone numbers and menus are no links."""
    assert offered(given, before) == expected


def test_an_offer_is_looked_up_in_the_configuration():
    """At any depth; a node of another kind, or one that is gone, is none."""
    config = a_config(cta_tree=CTA_TREE)
    assert offer_of(config, "book") == OFFER
    assert offer_of(config, "lights") == LinkOffer("lights", "Lights", f"{SITE}/lights")
    assert [offer_of(config, name) for name in ("call", "shop", "gone", "")] == [None] * 4


@pytest.mark.parametrize(
    ("words", "means"),
    [("Yes.", True), ("yes please", True), ("Sí, por favor.", True), ("Ja gerne.", True), ("Oui", True), ("نعم", True),
     ("No thanks.", False), ("Nein danke", False), ("What does it cost?", None), ("Tomorrow at nine", None)],
)  # fmt: skip
def test_yes_no_or_something_else(words, means):
    """In the languages the assistant is fluent in."""
    assert accepted(words) is means
