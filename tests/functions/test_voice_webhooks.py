"""A phone line under the real runtime: Twilio's network calls it, hears its sound, talks, is put through, hangs up."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from local.stack.platform import Platform
from local.twilio.accounts import Account
from local.twilio.caller import Caller
from local.twilio.leg import Numbered
from local.twilio.network import Network
from local.twilio.options import Options, Person
from local.twilio.report import CallReport
from local.twilio.script import HangUp, Listen, Press, Say, Step
from local.twilio.sign import HEADER, signature
from local.twilio.web import Reach
from shared.adapters.postgres.calls import CallStore
from shared.domain.voice import CallRecord
from tests.clients import Business
from tests.conftest import SEALING
from tests.local.tts_process import TtsServer, running
from tests.twilio_account import ACCOUNT, TOKEN, twilio_account

PUBLIC, CALLER, TEAM = "https://phone.example", "+447700900123", "+441632960009"
TWILIO = Account(ACCOUNT, TOKEN)
FACTS = "A full service costs 95 pounds. The shop is open until six in the evening."
BOOK = {"id": "book", "label": "Book a service", "kind": "link", "url": "https://acme.example/book"}
PAUSE_S = 2.5  # longer than between two sounds: each is fetched first
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def speech() -> Iterator[TtsServer]:
    """The speech endpoint."""
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def voice(platform: Platform, speech: TtsServer) -> Iterator[Platform]:
    """The platform with the voice function."""
    platform.env["EDGE_TTS_URL"] = speech.socket_url
    child = platform.start_function("voice")
    try:
        platform.wait_for_function("voice")
        yield platform
    finally:
        platform.children.pop("voice", None)
        child.stop()


@pytest.fixture(autouse=True)
def _speech_as_ever(speech: TtsServer) -> Iterator[None]:
    yield
    speech.reset()


@dataclass(frozen=True)
class Phone:
    """A business's line, and people around it."""

    number: str
    business: Business
    url: str
    calls: CallStore

    def call(self, *script: Step, people: dict[str, Person] | None = None, **how: Any) -> CallReport:
        """Call it and play the script."""
        return asyncio.run(self._call(script, people or {}, how))

    async def _call(self, script: Sequence[Step], people: dict[str, Person], how: dict[str, Any]) -> CallReport:
        numbered = Numbered(fallback_url=f"{PUBLIC}/voice/fallback", status_url=f"{PUBLIC}/voice/status")
        reach = Reach({PUBLIC: self.url, "ws://127.0.0.1": "ws://127.0.0.1"})
        async with Network(Options(speed=8.0, reach=reach, people=people)) as network:
            caller = Caller(CALLER, TWILIO, network)
            return await caller.call(self.number, f"{PUBLIC}/voice/incoming", script, numbered=numbered, **how)

    def record(self, report: CallReport) -> CallRecord:
        """Return the call as its owner sees it, when Twilio's last word has come."""
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            record = self.calls.get(self.business.id, report.sid)
            if record.status != "live" and record.outcome:
                return record
            time.sleep(0.05)
        raise AssertionError(f"{report.told()}\n{record}")

    def post(self, http: httpx2.Client, path: str, *, token: str = TOKEN, **fields: str) -> httpx2.Response:
        """Send one webhook as Twilio does."""
        form = {
            "AccountSid": ACCOUNT,
            "CallSid": "CA" + "5" * 32,
            "From": CALLER,
            "To": self.number,
            "FromCity": "",
            **fields,
        }
        headers = {HEADER: signature(token, f"{PUBLIC}{path}", form.items())}
        response: httpx2.Response = http.post(f"{self.url}{path}", data=form, headers=headers)
        return response


@pytest.fixture
def line(voice: Platform, new_business: Callable[..., Business], database: Any) -> Iterator[Callable[..., Phone]]:
    """Makes businesses with a phone line; keywords are the line's, `config` the business's."""
    made: list[Business] = []

    def make(*, facts: str = "", config: dict[str, Any] | None = None, **phone: Any) -> Phone:
        business = new_business(facts=facts, **(config or {}))
        number = f"+44163297{next(_numbers):04}"
        body = {"number": number, "mode": "turns", "account_sid": ACCOUNT, "auth_token": TOKEN, **phone}
        business.admin.call("PUT", f"{business.path}/voice", body)
        made.append(business)
        return Phone(number, business, voice.voice_url, CallStore(database, SEALING))

    yield make
    for business in made:
        business.admin.call("DELETE", f"{business.path}/voice")


