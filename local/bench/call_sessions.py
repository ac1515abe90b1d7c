"""What a session of the benchmark's Live peer says, when, and which moments it notes. No I/O.

Moments are of the machine's steady clock, the same in all processes.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from local.bench.marker import level_of, number_of
from local.gemini.request import FunctionCall
from local.live import frames
from local.live.control import Fault
from local.live.events import Audio, Event, Outcome, Text
from local.live.journal import Record
from local.live.link import Link, Place, World

CHUNK_MS = 40
TONE_HZ = 400
QUIET, USUAL = 400, 6000
_NOTHING = np.zeros(0, np.int16)
_LOUD = 1000
_WORDS_EVERY = 10  # chunks
_MARKED_EVERY = 25  # chunks: once a second
_LOOK_UP_EVERY = 3  # turns
_HUSH_MS = 200


@dataclass(frozen=True)
class Mode:
    """How a session talks.

    Args:
        talk_ms, pause_ms: length of a turn, and of the silence after it.
        begins: turns begin at once and then by the clock, the same when the caller is `known` by a marker, each `after`
            the caller has fallen silent, or never.
        features: transcripts and function calls come with the sound.
        markers: every 25th chunk has one.
        burst: a turn's sound comes at once.
        interrupt_ms: the turn is interrupted so long after its begin.
        away: "goaway" or "kill": what happens after three seconds, once.
    """

    talk_ms: int = 2000
    pause_ms: int = 0
    begins: Literal["at once", "known", "after", "never"] = "at once"
    features: bool = False
    markers: bool = False
    burst: bool = False
    interrupt_ms: int = 0
    away: str = ""


MODES = {
    "load": Mode(talk_ms=8800, pause_ms=1200, features=True),
    "in": Mode(begins="never"),
    "out": Mode(talk_ms=4000, pause_ms=400, begins="known", markers=True),
    "burst": Mode(talk_ms=1000, begins="after", burst=True),
    "interrupt": Mode(talk_ms=3000, begins="after", interrupt_ms=600),
    "goaway": Mode(away="goaway"),
    "kill": Mode(away="kill"),
}
AWAY_AFTER_S, LEAVES_IN_S = 3.0, 5.0


class Talker(Link):
    """One session. `number` is the call's, as its marker told."""

    def __init__(self, world: World, record: Record, place: Place, mode: Mode) -> None:
        super().__init__(world, record, place)
        self._mode = mode
        self._number = -1
        self._noted: dict[str, list[float]] = {"heard": [], "spoke": [], "interrupted": [], "fell_silent": []}
        self._first_in = self._last_in = 0.0
        self._turn = 0
        self._sent = 0
        self._start: float | None = None
        self._loud, self._hush = 0, 0.0
        self._since = time.monotonic()
        self._look_up_at = int(record.id, 16) % _LOOK_UP_EVERY

    def noted(self) -> dict[str, Any]:
        """Return what was noted, as JSON."""
        record = self.record
        counts = {"number": self._number, "turns": record.turns, "ms_in": record.audio_ms_in}
        arrivals = {"first_in": self._first_in, "last_in": self._last_in, "ms_out": record.audio_ms_out}
        return {**self._noted, **counts, **arrivals}

    def ready(self, now: float) -> None:
        """The session is set up."""
        if self._mode.begins == "at once" and not self.record.resumed_from:
            self._start = now

    def event(self, event: Event, now: float) -> None:
        """A frame after the setup."""
        if isinstance(event, Audio):
            self._hear(event, now)
        elif isinstance(event, Text) and self._mode.away and self._start is None:
            self._start = now

    def _hear(self, audio: Audio, now: float) -> None:
        moment = self._last_in = time.monotonic()
        self._first_in = self._first_in or moment
        if self._start is None and self._mode.begins == "at once":
            self._start = now
        # A look at the text is cheap: silence is all "A". What a resampler leaves of it is no sound either.
        samples = audio.samples if audio.data.strip("A=") else _NOTHING
        if not len(samples) or np.abs(samples).max() < _LOUD:
            self._hush += audio.milliseconds
            if self._hush >= _HUSH_MS and self._loud and self._mode.begins == "after" and self._start is None:
                self._start, self._loud = now, 0
            return
        number = number_of(samples)
        if number is not None:
            self._number = number
            self._noted["heard"].append(moment)
            if self._mode.begins == "known" and self._start is None:
                self._start = now + 1
        self._loud += 1
        self._hush = 0.0
        if self._mode.begins == "after":
            self._noted["fell_silent"].append(moment)

    def tick(self, now: float) -> None:
        """Say what is due."""
        super().tick(now)
        while self._start is not None and now >= self._next() and not self.closed:
            self._step(now)

    @property
    def next_step(self) -> float | None:
        """When the next chunk is due."""
        return None if self._start is None else self._next()

    def _next(self) -> float:
        assert self._start is not None
        return self._start + (0 if self._mode.burst else self._sent * CHUNK_MS / 1000)

    def _step(self, now: float) -> None:
        mode = self._mode
        if mode.away and not self.record.resumed_from and time.monotonic() - self._since > AWAY_AFTER_S:
            self._since = float("inf")
            self._leave(now)
            return
        if mode.interrupt_ms and self._sent * CHUNK_MS >= mode.interrupt_ms:
            self._noted["interrupted"].append(time.monotonic())
            self.send(frames.content(interrupted=True))
            self._over(now)
            return
        if self._sent * CHUNK_MS >= mode.talk_ms:
            self.send(frames.content(generationComplete=True))
            self._over(now)
            return
        self._say()

    def _say(self) -> None:
        mode = self._mode
        marker = mode.markers and self._sent % _MARKED_EVERY == _MARKED_EVERY // 2 and self._number >= 0
        if marker or (not self._sent and mode.begins == "after"):
            self._noted["spoke"].append(time.monotonic())
        self.send(_chunk(QUIET if mode.markers else USUAL, self._number if marker else -1))
        if mode.features and self._sent % _WORDS_EVERY == 0:
            self._words()
        self._sent += 1
        self.record.audio_ms_out += CHUNK_MS

    def _words(self) -> None:
        config = self.config
        if config and config.transcribe_out:
            self.send(frames.content(outputTranscription={"text": " and some more"}))
        if config and config.transcribe_in and not self._sent:
            for piece in ("What does service", " number seven cost", " please?"):
                self.send(frames.content(inputTranscription={"text": piece}))
        if not self._sent and self.conversation.tools.declarations and self._turn % _LOOK_UP_EVERY == self._look_up_at:
            call = FunctionCall("search_knowledge", {"query": "What does service number 7 cost?"}, f"call-{self._turn}")
            self.send(frames.tool_call([call]))

    def _over(self, now: float) -> None:
        self.send(frames.turn_complete(frames.Usage()))
        self.renew()
        self.record.turns += 1
        self._turn += 1
        length = self._sent * CHUNK_MS + self._mode.pause_ms
        self._start = None if self._mode.begins == "after" else (self._start or now) + length / 1000
        self._sent = 0

    def _leave(self, now: float) -> None:
        self._noted["interrupted"].append(time.monotonic())
        if self._mode.away == "kill":
            self.cut(1006, "")
        else:
            self.suffer(Fault("go_away", time_left_s=LEAVES_IN_S), now)

    def done(self, outcome: Outcome, now: float) -> None:
        """It asks for no work."""

    def interrupt(self, now: float, *, phantom: bool = False) -> None:
        """Nobody asks for that here."""

    def cancel_calls(self) -> None:
        """Nobody asks for that here."""


@lru_cache(256)
def _chunk(amplitude: int, marker: int) -> bytes:
    """Return 40 ms of tone, its second half the marker of a call unless that is -1."""
    at = np.arange(frames.OUT_RATE * CHUNK_MS // 1000) / frames.OUT_RATE
    wave = (amplitude * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.int16)
    if marker >= 0:
        wave[len(wave) // 2 :] = level_of(marker)
    return frames.audio(wave.tobytes())
