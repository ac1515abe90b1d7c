"""Chooses the calls to action that fit: named by a guard, else matched by words, else the roots of the tree. Pure."""

import re

from shared.domain.cta import CtaNode
from shared.domain.tenant import Tenant
from shared.domain.turn import Cta

MAX_CTAS = 3
_WORD = re.compile(r"[^\W_]{3,}")
_SHORTEST_STEM = 4


def choose_ctas(tenant: Tenant, named: tuple[str, ...] | None, question: str, reply: str) -> tuple[Cta, ...]:
    """Return up to three calls to action, best first.

    Args:
        tenant: whose tree.
        named: ids a guard asked for; None to choose by words.
        question: the visitor's message; its words count double.
        reply: the assistant's answer.
    """
    nodes = list(tenant.config.ctas())
    if named:
        by_id = {node.id: node for node in nodes}
        return tuple(view(by_id[cta_id]) for cta_id in named if cta_id in by_id)[:MAX_CTAS]
    asked, said = _stems(question), _stems(reply)
    scored = [(2 * _hits(node, asked) + _hits(node, said), -place, node) for place, node in enumerate(nodes)]
    fitting = [node for score, _, node in sorted(scored, key=lambda item: item[:2], reverse=True) if score > 1]
    others = [root for root in tenant.config.cta_tree if root not in fitting]
    return tuple(view(node) for node in [*fitting, *others][:MAX_CTAS])


def roots(tenant: Tenant) -> tuple[Cta, ...]:
    """Return the calls to action that open a conversation."""
    return tuple(view(root) for root in tenant.config.cta_tree)


def view(node: CtaNode) -> Cta:
    """Return a node as the visitor gets it."""
    return Cta(node.id, node.label, node.kind, node.url, node.message, tuple(view(child) for child in node.children))


def _stems(text: str) -> frozenset[str]:
    """Return the words without their endings: crude, the same for every language with endings."""
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word[: max(_SHORTEST_STEM, len(word) - 3)] for word in words)


def _hits(node: CtaNode, stems: frozenset[str]) -> int:
    return len(_stems(" ".join(node.keywords)) & stems)
