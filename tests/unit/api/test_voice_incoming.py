"""A call that comes in: refused, greeted, recorded, streamed, or asked for a message."""

from typing import Any

import pytest

from shared.domain.budget import Spent
from shared.domain.events import CallEnded
from shared.domain.phone import session_of
from shared.domain.voice import Refusal
from tests.unit.api.phone_desk import CALL, CALLER, MEDIA, NUMBER, PUBLIC, Desk

GREETING = "Hello, you are speaking with the automated assistant of Acme. How can I help you?"
CLOSED = {"opening_hours": {"time_zone": "UTC", "weekly": {"monday": [{"open": "18:00", "close": "19:00"}]}}}


def test_a_call_is_greeted_and_streamed():
    """The greeting as sound, then the stream with a token for this call alone; afterwards /voice/fallback is asked."""
    desk = Desk(mode="live")
    twiml = desk.ring(StirVerstat="TN-Validation-Passed-A")
    assert (twiml.heard, twiml.verbs) == ([GREETING], ["Connect"])
    assert twiml.one("Play").text == f"{PUBLIC}/voice/audio/acme/{1:064x}.mp3"
    assert twiml.one("Connect").attrib == {"action": f"{PUBLIC}/voice/fallback", "method": "POST"}
    assert twiml.one("Stream").attrib == {"url": f"{MEDIA}/stream"}
    parameter = twiml.one("Parameter").attrib
    assert parameter["name"] == "token"
    grant = desk.tokens.open(parameter["value"])
    assert grant is not None
    assert (grant.business_id, grant.call_id, grant.session_id) == ("acme", CALL, session_of(CALL))
    assert (grant.caller, grant.verified, grant.greeting) == (CALLER, True, GREETING)
    assert (desk.call.mode, desk.call.caller, desk.call.number) == ("live", CALLER, NUMBER)
    assert desk.said == [("assistant", GREETING)]


def test_a_repeated_webhook_is_the_same_call():
    """Twilio asks again after a time-out: one call, one greeting in the transcript, a token of its own."""
    desk = Desk(mode="live")
    tokens = {desk.ring().one("Parameter").attrib["value"] for _ in range(2)}
    assert len(tokens) == 2
    assert desk.said == [("assistant", GREETING)]


@pytest.mark.parametrize(
    ("fields", "verified"),
    [
        ({"StirVerstat": "TN-Validation-Passed-A"}, True),
        ({"StirVerstat": "TN-Validation-Passed-A-Diverted"}, True),
        ({"StirVerstat": "TN-Validation-Passed-B"}, False),
        ({"StirVerstat": "TN-Validation-Failed-A"}, False),
        ({"StirVerstat": "No-TN-Validation"}, False),
        ({}, False),
        ({"StirVerstat": "TN-Validation-Passed-A", "ForwardedFrom": "+441632960333"}, False),
        ({"StirVerstat": "TN-Validation-Passed-A", "From": "anonymous"}, False),
    ],
    ids=str,
)
def test_only_the_network_vouches_for_a_number(fields, verified):
    """Attested in full, not forwarded, and a number at all."""
    grant = Desk(mode="live").ring(**fields).one("Parameter").attrib["value"]
    found = Desk().tokens.open(grant)
    assert found is not None
    assert found.verified is verified


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "+7378742833", "", "client:bob", "sip:x@example.com"])
def test_a_withheld_number_is_nobodys(number):
    """It is not counted as one caller, nor told to anybody."""
    desk = Desk()
    desk.ring(From=number)
    assert desk.call.caller == ""


@pytest.mark.parametrize(
    ("refusal", "words"),
    [("busy", "all our lines are busy"), ("spent", "cannot be taken"), ("caller", "cannot be taken")],
)
def test_a_limit_is_told_politely(refusal: Refusal, words):
    """The call ends after a sentence, every time it is asked about."""
    desk = Desk(mode="live")
    desk.calls.refusal = refusal
    for twiml in (desk.ring(), desk.ring(), desk.ask("/voice/fallback")):
        assert twiml.verbs == ["Hangup"]
    assert words in desk.ring().heard[0]


def test_a_line_that_is_off_takes_no_call():
    """Polite words, nothing kept."""
    desk = Desk(enabled=False)
    assert desk.ring().verbs == ["Hangup"]
    assert desk.calls.records == {}


