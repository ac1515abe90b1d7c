"""A link that is offered on the phone in words, and what the caller makes of the offer. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.business import BusinessConfig
from shared.understanding.cues import agrees, declines

_QUESTION = ("?", "؟")


@dataclass(frozen=True)
class LinkOffer:
    """A call to action of the configuration that leads to a page."""

    id: str
    label: str
    url: str


def offered(answer: Mapping[str, Any], before: Collection[str]) -> LinkOffer | None:
    """Return the first link of a chat's answer that was not offered `before` (ids); None when there is none.

    Nothing is offered behind a question: a yes could not be told apart.
    """
    if answer["reply"]["text"].rstrip().endswith(_QUESTION):
        return None
    links = (cta for cta in answer["ctas"] if cta["kind"] == "link" and cta["id"] not in before)
    found = next(links, None)
    return LinkOffer(found["id"], found["label"], found["url"]) if found else None


def offer_of(config: BusinessConfig, cta_id: str) -> LinkOffer | None:
    """Return the link of an id; None when the configuration has none of that id any more."""
    node = next((node for node in config.ctas() if node.id == cta_id and node.kind == "link"), None)
    return LinkOffer(node.id, node.label, node.url) if node and node.url else None


def accepted(text: str) -> bool | None:
    """Say what an offer came to: True yes, False no, None the caller talks of something else."""
    if agrees(text):
        return True
    return False if declines(text) else None
