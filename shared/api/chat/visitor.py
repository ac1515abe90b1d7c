"""What visitors do beside talking: widget events, feedback, and their own conversation, to read or to erase."""

import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from shared.api.chat.models import EventRequest, FeedbackRequest, SessionOut
from shared.api.chat.services import ChatServices
from shared.api.conversations import SessionMessage
from shared.capture.masking import mask
from shared.domain.errors import NotFound, Unauthenticated
from shared.domain.events import Converted, CtaClicked, Event, FeedbackGiven, WidgetUsed
from shared.domain.fields import FieldValue
from shared.domain.ids import new_id
from shared.domain.limits import RateLimit
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.ports import Opened, OpenRequest
from shared.web.call import Call, Reply
from shared.web.credentials import bearer

EVENTS = RateLimit(120, 60)
MAX_CLICKED = 200
# What a page calls a conversion is a key of counts: a name, and no text.
NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
MAX_VALUE = 1e12


def post_event(services: ChatServices, call: Call) -> Reply:
    """Keep one widget event."""
    body: EventRequest = call.body
    tenant = _admit(services, call, body.business_id)
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
    services.ports.journal.keep(tenant, [_happened(body, event_id, services.ports.clock.now())])
    if body.type == "cta_clicked" and body.cta_id:
        _note_click(services, body.business_id, body.session_id, event_id, body.cta_id)
    return Reply({"event_id": event_id}, 202)


def _happened(body: EventRequest, event_id: str, now: dt.datetime) -> Event:
    """Return what is counted of a widget event: nothing of what its data may tell of a visitor."""
    common: dict[str, Any] = {"id": f"{body.session_id}/{event_id}", "at": now, "session_id": body.session_id}
    match body.type:
        case "cta_clicked":
            return CtaClicked(**common, cta=body.cta_id or "", message_id=body.message_id or "")
        case "conversion":
            name, value = body.data.get("name"), body.data.get("value")
            worth = float(value) if isinstance(value, int | float) and abs(value) < MAX_VALUE else 0.0
            return Converted(**common, name=name if isinstance(name, str) and NAME.fullmatch(name) else "", value=worth)
        case _:
            return WidgetUsed(**common, what=body.type.removeprefix("widget_"))


def _note_click(services: ChatServices, business_id: str, session_id: str, event_id: str, cta_id: str) -> None:
    """Let the session know, so that what was followed is not offered again; a session in use now does not learn it."""
    sessions = services.ports.sessions
    opening = sessions.open(business_id, OpenRequest(session_id, event_id, ()))
    if not isinstance(opening, Opened):
        return
    session = opening.session
    if session is None or not session.turns:
        sessions.unlock(business_id, session_id, opening.lock)
        return
    clicked = tuple(dict.fromkeys((*session.dialogue.clicked, cta_id)))[-MAX_CLICKED:]
    tenant = services.ports.tenants.get(business_id)
    changed = replace(session, dialogue=replace(session.dialogue, clicked=clicked))
    sessions.close(business_id, changed, lock=opening.lock, ttl_s=tenant.session_ttl_s, answer=None)


def post_feedback(services: ChatServices, call: Call) -> Reply:
    """Keep a verdict on an answer that the session really got."""
    body: FeedbackRequest = call.body
    tenant = _admit(services, call, body.business_id)
    session = services.ports.sessions.read(body.business_id, body.session_id)
    if session is None or body.message_id not in {turn.message_id for turn in session.turns}:
        raise NotFound("There is no such answer in this session.")
    services.interactions.set_feedback(body.business_id, body.session_id, body.message_id, body.rating, body.comment)
    given = FeedbackGiven(
        id=f"{body.session_id}/{body.message_id}/feedback/{body.rating}", at=services.ports.clock.now(),
        session_id=body.session_id, channel=session.channel, message_id=body.message_id, rating=body.rating,
    )  # fmt: skip
    services.ports.journal.keep(tenant, [given])
    return Reply(status=204)


def get_session(services: ChatServices, call: Call) -> Reply:
    """Return the visible history to the browser that holds the session's token."""
    session, holder = _own_session(services, call)
    if session is None:
        raise NotFound("There is no such session; it may have ended.")
    known = {} if holder else session.dialogue.fields
    history = SessionOut(
        business_id=session.business_id,
        session_id=session.session_id,
        created_at=session.created_at,
        messages=list(_messages(session, known)),
    )
    return Reply(history, headers={"Cache-Control": "no-store"})


def delete_session(services: ChatServices, call: Call) -> Reply:
    """Erase everything known of the session; a second time is fine."""
    _own_session(services, call)
    services.erasure.erase(call.query.business_id, (call.query.session_id,))
    return Reply(status=204)


def _admit(services: ChatServices, call: Call, business_id: str) -> Tenant:
    tenant = services.ports.tenants.get(business_id)
    services.limiter.hit(f"events:{business_id}:{call.address}", EVENTS)
    return tenant


def _own_session(services: ChatServices, call: Call) -> tuple[Session | None, bool]:
    """Return the session, and whether the caller is its holder."""
    business_id, session_id = call.query.business_id, call.query.session_id
    holder = services.tokens.check(bearer(call.request), business_id, session_id)
    services.ports.tenants.get(business_id)
    session = services.ports.sessions.read(business_id, session_id)
    if session and session.dialogue.person and not holder:
        raise Unauthenticated("This session belongs to a signed-in visitor.")
    return session, holder


def _messages(session: Session, hidden: Mapping[str, FieldValue]) -> Iterator[SessionMessage]:
    """Yield what was said, details that the caller may not see masked."""
    for turn in session.turns:
        if turn.question:
            asked = mask(turn.question, hidden)
            shown = html.escape(asked, quote=False).replace("\n", "<br>")
            yield SessionMessage(
                role="user", html=f"<p>{shown}</p>", text=asked, at=turn.at, message_id=turn.message_id
            )
        if turn.html:
            text, markup = mask(turn.answer, hidden), mask(turn.html, hidden)
            yield SessionMessage(role="assistant", html=markup, text=text, at=turn.at, message_id=turn.message_id)
