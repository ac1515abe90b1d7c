"""Who answers a visitor: a person joins a conversation, speaks in it and leaves it, under the session's lock."""

import contextlib
import datetime as dt
import html
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shared.dialogue.machine import WITH_TEAM, step
from shared.domain.errors import Conflict, Unavailable
from shared.domain.ids import new_id
from shared.domain.session import PastTurn, Session, text_content
from shared.domain.tenant import Tenant
from shared.ports import Busy, Clock, Opened, OpenRequest, Sessions

# A reply of the assistant that is being written ends within that, nearly always.
PATIENCE_S = 5.0
_PAUSE_S = 0.1


@dataclass
class Held:
    """A conversation whose lock is ours: `session` None when it has ended. What is put into `changed` is written."""

    session: Session | None
    changed: Session | None = None


@contextmanager
def conversation(sessions: Sessions, clock: Clock, tenant: Tenant, session_id: str) -> Iterator[Held]:
    """Hold a session for the length of the block, and write what the block changed unless it raises.

    Raises:
        Conflict: `session_busy`: the assistant is answering, and does so for longer than we wait.
        Unavailable: conversations cannot be reached.
    """
    opened = _opened(sessions, clock, tenant.id, session_id)
    held = Held(opened.session)
    try:
        yield held
    except BaseException:
        with contextlib.suppress(Unavailable):  # what went wrong first is what the caller must hear
            sessions.unlock(tenant.id, session_id, opened.lock)
        raise
    if held.changed is None:
        sessions.unlock(tenant.id, session_id, opened.lock)
    elif not sessions.close(tenant.id, held.changed, lock=opened.lock, ttl_s=tenant.session_ttl_s, answer=None):
        raise _busy()


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


def _opened(sessions: Sessions, clock: Clock, business_id: str, session_id: str) -> Opened:
    request = OpenRequest(session_id, new_id("own"), ())
    deadline = clock.monotonic() + PATIENCE_S
    while True:
        opening = sessions.open(business_id, request)
        if isinstance(opening, Opened):
            return opening
        if not isinstance(opening, Busy) or clock.monotonic() >= deadline:
            raise _busy()
        clock.sleep(_PAUSE_S)


def _busy() -> Conflict:
    return Conflict("The assistant is answering the visitor at this moment; please try again.", code="session_busy")
