"""The running conversations as the admin function reaches them: in Redis, or not at all."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import redis

from shared.adapters.sessions.redis_store import RedisSessions
from shared.domain.errors import Unavailable
from shared.domain.session import Session
from shared.ports import Embedded, Opening, OpenRequest

_Result = TypeVar("_Result")


class LiveSessions:
    """The `Sessions` port without a fallback: a change that only this process saw would silence nobody.

    Every method raises Unavailable when Redis is away, or not configured.
    """

    def __init__(self, primary: RedisSessions | None) -> None:
        self._primary = primary

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """See `Sessions.open`."""
        return self._ask(lambda primary: primary.open(business_id, request))

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
        return self._ask(
            lambda primary: primary.close(
                business_id, session, lock=lock, ttl_s=ttl_s, answer=answer, embedded=embedded
            )
        )

    def unlock(self, business_id: str, session_id: str, lock: str) -> None:
        """See `Sessions.unlock`."""
        self._ask(lambda primary: primary.unlock(business_id, session_id, lock))

    def read(self, business_id: str, session_id: str) -> Session | None:
        """See `Sessions.read`."""
        return self._ask(lambda primary: primary.read(business_id, session_id))

    def erase(self, business_id: str, session_id: str) -> object:
        """See `Sessions.erase`."""
        return self._ask(lambda primary: primary.erase(business_id, session_id))

    def recent(self, business_id: str, limit: int) -> list[Session]:
        """Return the latest sessions that still exist, newest first."""
        return self._ask(lambda primary: primary.recent(business_id, limit))

    def some(self, business_id: str, session_ids: Sequence[str]) -> list[Session]:
        """Return those of these sessions that exist, in their order."""
        return self._ask(lambda primary: primary.some(business_id, session_ids))

    def every(self, business_id: str) -> Iterator[Session]:
        """Yield every session of a business, in no order; none where Redis is not configured."""
        if self._primary is None:
            return
        sessions = self._primary.every(business_id)
        while (session := self._ask(lambda _: next(sessions, None))) is not None:
            yield session

    def erase_visitor(self, business_id: str, user_id: str) -> None:
        """Forget that a visitor was counted."""
        self._ask(lambda primary: primary.erase_visitor(business_id, user_id))

    def _ask(self, call: Callable[[RedisSessions], _Result]) -> _Result:
        if self._primary is None:
            raise Unavailable("Conversations cannot be reached from here: REDIS_URL is not set.")
        try:
            return call(self._primary)
        except (redis.RedisError, OSError):
            raise Unavailable("The conversation cannot be reached right now; please try again.") from None
