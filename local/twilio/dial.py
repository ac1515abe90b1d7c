"""<Dial>: calls other parties, lets them hear a whisper, connects them, and says how it ended."""

import asyncio
import math
from dataclasses import dataclass

from local.twilio.flow import Flow, Goto, Step
from local.twilio.leg import Leg, Numbered, Parties
from local.twilio.line import Event, Line
from local.twilio.options import Person
from local.twilio.report import Dialled
from local.twilio.script import Actor
from local.twilio.tape import Tape
from local.twilio.twiml import Verb
from local.twilio.web import Web

_TIMEOUT_S, _LONGEST_S = 30.0, 14_400.0
_NOBODY = Person("no-answer", after_s=3600)
_STAR = "*"


@dataclass
class _Outcome:
    status: str
    leg: Leg | None = None
    bridged: bool = False
    seconds: int = 0


async def dial(flow: Flow, verb: Verb) -> Step | None:
    """Do it. The action is asked after the caller hung up, too; its answer then means nothing."""
    flow.leg.answer()
    nouns = verb.children or (Verb("Number", text=verb.text),)
    url = flow.resolve(verb.get("action")) if verb.get("action") else ""
    outcome = _Outcome("no-answer")

    async def gone() -> None:
        outcome.status = "completed" if outcome.bridged else "canceled"
        if url:
            await flow.leg.notify(verb.get("method", "POST"), url, _params(outcome))

    flow.farewells.append(gone)
    await _first_answer(flow, verb, nouns, outcome)
    flow.farewells.remove(gone)
    return Goto(url, verb.get("method", "POST"), _params(outcome)) if url else None


def _params(outcome: _Outcome) -> dict[str, str]:
    sid = {"DialCallSid": outcome.leg.sid} if outcome.leg else {}
    lasted = {"DialCallDuration": str(outcome.seconds)} if outcome.seconds else {}
    return {"DialCallStatus": outcome.status, "DialBridged": str(outcome.bridged).lower(), **sid, **lasted}


async def _first_answer(flow: Flow, verb: Verb, nouns: tuple[Verb, ...], outcome: _Outcome) -> None:
    """Ring all; the first to pick up is tried alone, as Twilio does it."""
    people = [(noun, flow.leg.options.people.get(noun.text, _NOBODY)) for noun in nouns]
    timeout = verb.seconds("timeout", _TIMEOUT_S)
    noun, person = min(people, key=lambda item: (item[1].answers != "answer", item[1].after_s))
    async with Web(flow.leg.account, flow.leg.options.reach, flow.leg.web.connector) as web:
        leg = _child(flow, verb, noun, web)
        outcome.leg = leg
        await leg.link.ask({"do": "begin", "call": leg.described()})
        try:
            leg.status = "initiated"
            await leg.callback("initiated", {})
            leg.set_status("ringing")
            await leg.callback("ringing", {})
            await flow.line.clock.sleep(min(timeout, person.after_s))
            if person.after_s >= timeout:
                outcome.status = "no-answer"
            elif person.answers != "answer":
                outcome.status = person.answers
            else:
                await _answered(flow, verb, noun, (leg, person, outcome))
        except asyncio.CancelledError:
            outcome.status = "completed" if outcome.bridged else "canceled"
            raise
        finally:
            await _ended(flow, leg, outcome)


async def _answered(flow: Flow, verb: Verb, noun: Verb, child: tuple[Leg, Person, _Outcome]) -> None:
    leg, person, outcome = child
    leg.answer()
    await leg.callback("answered", {})
    actor = Actor(person.script, leg.options.voice)
    await actor.prepare()
    acting = asyncio.create_task(actor.play(leg.line, person.patience_s))
    try:
        if noun.get("url"):
            whisper = Flow(leg, flow.verbs)
            ended = await whisper.run(Goto(flow.resolve(noun.get("url")), noun.get("method", "POST")))
            if ended != "done":
                outcome.status = "completed" if ended == "caller" else leg.options.declined
                return
        outcome.bridged, outcome.status = True, "completed"
        await _talk(flow, verb, leg)
    finally:
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)
        leg.report.missed = actor.missed


async def _talk(flow: Flow, verb: Verb, leg: Leg) -> None:
    """Let both hear each other until the other party hangs up, the time is over, or the caller presses a star."""
    starred = asyncio.Event()

    def from_caller(event: Event) -> None:
        if event.kind == "speech" and event.utterance:
            leg.line.hear(event.utterance.data, "dial")
        if event.text == _STAR and verb.flag("hangupOnStar", default=False):
            starred.set()

    def from_callee(event: Event) -> None:
        if event.kind == "speech" and event.utterance:
            flow.line.hear(event.utterance.data, "dial")

    flow.line.listeners.append(from_caller)
    leg.line.listeners.append(from_callee)
    tape = Tape(flow.leg, "DialVerb", channels=2 if "dual" in verb.get("record") else 1) if _recorded(verb) else None
    ends = [asyncio.create_task(leg.line.hung_up.wait()), asyncio.create_task(starred.wait())]
    try:
        limit = verb.seconds("timeLimit", _LONGEST_S) / flow.line.clock.speed
        await asyncio.wait(ends, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        flow.line.listeners.remove(from_caller)
        leg.line.listeners.remove(from_callee)
        if tape:
            await tape.stop()


def _recorded(verb: Verb) -> bool:
    return verb.get("record", "do-not-record") not in ("do-not-record", "false", "")


def _child(flow: Flow, verb: Verb, noun: Verb, web: Web) -> Leg:
    parent = flow.leg
    parties = Parties(verb.get("callerId") or parent.parties.caller, noun.text, "outbound-dial", parent.sid)
    callback = noun.get("statusCallback")
    numbered = Numbered(
        status_url=flow.resolve(callback) if callback else "",
        status_method=noun.get("statusCallbackMethod", "POST"),
        status_events=tuple(noun.get("statusCallbackEvent", "completed").split()),
    )
    line = Line(parent.line.clock)
    return Leg(parent.account, parties, line, web, parent.link, parent.options, numbered)


async def _ended(flow: Flow, leg: Leg, outcome: _Outcome) -> None:
    """Close the other party's leg, and note how it was."""
    leg.line.hang_up()
    seconds = math.ceil(leg.line.now() - leg.answered_at) if leg.answered_at >= 0 else 0
    outcome.seconds = seconds
    status = "completed" if leg.answered_at >= 0 else outcome.status
    leg.set_status(status, duration=str(seconds))
    leg.report.duration_s = leg.line.now()
    leg.listen_back()
    dialled = Dialled(leg.parties.called, leg.sid, outcome.status, outcome.bridged, seconds, leg.report)
    flow.leg.report.dialled.append(dialled)
    await leg.callback("completed", {"CallDuration": str(seconds)})
