"""Tells the team of a caller whom nobody could talk to: through the desk, as a chat's visitor who wants a person."""

import logging
from dataclasses import replace

from shared.dialogue.machine import step
from shared.domain.errors import PlatformError
from shared.domain.ids import new_id
from shared.domain.message import Message
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.turn import HandoffState, Reply, Turn
from shared.engine.hold_session import conversation
from shared.engine.stages.call_person import call_person
from shared.engine.stages.observe import number_of, observed
from shared.engine.stages.open_session import prepared
from shared.engine.stages.record import past_turn
from shared.engine.telephone import Caller
from shared.logs import event
from shared.ports import Ports

_log = logging.getLogger(__name__)


def tell_team(tenant: Tenant, caller: Caller, reason: str, words: str, ports: Ports) -> HandoffState:
    """Keep `words`, what the caller left for the team ("" nothing), in the conversation, and call a person.

    Told again of the same call, the team sees the newer reason and words in place of the earlier ones. A conversation
    without a word begins with the reason: it must be there to be found again.
    """
    message = Message(
        tenant.id, caller.session_id, f"{caller.call_id}-message", words, caller.number or caller.session_id,
        channel="voice", person=caller.person, holder=True,
    )  # fmt: skip
    try:
        with conversation(ports.sessions, ports.clock, tenant, caller.session_id) as held:
            if not words and not (held.session and held.session.turns):
                message = replace(message, text=f"({reason})")
            held.changed = session = _asking(tenant, message, held.session, ports)
    except PlatformError as error:  # it cannot be held or written: the team is told nevertheless
        event(_log, "phone_message_not_in_session", logging.WARNING, code=error.code)
        session = _asking(tenant, message, None, ports)
    return call_person(tenant, session, session.dialogue.handoff, reason, ports)


def _asking(tenant: Tenant, message: Message, session: Session | None, ports: Ports) -> Session:
    """Return the conversation of somebody who wants a person, with their words in it."""
    now = ports.clock.now()
    session = prepared(tenant, message, session, now)
    dialogue = step(session.dialogue, "person_asked", now).dialogue
    handoff, person = dialogue.handoff or new_id("hnd"), dialogue.person or message.person
    session = replace(session, dialogue=replace(dialogue, handoff=handoff, person=person))
    if not message.text:
        return session
    turn = Turn(message.message_id, Reply("", ""), "settled", state=session.dialogue.state)
    past = past_turn(tenant, message, turn, now, number_of(session) + 1)
    after = session.with_turn(past, tenant.max_history_turns)
    ports.journal.keep(tenant, *observed(tenant, message, turn, session, after, now))
    return after