def clean(report: CallReport) -> bool:
    """Say whether Twilio had nothing to complain about, and every webhook was answered."""
    assert report.warnings == [], report.told()
    assert all(item.status == 200 for item in report.requests), report.told()
    return True


def test_a_call_from_hello_to_goodbye(line, stand_in):
    """Greeted with sound, answered from the business's knowledge, summed up; the transcript is what was said."""
    phone = line(facts=FACTS)
    stand_in.say("A full service costs 95 pounds [1].", "Until six [1].", "You are welcome. Goodbye!")
    report = phone.call(
        Listen(), Say("What does a full service cost?"), Listen(), Say("Until when are you open?"), Listen(),
        Say("Thank you, goodbye."), Listen(),
    )  # fmt: skip
    assert clean(report)
    assert (report.ended_by, report.missed, report.said) == ("hangup", [], [])
    assert len(report.played) == 4
    assert all(url.startswith(f"{PUBLIC}/voice/audio/{phone.business.id}/") for url in report.played)
    record = phone.record(report)
    assert (record.outcome, record.status, record.caller, record.mode) == ("answered", "completed", CALLER, "turns")
    assert record.seconds > 0
    assert [(said.who, said.text) for said in record.transcript][1:5] == [
        ("caller", "What does a full service cost?"), ("assistant", "A full service costs 95 pounds."),
        ("caller", "Until when are you open?"), ("assistant", "Until six."),
    ]  # fmt: skip
    times = [said.at_ms for said in record.transcript]
    assert times == sorted(times)
    assert "What does a full service cost?" in record.summary
    turns = phone.business.admin.call("GET", f"{phone.business.path}/sessions/call-{report.sid}")["turns"]
    assert turns == 3


def test_what_was_said_before_is_not_made_again(line, speech):
    """The greeting of a second call comes from the bucket."""
    phone = line(greeting="Welcome to the shop that never changes its words.")
    for _ in range(2):
        assert clean(phone.call(Listen(), HangUp()))
    assert [note["text"] for note in speech.journal("said")] == ["Welcome to the shop that never changes its words."]


def test_without_the_speech_endpoint_twilio_speaks(line, speech, stand_in):
    """The same words by <Say>; nobody is dropped."""
    phone = line(greeting="A greeting that nobody has recorded.")
    speech.control({"kind": "refuse", "times": 99})
    stand_in.say("It costs 95 pounds, said without a voice [1].")
    report = phone.call(Listen(), Say("What does a full service cost?"), Listen(), HangUp())
    assert clean(report)
    assert (report.played, report.said) == (
        [], ["A greeting that nobody has recorded.", "It costs 95 pounds, said without a voice."],
    )  # fmt: skip


def test_a_link_is_texted(line, stand_in, twilio_port):
    """Offered in words, sent over Twilio's API after a yes, to the number that called, once."""
    phone = line(config={"name": "The shop", "cta_tree": [BOOK]})
    stand_in.say("A full service costs 95 pounds [1].")
    with twilio_account(twilio_port) as account:
        report = phone.call(
            Listen(), Say("What does a full service cost?"), Listen(), Say("Yes please."), Listen(), HangUp()
        )
    assert clean(report)
    [text] = account.messages
    assert (text["To"], text["From"]) == (CALLER, phone.number)
    assert text["Body"] == "The shop: Book a service: https://acme.example/book"


def test_a_caller_is_put_through(line):
    """A key for a person; they hear who calls, press a key, and talk."""
    phone = line(transfer={"number": TEAM})
    colleague = Person(script=[Listen(), Press("1"), Say("Hello, Sam speaking."), HangUp()])
    report = phone.call(Listen(), Press("0#"), people={TEAM: colleague})
    assert clean(report)
    [dialled] = report.dialled
    assert (dialled.status, dialled.bridged) == ("completed", True)
    record = phone.record(report)
    assert (record.outcome, record.reason) == ("transferred", "pressed 0 for a person")


def test_a_voicemail_is_no_answer(line):
    """It presses no key: back to the assistant, and the second time a message is taken and the team told."""
    phone = line(transfer={"number": TEAM, "ring_seconds": 5})
    voicemail = Person(script=[Say("You have reached a mailbox.")], patience_s=60)
    report = phone.call(
        Listen(), Press("0#"), Listen(), Listen(60, PAUSE_S), Press("0#"), Listen(), Listen(60, PAUSE_S),
        Say("Please call me back about my bike."), Listen(), people={TEAM: voicemail},
    )  # fmt: skip
    assert clean(report)
    assert [dialled.bridged for dialled in report.dialled] == [False, False]
    record = phone.record(report)
    assert record.outcome == "message", report.told()
    assert record.recording.startswith("http")
    [handoff] = phone.business.admin.call("GET", f"{phone.business.path}/handoffs")["items"]
    assert handoff["reason"].startswith(f"left a voice message, {CALLER}: http")


