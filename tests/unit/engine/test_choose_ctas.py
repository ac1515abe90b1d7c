"""Calls to action as the visitor gets them (which ones: tests/unit/dialogue)."""

from shared.domain.turn import Cta
from shared.engine.stages.choose_ctas import roots
from shared.engine.stages.present import present_cta
from tests.unit.samples import CTA_TREE, a_tenant

TENANT = a_tenant(cta_tree=CTA_TREE)


def test_a_menu_brings_its_children():
    """The whole branch, for a widget to walk; only the fields that a kind has."""
    menu = roots(TENANT)[2]
    assert present_cta(menu)["children"] == [
        {"id": "lights", "label": "Lights", "kind": "link", "url": "https://acme.example/lights"},
        {"id": "locks", "label": "Locks", "kind": "message", "message": "Show me locks"},
    ]
    assert present_cta(Cta("x", "X", "menu")) == {"id": "x", "label": "X", "kind": "menu"}
