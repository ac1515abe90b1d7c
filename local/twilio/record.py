"""<Record>: takes a message, until silence, a key, the longest time, or the end of the call."""

import asyncio
from contextlib import suppress

from local.twilio.flow import Flow, Goto, Step
from local.twilio.line import Event
from local.twilio.mulaw import RATE, to_telephone
from local.twilio.tape import Tape
from local.twilio.twiml import Verb
from local.twilio.voices import Babble

_LONGEST_S = 3600.0


async def record(flow: Flow, verb: Verb) -> Step | None:
    """Do it. The action is asked after a hang-up too; without anything said the next verb follows."""
    flow.leg.answer()
    if verb.flag("playBeep", default=True):
        await flow.play(to_telephone(Babble().say("beep", RATE), RATE), "beep")
    tape = Tape(flow.leg, "RecordVerb", channels=1, noun=_absolute(flow, verb))
    flow.tapes[tape.sid] = tape
    url = flow.resolve(verb.get("action")) if verb.get("action") else flow.here.url
    began, words = flow.line.now(), len(flow.line.utterances)

    async def told(digits: str) -> Goto:
        params = await tape.stop()
        return Goto(url, verb.get("method", "POST"), {**params, "Digits": digits})

    async def gone() -> None:
        last = await told("hangup")
        await flow.leg.notify(last.method, last.url, last.params)

    flow.farewells.append(gone)
    key = await _message(flow, verb, began)
    flow.farewells.remove(gone)
    if len(flow.line.utterances) == words and flow.line.speaking is None and not key:
        await tape.stop()
        return None
    return await told(key)


async def _message(flow: Flow, verb: Verb, began: float) -> str:
    """Wait for the end of the message; return the key that ended it."""
    keys: asyncio.Queue[str] = asyncio.Queue()
    quiet_since = began
    finish, silence = verb.get("finishOnKey", "1234567890*#"), verb.seconds("timeout", 5.0)

    def heard(event: Event) -> None:
        if event.kind == "digit" and event.text in finish:
            keys.put_nowait(event.text)

    flow.line.listeners.append(heard)
    try:
        while flow.line.now() < min(quiet_since + silence, began + verb.seconds("maxLength", _LONGEST_S)):
            if flow.line.speaking:
                quiet_since = flow.line.now()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1 / flow.line.clock.speed):
                    return await keys.get()
        return ""
    finally:
        flow.line.listeners.remove(heard)


def _absolute(flow: Flow, verb: Verb) -> Verb:
    url = verb.get("recordingStatusCallback")
    return Verb(verb.name, {**verb.attributes, "recordingStatusCallback": flow.resolve(url)}) if url else verb
