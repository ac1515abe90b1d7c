"""<Gather>: listens for keys and speech while prompts play, and says what came to the action."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from local.twilio.flow import Flow, Goto, Step
from local.twilio.line import Event, Utterance
from local.twilio.twiml import Verb

_AUTO_S = 1.0  # how long a pause ends speech with speechTimeout="auto"
_MOST_SPEECH_S = 60.0
_REST_S = 0.3  # what is left of words must be that long to be heard as speech
_ALL_KEYS = 10**9


@dataclass
class _Input:
    """What came so far; times in seconds of the call. `prompted` is when the prompts were over."""

    wants: frozenset[str]
    timeout: float
    pause: float
    most_keys: int
    last_key: str
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    digits: str = ""
    spoken: list[Utterance] = field(default_factory=list)
    speaking: bool = False
    since: float = -1.0
    prompted: float = -1.0
    quiet_since: float = -1.0
    finished: bool = False

    def take(self, event: Event, now: float) -> None:
        """Note what the caller does."""
        if event.kind == "digit" and "dtmf" in self.wants:
            self.quiet_since = now
            if event.text == self.last_key:
                self.finished = True
            else:
                self.digits += event.text
                self.finished = len(self.digits) >= self.most_keys
        elif "speech" in self.wants and event.utterance and event.utterance.heard:
            if event.kind == "speech":
                self.since = now if self.since < 0 else self.since
            elif self.speaking:
                self.spoken.append(event.utterance)
            self.speaking, self.quiet_since = event.kind == "speech", now
        self.changed.set()

    @property
    def begun(self) -> bool:
        """Whether the caller did anything: prompts fall silent then."""
        return bool(self.digits or self.speaking or self.spoken or self.finished)

    def deadline(self) -> float | None:
        """Return when the wait is over if nothing more comes; None while that is open."""
        if self.finished:
            return 0.0
        if self.speaking:
            return self.since + _MOST_SPEECH_S
        if self.digits:
            return self.quiet_since + self.timeout
        if self.spoken:
            return self.quiet_since + self.pause
        return None if self.prompted < 0 else max(self.prompted, self.quiet_since) + self.timeout

    def result(self) -> dict[str, str]:
        """Return the parameters of what came; keys win over speech."""
        if self.digits or self.finished:
            return {"msg": "Gather End", "Digits": self.digits}
        if not self.spoken:
            return {}
        confidence = [item.confidence for item in self.spoken if item.confidence is not None]
        parts = {"Confidence": f"{min(confidence):.8f}"} if confidence else {}
        return {"SpeechResult": " ".join(item.heard for item in self.spoken), **parts}


async def gather(flow: Flow, verb: Verb) -> Step | None:
    """Do it."""
    flow.leg.answer()
    heard = _read(verb)
    listener = _listening(flow, heard)
    try:
        await _wait(flow, verb, heard)
    finally:
        flow.line.listeners.remove(listener)
    result = heard.result()
    if "SpeechResult" in result:
        result["Language"] = verb.get("language", "en-US")
        await flow.line.clock.sleep(flow.leg.options.recognition_s)
    if not result and not verb.flag("actionOnEmptyResult", default=False):
        return None
    if not result:
        result = {"Digits": ""} if heard.wants == {"dtmf"} else {"SpeechResult": "", "Digits": ""}
    url = flow.resolve(verb.get("action")) if verb.get("action") else flow.here.url
    return Goto(url, verb.get("method", "POST"), result)


def _read(verb: Verb) -> _Input:
    timeout = verb.seconds("timeout", 5.0)
    pause = _AUTO_S if verb.get("speechTimeout") == "auto" else verb.seconds("speechTimeout", timeout)
    most = int(verb.seconds("numDigits", _ALL_KEYS))
    return _Input(frozenset(verb.get("input", "dtmf").split()), timeout, pause, most, verb.get("finishOnKey", "#"))


def _listening(flow: Flow, heard: _Input) -> "_Listener":
    listener = _Listener(flow, heard)
    flow.line.listeners.append(listener)
    said = flow.line.speaking
    if said and said.end - flow.line.now() > _REST_S:  # the caller began before this verb did
        listener(Event("speech", utterance=said))
    return listener


class _Listener:
    """Brings the line's events to one gather."""

    def __init__(self, flow: Flow, heard: _Input) -> None:
        self._flow, self._heard = flow, heard

    def __call__(self, event: Event) -> None:
        self._heard.take(event, self._flow.line.now())


async def _wait(flow: Flow, verb: Verb, heard: _Input) -> None:
    """Return when there is a result, or none will come."""
    line = flow.line
    prompts = asyncio.create_task(flow.perform(verb.children))
    barge_in = verb.flag("bargeIn", default=True)
    try:
        while True:
            if heard.prompted < 0 and (prompts.done() or (barge_in and heard.begun)):
                await _quiet([prompts])
                heard.prompted = line.now()
            until = heard.deadline()
            if until is not None and line.now() >= until and (prompts.done() or barge_in):
                return
            change = asyncio.create_task(heard.changed.wait())
            waiting = {change} if prompts.done() else {change, prompts}
            held = until is None or not (prompts.done() or barge_in)
            seconds = None if held or until is None else max(0.0, until - line.now()) / line.clock.speed
            try:
                await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _quiet([change])
            heard.changed.clear()
    finally:
        await _quiet([prompts])


async def _quiet(tasks: "Iterable[asyncio.Task[Step | None] | asyncio.Task[bool]]") -> None:
    """End tasks that are still going on; raise what went wrong in the others."""
    for task in tasks:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif not task.cancelled():
            task.result()
