"""The turn as the public API shows it (docs/openapi): the one place that knows the answer's shape."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.domain.message import Message
from shared.domain.turn import Cta, Turn


def present(message: Message, turn: Turn, arms: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON object of `POST /chat`, without the session token, which the edge adds.

    `arms` are those of running experiments that the visitor has met.
    """
    return {
        "business_id": message.business_id,
        "session_id": message.session_id,
        "message_id": turn.message_id,
        "reply": asdict(turn.reply),
        "ctas": [present_cta(cta) for cta in turn.ctas],
        "citations": [asdict(citation) for citation in turn.citations],
        "state": turn.state,
        "intent": asdict(turn.intent),
        "sentiment": {"label": turn.sentiment.label, "score": turn.sentiment.score},
        "experiments": dict(arms),
        "handoff": asdict(turn.handoff) if turn.handoff else None,
        "degraded": list(turn.degraded),
        "usage": asdict(turn.usage),
        "timings_ms": turn.timings_ms,
    }


def present_cta(cta: Cta) -> dict[str, Any]:
    """Return a call to action with only the fields its kind has."""
    fields: dict[str, Any] = {"id": cta.id, "label": cta.label, "kind": cta.kind}
    if cta.url:
        fields["url"] = cta.url
    if cta.message:
        fields["message"] = cta.message
    if cta.children:
        fields["children"] = [present_cta(child) for child in cta.children]
    return fields
