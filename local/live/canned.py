"""A session for load: it counts audio and streams a canned tone, without listening or thinking. No I/O."""

from functools import lru_cache

import numpy as np

from local.live import frames
from local.live.events import Audio, Event, Outcome, Samples, Text, Turns
from local.live.journal import Record
from local.live.link import Link, Place, World

TONE_HZ = 400
AMPLITUDE = 6_000


class Canned(Link):
    """Answers every `canned_listen_ms` of audio with `canned_speak_ms` of tone in real time; or echoes."""

    def __init__(self, world: World, record: Record, place: Place) -> None:
        super().__init__(world, record, place)
        self._listened_ms = 0.0
        self._start = 0.0
        self._left = 0
        self._sent = 0
        self._usage = frames.Usage()

    def ready(self, now: float) -> None:
        """The session is set up."""

    def event(self, event: Event, now: float) -> None:
        """A frame after the setup. Raises Refused."""
        if isinstance(event, Audio):
            self._audio(event, now)
        elif isinstance(event, Text) or (isinstance(event, Turns) and event.complete):
            self._answer(now)

    def _audio(self, audio: Audio, now: float) -> None:
        self._usage.audio_ms += audio.milliseconds
        if self.settings.canned_echo:
            samples = _at_out_rate(audio.samples, audio.rate)
            self._put(frames.audio(samples.tobytes()), len(samples) * 1000 / frames.OUT_RATE)
            return
        if not self._left:
            self._listened_ms += audio.milliseconds
            if self._listened_ms >= self.settings.canned_listen_ms:
                self._answer(now)

    def _answer(self, now: float) -> None:
        self._listened_ms = 0.0
        self._start, self._sent = now, 0
        self._left = max(round(self.settings.canned_speak_ms / self.settings.frame_ms), 1)
        self._usage.answer_ms = 0.0
        self.tick(now)

    def tick(self, now: float) -> None:
        """Time has passed."""
        super().tick(now)
        while self._left and now >= self._next() and not self.closed:
            self._put(_tone(self.settings.frame_ms), self.settings.frame_ms)
            self._sent += 1
            self._left -= 1
            if not self._left:
                self._complete()

    @property
    def next_step(self) -> float | None:
        """When the next frame is due."""
        return self._next() if self._left else None

    def _next(self) -> float:
        return self._start + self._sent * self.settings.frame_ms / 1000

    def _put(self, frame: bytes, milliseconds: float) -> None:
        self.record.audio_frames_out += 1
        self.record.audio_ms_out += milliseconds
        self._usage.answer_ms += milliseconds
        self.send(frame)

    def _complete(self) -> None:
        self.record.turns += 1
        self.send(frames.content(generationComplete=True))
        self.send(frames.turn_complete(self._usage))
        self.renew()

    def done(self, outcome: Outcome, now: float) -> None:
        """It asks for no work."""

    def interrupt(self, now: float, *, phantom: bool = False) -> None:  # noqa: ARG002
        """Stop the tone; `phantom` says so even when there is none."""
        if self._left or phantom:
            self._left = 0
            self.record.interruptions += 1
            self.send(frames.content(interrupted=True))
            self.send(frames.turn_complete(self._usage))

    def cancel_calls(self) -> None:
        """There are none."""


@lru_cache
def _tone(frame_ms: int) -> bytes:
    time = np.arange(frames.OUT_RATE * frame_ms // 1000) / frames.OUT_RATE
    return frames.audio((AMPLITUDE * np.sin(2 * np.pi * TONE_HZ * time)).astype(np.int16).tobytes())


def _at_out_rate(samples: Samples, rate: int) -> Samples:
    if frames.OUT_RATE % rate == 0:
        return np.repeat(samples, frames.OUT_RATE // rate)
    count = len(samples) * frames.OUT_RATE // rate
    places = np.arange(count) * rate / frames.OUT_RATE
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
