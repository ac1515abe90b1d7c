"""Redis with memory behind it: a conversation goes on while Redis is away and moves back when it returns."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import redis

from shared.adapters.sessions.memory_store import MemorySessions, merged
from shared.adapters.sessions.redis_store import RedisSessions
from shared.domain.errors import Unavailable
from shared.domain.session import Session
from shared.logs import event
from shared.ports import Embedded, Opened, Opening, OpenRequest, Replayed

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

RETRY_AFTER_S = 1.0
_MEMORY_LOCK = "memory:"


class FallbackSessions:
    """The `Sessions` port: Redis when it answers, this instance's memory when it does not.

    What Redis was told is remembered here too (bounded). While Redis is away turns run on that memory, whose sessions
    are then ahead of Redis; when it is back, the next turn of such a session merges both and writes the whole to Redis.
    With `primary` None (no REDIS_URL) everything stays in memory.
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
        self._retry_at = 0.0
        self._down = False
        if primary is None:
            event(_log, "redis_not_configured", logging.WARNING)

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """See `Sessions.open`."""
        opening = self._try(lambda primary: primary.open(business_id, request))
        if opening is None:
            opening = self._memory.open(business_id, request)
            if isinstance(opening, Opened):
                return replace(opening, lock=_MEMORY_LOCK + opening.lock, degraded=True)
        newer = self._memory.newer(business_id, request.session_id)
        if isinstance(opening, Opened) and newer:
            return self._caught_up(business_id, request, opening, newer)
        return opening

    def close(
        self,
        business_id: str,
        session: Session,
        *,
        lock: str,
        ttl_s: int,
        answer: dict[str, Any] | None,
        embedded: Embedded | None = None,
    ) -> bool:
        """See `Sessions.close`."""
        if lock.startswith(_MEMORY_LOCK):
            own = lock.removeprefix(_MEMORY_LOCK)
            ahead = self._primary is not None
            return self._memory.close(
                business_id, session, lock=own, ttl_s=ttl_s, answer=answer, embedded=embedded, ahead=ahead
            )
        closed = self._try(
            lambda primary: primary.close(
                business_id, session, lock=lock, ttl_s=ttl_s, answer=answer, embedded=embedded
            )
        )
        if closed is False:
            return False
        self._memory.remember(business_id, session, ttl_s, answer, ahead=closed is None)
        return True

    def unlock(self, business_id: str, session_id: str, lock: str) -> None:
        """See `Sessions.unlock`."""
        if lock.startswith(_MEMORY_LOCK):
            self._memory.unlock(business_id, session_id, lock.removeprefix(_MEMORY_LOCK))
        else:
            self._try(lambda primary: primary.unlock(business_id, session_id, lock))

    def read(self, business_id: str, session_id: str) -> Session | None:
        """See `Sessions.read`."""
        found = self._try(lambda primary: (primary.read(business_id, session_id),))
        newer = self._memory.newer(business_id, session_id)
        if found is None:
            return self._memory.read(business_id, session_id)
        return merged(newer, found[0] or newer) if newer else found[0]

    def erase(self, business_id: str, session_id: str) -> None:
        """See `Sessions.erase`.

        Raises:
            Unavailable: Redis is away and may still hold the session: ask again.
        """
        self._memory.erase(business_id, session_id)
        erased = self._try(lambda primary: primary.erase(business_id, session_id))
        if self._primary and erased is None:
            raise Unavailable("The conversation cannot be erased right now; please try again.")

    def _caught_up(self, business_id: str, request: OpenRequest, opening: Opened, newer: Session) -> Opening:
        """Return an opening that knows what happened while Redis was away."""
        said = self._memory.answer_to(business_id, request.session_id, request.message_id)
        if said:
            self.unlock(business_id, request.session_id, opening.lock)
            return Replayed(said)
        return replace(opening, session=merged(newer, opening.session or newer))

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
