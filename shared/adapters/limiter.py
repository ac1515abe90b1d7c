"""Counts calls outside of turns (failed sign-ins, admin calls, widget events) with the limits library."""

import logging
import time
from typing import TYPE_CHECKING

from shared.domain.errors import RateLimited
from shared.domain.limits import RateLimit
from shared.logs import event
from shared.once import once

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import MovingWindowRateLimiter

_log = logging.getLogger(__name__)

RETRY_AFTER_S = 1.0


class CallLimiter:
    """Moving windows in Redis, so that all instances count together; in memory when there is none or it is down."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis_url = redis_url
        self._retry_at = 0.0
        self._down = False

    @once
    def _memory(self) -> "MovingWindowRateLimiter":
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        return MovingWindowRateLimiter(MemoryStorage())

    @once
    def _shared(self) -> "MovingWindowRateLimiter | None":
        from limits.storage import RedisStorage
        from limits.strategies import MovingWindowRateLimiter

        if not self._redis_url:
            return None
        storage = RedisStorage(
            self._redis_url, wrap_exceptions=True, key_prefix="limit", socket_connect_timeout=0.5, socket_timeout=1.0
        )
        return MovingWindowRateLimiter(storage)

    def hit(self, name: str, limit: RateLimit) -> None:
        """Count one call; RateLimited when the window is full."""
        wait_s = self.take(name, limit)
        if wait_s > 0:
            raise RateLimited("Too many requests; please slow down.", limit=limit.count, reset_s=wait_s)

    def take(self, name: str, limit: RateLimit) -> float:
        """Count one call and return 0; or count nothing and return the seconds until one more fits."""
        from limits import RateLimitItemPerSecond

        item = RateLimitItemPerSecond(limit.count, limit.window_s)
        wait_s = self._ask_shared(item, name)
        return _wait_s(self._memory, item, name) if wait_s is None else wait_s

    def _ask_shared(self, item: "RateLimitItem", name: str) -> float | None:
        """Return how long to wait by Redis's count, None when it is not configured or was away a moment ago."""
        from limits.errors import StorageError

        if self._shared is None or time.monotonic() < self._retry_at:
            return None
        try:
            wait_s = _wait_s(self._shared, item, name)
        except StorageError:
            self._retry_at = time.monotonic() + RETRY_AFTER_S
            if not self._down:
                event(_log, "limits_in_memory", logging.WARNING)
            self._down = True
            return None
        self._down = False
        return wait_s


def _wait_s(limiter: "MovingWindowRateLimiter", item: "RateLimitItem", name: str) -> float:
    """Count one call; return 0, or the seconds until one more fits."""
    if limiter.hit(item, name):
        return 0.0
    return max(0.1, limiter.get_window_stats(item, name).reset_time - time.time())
