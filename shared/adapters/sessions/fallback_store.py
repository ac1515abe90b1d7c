"""Redis with memory behind it: a conversation goes on while Redis is away and moves back when it returns."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import redis

from shared.adapters.sessions.memory_store import MemorySessions
from shared.adapters.sessions.redis_store import RedisSessions
from shared.domain.session import Session
from shared.logs import event
from shared.ports import Opened, Opening, OpenRequest

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

RETRY_AFTER_S = 1.0
_MEMORY_LOCK = "memory:"


class FallbackSessions:
    """The `Sessions` port: Redis when it answers, this instance's memory when it does not.

    What Redis was told is remembered here too (bounded). While Redis is away turns run on that memory and their
    sessions are marked; when Redis is back, a marked session is taken from memory and written to Redis by its next
    turn. With `primary` None (no REDIS_URL) everything stays in memory.
    """

    def __init__(
        self,
        primary: RedisSessions | None,
        memory: MemorySessions,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._primary = primary
        self._memory = memory
        self._now = monotonic
        self._guard = threading.Lock()
        self._retry_at = 0.0
        self._down = False
        self._ahead: set[tuple[str, str]] = set()  # sessions whose newest turn only memory has
        if primary is None:
            event(_log, "redis_not_configured", logging.WARNING)

    @property
    def degraded(self) -> bool:
        """Say whether sessions live in memory at the moment."""
        return self._primary is None or self._down

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """See `Sessions.open`."""
        opening = self._try(lambda primary: primary.open(business_id, request))
        if opening is None:
            opening = self._memory.open(business_id, request)
            if isinstance(opening, Opened):
                return replace(opening, lock=_MEMORY_LOCK + opening.lock, degraded=True)
        elif isinstance(opening, Opened) and (business_id, request.session_id) in self._ahead:
            return replace(opening, session=self._memory.read(business_id, request.session_id) or opening.session)
        return opening

    def close(
        self, business_id: str, session: Session, *, lock: str, ttl_s: int, answer: dict[str, Any] | None
    ) -> bool:
        """See `Sessions.close`."""
        key = (business_id, session.session_id)
        if not lock.startswith(_MEMORY_LOCK):
            closed = self._try(
                lambda primary: primary.close(business_id, session, lock=lock, ttl_s=ttl_s, answer=answer)
            )
            if closed is False:
                return False
            self._memory.remember(business_id, session, ttl_s, answer)
            self._mark(key, ahead=closed is None)
            return True
        closed = self._memory.close(
            business_id, session, lock=lock.removeprefix(_MEMORY_LOCK), ttl_s=ttl_s, answer=answer
        )
        self._mark(key, ahead=True)
        return closed

    def unlock(self, business_id: str, session_id: str, lock: str) -> None:
        """See `Sessions.unlock`."""
        if lock.startswith(_MEMORY_LOCK):
            self._memory.unlock(business_id, session_id, lock.removeprefix(_MEMORY_LOCK))
        else:
            self._try(lambda primary: primary.unlock(business_id, session_id, lock))

    def read(self, business_id: str, session_id: str) -> Session | None:
        """See `Sessions.read`."""
        if (business_id, session_id) not in self._ahead:
            found = self._try(lambda primary: (primary.read(business_id, session_id),))
            if found is not None:
                return found[0]
        return self._memory.read(business_id, session_id)

    def erase(self, business_id: str, session_id: str) -> None:
        """See `Sessions.erase`."""
        self._memory.erase(business_id, session_id)
        self._mark((business_id, session_id), ahead=False)
        self._try(lambda primary: primary.erase(business_id, session_id))

    def _mark(self, key: tuple[str, str], *, ahead: bool) -> None:
        with self._guard:
            if ahead:
                self._ahead.add(key)
            else:
                self._ahead.discard(key)

    def _try(self, call: Callable[[RedisSessions], _Result]) -> _Result | None:
        """Return what Redis answered; None when it is not configured, was down a moment ago, or fails now."""
        if self._primary is None or self._now() < self._retry_at:
            return None
        try:
            result = call(self._primary)
        except (redis.RedisError, OSError) as error:
            self._retry_at = self._now() + RETRY_AFTER_S
            if not self._down:
                event(_log, "redis_down", logging.WARNING, error=type(error).__name__)
            self._down = True
            return None
        if self._down:
            event(_log, "redis_back")
        self._down = False
        return result
