"""What all sessions use: settings, journal, threads for the slow work. It must not know the protocol."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from local.gemini.vectors import Vectors
from local.live import brain
from local.live.control import Fault, Settings
from local.live.events import Hear, Heard, Outcome, Say, Think, Thought, Voiced, Work
from local.live.frames import OUT_RATE
from local.live.journal import Journal
from local.live.link import World
from local.live.speech import Speech

Nudge = Callable[[Fault], None]


@dataclass
class Service:
    """The state of the Live stand-in; `running` takes commands for sessions by their id."""

    world: World
    journal: Journal = field(default_factory=Journal)
    running: dict[str, Nudge] = field(default_factory=dict)
    speech: Speech = field(default_factory=Speech)
    vectors: Vectors = field(default_factory=Vectors)
    # Thinking must not wait for somebody's long speech.
    thinking: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "live-think"))
    talking: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "live-speech"))

    def close(self) -> None:
        """Stops the threads."""
        self.thinking.shutdown(wait=False, cancel_futures=True)
        self.talking.shutdown(wait=False, cancel_futures=True)

    async def do(self, work: Work, settings: Settings) -> Outcome:
        """Does the work on a thread."""
        pool = self.thinking if isinstance(work, Think) else self.talking
        return await asyncio.get_running_loop().run_in_executor(pool, self._do, work, settings)

    def _do(self, work: Work, settings: Settings) -> Outcome:
        if isinstance(work, Think):
            return Thought(work.job, brain.answer(work.request, self.vectors.embed))
        if isinstance(work, Say):
            return Voiced(work.job, self.speech.say(settings.speech, work.text, OUT_RATE))
        return Heard(work.job, self._hear(work, settings))

    def _hear(self, work: Hear, settings: Settings) -> str:
        return self.speech.hear(settings.speech, settings.phrases, work.samples, work.rate)
