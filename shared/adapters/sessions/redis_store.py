"""Sessions, limits and locks in Redis. Each operation is one script, so one round trip and all or nothing.

Keys: `session:{business}:{session}` (hash), `lock:{business}:{session}`, `limit:{business}:{name}`,
`versions:{business}`, `recent:{business}` (its latest session ids),
`embedding:{business}:{sha256 of a message}`. Nothing here cannot be lost.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import redis

from shared.adapters.sessions import codec
from shared.domain.session import Session
from shared.ports import Busy, Embedded, Limited, Opened, Opening, OpenRequest, Replayed, Versions

# Longer than any turn may take (engine/stages/generate.py), so that only a dead instance loses its lock.
LOCK_MS = 120_000
EMBEDDING_S = 86_400
MAX_ORPHANS = 1000
_HERE = Path(__file__).parent
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


def connect(url: str) -> redis.Redis:
    """Return a client with short time-outs: a visitor waits for it. It connects on first use."""
    return redis.Redis.from_url(
        url, decode_responses=True, socket_connect_timeout=0.5, socket_timeout=1.0, health_check_interval=30
    )


class RedisSessions:
    """The `Sessions` port on a Redis-protocol server. Raises redis.RedisError when the server fails."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._open = client.register_script((_HERE / "open_turn.lua").read_text())
        self._close = client.register_script((_HERE / "close_turn.lua").read_text())
        self._unlock = client.register_script(_UNLOCK)
        # Locks that a call may have taken although its answer never came: broken by the session's next opening.
        self._orphans: dict[str, str] = {}

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """See `Sessions.open`."""
        lock = secrets.token_hex(8)
        keys = [
            _session_key(business_id, request.session_id),
            _lock_key(business_id, request.session_id),
            _versions_key(business_id),
            _embedding_key(business_id, request.text),
            *(f"limit:{business_id}:{name}" for name, _ in request.limits),
        ]
        windows = [number for _, limit in request.limits for number in (limit.count, limit.window_s * 1000)]
        orphan = self._orphans.get(keys[1], "")
        try:
            reply: Any = self._open(keys=keys, args=[request.message_id, lock, LOCK_MS, orphan, *windows])
        except redis.TimeoutError:
            if len(self._orphans) < MAX_ORPHANS:
                self._orphans[keys[1]] = lock
            raise
        self._orphans.pop(keys[1], None)
        match reply:
            case ["replayed", answer]:
                return Replayed(json.loads(answer))
            case ["limited", number, wait_ms]:
                return Limited(request.limits[number - 1][1], wait_ms / 1000)
            case ["busy"]:
                return Busy()
            case [_, session, config, build, remaining, reset_ms, embedding]:
                versions = Versions(int(config) if config else None, build or None)
                loaded = codec.load(session) if session else None
                embedded = codec.load_vector(embedding, request.text) if embedding and request.text else None
                return Opened(loaded, lock, versions, remaining, reset_ms / 1000, embedded=embedded)
        raise redis.ResponseError("open_turn.lua returned another form")

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
        message_ids = [turn.message_id for turn in session.turns]
        newest = message_ids[-1] if message_ids else ""
        stored = json.dumps(answer, separators=(",", ":"), ensure_ascii=False) if answer else ""
        closed: Any = self._close(
            keys=[
                _session_key(business_id, session.session_id),
                _lock_key(business_id, session.session_id),
                _recent_key(business_id),
                _embedding_key(business_id, embedded.text if embedded else ""),
            ],
            args=[
                lock,
                ttl_s,
                codec.dump(session),
                newest,
                stored,
                session.session_id,
                codec.dump_vector(embedded) if embedded else "",
                EMBEDDING_S,
                *message_ids,
            ],
        )
        return bool(closed)

    def unlock(self, business_id: str, session_id: str, lock: str) -> None:
        """See `Sessions.unlock`."""
        self._unlock(keys=[_lock_key(business_id, session_id)], args=[lock])

    def read(self, business_id: str, session_id: str) -> Session | None:
        """See `Sessions.read`."""
        stored: Any = self._client.hget(_session_key(business_id, session_id), "session")
        return codec.load(stored) if stored else None

    def erase(self, business_id: str, session_id: str) -> bool:
        """See `Sessions.erase`; True, so that a caller can tell it from no answer."""
        # The lock goes too: a turn that is running now must not write the old history back.
        self._client.delete(_session_key(business_id, session_id), _lock_key(business_id, session_id))
        self._client.zrem(_recent_key(business_id), session_id)
        return True

    def recent(self, business_id: str, limit: int) -> list[Session]:
        """Return the business's latest sessions that still exist, newest first; at most the last thousand."""
        session_ids: Any = self._client.zrevrange(_recent_key(business_id), 0, limit - 1)
        return self.some(business_id, session_ids)

    def some(self, business_id: str, session_ids: Sequence[str]) -> list[Session]:
        """Return those of these sessions that exist, in their order."""
        with self._client.pipeline(transaction=False) as pipe:
            for session_id in session_ids:
                pipe.hget(_session_key(business_id, session_id), "session")
            stored: list[Any] = pipe.execute()
        return [session for text in stored if text and (session := codec.load(text))]

    def erase_visitor(self, business_id: str, user_id: str) -> None:
        """Forget that a visitor was counted: the key of the limit is their id."""
        self._client.delete(f"limit:{business_id}:user:{user_id}")

    def every(self, business_id: str) -> Iterator[Session]:
        """Yield every session of a business, in no order. It walks over all keys: nobody may wait for it."""
        for key in self._client.scan_iter(match=f"session:{business_id}:*", count=1000):
            stored: Any = self._client.hget(key, "session")
            session = codec.load(stored) if stored else None
            if session:
                yield session

    def erase_business(self, business_id: str) -> None:
        """Forget every session, limit and version of a business."""
        for kind in ("session", "limit", "lock", "embedding"):
            for key in self._client.scan_iter(match=f"{kind}:{business_id}:*", count=500):
                self._client.delete(key)
        self._client.delete(_versions_key(business_id), _recent_key(business_id))

    def announce(self, business_id: str, *, config: int | None = None, build: str | None = None) -> None:
        """Tell all instances what is current; they see it with their next turn."""
        current: dict[Any, Any] = {
            name: str(value) for name, value in (("config", config), ("build", build)) if value is not None
        }
        if current:
            self._client.hset(_versions_key(business_id), mapping=current)

    def ping(self) -> None:
        """Make one round trip."""
        self._client.ping()


def _session_key(business_id: str, session_id: str) -> str:
    return f"session:{business_id}:{session_id}"


def _lock_key(business_id: str, session_id: str) -> str:
    return f"lock:{business_id}:{session_id}"


def _embedding_key(business_id: str, text: str) -> str:
    """Return the key of a text's embedding. It says the space itself: which one is asked for is not known yet."""
    return f"embedding:{business_id}:{hashlib.sha256(text.encode()).hexdigest() if text else ''}"


def _recent_key(business_id: str) -> str:
    return f"recent:{business_id}"


def _versions_key(business_id: str) -> str:
    return f"versions:{business_id}"
