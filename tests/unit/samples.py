"""Businesses, messages and passages to test with: ordinary ones, from which a test names what is special."""

from typing import Any

from shared.domain.business import BusinessConfig
from shared.domain.knowledge import Chunk, Passage
from shared.domain.limits import RateLimit
from shared.domain.message import Message
from shared.domain.tenant import PlatformDefaults, Tenant

SITE = "https://acme.example"
FETCHED = "2026-11-20T08:00:00+00:00"
DEFAULTS = PlatformDefaults(
    rate_limit=RateLimit(100, 60),
    address_rate_limit=RateLimit(1000, 60),
    session_ttl_s=3600,
    max_history_turns=20,
    chat_model="gemini-test",
)


def a_config(**fields: Any) -> BusinessConfig:
    """Return the configuration of Acme with `fields` in it."""
    return BusinessConfig.model_validate({"name": "Acme", **fields})


def a_tenant(version: int = 1, **fields: Any) -> Tenant:
    """Return Acme with `fields` in its configuration."""
    return Tenant.of("acme", version, a_config(**fields), DEFAULTS)


def a_message(text: str = "What does a service cost?", message_id: str = "m-1", **fields: Any) -> Message:
    """Return a visitor's message to Acme."""
    return Message(**{"business_id": "acme", "session_id": "s-1", "user": "s-1", **fields}, message_id=message_id,
                   text=text)  # fmt: skip


def a_passage(number: int, text: str = "A full service costs 95 pounds.", **fields: Any) -> Passage:
    """Return passage `number`, of the page /page-`number`."""
    shared = fields.pop("shared", False)
    chunk = {"url": f"{SITE}/page-{number}", "title": f"Page {number}", "heading": "", "fetched_at": FETCHED, **fields}
    return Passage(Chunk(text=text, **chunk), 0.9 - number / 100, shared)


CTA_TREE: list[dict[str, Any]] = [
    {"id": "book", "label": "Book a service", "kind": "link", "url": f"{SITE}/book", "keywords": ["booking"]},
    {"id": "call", "label": "Call us", "kind": "phone", "url": "tel:+441632960000", "keywords": ["phone"]},
    {
        "id": "shop",
        "label": "Shop",
        "kind": "menu",
        "children": [
            {"id": "lights", "label": "Lights", "kind": "link", "url": f"{SITE}/lights", "keywords": ["lights"]},
            {"id": "locks", "label": "Locks", "kind": "message", "message": "Show me locks", "keywords": ["locks"]},
        ],
    },
]  # fmt: skip
