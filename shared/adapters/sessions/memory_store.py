"""Sessions in this process's memory: the fallback while Redis is away, and the store of tests. Bounded, oldest out."""

import copy
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.domain.limits import RateLimit
from shared.domain.session import Session
from shared.ports import Busy, Limited, Opened, Opening, OpenRequest, Replayed, Versions

LOCK_S = 120.0
MAX_SESSIONS = 2000
MAX_WINDOWS = 10_000

_Key = tuple[str, str]


@dataclass
class _Stored:
    session: Session
    expires: float
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)


class MemorySessions:
    """The `Sessions` port without a server. What one instance holds, another does not see."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._guard = threading.Lock()
        self._stored: OrderedDict[_Key, _Stored] = OrderedDict()
        self._locks: dict[_Key, tuple[str, float]] = {}
        self._arrivals: OrderedDict[_Key, deque[float]] = OrderedDict()

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """See `Sessions.open`."""
        key = (business_id, request.session_id)
        with self._guard:
            stored = self._current(key)
            if stored and request.message_id in stored.answers:
                return Replayed(copy.deepcopy(stored.answers[request.message_id]))
            for name, limit in request.limits:
                wait = self._wait(business_id, name, limit)
                if wait > 0:
                    return Limited(limit, wait)
            held = self._locks.get(key)
            if held and held[1] > self._now():
                return Busy()
            lock = secrets.token_hex(8)
            self._locks[key] = (lock, self._now() + LOCK_S)
            remaining, reset = self._count(business_id, request.limits)
            return Opened(stored.session if stored else None, lock, Versions(), remaining, reset)

    def close(
        self, business_id: str, session: Session, *, lock: str, ttl_s: int, answer: dict[str, Any] | None
    ) -> bool:
        """See `Sessions.close`."""
        key = (business_id, session.session_id)
        with self._guard:
            if self._locks.get(key, ("", 0.0))[0] != lock:
                return False
            del self._locks[key]
            self._put(key, session, ttl_s, answer)
            return True

    def unlock(self, business_id: str, session_id: str, lock: str) -> None:
        """See `Sessions.unlock`."""
        with self._guard:
            if self._locks.get((business_id, session_id), ("", 0.0))[0] == lock:
                del self._locks[business_id, session_id]

    def read(self, business_id: str, session_id: str) -> Session | None:
        """See `Sessions.read`."""
        with self._guard:
            stored = self._current((business_id, session_id))
            return stored.session if stored else None

    def erase(self, business_id: str, session_id: str) -> None:
        """See `Sessions.erase`."""
        with self._guard:
            self._stored.pop((business_id, session_id), None)

    def remember(self, business_id: str, session: Session, ttl_s: int, answer: dict[str, Any] | None) -> None:
        """Keep a copy of what was written elsewhere, so that the conversation survives that store's loss."""
        with self._guard:
            self._put((business_id, session.session_id), session, ttl_s, answer)

    def _put(self, key: _Key, session: Session, ttl_s: int, answer: dict[str, Any] | None) -> None:
        answers = self._stored[key].answers if key in self._stored else {}
        kept = {turn.message_id for turn in session.turns}
        answers = {message_id: said for message_id, said in answers.items() if message_id in kept}
        if answer:
            answers[session.turns[-1].message_id] = answer
        self._stored[key] = _Stored(session, self._now() + ttl_s, answers)
        self._stored.move_to_end(key)
        while len(self._stored) > MAX_SESSIONS:
            self._stored.popitem(last=False)

    def _current(self, key: _Key) -> _Stored | None:
        stored = self._stored.get(key)
        if stored and stored.expires <= self._now():
            del self._stored[key]
            return None
        return stored

    def _wait(self, business_id: str, name: str, limit: RateLimit) -> float:
        arrivals = self._arrivals.get((business_id, name), deque())
        if len(arrivals) < limit.count:
            return 0.0
        return arrivals[-limit.count] + limit.window_s - self._now()

    def _count(self, business_id: str, limits: tuple[tuple[str, RateLimit], ...]) -> tuple[int, float]:
        """Count this message against every limit; return what is left of the first and when one more fits."""
        for name, limit in limits:
            arrivals = self._arrivals.setdefault((business_id, name), deque(maxlen=1000))
            arrivals.append(self._now())
            while arrivals[0] <= self._now() - limit.window_s:
                arrivals.popleft()
            self._arrivals.move_to_end((business_id, name))
        while len(self._arrivals) > MAX_WINDOWS:
            self._arrivals.popitem(last=False)
        if not limits:
            return 0, 0.0
        name, limit = limits[0]
        arrivals = self._arrivals[business_id, name]
        return limit.count - len(arrivals), arrivals[0] + limit.window_s - self._now()
