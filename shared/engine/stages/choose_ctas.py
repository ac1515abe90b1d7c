"""Chooses the two or three calls to action that fit the turn. Pure."""

from collections.abc import Iterable

from shared.dialogue.ctas import ChosenCta, CtaContext
from shared.dialogue.ctas import choose_ctas as walk
from shared.domain.cta import CtaNode
from shared.domain.tenant import Tenant
from shared.domain.turn import Cta


def choose_ctas(tenant: Tenant, context: CtaContext) -> tuple[ChosenCta, ...]:
    """Return the calls to action, best first, each with the reason for it."""
    return walk(tenant.config.cta_tree, context)


def views(chosen: Iterable[ChosenCta]) -> tuple[Cta, ...]:
    """Return chosen calls to action as the visitor gets them."""
    return tuple(view(item.node) for item in chosen)


def roots(tenant: Tenant) -> tuple[Cta, ...]:
    """Return the calls to action that open a conversation."""
    return tuple(view(root) for root in tenant.config.cta_tree)


def view(node: CtaNode) -> Cta:
    """Return a node as the visitor gets it."""
    return Cta(node.id, node.label, node.kind, node.url, node.message, tuple(view(child) for child in node.children))
