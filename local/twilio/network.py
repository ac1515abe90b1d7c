"""The phone network: runs calls, of simulated callers and those that the REST API asks for. Many in one loop."""

import asyncio
import math
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

import aiohttp

from local.twilio.accounts import Account, new_sid
from local.twilio.clock import Clock
from local.twilio.flow import Document, Flow, Goto
from local.twilio.leg import Leg, Numbered, Parties
from local.twilio.line import Line
from local.twilio.link import Json, Link, NoLink, SocketLink
from local.twilio.options import Options, Person, StreamFaults
from local.twilio.report import CallReport
from local.twilio.script import Actor, Step
from local.twilio.tape import Tape
from local.twilio.twiml import Verb
from local.twilio.verbs import VERBS
from local.twilio.web import Web
from local.twilio.websocket import Socket

_REJECTED = {"busy": "busy", "rejected": "no-answer"}


class NumberError(Exception):
    """Nobody said what happens when that number is called."""


@dataclass(frozen=True)
class Plan:
    """One call to make. Without `first` the switchboard must know the called number's address."""

    account: Account
    parties: Parties
    first: Goto | Document | None = None
    script: Sequence[Step] = ()
    numbered: Numbered = field(default_factory=Numbered)
    faults: StreamFaults = field(default_factory=StreamFaults)
    signing: str = "good"
    patience_s: float = 30.0
    sid: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    sequence: int = 0


