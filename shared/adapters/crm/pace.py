"""How fast an account of a CRM is called: its limits counted over all instances, and pauses the CRM asked for.

In Redis; in memory, by this instance alone, when there is none or it is down. Keys: `limit:…crm:{account}…` (windows,
by the limits library) and `limit:crm-pause:{account}`. An account's name is nothing secret.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shared.adapters.limiter import RETRY_AFTER_S, CallLimiter
from shared.crm.connector import Pace
from shared.once import once

if TYPE_CHECKING:
    from redis import Redis

# Whatever a CRM says: after this long it is asked again.
MAX_PAUSE_S = 900.0


class CrmPace:
    """Says when the next call of an account may be made. Safe to share by threads.

    Args:
        redis_url: where instances count together; None counts in memory.
        now: seconds from an arbitrary start.
    """

    def __init__(self, redis_url: str | None, now: Callable[[], float] = time.monotonic) -> None:
        self._redis_url = redis_url
        self._now = now
        self._limiter = CallLimiter(redis_url)
        self._paused: dict[str, float] = {}
        self._guard = threading.Lock()
        self._retry_at = float("-inf")

    def take(self, account: str, pace: Pace, name: str) -> float:
        """Count a call and return 0, or return the seconds to wait before asking again.

        Args:
            account: whose limits.
            pace: the limits.
            name: that of a narrower limit the call falls under as well, "" for none.
        """
        wait_s = self._pause_left(account)
        if wait_s > 0:
            return wait_s
        # The narrower window first: it is the one that is full, and then nothing is taken from the other.
        narrow = [(name, pace.by[name])] if name in pace.by else []
        for window, limit in (*narrow, ("all", pace.all)):
            wait_s = self._limiter.take(f"crm:{account}:{window}", limit)
            if wait_s > 0:
                return wait_s
        return 0.0

    def pause(self, account: str, seconds: float) -> None:
        """Let every instance wait with calls of this account: the CRM said that there are too many."""
        seconds = min(seconds, MAX_PAUSE_S)
        if seconds <= 0:
            return
        now = self._now()
        with self._guard:
            self._paused = {name: until for name, until in self._paused.items() if until > now}
            self._paused[account] = now + seconds
        self._ask(lambda client: client.set(_key(account), "1", px=max(1, round(seconds * 1000))))

    def close(self) -> None:
        """Close the connections."""
        if self._client:
            self._client.close()

    def _pause_left(self, account: str) -> float:
        here = self._paused.get(account, float("-inf")) - self._now()
        if here > 0:
            return here
        left_ms = self._ask(lambda client: client.pttl(_key(account)))
        return max(0.0, (left_ms or 0) / 1000)  # negative without a pause

    def _ask(self, question: "Callable[[Redis], Any]") -> Any:  # noqa: ANN401 - the answers of Redis
        """Return Redis's answer, None when it is not configured or was away a moment ago."""
        from redis import RedisError

        if self._client is None or self._now() < self._retry_at:
            return None
        try:
            return question(self._client)
        except RedisError:  # the limiter, which meets the same, logs it
            self._retry_at = self._now() + RETRY_AFTER_S
            return None

    @once
    def _client(self) -> "Redis | None":
        from shared.adapters.sessions.redis_store import connect

        return connect(self._redis_url) if self._redis_url else None


def _key(account: str) -> str:
    return f"limit:crm-pause:{account}"