def test_consent_comes_before_the_recording():
    """Both are said in the owner's own words, then the recording starts, then the stream; its address is kept."""
    desk = Desk(mode="live", greeting="Acme here.", consent="We record this call.", recording={"enabled": True})
    twiml = desk.ring()
    assert twiml.heard == ["Acme here.", "We record this call."]
    assert [verb.tag for verb in twiml.root] == ["Play", "Play", "Start", "Connect"]
    recording = twiml.one("Recording").attrib
    assert (recording["channels"], recording["recordingStatusCallbackEvent"]) == ("dual", "completed")
    assert recording["recordingStatusCallback"] == f"{PUBLIC}/voice/recording?business=acme"
    assert desk.said == [("assistant", "Acme here. We record this call.")]
    url = "https://api.twilio.com/recordings/RE1"
    desk.ask("/voice/recording?business=acme", To=None, RecordingUrl=url, RecordingStatus="completed")
    assert desk.call.recording == url
    for wrong in ({"RecordingUrl": "javascript:x"}, {"RecordingUrl": f"{url}2", "RecordingStatus": "failed"}):
        desk.ask("/voice/recording?business=acme", To=None, **wrong)
    assert desk.call.recording == url


def test_nothing_is_recorded_unasked():
    """No recording without the owner's wish for it."""
    assert "Recording" not in Desk(mode="live", consent="A notice.").ring().text


def test_outside_of_the_hours_a_message_is_taken():
    """In the owner's words or ours; the team's machine records, and silence ends the call."""
    desk = Desk(closed="message", config=CLOSED)
    twiml = desk.ring()
    assert twiml.heard[0] == "Thank you for calling Acme. We are closed at the moment."
    assert twiml.verbs == ["Record", "Hangup"]
    record = twiml.one("Record").attrib
    assert (record["action"], record["transcribe"]) == (f"{PUBLIC}/voice/message", "true")
    own = Desk(closed="message", closed_text="We sleep.", config={**CLOSED, "languages": ["de"]}).ring()
    assert own.heard[0] == "We sleep."
    assert "transcribe" not in own.one("Record").attrib  # Twilio writes down English only


def test_outside_of_the_hours_a_sentence_may_be_enough():
    """`announce` says it and hangs up; `answer` answers as ever, and so does a business without hours."""
    assert Desk(closed="announce", config=CLOSED).ring().verbs == ["Hangup"]
    assert Desk(closed="announce", closed_text="We sleep.", config=CLOSED).ring().heard == ["We sleep."]
    assert Desk(closed="answer", config=CLOSED).ring().verbs == ["Gather"]
    assert Desk(closed="announce").ring().verbs == ["Gather"]


def test_turns_begin_with_listening():
    """Greeting first, uninterrupted; then a Gather in the language and country of the business."""
    desk = Desk(config={"name": "Acme, Bikes", "goals": [{"id": "sell-bike", "collect": ["name"]}]})
    twiml = desk.ring()
    assert [verb.tag for verb in twiml.root] == ["Play", "Gather"]
    gather = twiml.one("Gather").attrib
    expected = {
        "input": "speech dtmf", "method": "POST", "language": "en-GB", "timeout": "8", "speechTimeout": "auto",
        "actionOnEmptyResult": "true", "profanityFilter": "false", "hints": "Acme Bikes,sell bike",
    }  # fmt: skip
    assert {name: gather[name] for name in expected} == expected
    assert desk.call.status == "live"


@pytest.mark.parametrize(
    ("config", "language", "voice"),
    [
        ({"languages": ["de"], "region": "DE"}, "de-DE", "de-DE-KatjaNeural"),
        ({"languages": ["de-AT"]}, "de-AT", "de-AT-IngridNeural"),
        ({"languages": ["ar"], "region": "EG"}, "ar-EG", "ar-EG-SalmaNeural"),
        ({"languages": ["pt"], "region": "US"}, "pt-BR", "pt-BR-FranciscaNeural"),
        ({"languages": ["tlh"]}, "en-US", "en-US-EmmaMultilingualNeural"),
    ],
    ids=str,
)
def test_a_business_speaks_its_language(config, language, voice):
    """Recogniser and voice follow the first language and the country."""
    desk = Desk(config=config)
    assert desk.ring().one("Gather").attrib["language"] == language
    assert {made[2] for made in desk.recordings.made} == {voice}


@pytest.mark.parametrize(
    ("config", "attributes"),
    [
        ({"languages": ["en"]}, {"language": "en-GB"}), ({"languages": ["de-AT"]}, {"language": "de-DE"}),
        ({"languages": ["ar"]}, {"language": "arb", "voice": "Polly.Zeina"}), ({"languages": ["sw"]}, {}),
    ],
    ids=str,
)  # fmt: skip
def test_without_sound_twilio_speaks(config, attributes):
    """Speech cannot be made: the same words as <Say>, in a language that <Say> has."""
    desk = Desk(config=config)
    desk.recordings.down = True
    twiml = desk.ring()
    assert twiml.root[0].tag == "Say"
    assert twiml.root[0].attrib == attributes


