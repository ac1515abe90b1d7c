"""A telephone line: what somebody says and presses, what they hear, and who wants to know of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from local.twilio.clock import Clock
from local.twilio.mulaw import RATE
from local.twilio.track import Track


@dataclass
class Utterance:
    """Something said. `heard` is what a recogniser makes of it, `confidence` may be absent; seconds of the call."""

    text: str
    data: bytes = field(repr=False)
    heard: str
    confidence: float | None = None
    start: float = -1.0
    end: float = -1.0


@dataclass(frozen=True)
class Event:
    """`digit` pressed (text), `speech` begins, `spoken` ended."""

    kind: Literal["digit", "speech", "spoken"]
    text: str = ""
    utterance: Utterance | None = None


Listener = Callable[[Event], None]


class Line:
    """One end of a call. Times are seconds since it began."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ear = Track()
        self.mouth = Track()
        self.utterances: list[Utterance] = []
        self.clears: list[float] = []
        self.hung_up = asyncio.Event()
        self.speaking: Utterance | None = None
        self.listeners: list[Listener] = []
        self.began = clock.now()

    def now(self) -> float:
        """Return the seconds since the call began."""
        return self.clock.now() - self.began

    def sample(self) -> int:
        """Return the same as samples."""
        return int(self.now() * RATE)

    def call_at(self, when: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Let something happen at a second of the call."""
        return self.clock.call_at(self.began + when, act)

    def hear(self, data: bytes, source: str) -> float:
        """Play sound to this end after what is still playing; return the second at which it will have been heard."""
        return self.ear.put(self.sample(), data, source) / RATE

    def hush(self) -> float:
        """Stop what is playing; return how many seconds were not heard."""
        return self.ear.cut(self.sample()) / RATE

    async def speak(self, utterance: Utterance) -> None:
        """Say something from now on; returns when it is said."""
        start = self.mouth.put(self.sample(), utterance.data, "caller") - len(utterance.data)
        utterance.start, utterance.end = start / RATE, (start + len(utterance.data)) / RATE
        self.utterances.append(utterance)
        self.speaking = utterance
        self._tell(Event("speech", utterance=utterance))
        try:
            await self.clock.sleep(utterance.end - self.now())
        finally:
            self.speaking = None
            self._tell(Event("spoken", utterance=utterance))

    async def press(self, digits: str, gap_s: float) -> None:
        """Press keys one after the other."""
        for digit in digits:
            self._tell(Event("digit", digit))
            await self.clock.sleep(gap_s)

    def hang_up(self) -> None:
        """End the call from this end."""
        self.mouth.cut(self.sample())
        self.hung_up.set()

    def _tell(self, event: Event) -> None:
        for listener in tuple(self.listeners):
            listener(event)
