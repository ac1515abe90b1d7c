"""Last stage: the turn goes into the session, in one round trip, before the visitor has read it."""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.events import Event, Talk
from shared.domain.message import Message
from shared.domain.session import PastTurn, Session, text_content
from shared.domain.tenant import Tenant
from shared.domain.turn import Turn
from shared.engine.stages.observe import NOTED, NUMBER, number_of, observed
from shared.engine.stages.open_session import OpenSession
from shared.engine.stages.present import present
from shared.engine.stages.take_part import ARMS, happened, met_arms, noted
from shared.formatting.web import without_citations
from shared.guards.intro import is_intro
from shared.logs import event
from shared.ports import Opened, OpenRequest, Ports, Sessions

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recorded:
    """A turn that is in its session: the answer as the public API shows it, and what the journal is to keep."""

    answer: dict[str, Any]
    events: tuple[Event, ...]
    talk: Talk


def record(tenant: Tenant, message: Message, turn: Turn, session: Session, held: OpenSession, ports: Ports) -> Recorded:
    """Append the turn to the session, give the session back and return what is to be told of the turn."""
    now = ports.clock.now()
    arms = noted(tenant, session, happened(tenant, message, turn))
    past = past_turn(tenant, message, turn, now, number_of(session) + 1, arms)
    session = session.with_turn(past, tenant.max_history_turns)
    _keep_details(tenant, held.session, session, ports)
    answer = present(message, turn, met_arms(session, tenant))
    final = None if turn.ending == "abandoned" else answer  # a repeat of an abandoned message is answered
    closed = ports.sessions.close(
        tenant.id, session, lock=held.opened.lock, ttl_s=tenant.session_ttl_s, answer=final, embedded=held.fresh
    )
    if not closed:
        _append_anew(tenant, message, past, session, final, ports.sessions)
    return Recorded(answer, *observed(tenant, message, turn, held.session, session, now))


def past_turn(
    tenant: Tenant, message: Message, turn: Turn, now: dt.datetime, number: int, arms: Mapping[str, str] | None = None
) -> PastTurn:
    """Return the turn as the session keeps it, the session's `number`th, after which the visitor has met `arms`.

    The model remembers what the visitor saw, without the citation numbers of that turn. A failed turn keeps the
    question, so that "sorry?" is understood, but not the apology.
    """
    greeted = is_intro(message, tenant)  # a history must begin with the visitor
    said = without_citations(turn.reply.text) if turn.ending in ("answered", "settled") and not greeted else ""
    return PastTurn(
        message_id=message.message_id,
        at=now.isoformat(),
        user=text_content("user", "" if greeted else message.text),
        model=text_content("model", said),
        html=turn.reply.html,
        ending=turn.ending,
        facts={
            "intent": turn.intent.name,
            "confidence": turn.intent.confidence,
            "sentiment": turn.sentiment.label,
            "score": turn.sentiment.score,
            "state": turn.state,
            NUMBER: number,
            **({NOTED: True} if turn.noted else {}),
            **({ARMS: dict(arms)} if arms else {}),
        },
    )


def _keep_details(tenant: Tenant, before: Session, after: Session, ports: Ports) -> None:
    """What a verified person told now goes with them to their other devices."""
    dialogue, known = after.dialogue, before.dialogue.fields
    changed = {name: value for name, value in dialogue.fields.items() if known.get(name) != value}
    if dialogue.person and changed:  # only what is new: another device may know better about the rest
        ports.visitors.save(tenant.id, dialogue.person, changed, dialogue.language)


def _append_anew(
    tenant: Tenant,
    message: Message,
    past: PastTurn,
    session: Session,
    answer: dict[str, Any] | None,
    sessions: Sessions,
) -> None:
    """The lock ran out and somebody else may have written since: append to what is there now, without limits."""
    event(_log, "session_lock_lost", logging.WARNING)
    opening = sessions.open(tenant.id, OpenRequest(message.session_id, message.message_id, ()))
    if isinstance(opening, Opened):
        current = replace(opening.session or replace(session, turns=()), dialogue=session.dialogue)
        sessions.close(
            tenant.id,
            current.with_turn(past, tenant.max_history_turns),
            lock=opening.lock,
            ttl_s=tenant.session_ttl_s,
            answer=answer,
        )
