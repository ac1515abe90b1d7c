"""A session held by somebody other than the visitor's turn: under its lock, written once or left as it was."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.domain.errors import Conflict, Unavailable
from shared.domain.ids import new_id
from shared.domain.session import Session
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
