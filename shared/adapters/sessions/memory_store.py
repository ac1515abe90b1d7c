"""Sessions in this process's memory: the fallback while Redis is away, and the store of tests. Bounded, oldest out."""

import json
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.limits import RateLimit
from shared.domain.session import Session
from shared.ports import Busy, Embedded, Limited, Opened, Opening, OpenRequest, Replayed, Versions

LOCK_S = 120.0
MAX_SESSIONS = 2000
MAX_WINDOWS = 10_000
MAX_VECTORS = 200  # 20 KB each
EMBEDDING_S = 86_400.0

_Key = tuple[str, str]


@dataclass
class _Stored:
    session: Session
    expires: float
    answers: dict[str, str] = field(default_factory=dict)
    ahead: bool = False


class MemorySessions:
    """The `Sessions` port without a server. What one instance holds, another does not see."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._guard = threading.Lock()
        self._stored: OrderedDict[_Key, _Stored] = OrderedDict()
        self._locks: dict[_Key, tuple[str, float]] = {}
        self._arrivals: OrderedDict[_Key, deque[float]] = OrderedDict()
        self._vectors: OrderedDict[_Key, tuple[Embedded, float]] = OrderedDict()

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """See `Sessions.open`."""
        key = (business_id, request.session_id)
        with self._guard:
            stored = self._current(key)
            if stored and request.message_id in stored.answers:
                return Replayed(json.loads(stored.answers[request.message_id]))
            for name, limit in request.limits:
                wait = self._wait(business_id, name, limit)
                if wait > 0:
                    return Limited(limit, wait)
            held = self._locks.get(key)
            if held and held[1] > self._now():
                return Busy()
            lock = secrets.token_hex(8)
            self._locks[key] = (lock, self._now() + LOCK_S)
            self._forget_old_locks()
            remaining, reset = self._count(business_id, request.limits)
            known = self._vector(business_id, request.text)
            return Opened(stored.session if stored else None, lock, Versions(), remaining, reset, embedded=known)

    def close(
        self,
        business_id: str,
        session: Session,
        *,
        lock: str,
        ttl_s: int,
        answer: dict[str, Any] | None,
        embedded: Embedded | None = None,
        ahead: bool = False,
    ) -> bool:
        """See `Sessions.close`; `ahead` as in `remember`."""
        key = (business_id, session.session_id)
        with self._guard:
            if self._locks.get(key, ("", 0.0))[0] != lock:
                return False
            del self._locks[key]
            self._keep(key, session, ttl_s, answer, ahead=ahead)
            if embedded:
                self._remember_vector(business_id, embedded)
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
            self._locks.pop((business_id, session_id), None)

    def remember(
        self, business_id: str, session: Session, ttl_s: int, answer: dict[str, Any] | None, *, ahead: bool
    ) -> None:
        """Keep a copy of a session, so that the conversation survives the loss of the store it was written to.

        `ahead` says that the copy is newer than that store. Turns that only the copy has stay in it.
        """
        with self._guard:
            self._keep((business_id, session.session_id), session, ttl_s, answer, ahead=ahead)

    def newer(self, business_id: str, session_id: str) -> Session | None:
        """Return the session when it is newer here than in the store it belongs to."""
        with self._guard:
            stored = self._current((business_id, session_id))
            return stored.session if stored and stored.ahead else None

    def answer_to(self, business_id: str, session_id: str, message_id: str) -> dict[str, Any] | None:
        """Return what was answered to a message, None when it was not answered here."""
        with self._guard:
            stored = self._current((business_id, session_id))
            said = stored.answers.get(message_id) if stored else None
            answer: dict[str, Any] | None = json.loads(said) if said else None
            return answer

    def _keep(self, key: _Key, session: Session, ttl_s: int, answer: dict[str, Any] | None, *, ahead: bool) -> None:
        before = self._current(key)
        if before and before.ahead:
            whole = merged(before.session, session)
            ahead, session = ahead or len(whole.turns) > len(session.turns), whole
        remembered = {turn.message_id for turn in session.turns}
        answers = {
            message: said for message, said in (before.answers if before else {}).items() if message in remembered
        }
        if answer:
            answers[session.turns[-1].message_id] = json.dumps(answer)
        self._stored[key] = _Stored(session, self._now() + ttl_s, answers, ahead)
        self._stored.move_to_end(key)
        while len(self._stored) > MAX_SESSIONS:
            self._stored.popitem(last=False)

    def _remember_vector(self, business_id: str, embedded: Embedded) -> None:
        self._vectors[business_id, embedded.text] = (embedded, self._now() + EMBEDDING_S)
        self._vectors.move_to_end((business_id, embedded.text))
        while len(self._vectors) > MAX_VECTORS:
            self._vectors.popitem(last=False)

    def _vector(self, business_id: str, text: str) -> Embedded | None:
        embedded, expires = self._vectors.get((business_id, text), (None, 0.0))
        return embedded if expires > self._now() else None

    def _current(self, key: _Key) -> _Stored | None:
        stored = self._stored.get(key)
        if stored and stored.expires <= self._now():
            del self._stored[key]
            return None
        return stored

    def _forget_old_locks(self) -> None:
        if len(self._locks) > MAX_SESSIONS:
            now = self._now()
            self._locks = {key: held for key, held in self._locks.items() if held[1] > now}

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


def merged(one: Session, other: Session) -> Session:
    """Return `other` with the turns that only `one` has, in the order in which they happened.

    The dialogue is that of the later turn: it grew out of everything before.
    """
    turns = {turn.message_id: turn for turn in (*one.turns, *other.turns)}
    later = max((other, one), key=lambda session: session.turns[-1].at if session.turns else "")
    return replace(other, turns=tuple(sorted(turns.values(), key=lambda turn: turn.at)), dialogue=later.dialogue)
