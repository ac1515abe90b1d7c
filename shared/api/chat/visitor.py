"""What visitors do beside talking: widget events, feedback, and their own conversation, to read or to erase."""

import html
from collections.abc import Iterator

from shared.api.chat.models import EventRequest, FeedbackRequest, SessionMessage, SessionOut
from shared.api.chat.services import ChatServices
from shared.domain.errors import NotFound
from shared.domain.ids import new_id
from shared.domain.limits import RateLimit
from shared.domain.session import Session
from shared.web.call import Call, Reply
from shared.web.credentials import bearer

EVENTS = RateLimit(120, 60)


def post_event(services: ChatServices, call: Call) -> Reply:
    """Keep one widget event."""
    body: EventRequest = call.body
    _admit(services, call, body.business_id)
    event_id = body.event_id or new_id("evt")
    services.interactions.add_event(
        body.business_id,
        event_id=event_id,
        session_id=body.session_id,
        kind=body.type,
        message_id=body.message_id or "",
        cta_id=body.cta_id or "",
        data=dict(body.data),
    )
    return Reply({"event_id": event_id}, 202)


def post_feedback(services: ChatServices, call: Call) -> Reply:
    """Keep a verdict on an answer that the session really got."""
    body: FeedbackRequest = call.body
    _admit(services, call, body.business_id)
    session = services.ports.sessions.read(body.business_id, body.session_id)
    if session is None or body.message_id not in {turn.message_id for turn in session.turns}:
        raise NotFound("There is no such answer in this session.")
    services.interactions.set_feedback(body.business_id, body.session_id, body.message_id, body.rating, body.comment)
    return Reply(status=204)


def get_session(services: ChatServices, call: Call) -> Reply:
    """Return the visible history to the browser that holds the session's token."""
    session = _own_session(services, call)
    if session is None:
        raise NotFound("There is no such session; it may have ended.")
    history = SessionOut(
        business_id=session.business_id,
        session_id=session.session_id,
        created_at=session.created_at,
        messages=list(_messages(session)),
    )
    return Reply(history, headers={"Cache-Control": "no-store"})


def delete_session(services: ChatServices, call: Call) -> Reply:
    """Erase everything known of the session; a second time is fine."""
    _own_session(services, call)
    services.ports.sessions.erase(call.query.business_id, call.query.session_id)
    services.interactions.erase_session(call.query.business_id, call.query.session_id)
    return Reply(status=204)


def _admit(services: ChatServices, call: Call, business_id: str) -> None:
    services.ports.tenants.get(business_id)
    services.limiter.hit(f"events:{business_id}:{call.address}", EVENTS)


def _own_session(services: ChatServices, call: Call) -> Session | None:
    business_id, session_id = call.query.business_id, call.query.session_id
    services.tokens.check(bearer(call.request), business_id, session_id)
    services.ports.tenants.get(business_id)
    return services.ports.sessions.read(business_id, session_id)


def _messages(session: Session) -> Iterator[SessionMessage]:
    for turn in session.turns:
        if turn.question:
            shown = html.escape(turn.question, quote=False).replace("\n", "<br>")
            yield SessionMessage(
                role="user", html=f"<p>{shown}</p>", text=turn.question, at=turn.at, message_id=turn.message_id
            )
        if turn.html:
            yield SessionMessage(
                role="assistant", html=turn.html, text=turn.answer, at=turn.at, message_id=turn.message_id
            )
