"""After the words: a message for the team, how the call ended, its summary and its note in the CRM."""

import pytest

from shared.domain.errors import DatabaseUnavailable
from shared.domain.events import CallEnded, CostArose
from tests.unit.api.phone_desk import CALL, CALLER, NUMBER, Desk
from tests.unit.fakes import World
from tests.unit.samples import a_tenant

RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"


def test_a_message_is_kept_and_the_team_told():
    """The recording, the outcome, and a hand-off with the caller's number; the caller hears that."""
    desk = Desk()
    desk.ring()
    twiml = desk.ask("/voice/message", RecordingUrl=RECORDING, RecordingSid="RE1", Digits="#")
    assert (twiml.verbs, twiml.heard) == (["Hangup"], ["Thank you, your message has been passed on. Goodbye."])
    assert (desk.call.outcome, desk.call.recording) == ("message", RECORDING)
    [request] = desk.world.desk.requests
    assert request["reason"] == f"left a voice message, {CALLER}: {RECORDING}"
    assert request["session_id"] == f"call-{CALL}"
    assert desk.session().dialogue.state == "handoff_requested"


def test_what_was_written_down_follows():
    """Twilio's transcription comes later, when the call is over: the same hand-off, with the words."""
    desk = Desk()
    desk.ring()
    desk.ask("/voice/message", RecordingUrl=RECORDING, Digits="hangup", CallStatus="completed")
    later = {"TranscriptionText": "Please call Ana back.", "TranscriptionStatus": "completed"}
    desk.ask("/voice/message?business=acme", CallStatus="completed", RecordingUrl=RECORDING, **later)
    first, second = desk.world.desk.requests
    assert first["id"] == second["id"]
    assert [said["text"] for said in second["transcript"]] == ["Please call Ana back."]
    assert ("caller", "Please call Ana back.") in desk.said


def test_silence_is_no_message():
    """Nothing recorded, nothing written down: nobody is told."""
    desk = Desk()
    desk.ring()
    desk.ask("/voice/message", RecordingUrl="")
    assert (desk.call.outcome, desk.world.desk.requests) == ("", [])


def test_a_message_without_a_session_store_still_reaches_the_team():
    """The conversation cannot be held: the hand-off is made nevertheless."""
    desk = Desk()
    desk.ring()

    def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    desk.world.sessions.open = away  # type: ignore[method-assign,assignment]
    desk.ask("/voice/message", RecordingUrl=RECORDING)
    assert len(desk.world.desk.requests) == 1


def crm_desk() -> Desk:
    """Return a line of a business with a CRM that wants notes."""
    crm = {"connector": "hubspot", "notes": True}
    tenant = a_tenant(voice={"number": NUMBER, "mode": "turns"}, crm=crm)
    return Desk(World(tenant=tenant, scripts=[("Thank you [1].",)] * 3))


def test_a_call_that_ended_is_summed_up_once():
    """Outcome, length, details; the note in the CRM under the call's id; late and repeated webhooks change nothing."""
    desk = crm_desk()
    desk.say(desk.ring(), "My e-mail is ana@example.com, what does it cost?")
    for _ in range(3):
        assert desk.ask("/voice/status", CallStatus="completed", CallDuration="42").verbs == []
    call = desk.call
    assert (call.status, call.seconds, call.outcome) == ("completed", 42, "answered")
    assert "what does it cost?" in call.summary
    assert call.fields == {"email": "ana@example.com"}
    notes = [entry for entry in desk.world.outbox.entries.values() if entry.kind == "note"]
    assert len(notes) == 1


@pytest.mark.parametrize("status", ["completed", "no-answer", "canceled", "busy", "failed"])
def test_a_call_without_a_word_was_missed(status):
    """Hung up before anything was said."""
    desk = Desk()
    desk.ring()
    desk.ask("/voice/status", CallStatus=status, CallDuration="3")
    assert (desk.call.status, desk.call.outcome, desk.call.summary) == (status, "missed", "")


def test_an_outcome_stays():
    """A message that was left is one, however the call ended."""
    desk = Desk()
    desk.ring()
    desk.ask("/voice/message", RecordingUrl=RECORDING)
    desk.ask("/voice/status", CallStatus="completed", CallDuration="3")
    assert desk.call.outcome == "message"


@pytest.mark.parametrize(
    "fields", [{"CallStatus": "in-progress"}, {"CallStatus": "nonsense"}, {"CallStatus": "completed", "CallSid": "CA1"}]
)
def test_other_news_changes_nothing(fields):
    """A status that is not final, or a call nobody knows."""
    desk = Desk()
    desk.ring()
    desk.ask("/voice/status", CallDuration="x", **fields)
    assert (desk.call.status, desk.call.outcome) == ("live", "")


def test_a_refused_call_is_not_summed_up():
    """It was over when it came in."""
    desk = Desk()
    desk.calls.refusal = "busy"
    desk.ring()
    desk.ask("/voice/status", CallStatus="completed", CallDuration="4")
    assert (desk.call.outcome, desk.call.summary) == ("refused", "")


def test_a_summary_that_cannot_be_had_does_not_cost_the_outcome():
    """Sessions away: how the call ended is kept all the same."""
    desk = crm_desk()
    desk.say(desk.ring(), "What does it cost?")

    def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    desk.world.sessions.open = away  # type: ignore[method-assign,assignment]
    assert desk.ask("/voice/status", CallStatus="completed", CallDuration="9").verbs == []
    assert (desk.call.outcome, desk.call.seconds) == ("answered", 9)


def test_the_end_of_a_call_is_counted_once():
    """Its outcome and seconds, which cost nothing here; a late or repeated word of Twilio's changes nothing."""
    desk = Desk()
    before = desk.ring()
    desk.say(before, "What does a service cost?")
    for status, seconds in (("in-progress", "0"), ("completed", "61"), ("completed", "61"), ("failed", "99")):
        desk.ask("/voice/status", CallStatus=status, CallDuration=seconds)
    [ended] = [event for event in desk.world.journal.events if isinstance(event, CallEnded)]
    assert (ended.outcome, ended.seconds, ended.channel, ended.session_id) == ("answered", 61, "voice", f"call-{CALL}")
    items = [item for event in desk.world.journal.events if isinstance(event, CostArose) for item in event.items]
    assert {"what": "phone", "unit": "seconds", "amount": 61, "micros": 0} in items


def test_speech_is_counted_as_it_is_made():
    """What was synthesised for an answer; nothing for what was there already."""
    desk = Desk()
    desk.services.speech.made("acme", 40)
    desk.services.speech.made("other", 7)
    desk.ring()
    desk.ring()
    items = [item for event in desk.world.journal.events if isinstance(event, CostArose) for item in event.items]
    assert items == [{"what": "speech", "unit": "characters", "amount": 40, "micros": 0}]
