"""A phone line in memory, called by a Twilio that signs; holds no tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from flask import Response
from twilio.request_validator import RequestValidator

from shared.api.voice.answers import Answers
from shared.api.voice.app import VoiceApp
from shared.api.voice.services import VoiceServices
from shared.api.voice.speaking import Speaker, SpeechMeter
from shared.domain.errors import DatabaseUnavailable, NotFound, Unavailable
from shared.domain.phone import session_of
from shared.domain.voice import CallLimits, CallRecord, PhoneLine, Refusal, Said
from shared.health import HealthCheck
from shared.web.stream_tokens import StreamTokens
from tests.unit.fakes import World
from tests.unit.samples import a_tenant
from tests.unit.web.http_request import http_request

PUBLIC, MEDIA = "https://phone.example", "wss://media.example"
NUMBER, CALLER, TEAM = "+441632960001", "+447700900123", "+441632960009"
CALL, ACCOUNT, TOKEN = "CA" + "7" * 32, "AC" + "1" * 32, "0123456789abcdef" * 2
LINE = PhoneLine("acme", NUMBER, ACCOUNT, TOKEN)


@dataclass
class MemoryLines:
    """One line. `trouble` is raised by it."""

    line: PhoneLine = LINE
    trouble: Exception | None = None

    def business_of(self, number: str) -> str | None:
        """See `Lines`."""
        if self.trouble:
            raise self.trouble
        return self.line.business_id if number == self.line.number else None

    def get(self, business_id: str) -> PhoneLine | None:
        """See `Lines`."""
        if self.trouble:
            raise self.trouble
        return self.line if business_id == self.line.business_id else None


class MemoryCalls:
    """Calls by id, of one business. `refusal` is what a line says to new ones; `away` lets everything fail."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.records: dict[str, CallRecord] = {}
        self.planned: dict[str, Mapping[str, Any]] = {}
        self.refusal: Refusal = ""
        self.away = False

    def begin(
        self, business_id: str, call_id: str, *, session_id: str, caller: str, number: str, mode: str,
        limits: CallLimits,  # noqa: ARG002
    ) -> Refusal:  # fmt: skip
        """See `Calls`."""
        self._check(business_id)
        if call_id not in self.records:
            record = CallRecord(
                call_id, session_id, caller, number, mode, "completed" if self.refusal else "ringing",
                "refused" if self.refusal else "", self._world.clock.now(), reason=self.refusal,
            )  # fmt: skip
            self.records[call_id] = record
        record = self.records[call_id]
        return record.reason if record.outcome == "refused" else ""  # type: ignore[return-value]

    def answered(self, business_id: str, call_id: str) -> None:
        """See `Calls`."""
        self._set(business_id, call_id, status="live", answered_at=self._world.clock.now())

    def plan_next(self, business_id: str, call_id: str, next: Mapping[str, Any]) -> None:  # noqa: A002
        """See `Calls`."""
        self._check(business_id)
        self.planned[call_id] = next

    def take_next(self, business_id: str, call_id: str) -> Mapping[str, Any] | None:
        """See `Calls`."""
        self._check(business_id)
        return self.planned.pop(call_id, None)

    def add_lines(self, business_id: str, call_id: str, said: Sequence[Said]) -> None:
        """See `Calls`."""
        self._set(business_id, call_id, transcript=(*self.get(business_id, call_id).transcript, *said))

    def get(self, business_id: str, call_id: str) -> CallRecord:
        """See `Calls`."""
        self._check(business_id)
        if call_id not in self.records:
            raise NotFound("There is no such call.")
        return self.records[call_id]

    def finish(self, business_id: str, call_id: str, **known: Any) -> None:
        """See `Calls`."""
        self._set(business_id, call_id, **{name: value for name, value in known.items() if value})

    def ended(self, business_id: str, call_id: str, status: str, seconds: int) -> bool:
        """See `Calls`."""
        self._check(business_id)
        known = self.records.get(call_id)
        running = known is not None and known.status in ("ringing", "live")
        if status not in ("completed", "busy", "no-answer", "failed", "canceled"):
            return False
        self._set(business_id, call_id, status=status, seconds=seconds)
        return running

    def set_recording(self, business_id: str, call_id: str, recording: str) -> None:
        """See `Calls`."""
        self._set(business_id, call_id, recording=recording)

    def _set(self, business_id: str, call_id: str, **changed: Any) -> None:
        self._check(business_id)
        if call_id in self.records:
            self.records[call_id] = replace(self.records[call_id], **changed)

    def _check(self, business_id: str) -> None:
        assert business_id == "acme"
        if self.away:
            raise DatabaseUnavailable("away")


