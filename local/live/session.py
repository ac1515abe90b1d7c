"""A conversation: what the caller says and the client tells, and who may speak. No I/O."""

from collections.abc import Callable

import numpy as np

from local.live.answering import Answering, Turn
from local.live.events import (
    Activity,
    Audio,
    Context,
    Event,
    Hear,
    Heard,
    Outcome,
    Refused,
    Samples,
    StreamEnd,
    Text,
    Thought,
    ToolResults,
    Turns,
    Voiced,
)
from local.live.journal import Record
from local.live.link import Place, World
from local.live.vad import Detector, Utterance

# Shorter noises are let pass.
SHORTEST_SPEECH_MS = 400


class Session(Answering):
    """The state machine of one session."""

    def __init__(self, world: World, record: Record, place: Place) -> None:
        super().__init__(world, record, place)
        self._detector: Detector | None = None
        self._marked: list[Samples] | None = None
        self._marked_rate = 0
        self._utterances: dict[int, Utterance] = {}
        self._history_first = False

    def ready(self, now: float) -> None:  # noqa: ARG002
        """The session is set up."""
        assert self.config is not None
        self._history_first = self.config.history_first
        if self.config.vad is not None:
            self._detector = Detector(self.config.vad, self.settings.speech_level)

    def event(self, event: Event, now: float) -> None:
        """A frame after the setup. Raises Refused."""
        if isinstance(event, Turns):
            self._told(event, now)
        elif isinstance(event, Context):
            self.conversation.system = self.conversation.system if event.system is None else event.system
            self.conversation.tools = self.conversation.tools if event.tools is None else event.tools
        elif isinstance(event, ToolResults):
            self._results(event.results, now)
        elif self._history_first:
            return
        elif isinstance(event, Audio):
            self._audio(event, now)
        elif isinstance(event, Text):
            self._when_free(lambda at: self._asked(event.text, at), now)
        elif isinstance(event, Activity):
            self._activity(event, now)
        elif isinstance(event, StreamEnd) and self._detector and (utterance := self._detector.flush()):
            self._listened(utterance, now)

    def _audio(self, audio: Audio, now: float) -> None:
        samples = audio.samples
        self._usage.audio_ms += audio.milliseconds
        if self._detector is None:
            if self._marked is not None:
                self._marked.append(samples)
                self._marked_rate = audio.rate
            return
        for found in self._detector.feed(samples, audio.rate):
            if isinstance(found, Utterance):
                self._listened(found, now)
            else:
                self._barge_in(now)

    def _activity(self, activity: Activity, now: float) -> None:
        if self._detector is not None:
            raise Refused(1007, "Explicit activity control is not supported with automatic activity detection.")
        if activity.started:
            self._marked = []
            self._barge_in(now)
        elif self._marked is not None:
            chunks, self._marked = self._marked, None
            if chunks:
                samples = np.concatenate(chunks)
                length = len(samples) * 1000 // self._marked_rate
                self._listened(Utterance(samples, self._marked_rate, length), now)

    def _told(self, turns: Turns, now: float) -> None:
        if self._history_first or not turns.complete:
            self.conversation.add(turns.contents)
            if turns.complete:
                self._history_first = False
                self.renew()
            return
        self.interrupt(now)
        self.conversation.add(turns.contents)
        self.record.said += [("user", turn.text) for turn in turns.contents if turn.role == "user"]
        self._respond(self._begin(now), self.conversation.request(), now)

    def _asked(self, text: str, now: float) -> None:
        self.record.said.append(("user", text))
        self.conversation.user(text)
        self._respond(self._begin(now), self.conversation.request(), now)

    def _listened(self, utterance: Utterance, now: float) -> None:
        self._when_free(lambda at: self._hear(utterance, at), now)

    def _when_free(self, work: Callable[[float], None], now: float) -> None:
        """The caller's word: it breaks into the model's, unless the client forbade that."""
        if self._turn is not None and self.config and not self.config.interrupts:
            self._later.append(work)
            return
        self.interrupt(now)
        work(now)

    def _barge_in(self, now: float) -> None:
        if self.config and self.config.interrupts:
            self.interrupt(now)

    @property
    def talking(self) -> bool:
        """Whether the caller is speaking."""
        return self._marked is not None or (self._detector is not None and self._detector.speaking)

    def _hear(self, utterance: Utterance, now: float) -> None:
        turn = self._begin(now)
        self._utterances[turn.job] = utterance
        self._out.append(Hear(turn.job, utterance.samples, utterance.rate))

    def done(self, outcome: Outcome, now: float) -> None:
        """Work is done; it counts only while its turn lasts."""
        turn = self._turn if self._turn and self._turn.job == outcome.job else None
        if isinstance(outcome, Heard):
            self._heard(turn, self._utterances.pop(outcome.job), outcome.text.strip(), now)
        elif turn and isinstance(outcome, Thought):
            self._thought(turn, outcome.answer, now)
        elif turn and isinstance(outcome, Voiced):
            self._voiced(turn, outcome.samples, now)

    def _heard(self, turn: Turn | None, utterance: Utterance, text: str, now: float) -> None:
        """`turn` is None when a later utterance has overtaken this one; it was said all the same."""
        if text:
            self.record.said.append(("user", text))
            self.conversation.user(text)
            if turn and self.settings.late_transcripts:
                turn.transcript = text
            else:
                self._transcribe(text)
            if turn:
                self._respond(turn, self.conversation.request(), now)
            return
        self.record.unheard += 1
        if turn and utterance.voiced_ms >= SHORTEST_SPEECH_MS and self.settings.unheard:
            self._speak(turn, self.settings.unheard)
        elif turn:
            self._turn = None
            self._idle(now)