def test_outside_of_the_hours_a_message_is_taken(line):
    """No assistant, no model: a recording for the team."""
    phone = line(closed="message", config={"opening_hours": {"weekly": {"monday": []}}})
    report = phone.call(Listen(quiet_s=PAUSE_S), Say("My chain is broken."), Listen())
    assert clean(report)
    assert phone.record(report).outcome == "message"


def test_a_stream_that_cannot_be_had_becomes_turns(line, stand_in):
    """The media service is not there: the caller is asked what they want, and answered turn by turn."""
    phone = line(mode="live")
    stand_in.say("A full service costs 95 pounds [1].")
    report = phone.call(Listen(), Say("What does a full service cost?"), Listen(), HangUp())
    assert [item.status for item in report.requests if item.method == "POST"] == [200] * 4, report.told()
    record = phone.record(report)
    assert (record.mode, record.outcome) == ("live", "answered")
    assert record.transcript[-1].text == "A full service costs 95 pounds."


def test_limits_are_kept(line):
    """One call an hour of one number: the second hears a sentence."""
    phone = line(limits={"calls_per_caller": 1})
    assert clean(phone.call(Listen(), HangUp()))
    second = phone.call(Listen())
    assert clean(second)
    assert second.ended_by == "hangup"
    assert phone.record(second).reason == "caller"


@pytest.mark.parametrize("signing", ["forged", "missing"])
def test_what_is_not_twilios_is_refused(line, signing):
    """Nothing is kept, and no call begins."""
    phone = line()
    report = phone.call(Listen(timeout_s=2), signing=signing)
    assert {item.status for item in report.requests} == {403}
    assert phone.business.admin.call("GET", f"{phone.business.path}/calls")["items"] == []


def test_a_repeated_webhook_is_answered_once(line, http, stand_in):
    """Twilio's retry of a turn: the same words, one model call, one exchange in the transcript."""
    phone = line()
    stand_in.say("A full service costs 95 pounds [1].")
    assert phone.post(http, "/voice/incoming", CallStatus="ringing").status_code == 200
    path = "/voice/fallback?entry=abcd&turn=1"
    said = {"SpeechResult": "What does a full service cost?", "CallStatus": "in-progress"}
    first, second = (phone.post(http, path, **said) for _ in range(2))
    assert (first.status_code, second.text) == (200, first.text)
    assert len(stand_in.requests()) == 1
    record = phone.calls.get(phone.business.id, "CA" + "5" * 32)
    assert [said.who for said in record.transcript] == ["assistant", "caller", "assistant"]
    for _ in range(2):
        assert phone.post(http, "/voice/status", CallStatus="completed", CallDuration="7").status_code == 200
    assert phone.calls.get(phone.business.id, "CA" + "5" * 32).seconds == 7


def test_one_business_cannot_speak_for_another(line, http):
    """Each line's token signs for its own number, whatever the rest of the request says."""
    one, other = line(), line(account_sid="AC" + "2" * 32, auth_token="f" * 32)
    assert other.post(http, "/voice/incoming").status_code == 403
    assert other.post(http, "/voice/incoming", token="f" * 32).status_code == 200
    assert one.post(http, f"/voice/message?business={other.business.id}").status_code == 403
    assert one.post(http, "/voice/incoming", To="+15550000000").status_code == 200
    assert other.business.admin.call("GET", f"{other.business.path}/calls")["items"][0]["outcome"] == ""
    assert one.business.admin.call("GET", f"{one.business.path}/calls")["items"] == []


def test_the_function_says_how_it_is(voice, http):
    """Health with every dependency; its document; 404 for what is not there."""
    health = http.get(f"{voice.voice_url}/health").json()
    assert health["status"] == "ok", health
    assert http.get(f"{voice.voice_url}/openapi.json").json()["info"]["title"] == "Chatbot Platform: Voice API"
    for path in ("/voice/audio/nobody/0.mp3", "/voice/incoming/x", "/voice/audio/a"):
        assert http.get(f"{voice.voice_url}{path}").status_code == 404
    assert http.get(f"{voice.voice_url}/voice/incoming").status_code == 405
