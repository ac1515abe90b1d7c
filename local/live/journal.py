"""The last sessions, for tests to look at, and the states that can be resumed. No I/O."""

import uuid
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from local.gemini.request import Content

KEPT_SESSIONS = 500
KEPT_HANDLES = 2_000
# A handle is good for two hours after the end of its session.
HANDLE_LIFE_S = 7_200.0


@dataclass
class Record:
    """One session. Times are seconds since the epoch; `said` lists turns as [who, text]."""

    id: str
    path: str
    started_at: float
    setup: dict[str, Any] | None = None
    resumed_from: str | None = None
    handles: list[str] = field(default_factory=list)
    frames_in: int = 0
    audio_frames_in: int = 0
    audio_ms_in: float = 0.0
    rates_in: list[int] = field(default_factory=list)
    audio_frames_out: int = 0
    audio_ms_out: float = 0.0
    turns: int = 0
    said: list[tuple[str, str]] = field(default_factory=list)
    interruptions: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    stray_results: list[str] = field(default_factory=list)
    unheard: int = 0
    close_code: int | None = None
    close_reason: str = ""
    closed_by: str = ""
    ended_at: float | None = None


@dataclass
class Journal:
    """Keeps the newest sessions, oldest first."""

    records: deque[Record] = field(default_factory=lambda: deque(maxlen=KEPT_SESSIONS))

    def add(self, record: Record) -> Record:
        """Starts a record; it is filled in while the session runs."""
        self.records.append(record)
        return record

    def body(self) -> list[dict[str, Any]]:
        """As `GET /control/live/sessions` shows them."""
        return [asdict(record) for record in self.records]

    def clear(self) -> None:
        """Forgets all."""
        self.records.clear()


@dataclass(frozen=True)
class State:
    """What a resumed session goes on from."""

    session: str
    model: str
    history: tuple[Content, ...]


class Handles:
    """Session states by handle. `now` is in seconds, on any one clock."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, State] = OrderedDict()
        self._ended: OrderedDict[str, float] = OrderedDict()

    def keep(self, state: State) -> str:
        """A new handle for a state."""
        handle = uuid.uuid4().hex
        self._states[handle] = state
        if len(self._states) > KEPT_HANDLES:
            self._states.popitem(last=False)
        return handle

    def find(self, handle: str, now: float) -> State | None:
        """The state, unless the handle is unknown or its session ended too long ago."""
        state = self._states.get(handle)
        if state is None or now - self._ended.get(state.session, now) > HANDLE_LIFE_S:
            return None
        return state

    def ended(self, session: str, now: float) -> None:
        """The two hours of this session's handles begin."""
        self._ended[session] = now
        if len(self._ended) > KEPT_HANDLES:
            self._ended.popitem(last=False)

    def clear(self) -> None:
        """No handle is good any more."""
        self._states.clear()
        self._ended.clear()
