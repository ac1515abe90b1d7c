"""One call as Twilio keeps it: its line, its parameters, its requests, and what is noted of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.twilio import hearing
from local.twilio.accounts import Account, new_sid
from local.twilio.line import Line
from local.twilio.link import Link
from local.twilio.options import Options, StreamFaults
from local.twilio.report import CallReport
from local.twilio.web import Answer, FetchError, Web
from local.twilio.websocket import Socket

_GEOGRAPHY = tuple(f"{who}{what}" for who in ("From", "To", "Caller", "Called") for what in ("City", "State", "Zip"))


@dataclass(frozen=True)
class Parties:
    """Who calls whom. Optional parameters of the webhook are left out when empty."""

    caller: str
    called: str
    direction: str = "inbound"
    parent: str = ""
    stir: str = ""
    forwarded_from: str = ""
    caller_name: str = ""


@dataclass(frozen=True)
class Numbered:
    """What is set for the number that was called, or with a call made by the REST API."""

    fallback_url: str = ""
    fallback_method: str = "POST"
    status_url: str = ""
    status_method: str = "POST"
    status_events: tuple[str, ...] = ("completed",)


@dataclass
class Leg:
    """One call. `status` is CallStatus; what REST wants of it comes into `updates`."""

    account: Account
    parties: Parties
    line: Line
    web: Web
    link: Link
    options: Options
    numbered: Numbered = field(default_factory=Numbered)
    faults: StreamFaults = field(default_factory=StreamFaults)
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "ringing"
    extra: dict[str, str] = field(default_factory=dict)
    updates: asyncio.Queue[Mapping[str, str]] = field(default_factory=asyncio.Queue)
    sequence: int = 0  # of status callbacks
    answered_at: float = -1.0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned: list[Socket] = field(default_factory=list)  # left open until the network ends

    def __post_init__(self) -> None:
        self.report = CallReport(self.sid, self.account.sid, self.parties.caller, self.parties.called)
        self.report.ear, self.report.mouth = self.line.ear, self.line.mouth
        self.report.requests = self.web.journal

    def params(self) -> dict[str, str]:
        """Return the parameters that every webhook of this call has; blank ones are among them."""
        parties = self.parties
        optional = {
            "StirVerstat": parties.stir,
            "ForwardedFrom": parties.forwarded_from,
            "CallerName": parties.caller_name,
            "ParentCallSid": parties.parent,
        }
        return {
            "AccountSid": self.account.sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Direction": parties.direction,
            **dict.fromkeys(("From", "Caller"), parties.caller),
            **dict.fromkeys(("To", "Called"), parties.called),
            **dict.fromkeys(("FromCountry", "ToCountry", "CallerCountry", "CalledCountry"), "US"),
            **dict.fromkeys(_GEOGRAPHY, ""),
            **{name: value for name, value in optional.items() if value},
            **self.extra,
        }

    def described(self) -> dict[str, str]:
        """Return the call as the switchboard is told of it."""
        parties = self.parties
        return {
            "sid": self.sid, "account_sid": self.account.sid, "from": parties.caller, "to": parties.called,
            "direction": parties.direction, "parent_call_sid": parties.parent, "status": self.status,
            "forwarded_from": parties.forwarded_from, "caller_name": parties.caller_name,
        }  # fmt: skip

    def warn(self, code: int, text: str) -> None:
        """Note what Twilio's debugger would show."""
        self.report.warnings.append((code, text))

    def set_status(self, status: str, **fields: str) -> None:
        """Change the call's status, for the REST API too."""
        self.status = self.report.status = status
        self.link.tell({"do": "change", "sid": self.sid, "fields": {"status": status, **fields}})

    def answer(self) -> None:
        """The call is answered, unless it was."""
        if self.answered_at < 0:
            self.answered_at = self.line.now()
            self.answered.set()
            self.set_status("in-progress")

    def listen_back(self) -> None:
        """Fill in the report what this end heard, when it is over."""
        line, report = self.line, self.report
        report.heard = hearing.segments(line.ear)
        report.underruns = hearing.underruns(line.ear, line.clears)
        report.turns = hearing.turns(line.utterances, line.ear, line.clears)

    async def ask(self, method: str, url: str, more: Mapping[str, str]) -> Answer:
        """Make a signed request with the call's parameters and these; FetchError."""
        return await self.web.ask(method or "POST", url, {**self.params(), **more}, at=self.line.now())

    async def notify(self, method: str, url: str, more: Mapping[str, str]) -> None:
        """Make a request whose answer means nothing; a failure is a warning."""
        try:
            await self.ask(method, url, more)
        except FetchError as error:
            self.warn(error.code, str(error))

    async def callback(self, event: str, more: Mapping[str, str]) -> None:
        """Tell the status callback of an event, if it is wanted."""
        if self.numbered.status_url and event in self.numbered.status_events:
            sequence, self.sequence = self.sequence, self.sequence + 1
            fields = {"CallbackSource": "call-progress-events", "SequenceNumber": str(sequence), **more}
            await self.notify(self.numbered.status_method, self.numbered.status_url, fields)
