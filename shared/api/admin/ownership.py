"""Who answers a visitor: a person joins a conversation, speaks in it, leaves it. Pure: the caller holds the session."""

import datetime as dt
import html
from dataclasses import replace

from shared.dialogue.machine import WITH_TEAM, step
from shared.domain.errors import Conflict
from shared.domain.session import PastTurn, Session, text_content


def take_over(session: Session, handoff_id: str, now: dt.datetime) -> Session:
    """Return the session with a person as its owner; from the one who has it already, a sign of life.

    Raises:
        Conflict: `another_handoff` when the visitor has asked again since, `wrong_state` when nobody can join now.
    """
    dialogue = session.dialogue
    if dialogue.handoff not in ("", handoff_id):
        raise Conflict(f"The visitor has asked again since: claim {dialogue.handoff}.", code="another_handoff")
    if dialogue.state not in WITH_TEAM:  # the assistant has it back by a time-out: whoever comes late calls themselves
        for event in ("opened", "person_asked"):
            dialogue = step(dialogue, event, now).dialogue
    joined = step(dialogue, "person_joined", now)
    if not joined.allowed:
        raise Conflict(f"A conversation in the state '{dialogue.state}' cannot be taken over.", code="wrong_state")
    return replace(session, dialogue=replace(joined.dialogue, handoff=handoff_id))


def give_back(session: Session, handoff_id: str, now: dt.datetime) -> Session | None:
    """Return the session with the assistant as its owner again; None when this hand-off does not hold it."""
    left = step(session.dialogue, "person_left", now)
    if session.dialogue.handoff != handoff_id or not left.allowed:
        return None
    return replace(session, dialogue=left.dialogue)


def say(session: Session, handoff_id: str, turn: PastTurn, max_turns: int, now: dt.datetime) -> Session:
    """Return the session with a person's words in it, which hold off the time-out.

    Raises:
        Conflict: `not_owner` when no person answers in this session, or one of another hand-off does.
    """
    if session.dialogue.owner != "person" or session.dialogue.handoff != handoff_id:
        raise Conflict("The assistant answers in this conversation: claim the hand-off first.", code="not_owner")
    return take_over(session, handoff_id, now).with_turn(turn, max_turns)


def words(text: str, message_id: str, now: dt.datetime) -> PastTurn:
    """Return what a person says, unasked, as a turn: plain text as one paragraph."""
    shown = html.escape(text, quote=False).replace("\n", "<br>")
    silence, said = text_content("user", ""), text_content("model", text)
    return PastTurn(message_id, now.isoformat(), silence, said, f"<p>{shown}</p>")
