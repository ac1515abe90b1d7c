"""Drives a Live session without sockets or clocks: work is done at once, time moves when told; it holds no tests."""

import json
from typing import Any

import pybase64

from local.gemini.request import FunctionCall, GenerateRequest
from local.live.control import Control
from local.live.events import (
    Answer,
    Calling,
    Cut,
    Freeze,
    Hear,
    Heard,
    Outcome,
    Samples,
    Say,
    Send,
    Spoken,
    Think,
    Thought,
)
from local.live.events import Voiced as VoicedOutcome
from local.live.frames import OUT_RATE
from local.live.journal import Record
from local.live.link import Place, World
from local.live.session import Session
from local.live.tones import ToneEars, ToneVoice
from tests.local.live_process import IN_RATE, speech

LONG = "This is an answer of many words that takes well over two seconds to say, and then it goes on a little while."
_BESIDE = {"outputTranscription", "inputTranscription", "sessionResumptionUpdate"}


class Desk:
    """One session. `frames` are the frames sent, `requests` what the brain was asked; it answers `answers` in turn."""

    def __init__(self, world: World | None = None, **settings: Any) -> None:
        self.world = world or World(Control())
        if settings:
            self.world.control.put(settings)
        self.session = Session(self.world, Record("s1", "/ws", 0.0), Place("v1beta"))
        self.now = 100.0
        self.frames: list[dict[str, Any]] = []
        self.cut: Cut | None = None
        self.requests: list[GenerateRequest] = []
        self.answers: list[Answer] = []
        self.thinking = True

    def put(self, **message: Any) -> None:
        """A client frame."""
        self.session.receive(json.dumps(message), self.now)
        self._work()

    def setup(self, **fields: Any) -> "Desk":
        """The first frame, with what `fields` add."""
        self.put(setup={"model": "models/gemini-3.8-live", "outputAudioTranscription": {}} | fields)
        return self

    def audio(self, samples: Samples, rate: int = IN_RATE) -> None:
        """A caller's audio, in frames of 20 ms."""
        for start in range(0, len(samples), rate // 50):
            self._chunk(samples[start : start + rate // 50], rate)

    def _chunk(self, samples: Samples, rate: int) -> None:
        data = pybase64.b64encode(samples.tobytes()).decode()
        self.put(realtimeInput={"audio": {"data": data, "mimeType": f"audio/pcm;rate={rate}"}})

    def say(self, text: str) -> None:
        """A caller's words."""
        self.audio(speech(text))

    def text(self, text: str) -> None:
        """A caller's words, typed."""
        self.put(realtimeInput={"text": text})

    def result(self, call: dict[str, Any], **fields: Any) -> None:
        """A function's result."""
        body = {"id": call["id"], "name": call["name"], "response": {"result": "ok"}} | fields
        self.put(toolResponse={"functionResponses": [body]})

    def wait(self, seconds: float) -> None:
        """Time passes; the session is woken whenever it wants to be."""
        end = self.now + seconds
        while (due := self.session.due) is not None and due <= end:
            self.now = max(self.now, due)
            self.session.tick(self.now)
            self._work()
        self.now = end

    def _work(self) -> None:
        while actions := self.session.take():
            for action in actions:
                if isinstance(action, Send):
                    self.frames.append(json.loads(action.data))
                elif isinstance(action, Cut):
                    self.cut = action
                elif not isinstance(action, Freeze) and (self.thinking or not isinstance(action, Think)):
                    self.session.done(self._outcome(action), self.now)

    def _outcome(self, work: Hear | Think | Say) -> Outcome:
        if isinstance(work, Hear):
            return Heard(work.job, ToneEars().hear(work.samples, work.rate))
        if isinstance(work, Say):
            return VoicedOutcome(work.job, ToneVoice().say(work.text, OUT_RATE))
        self.requests.append(work.request)
        return Thought(work.job, self.answers.pop(0) if self.answers else Spoken("Yes."))

    @property
    def events(self) -> list[str]:
        """What the frames were, runs of audio as one, without transcripts and handles."""
        names: list[str] = []
        for frame in self.frames:
            content = frame.get("serverContent", {})
            name = next(iter(content or frame))
            if name not in _BESIDE and not (name == "modelTurn" and names[-1:] == ["modelTurn"]):
                names.append(name)
        return names

    @property
    def said(self) -> str:
        """The output transcript."""
        return "".join(
            frame.get("serverContent", {}).get("outputTranscription", {}).get("text", "") for frame in self.frames
        )

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls made."""
        return [call for frame in self.frames for call in frame.get("toolCall", {}).get("functionCalls", [])]

    def clear(self) -> None:
        """Forget the frames so far."""
        self.frames.clear()


def calling(*names: str) -> Calling:
    """An answer that calls functions."""
    return Calling(tuple(FunctionCall(name, {}) for name in names))
