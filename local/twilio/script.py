"""What a simulated person does in a call: a list of steps, one after the other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from local.twilio.line import Line, Utterance
from local.twilio.mulaw import RATE, Pcm, to_telephone
from local.twilio.voices import Voice

_POLL_S = 0.02


@dataclass(frozen=True, eq=False)
class Say:
    """Say a text, or sound (int16 mono at `rate`).

    `heard` is what Twilio's recogniser makes of it: the text, unless given; "" for nothing. `confidence` None: absent.
    """

    text: str = ""
    audio: Pcm | None = None
    rate: int = RATE
    heard: str | None = None
    confidence: float | None = 0.9


@dataclass(frozen=True)
class Listen:
    """Wait for the bot to have spoken and to be silent for `quiet_s`; at most `timeout_s` for it to begin."""

    timeout_s: float = 20.0
    quiet_s: float = 0.8


@dataclass(frozen=True, eq=False)
class BargeIn:
    """Say something when the bot has been speaking for that many milliseconds."""

    after_ms: int
    say: Say
    timeout_s: float = 20.0


@dataclass(frozen=True)
class Press:
    """Press keys."""

    digits: str
    gap_s: float = 0.25


@dataclass(frozen=True)
class Wait:
    """Stay silent."""

    seconds: float


@dataclass(frozen=True)
class HangUp:
    """End the call."""


Step = Say | Listen | BargeIn | Press | Wait | HangUp


class Actor:
    """Plays a script on a line. What it waited for in vain is in `missed`.

    Speech is made before the call: the voice may take its time then, and must not during it.
    """

    def __init__(self, steps: Sequence[Step], voice: Voice) -> None:
        self._steps = steps
        self._voice = voice
        self._made: dict[int, Utterance] = {}
        self._answered = 0.0  # what the bot said before that second was waited for already
        self.missed: list[str] = []

    async def prepare(self) -> None:
        """Synthesise everything there is to say."""
        for index, step in enumerate(self._steps):
            words = step.say if isinstance(step, BargeIn) else step
            if isinstance(words, Say):
                self._made[index] = await self._utterance(words)

    async def play(self, line: Line, patience_s: float) -> None:
        """Do all steps, then wait for the other end to hang up, and hang up after `patience_s`."""
        for index, step in enumerate(self._steps):
            match step:
                case Say():
                    await self._speak(line, index)
                case BargeIn():
                    if await self._bot_talks(line, step.timeout_s):
                        await line.clock.sleep(step.after_ms / 1000)
                    else:
                        self.missed.append(f"{index}: the bot said nothing to interrupt within {step.timeout_s} s")
                    await self._speak(line, index)
                case Listen():
                    await self._listen(line, step, index)
                case Press():
                    await line.press(step.digits, step.gap_s)
                case Wait():
                    await line.clock.sleep(step.seconds)
                case HangUp():
                    line.hang_up()
                    return
                case _:
                    assert_never(step)
        await line.clock.sleep(patience_s)
        line.hang_up()

    async def _utterance(self, words: Say) -> Utterance:
        if words.audio is not None:
            data = to_telephone(words.audio, words.rate)
        else:
            data = to_telephone(await asyncio.to_thread(self._voice.say, words.text, RATE), RATE)
        return Utterance(words.text, data, words.text if words.heard is None else words.heard, words.confidence)

    async def _speak(self, line: Line, index: int) -> None:
        await line.speak(self._made[index])
        self._answered = line.now()

    async def _bot_talks(self, line: Line, timeout_s: float) -> bool:
        """Wait for talk that was not waited for before; returns at its begin."""
        until = line.now() + timeout_s
        while line.now() < until:
            talk = line.ear.last_talk(line.sample())
            if talk and talk.end > self._answered * RATE:
                return True
            await line.clock.sleep(_POLL_S)
        return False

    async def _listen(self, line: Line, step: Listen, index: int) -> None:
        if not await self._bot_talks(line, step.timeout_s):
            self.missed.append(f"{index}: the bot said nothing for {step.timeout_s} s")
            return
        while True:
            talk = line.ear.last_talk(line.sample())
            ends = talk.end / RATE if talk else 0.0
            if line.now() >= ends + step.quiet_s:
                self._answered = line.now()
                return
            await line.clock.sleep(max(_POLL_S, ends + step.quiet_s - line.now()))
