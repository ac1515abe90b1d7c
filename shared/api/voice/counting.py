"""What a call was to analytics and to the budget: how it ended, how long it was, what was spoken in it."""

import datetime as dt
from typing import Any

from shared.api.voice.document import Document
from shared.domain.events import CallEnded, CostArose
from shared.domain.ids import new_id
from shared.domain.prices import PHONE, SPEECH, free_items
from shared.domain.voice import CallOutcome


def count_call(doc: Document, outcome: CallOutcome, seconds: int) -> None:
    """Keep that a call is over, once for each call however often it is told."""
    items = free_items(PHONE, "seconds", seconds)
    ended = CallEnded(**_of(doc, f"call/{doc.hook.call_id}"), outcome=outcome, seconds=seconds)
    cost = [CostArose(**_of(doc, f"call/{doc.hook.call_id}/cost"), items=items)] if items else []
    doc.services.ports.journal.keep(doc.hook.tenant, [ended, *cost])


def count_speech(doc: Document) -> None:
    """Keep how much was synthesised for this answer."""
    items = free_items(SPEECH, "characters", doc.services.speech.take(doc.hook.tenant.id))
    if items:
        cost = CostArose(**_of(doc, new_id("speech")), items=items)
        doc.services.ports.journal.keep(doc.hook.tenant, [cost])


def _of(doc: Document, name: str) -> dict[str, Any]:
    session_id = doc.hook.caller.session_id
    now: dt.datetime = doc.services.ports.clock.now()
    return {"id": f"{session_id}/{name}", "at": now, "session_id": session_id, "channel": "voice"}
