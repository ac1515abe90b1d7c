"""What every session does whatever it talks about: setup, resumption, goAway, faults, the end.

A state machine without I/O: calls come with the time in seconds, `take` gives what is to be done.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from local.live import frames, wire
from local.live.control import OF_SESSIONS, Control, Fault
from local.live.conversation import Conversation
from local.live.events import Action, Audio, Cut, Event, Freeze, Outcome, Refused, Send, Setup
from local.live.journal import Handles, Record, State
from local.live.setup import Config, parse_setup


@dataclass(frozen=True)
class Place:
    """Where a client connected."""

    version: str
    vertex: bool = False


@dataclass
class World:
    """What all sessions share."""

    control: Control
    handles: Handles = field(default_factory=Handles)


class Link(ABC):
    """One session. After each call, `take` the actions; at `due`, call `tick`."""

    def __init__(self, world: World, record: Record, place: Place) -> None:
        self.record = record
        self.settings = world.control.settings
        self.conversation = Conversation()
        self.config: Config | None = None
        self.closed = False
        self._world = world
        self._place = place
        self._out: list[Action] = []
        self._go_away_at: float | None = None
        self._close_at: float | None = None
        self._suffered: set[tuple[str, int | None, int]] = set()

    def take(self) -> list[Action]:
        """What is to be done, in order; given once."""
        actions, self._out = self._out, []
        return actions

    def receive(self, data: str | bytes, now: float) -> None:
        """A frame has come."""
        self._guarded(lambda: self._read(data, now))

    def tick(self, now: float) -> None:
        """Time has passed."""
        if self._close_at is not None and now >= self._close_at:
            self.cut(1001, "The session has reached its time limit.")
        elif self._go_away_at is not None and now >= self._go_away_at:
            self._go_away_at = None
            self.suffer(Fault("go_away", time_left_s=self.settings.go_away_time_left_s), now)

    @property
    def due(self) -> float | None:
        """When to call `tick`, None for never."""
        times = [at for at in (self._go_away_at, self._close_at, self.next_step) if at is not None]
        return None if self.closed else min(times, default=None)

    def suffer(self, fault: Fault, now: float) -> None:
        """Do what a fault or a command says."""
        if fault.kind == "kill":
            self.cut(fault.code, fault.reason or "Internal error encountered.")
        elif fault.kind == "go_away":
            self.send(frames.go_away(fault.time_left_s))
            self._close_at = now + fault.time_left_s
        elif fault.kind == "unknown_frame":
            self.send(frames.UNKNOWN)
        elif fault.kind == "phantom_interrupted":
            self.interrupt(now, phantom=True)
        elif fault.kind == "cancel_calls":
            self.cancel_calls()
        elif fault.kind == "freeze":
            self._out.append(Freeze(fault.delay_ms / 1000))

    def send(self, data: bytes) -> None:
        """A frame for the client."""
        if not self.closed:
            self._out.append(Send(data))

    def cut(self, code: int, reason: str) -> None:
        """Close; nothing is sent after it."""
        if self.closed:
            return
        self.closed = True
        self.record.close_code, self.record.close_reason, self.record.closed_by = code, reason, "server"
        self._out.append(Cut(code, reason))

    def renew(self, *, resumable: bool = True) -> None:
        """A new handle, if the client wants handles; or word that there is none at the moment."""
        if self.config is None or not self.config.resumption:
            return
        handle = None
        if resumable:
            state = State(self.record.id, self.config.model, tuple(self.conversation.history))
            handle = self._world.handles.keep(state)
            self.record.handles.append(handle)
        self.send(frames.resumption(handle))

    @property
    @abstractmethod
    def next_step(self) -> float | None:
        """When the answer in progress goes on, None for not by itself."""

    @abstractmethod
    def ready(self, now: float) -> None:
        """The session is set up."""

    @abstractmethod
    def event(self, event: Event, now: float) -> None:
        """A frame after the setup. Raises Refused."""

    @abstractmethod
    def done(self, outcome: Outcome, now: float) -> None:
        """Work that an action asked for is done."""

    @abstractmethod
    def interrupt(self, now: float, *, phantom: bool = False) -> None:
        """Stop answering; `phantom` says so even when there is no answer."""

    @abstractmethod
    def cancel_calls(self) -> None:
        """Withdraw the calls that wait for results."""

    def _guarded(self, work: Callable[[], None]) -> None:
        if self.closed:
            return
        try:
            work()
        except Refused as refused:
            self.cut(refused.code, refused.reason)

    def _read(self, data: str | bytes, now: float) -> None:
        self.record.frames_in += 1
        for event in wire.read(data):
            if self.closed:
                return
            if self.config is None:
                self._set_up(event, now)
            elif isinstance(event, Setup):
                raise Refused(1007, "setup may only be sent once, as the first message.")
            else:
                self._count(event)
                self.event(event, now)
                self._strike(now)

    def _count(self, event: Event) -> None:
        if isinstance(event, Audio):
            self.record.audio_frames_in += 1
            self.record.audio_ms_in += event.milliseconds
            if event.rate not in self.record.rates_in:
                self.record.rates_in.append(event.rate)

    def _set_up(self, event: Event, now: float) -> None:
        if not isinstance(event, Setup):
            raise Refused(1007, "setup must be the first message.")
        self.record.setup = event.body
        if fault := self._world.control.take(lambda item: item.kind == "refuse_setup"):
            raise Refused(fault.code, fault.reason or "Internal error encountered.")
        config = parse_setup(event.body, self._place.version, vertex=self._place.vertex)
        if config.handle:
            self._resume(config, config.handle, now)
        self.config = config
        self.conversation.system, self.conversation.tools = config.system, config.tools
        if self._world.control.take(lambda item: item.kind == "no_setup_complete"):
            return
        self.send(frames.setup_complete(self.record.id))
        if self.settings.go_away_after_s is not None:
            self._go_away_at = now + self.settings.go_away_after_s
        self.renew()
        self.ready(now)
        self._strike(now)

    def _resume(self, config: Config, handle: str, now: float) -> None:
        state = self._world.handles.find(handle, now)
        if state is None:
            raise Refused(1007, "Invalid session resumption handle: the session was not found or has expired.")
        if state.model != config.model:
            raise Refused(1007, "Invalid session resumption handle: the session was with another model.")
        self.record.resumed_from = handle
        self.conversation.add(state.history)

    def _strike(self, now: float) -> None:
        """Suffer a fault that waits for this many audio frames; each once a session."""
        if self.closed or not self._world.control.settings.faults:
            return
        if fault := self._world.control.take(self._due_now):
            self._suffered.add(_mark(fault))
            self.suffer(fault, now)

    def _due_now(self, fault: Fault) -> bool:
        return (
            fault.kind in OF_SESSIONS
            and fault.after_frames_out is None
            and (fault.after_audio_frames or 0) <= self.record.audio_frames_in
            and _mark(fault) not in self._suffered
        )


def _mark(fault: Fault) -> tuple[str, int | None, int]:
    return fault.kind, fault.after_audio_frames, fault.code
