"""Tells the instances of the chat function what is new, through Redis. Best effort: they also look by themselves."""

import logging

import redis

from shared.adapters.sessions.redis_store import RedisSessions
from shared.logs import event

_log = logging.getLogger(__name__)


class Announcer:
    """Announces versions; a Redis that is away or not configured costs a delay of half a minute, nothing else."""

    def __init__(self, sessions: RedisSessions | None) -> None:
        self._sessions = sessions

    def announce(self, business_id: str, *, config: int | None = None, build: str | None = None) -> None:
        """Say which configuration version or index build is current now."""
        if self._sessions is None:
            return
        try:
            self._sessions.announce(business_id, config=config, build=build)
        except (redis.RedisError, OSError):
            event(_log, "announcement_lost", logging.WARNING, business_id=business_id)

    def forget(self, business_id: str) -> None:
        """Remove every session, limit and version of a business that is purged."""
        if self._sessions is None:
            return
        try:
            self._sessions.erase_business(business_id)
        except (redis.RedisError, OSError):
            event(_log, "sessions_not_erased", logging.ERROR, business_id=business_id)