class Network:
    """A phone network, open within `async with`. `clock` is its time."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._link: Link = SocketLink(self.options.link) if self.options.link else NoLink()
        self._flows: dict[str, Flow] = {}
        self._ringing: dict[str, asyncio.Event] = {}
        self._asked: set[asyncio.Task[None]] = set()
        self.reports: list[CallReport] = []  # of calls that the REST API asked for
        self._left_open: list[Socket] = []

    async def __aenter__(self) -> Self:
        self.clock = Clock(self.options.speed)
        tls = self.options.tls or True
        self._connector = aiohttp.TCPConnector(limit=0, ssl=tls)
        await self._link.open(self._told)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """End the calls that the REST API asked for, cut what was left open, and close."""
        for flow in tuple(self._flows.values()):
            flow.line.hang_up()
        await asyncio.gather(*self._asked, return_exceptions=True)
        for socket in self._left_open:
            await socket.finish(0)
        await self._link.close()
        await self._connector.close()

    async def call(self, plan: Plan) -> CallReport:
        """Make a call, and return how it was when it is over."""
        actor = Actor(plan.script, self.options.voice)
        await actor.prepare()  # before it rings: making speech takes time
        reach = replace(self.options.reach, signing=plan.signing) if plan.signing != "good" else self.options.reach
        async with Web(plan.account, reach, self._connector) as web:
            leg = self._leg(plan, web)
            first = await self._begin(leg, plan)
            flow = self._flows[leg.sid] = Flow(leg, VERBS)
            if plan.parties.direction == "outbound-api":
                leg.answer()
                await leg.callback("answered", {})
            acting = asyncio.create_task(self._act(actor, leg, plan.patience_s))
            try:
                ended = await flow.run(first)
            finally:
                acting.cancel()
                await asyncio.gather(acting, return_exceptions=True)
                del self._flows[leg.sid]
            await self._end(leg, ended)
        leg.report.missed = actor.missed
        return leg.report

    def _leg(self, plan: Plan, web: Web) -> Leg:
        return Leg(
            plan.account, plan.parties, Line(self.clock), web, self._link, self.options, plan.numbered, plan.faults,
            plan.sid or new_sid("CA"), extra=dict(plan.extra), sequence=plan.sequence,
            abandoned=self._left_open,
        )  # fmt: skip

    async def _begin(self, leg: Leg, plan: Plan) -> Goto | Document:
        """Register the call; return where it begins, by the plan or as the called number has it."""
        known = await self._link.ask({"do": "begin", "call": leg.described()})
        if plan.first:
            return plan.first
        number: Json = known.get("number") or {}
        if not number.get("voice_url"):
            raise NumberError(f"{plan.parties.called} has no voice_url; give the call an address of its own")
        leg.numbered = Numbered(
            number["voice_fallback_url"], number["voice_fallback_method"],
            number["status_callback"], number["status_callback_method"],
        )  # fmt: skip
        leg.account = leg.web.account = Account(number["account_sid"], known["token"])
        leg.report.account_sid = leg.account.sid
        return Goto(number["voice_url"], number["voice_method"])

    async def _act(self, actor: Actor, leg: Leg, patience_s: float) -> None:
        await leg.answered.wait()
        await actor.play(leg.line, patience_s)

    async def _end(self, leg: Leg, ended: str) -> None:
        """Note how it was, and tell the status callback."""
        report = leg.report
        rejected = leg.extra.pop("reject", "") if leg.answered_at < 0 else ""
        leg.line.hang_up()
        lasted = math.ceil(leg.line.now() - leg.answered_at) if leg.answered_at >= 0 else 0
        missed = "no-answer" if ended != "rest" else "canceled"
        status = _REJECTED.get(rejected, missed) if leg.answered_at < 0 else "completed"
        report.ended_by, report.duration_s = ended, leg.line.now()
        leg.set_status(status, duration=str(lasted))
        await leg.callback("completed", {"CallDuration": str(lasted), "Duration": str(math.ceil(lasted / 60))})
        leg.listen_back()

    def _told(self, message: Json) -> None:
        """Do what the REST API wants."""
        if message["do"] == "dial":
            self._ringing[message["call"]["sid"]] = asyncio.Event()  # it may be canceled before it rings
            self._start(self._dial(message["call"]))
            return
        if message["sid"] in self._ringing:
            self._ringing[message["sid"]].set()
        flow = self._flows.get(message["sid"])
        if flow is None:
            return
        if message["do"] == "update":
            flow.leg.updates.put_nowait(message["fields"])
        else:
            self._start(_record(flow, message["fields"]))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _dial(self, call: Json) -> None:
        """Make a call that the REST API asked for, to one of the people."""
        account = Account(call["account_sid"], call["token"])
        person = self.options.people.get(call["to"], Person("no-answer", after_s=call["timeout"]))
        parties = Parties(call["from"], call["to"], "outbound-api")
        numbered = Numbered(
            call["fallback_url"], call["fallback_method"],
            call["status_callback"], call["status_callback_method"], tuple(call["status_events"]),
        )  # fmt: skip
        first = Document(call["twiml"].encode()) if call["twiml"] else Goto(call["url"], call["method"])
        extra = {"AnsweredBy": person.machine} if call["machine_detection"] else {}
        plan = Plan(
            account, parties, first, person.script, numbered, sid=call["sid"], patience_s=person.patience_s, extra=extra
        )
        async with Web(account, self.options.reach, self._connector) as web:
            leg = self._leg(replace(plan, extra={}), web)
            leg.set_status("initiated")
            await leg.callback("initiated", {})
            leg.set_status("ringing")
            await leg.callback("ringing", {})
            canceled = await self._rings(leg.sid, min(person.after_s, call["timeout"]))
            if canceled or person.answers != "answer" or person.after_s >= call["timeout"]:
                status = person.answers if person.answers != "answer" else "no-answer"
                leg.set_status("canceled" if canceled else status, duration="0")
                leg.report.ended_by = "unanswered"
                await leg.callback("completed", {"CallDuration": "0"})
                self.reports.append(leg.report)
                return
        self.reports.append(await self.call(replace(plan, sequence=leg.sequence)))

    async def _rings(self, sid: str, seconds: float) -> bool:
        """Let a telephone ring; return whether REST ended that."""
        try:
            async with asyncio.timeout(seconds / self.clock.speed):
                return await self._ringing[sid].wait()
        except TimeoutError:
            return False
        finally:
            del self._ringing[sid]


async def _record(flow: Flow, fields: Json) -> None:
    """Start a recording, or change one: the REST API's Recordings of a call."""
    tape = flow.tapes.get(fields["sid"])
    if tape is None:
        noun = Verb("Recording", {name: value for name, value in fields["callback"].items() if value})
        channels = 2 if fields["channels"] == "dual" else 1
        tape = Tape(flow.leg, "StartCallRecordingAPI", channels=channels, noun=noun, sid=fields["sid"])
        flow.tapes[tape.sid] = tape
        await tape.begun()
    elif fields["status"] == "stopped":
        await tape.stop()
    else:
        tape.set_status(fields["status"])
