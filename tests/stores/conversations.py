"""Builders of turns and sessions, and the stores of sessions under one contract."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.domain.limits import RateLimit
from shared.domain.session import PastTurn, Session, text_content
from shared.ports import Opened, Opening, OpenRequest, Sessions

TTL = 600
CREATED = "2026-11-01T10:00:00+00:00"


@dataclass
class ManualClock:
    """Monotonic time that only moves when told to."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.seconds += seconds


@dataclass(frozen=True)
class World:
    """A store of sessions and the time it lives in."""

    sessions: Sessions
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def open(self, business: str, session_id: str, message_id: str, *limits: tuple[str, RateLimit]) -> Opening:
        """Open a turn."""
        return self.sessions.open(business, OpenRequest(session_id, message_id, limits))

    def opened(self, business: str, session_id: str, message_id: str, *limits: tuple[str, RateLimit]) -> Opened:
        """Open a turn, which must be possible."""
        opening = self.open(business, session_id, message_id, *limits)
        assert isinstance(opening, Opened), opening
        return opening

    def turn(
        self,
        business: str,
        session_id: str,
        message_id: str,
        *limits: tuple[str, RateLimit],
        ttl: int = TTL,
        keep: int = 100,
        answered: bool = True,
    ) -> Session:
        """Open a turn, append it and close it; return what was written."""
        held = self.opened(business, session_id, message_id, *limits)
        session = appended(held.session, business, session_id, message_id, keep=keep)
        answer = answer_to(message_id) if answered else None
        assert self.sessions.close(business, session, lock=held.lock, ttl_s=ttl, answer=answer)
        return session

    def history(self, business: str, session_id: str) -> list[str]:
        """Return the message ids of what is stored."""
        return message_ids(self.sessions.read(business, session_id))


def past(message_id: str, question: str = "", answer: str = "") -> PastTurn:
    """Return one exchange; its words name the message."""
    return PastTurn(
        message_id=message_id,
        at=CREATED,
        user=text_content("user", question or f"question of {message_id}"),
        model=text_content("model", answer or f"answer to {message_id}"),
        html=f"<p>answer to {message_id}</p>",
    )


def fresh(business: str, session_id: str, *turns: PastTurn, **fields: Any) -> Session:
    """Return a session with these turns."""
    return Session(business, session_id, CREATED, turns, **fields)


def appended(session: Session | None, business: str, session_id: str, message_id: str, keep: int = 100) -> Session:
    """Return the session, new if need be, with one more turn."""
    return (session or fresh(business, session_id)).with_turn(past(message_id), keep)


def answer_to(message_id: str) -> dict[str, Any]:
    """Return the answer that a repeat of a message gets."""
    return {"message_id": message_id, "reply": {"html": f"<p>answer to {message_id}</p>"}, "ctas": [{"id": "book"}]}


def message_ids(session: Session | None) -> list[str]:
    """Return the message ids of a session's turns, oldest first."""
    return [turn.message_id for turn in session.turns] if session else []