@dataclass
class MemoryTexts:
    """Text messages, in a list."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    trouble: Exception | None = None

    def send_sms(self, line: PhoneLine, to: str, text: str) -> str:
        """See `Texts`."""
        assert line == LINE
        self.sent.append((to, text))
        if self.trouble:
            raise self.trouble
        return "SM1"


@dataclass
class MemoryRecordings:
    """Spoken texts: the key names the text. `down`: none can be made."""

    down: bool = False
    made: list[tuple[str, str, str]] = field(default_factory=list)

    def ensure(self, business_id: str, text: str, voice: str, *, deadline_s: float) -> str:  # noqa: ARG002
        """See `Recordings`."""
        self.made.append((business_id, text, voice))
        if self.down:
            raise Unavailable("Speech cannot be made now.")
        return f"{len(self.made):064x}"

    def read(self, business_id: str, key: str) -> bytes | None:
        """See `Recordings`."""
        known = business_id == "acme" and key.isalnum() and 0 < int(key, 16) <= len(self.made)
        return b"ID3" if known else None


@dataclass(frozen=True)
class Twiml:
    """A document that Twilio got."""

    root: "ET.Element[str]"
    text: str
    heard: list[str]

    @property
    def verbs(self) -> list[str]:
        """The names of its verbs, what is said left out."""
        return [verb.tag for verb in self.root if verb.tag not in ("Say", "Play")]

    def one(self, name: str) -> "ET.Element[str]":
        """The one element of this name, wherever it is."""
        [found] = self.root.iter(name)
        return found


class Desk:
    """The voice function over memory, with a caller. Keywords are the line's configuration, `config` the business's."""

    def __init__(self, world: World | None = None, *, config: Mapping[str, Any] | None = None, **voice: Any) -> None:
        phone = {"number": NUMBER, "mode": "turns", **voice}
        self.world = world or World(tenant=a_tenant(**{"region": "GB", "voice": phone, **(config or {})}))
        self.lines, self.calls = MemoryLines(), MemoryCalls(self.world)
        self.texts, self.recordings = MemoryTexts(), MemoryRecordings()
        self.tokens = StreamTokens(["k" * 32])
        self.answers = Answers(self.world.ports)
        self.services = services = VoiceServices(
            ports=self.world.ports, lines=self.lines, calls=self.calls, texts=self.texts, answers=self.answers,
            speaker=Speaker(self.recordings, PUBLIC), recordings=self.recordings, streams=self.tokens,
            speech=SpeechMeter(),
            health=HealthCheck({"postgres": lambda: None}), public_url=PUBLIC, stream_url=MEDIA,
        )  # fmt: skip
        self.app = VoiceApp(services, lambda: None)

    @property
    def call(self) -> CallRecord:
        """The call."""
        return self.calls.records[CALL]

    @property
    def said(self) -> list[tuple[str, str]]:
        """Its transcript, without times."""
        return [(line.who, line.text) for line in self.call.transcript]

    def post(
        self, path: str, *, token: str = TOKEN, signature: str | None = None, **fields: str | None
    ) -> Response:  # fmt: skip
        """Send a webhook, signed; `fields` beside the usual ones, None leaves one out."""
        form: dict[str, str | None] = {
            "AccountSid": ACCOUNT, "CallSid": CALL, "From": CALLER, "To": NUMBER, "CallStatus": "in-progress",
            "CallerCity": "", **fields,
        }  # fmt: skip
        sent = {name: value for name, value in form.items() if value is not None}
        signed = RequestValidator(token).compute_signature(f"{PUBLIC}{path}", sent) if signature is None else signature
        headers = {"X-Twilio-Signature": signed} if signed else {}
        request = http_request(
            path, "POST", data=urlencode(sent), content_type="application/x-www-form-urlencoded", headers=headers,
            environ={"RAW_URI": path},
        )  # fmt: skip
        return self.app.handle(request)

    def ask(self, path: str, **fields: str | None) -> Twiml:
        """Send a webhook and return its TwiML."""
        answer = self.post(path, token=TOKEN, signature=None, **fields)
        assert (answer.status_code, answer.mimetype) == (200, "text/xml"), answer.get_data(as_text=True)
        text = answer.get_data(as_text=True)
        root = ET.fromstring(text)
        assert root.tag == "Response"
        return Twiml(root, text, [self._words(verb) for verb in root.iter() if verb.tag in ("Say", "Play")])

    def ring(self, **fields: str) -> Twiml:
        """Let the call come in."""
        return self.ask("/voice/incoming", CallStatus="ringing", **fields)

    def follow(self, before: Twiml, verb: str = "Gather", **fields: str) -> Twiml:
        """Do what a verb's action asks for."""
        parts = urlsplit(before.one(verb).attrib["action"])
        assert f"{parts.scheme}://{parts.netloc}" == PUBLIC
        return self.ask(f"{parts.path}?{parts.query}" if parts.query else parts.path, **fields)

    def say(self, before: Twiml, words: str, **fields: str) -> Twiml:
        """Let the caller say something into a Gather."""
        return self.follow(before, SpeechResult=words, **fields)

    def session(self) -> Any:
        """The call's session."""
        return self.world.session(session_of(CALL))

    def _words(self, verb: "ET.Element[str]") -> str:
        if verb.tag == "Say":
            return verb.text or ""
        key = (verb.text or "").rsplit("/", 1)[1].removesuffix(".mp3")
        return self.recordings.made[int(key, 16) - 1][1]
