"""Counts calls outside of turns (failed sign-ins, admin calls, widget events) with the limits library."""

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from shared.domain.errors import RateLimited
from shared.domain.limits import RateLimit
from shared.logs import event

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

_log = logging.getLogger(__name__)


class CallLimiter:
    """Moving windows in Redis, so that all instances count together; in memory when there is none or it is down."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis_url = redis_url

    @cached_property
    def _memory(self) -> "MovingWindowRateLimiter":
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        return MovingWindowRateLimiter(MemoryStorage())

    @cached_property
    def _shared(self) -> "MovingWindowRateLimiter | None":
        from limits.storage import RedisStorage
        from limits.strategies import MovingWindowRateLimiter

        if not self._redis_url:
            return None
        storage = RedisStorage(self._redis_url, wrap_exceptions=True, socket_connect_timeout=0.5, socket_timeout=1.0)
        return MovingWindowRateLimiter(storage)

    def hit(self, name: str, limit: RateLimit) -> None:
        """Count one call; RateLimited when the window is full."""
        from limits import RateLimitItemPerSecond
        from limits.errors import StorageError

        item = RateLimitItemPerSecond(limit.count, limit.window_s, namespace="limit")
        try:
            limiter = self._shared or self._memory
            allowed = limiter.hit(item, name)
        except StorageError:
            event(_log, "limits_in_memory", logging.WARNING)
            limiter = self._memory
            allowed = limiter.hit(item, name)
        if not allowed:
            raise RateLimited("Too many requests; please slow down.", limit=limit.count, reset_s=float(limit.window_s))
