"""A person for the caller: rung with a whisper, back to the assistant, and in the end a message for the team."""

from typing import Any

import pytest

from tests.unit.api.phone_desk import ACCOUNT, CALL, CALLER, NUMBER, PUBLIC, TEAM, Desk, Twiml
from tests.unit.fakes import World
from tests.unit.samples import a_tenant

CHILD = "CA" + "8" * 32
CLOSED = {"time_zone": "UTC", "weekly": {"monday": [{"open": "18:00", "close": "19:00"}]}}
NOBODY = "I'm sorry, nobody can come to the phone right now. The team will be told that you called."
LEAVE = "Please leave a message after the tone: your name, your number, and what it is about."
PERSON = "I want to talk to a human being."


def team(*replies: str, config: dict[str, Any] | None = None, **voice: Any) -> Desk:
    """Return a line with somebody to put callers through to, whose model gives these replies."""
    phone = {"number": NUMBER, "mode": "turns", "transfer": {"number": TEAM, **voice.pop("transfer", {})}, **voice}
    return Desk(World(tenant=a_tenant(voice=phone, **(config or {})), scripts=[(reply,) for reply in replies]))


def whisper(desk: Desk, dial: Twiml, **fields: str) -> Twiml:
    """Ask what the person who picked up hears, on their own leg of the call."""
    path = (dial.one("Number").attrib["url"]).removeprefix(PUBLIC)
    return desk.ask(path, CallSid=CHILD, From=NUMBER, To=TEAM, Direction="outbound-dial", **fields)


def press(desk: Desk, gather: Twiml, digits: str = "1") -> Twiml:
    """Let that person press a key."""
    path = gather.one("Gather").attrib["action"].removeprefix(PUBLIC)
    return desk.ask(path, CallSid=CHILD, From=NUMBER, To=TEAM, Direction="outbound-dial", Digits=digits)


def test_asking_for_a_person_rings_one():
    """The hand-off that the chat's engine decides: told to the team, and rung, with the line's own number."""
    desk = team()
    twiml = desk.say(desk.ring(), PERSON)
    assert (twiml.verbs, twiml.heard) == (["Dial"], ["One moment, please. I am putting you through."])
    dial = twiml.one("Dial").attrib
    assert (dial["timeout"], dial["callerId"], dial["method"]) == ("20", NUMBER, "POST")
    assert dial["action"].startswith(f"{PUBLIC}/voice/action?entry=")
    assert twiml.one("Number").text == TEAM
    assert twiml.one("Number").attrib["url"] == f"{PUBLIC}/voice/whisper?business=acme&call={CALL}"
    assert len(desk.world.desk.requests) == 1
    assert desk.said[-2:] == [
        ("system", "putting the caller through: the visitor asked for a person"),
        ("assistant", "One moment, please. I am putting you through."),
    ]


def test_nought_is_a_person():
    """Without asking anybody; a chat's hand-off may even be off."""
    desk = team(config={"handoff": {"enabled": False}})
    assert desk.follow(desk.ring(), Digits="0").verbs == ["Dial"]
    assert desk.world.model.prompts == []


def test_the_person_hears_who_and_why_and_takes_the_call_with_a_key():
    """A whisper with the number and the reason; a key connects; afterwards the call is done."""
    desk = team()
    dial = desk.say(desk.ring(), PERSON)
    asked = whisper(desk, dial)
    assert asked.heard == [f"A call from {CALLER}: the visitor asked for a person. Press any key to take it."]
    assert asked.verbs == ["Gather", "Hangup"]
    assert asked.one("Gather").attrib["numDigits"] == "1"
    assert press(desk, asked).verbs == []
    done = desk.follow(dial, "Dial", DialCallStatus="completed", DialBridged="true", DialCallSid=CHILD)
    assert done.verbs == ["Hangup"]
    assert (desk.call.outcome, desk.call.reason) == ("transferred", "the visitor asked for a person")


def test_the_person_hears_the_callers_name_when_it_is_known():
    """What the caller told the assistant, or that there is no number."""
    desk = team("Hello Ana.")
    known = desk.say(desk.ring(), "My name is Ana Diaz.")
    assert whisper(desk, desk.follow(known, Digits="0")).heard == [
        "A call from Ana Diaz: pressed 0 for a person. Press any key to take it."
    ]
    other = team()
    hidden = other.follow(other.ring(From="anonymous"), Digits="0", From="anonymous")
    assert whisper(other, hidden).heard[0].startswith("A call from somebody without a number: ")


@pytest.mark.parametrize("status", ["completed", "answered", "no-answer"])
def test_a_voicemail_did_not_answer(status):
    """It heard the whisper and pressed nothing: whatever Twilio calls that, the caller is told that nobody came."""
    desk = team()
    dial = desk.say(desk.ring(), PERSON)
    asked = whisper(desk, dial)
    assert press(desk, asked, "").verbs == ["Hangup"]
    back = desk.follow(dial, "Dial", DialCallStatus=status, DialBridged="false", DialCallSid=CHILD)
    assert (back.verbs, back.heard[0]) == (["Gather"], NOBODY)
    assert desk.call.outcome == ""


