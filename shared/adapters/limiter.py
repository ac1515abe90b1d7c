"""Counts calls outside of turns (failed sign-ins, admin calls, widget events) with the limits library."""

import logging

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from shared.domain.errors import RateLimited
from shared.domain.limits import RateLimit
from shared.logs import event

_log = logging.getLogger(__name__)


class CallLimiter:
    """Moving windows in Redis, so that all instances count together; in memory when there is none or it is down."""

    def __init__(self, redis_url: str | None) -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._shared = MovingWindowRateLimiter(_redis(redis_url)) if redis_url else None

    def hit(self, name: str, limit: RateLimit) -> None:
        """Count one call; RateLimited when the window is full."""
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


def _redis(url: str) -> RedisStorage:
    return RedisStorage(url, wrap_exceptions=True, socket_connect_timeout=0.5, socket_timeout=1.0)
