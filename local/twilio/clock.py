"""Call time: seconds that pass `speed` times as fast as the wall's, and one beat for all streams."""

import asyncio
from collections.abc import Callable

FRAME_S = 0.02
# Calls are spread over the 20 ms: real callers are not in step, and a hundred frames at once would look like jitter.
PHASES = 4

Listener = Callable[[float], None]


class Clock:
    """Made within a running loop. A listener is called every 20 ms with the time and does whatever is due by then."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._loop = asyncio.get_running_loop()
        self._origin = self._loop.time()
        self._phases: list[list[Listener]] = [[] for _ in range(PHASES)]
        self._beat = 0
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Return the seconds since the clock was made."""
        return (self._loop.time() - self._origin) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Return that much later."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    def call_at(self, when: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Let something happen at a time."""
        return self._loop.call_at(self._origin + when / self.speed, act)

    def add(self, listener: Listener) -> float:
        """Call it every 20 ms from now on; return when that is for the first time."""
        phase = min(range(PHASES), key=lambda index: len(self._phases[index]))
        self._phases[phase].append(listener)
        if self._timer is None:
            self._beat = int(self.now() / FRAME_S * PHASES)
            self._next()
        first = self._beat + (phase - self._beat) % PHASES
        return first * FRAME_S / PHASES

    def remove(self, listener: Listener) -> None:
        """Call it no more."""
        for phase in self._phases:
            if listener in phase:
                phase.remove(listener)

    def _next(self) -> None:
        # Late beats are left out, not made up for: listeners do all that is due.
        self._beat = max(self._beat + 1, int(self.now() / FRAME_S * PHASES) - PHASES + 1)
        self._timer = self.call_at(self._beat * FRAME_S / PHASES, self._tick)

    def _tick(self) -> None:
        beat = self._beat
        if not any(self._phases):
            self._timer = None
            return
        self._next()
        now = self.now()
        for listener in tuple(self._phases[beat % PHASES]):
            listener(now)