def test_without_a_whisper_twilios_word_counts():
    """The owner's choice: who picks up has answered."""
    desk = team(transfer={"whisper": False})
    dial = desk.say(desk.ring(), PERSON)
    assert "url" not in dial.one("Number").attrib
    assert desk.follow(dial, "Dial", DialCallStatus="completed").verbs == ["Hangup"]
    assert desk.call.outcome == "transferred"
    other = team(transfer={"whisper": False})
    assert other.follow(other.say(other.ring(), PERSON), "Dial", DialCallStatus="busy").verbs == ["Gather"]


def test_when_nobody_answers_the_assistant_goes_on_and_then_takes_a_message():
    """Once back to the turns, and the team knows; a second time a message. No ringing again without being asked."""
    desk = team("Until six [1].")
    dial = desk.say(desk.ring(), PERSON)
    back = desk.follow(dial, "Dial", DialCallStatus="no-answer", DialCallSid=CHILD)
    assert back.heard == [NOBODY, "Is there anything else I can help you with?"]
    assert desk.world.desk.requests[-1]["reason"] == "could not be put through: the visitor asked for a person"
    assert {request["id"] for request in desk.world.desk.requests} == {desk.session().dialogue.handoff}
    on = desk.say(back, "Until when are you open?")
    assert on.heard[0].startswith("Until six.")
    again = desk.say(on, PERSON)
    assert again.verbs == ["Dial"]
    last = desk.follow(again, "Dial", DialCallStatus="busy", DialCallSid=f"{CHILD}2")
    assert (last.verbs, last.heard[:2]) == (["Record", "Hangup"], [NOBODY, LEAVE])


def test_a_repeated_action_is_one_failure():
    """Twilio asks again: still the first failure."""
    desk = team()
    dial = desk.say(desk.ring(), PERSON)
    for _ in range(3):
        assert desk.follow(dial, "Dial", DialCallStatus="busy", DialCallSid=CHILD).verbs == ["Gather"]


def test_a_stream_comes_back_to_a_stream():
    """Put through by the model on the line: when nobody comes, another stream, after a word about it."""
    desk = team(mode="live")
    desk.ring()
    desk.calls.plan_next("acme", CALL, {"do": "transfer", "reason": "is upset about a bill"})
    dial = desk.ask("/voice/fallback")
    assert (dial.verbs, dial.heard) == (["Dial"], [])  # the model has said so already
    assert dial.one("Dial").attrib["action"] == f"{PUBLIC}/voice/action"
    assert "is upset about a bill" in whisper(desk, dial).heard[0]
    back = desk.follow(dial, "Dial", DialCallStatus="no-answer", DialCallSid=CHILD)
    assert (back.verbs, back.heard) == (["Connect"], [NOBODY])
    assert desk.world.desk.requests[-1]["reason"] == "could not be put through: is upset about a bill"


def test_outside_of_the_hours_nobody_is_rung():
    """The team is told by the hand-off, and a message is taken for who pressed 0; `always` rings at night."""
    desk = team(config={"opening_hours": CLOSED})
    assert desk.say(desk.ring(), PERSON).verbs == ["Gather"]
    assert len(desk.world.desk.requests) == 1
    night = team(config={"opening_hours": CLOSED})
    assert night.follow(night.ring(), Digits="0").heard[:2] == [NOBODY, LEAVE]
    always = team(config={"opening_hours": CLOSED}, transfer={"always": True})
    assert always.follow(always.ring(), Digits="0").verbs == ["Dial"]


def test_a_caller_who_gave_up_ringing_is_told_of():
    """Hung up while it rang: nobody hears an answer, the team knows."""
    desk = team()
    dial = desk.say(desk.ring(), PERSON)
    desk.follow(dial, "Dial", DialCallStatus="canceled", DialCallSid=CHILD, CallStatus="completed")
    assert desk.world.desk.requests[-1]["reason"].startswith("could not be put through")


def test_a_whisper_in_trouble_connects():
    """Better a person without a word of warning than a caller without a person."""
    desk = team()
    dial = desk.say(desk.ring(), PERSON)

    def away(*_: object) -> None:
        raise RuntimeError("away")

    desk.world.sessions.read = away  # type: ignore[method-assign,assignment]
    assert whisper(desk, dial).verbs == []


def test_one_account_cannot_speak_of_anothers_call():
    """The address names the business, and its own token must have signed."""
    desk = team()
    dial = desk.say(desk.ring(), PERSON)
    path = dial.one("Number").attrib["url"].removeprefix(PUBLIC)
    fields = {"CallSid": CHILD, "From": NUMBER, "To": TEAM, "AccountSid": ACCOUNT}
    assert desk.post(path, token="f" * 32, **fields).status_code == 403
    assert desk.post(path.replace(CALL, "CA" + "9" * 32), **fields).status_code == 200  # its own, and nothing is there