def test_without_a_media_service_there_are_turns():
    """A line that is to stream says so in vain when there is nothing to stream to."""
    desk = Desk(mode="live")
    object.__setattr__(desk.services, "stream_url", "")
    assert desk.ring().verbs == ["Gather"]
    assert desk.call.mode == "turns"


def test_trouble_inside_is_apologised_for():
    """The limits cannot be asked: sorry, in the line's language, and once more."""
    desk = Desk(config={"languages": ["de"]})
    desk.calls.away = True
    twiml = desk.ring()
    assert twiml.verbs == ["Pause", "Redirect"]
    assert twiml.one("Say").text == "Entschuldigung, bei uns ist etwas schiefgegangen."
    desk.calls.away = False
    again = desk.ask(f"{(twiml.one('Redirect').text or '').removeprefix(PUBLIC)}")
    assert again.verbs == ["Gather"]  # as if it had come in just now
    assert again.heard[0].startswith("Guten Tag, hier ist")


def test_the_numbers_fallback_begins_a_call_that_never_began():
    """Twilio comes here when /voice/incoming did not answer: the caller is greeted, and turns follow."""
    desk = Desk(mode="live")
    twiml = desk.ask("/voice/fallback", ErrorCode="11205", ErrorUrl=f"{PUBLIC}/voice/incoming")
    assert (twiml.heard, twiml.verbs) == ([GREETING], ["Gather"])
    assert desk.call.mode == "turns"


def test_what_is_said_is_fetched_without_a_signature():
    """By a key that nobody can guess; kept by caches; nothing else is found."""
    desk = Desk()
    path = (desk.ring().one("Play").text or "").removeprefix(PUBLIC)
    from tests.unit.web.http_request import http_request

    found = desk.app.handle(http_request(path))
    assert (found.status_code, found.mimetype, found.get_data()) == (200, "audio/mpeg", b"ID3")
    assert "immutable" in found.headers["Cache-Control"]
    for wrong in (path.replace("acme", "other"), path.replace("acme", ".."), path.replace("1.mp3", "9.mp3"), "/voice/"):
        assert desk.app.handle(http_request(wrong)).status_code == 404
    assert desk.app.handle(http_request("/health")).get_json()["status"] == "ok"
    assert "/voice/fallback" in desk.app.handle(http_request("/openapi.json")).get_json()["paths"]


BUDGET = {"budget": {"monthly_usd": 1}}


def spent(percent: int, **voice: Any) -> Desk:
    """Return a line of a business that has spent so much of its budget."""
    desk = Desk(mode="live", config=BUDGET, **voice)
    desk.world.spending.by_business["acme"] = Spent(percent * 10_000)
    return desk


def test_the_dearest_thing_goes_first():
    """Gemini Live speaks until 95 per cent of the budget; then calls are taken turn by turn."""
    assert spent(94).ring().verbs == ["Connect"]
    assert spent(95).ring().verbs == ["Gather"]


def test_with_nothing_left_a_message_is_taken():
    """A polite sentence that says nothing of money, and the voicemail; in a call that goes on, too."""
    desk = spent(100)
    twiml = desk.ring()
    assert twiml.heard[0] == "Thank you for calling Acme. Nobody can talk to you at the moment."
    assert twiml.verbs == ["Record", "Hangup"]
    assert desk.world.model.prompts == []
    talking = spent(95)
    asked = talking.ring()
    talking.world.spending.by_business["acme"] = Spent(1_000_000)
    answer = talking.say(asked, "What does a service cost?")
    assert (answer.verbs, talking.world.model.embedded) == (["Record", "Hangup"], [])
    assert ("caller", "What does a service cost?") in talking.said


def test_who_presses_for_a_person_gets_one_whatever_was_spent():
    """People cost the platform nothing."""
    desk = spent(95, transfer={"number": "+441632960009", "always": True})
    asked = desk.ring()
    desk.world.spending.by_business["acme"] = Spent(1_000_000)
    assert "Dial" in desk.follow(asked, Digits="0").verbs


def test_a_refused_call_is_counted_once():
    """As refused, however often Twilio asks."""
    desk = Desk()
    desk.calls.refusal = "busy"
    desk.ring()
    desk.ring()
    ended = [event for event in desk.world.journal.events if isinstance(event, CallEnded)]
    assert {event.id for event in ended} == {ended[0].id}
    assert (ended[0].outcome, ended[0].seconds) == ("refused", 0)
