"""Running conversations: the latest ones, one whole, and erasing one."""

from dataclasses import asdict
from typing import Any

from shared.api.admin.services import AdminServices
from shared.domain.errors import NotFound
from shared.domain.session import Session
from shared.web.call import Call, Reply


def list_sessions(admin: AdminServices, call: Call) -> Reply:
    """List the latest conversations, newest first."""
    admin.businesses.get(call.business_id)
    items = [_summary(session) for session in admin.sessions.recent(call.business_id, call.query.limit)]
    return Reply({"items": items, "next_cursor": None})


def get_session(admin: AdminServices, call: Call) -> Reply:
    """Return one conversation: its words, and what is known from it."""
    admin.businesses.get(call.business_id)
    session = admin.sessions.read(call.business_id, call.path["session_id"])
    if session is None:
        raise NotFound("There is no such session; it may have ended.")
    turns = [
        {
            "message_id": turn.message_id, "at": turn.at, "visitor": turn.question, "assistant": turn.answer,
            "ending": turn.ending, "facts": dict(turn.facts),
        }
        for turn in session.turns
    ]  # fmt: skip
    return Reply({**_summary(session), "dialogue": asdict(session.dialogue), "messages": turns})


def erase_session(admin: AdminServices, call: Call) -> Reply:
    """Erase everything kept of one conversation."""
    admin.businesses.get(call.business_id)
    session_id = call.path["session_id"]
    admin.sessions.erase(call.business_id, session_id)
    admin.interactions.erase_session(call.business_id, session_id)
    admin.handoffs.erase_session(call.business_id, session_id)
    admin.outbox.erase_session(call.business_id, session_id)
    admin.calls.erase_session(call.business_id, session_id)
    admin.audit.note(call.business_id, call.actor.actor(call.request_id), "session.erased")
    return Reply(status=204)


def _summary(session: Session) -> dict[str, Any]:
    dialogue = session.dialogue
    return {
        "session_id": session.session_id,
        "created_at": session.created_at,
        "last_at": session.turns[-1].at if session.turns else session.created_at,
        "turns": len(session.turns),
        "channel": session.channel,
        "state": dialogue.state,
        "owner": dialogue.owner,
        "language": dialogue.language,
        "tags": list(dialogue.tags),
        "metadata": session.metadata,
    }
