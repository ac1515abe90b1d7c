"""<Dial> as Twilio does it: who answers, who is asked first, who is told how it ended."""

import asyncio

import pytest

from local.twilio.caller import Caller
from local.twilio.network import Network
from local.twilio.options import Options, Person
from local.twilio.script import HangUp, Listen, Press, Say, Wait
from tests.local.twilio_bot import FROM, TO, bot

ANNA = "+14155550123"
WHISPER = (
    "<Response><Gather input='dtmf' numDigits='1' timeout='3' action='/accept'><Say>Press one</Say></Gather>"
    "<Hangup/></Response>"
)


def dialling(attributes="action='/after'", number=f"<Number>{ANNA}</Number>", after="<Say>Still here</Say>"):
    return f"<Response><Say>One moment</Say><Dial {attributes}>{number}</Dial>{after}</Response>"


def talk(server, person, *script, **options):
    """Calls /voice, with somebody at Anna's number."""

    async def run():
        people = {ANNA: person} if person else {}
        async with Network(Options(speed=8.0, people=people, **options)) as network:
            return await Caller(FROM, network=network).call(TO, f"{server.url}/voice", script)

    return asyncio.run(run())


AFTER = "<Response><Say>Back with me</Say></Response>"


def test_two_people_talk():
    """Each hears the other; when Anna hangs up the action is told that it was completed."""
    anna = Person(script=[Listen(), Say("This is Anna"), Listen(), HangUp()])
    with bot(voice=dialling("action='/after' callerId='+14155550111'"), after=AFTER) as server:
        report = talk(server, anna, Wait(3), Say("Hello is that Anna"), Wait(30))
    form, dialled = server.forms("/after")[0], report.dialled[0]
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "true")
    assert (form["DialCallSid"], int(form["DialCallDuration"])) == (dialled.sid, dialled.seconds)
    assert [item.source for item in report.heard] == ["say:One moment", "dial", "say:Back with me"]
    assert [turn.text for turn in dialled.report.turns] == ["This is Anna"]
    assert [item.source for item in dialled.report.heard] == ["dial"]
    assert dialled.report.caller == "+14155550111"


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (None, "no-answer"),
        (Person("busy"), "busy"),
        (Person("failed", after_s=0.1), "failed"),
        (Person("answer", after_s=60), "no-answer"),
    ],
)
def test_nobody_there(person, status):
    """The action is told why; without an action the next verb follows."""
    with bot(voice=dialling("action='/after' timeout='5'"), after=AFTER) as server:
        report = talk(server, person)
        assert (server.forms("/after")[0]["DialCallStatus"], report.said[-1]) == (status, "Back with me")
        server.pages["/voice"] = dialling("timeout='5'")
        assert talk(server, person).said[-1] == "Still here"


def test_a_whisper_asks_the_other_party_first():
    """The address in <Number> runs at Anna's end alone: her key connects, and the caller hears none of it."""
    anna = Person(script=[Listen(), Press("1"), Wait(1), Say("Anna here"), HangUp()])
    number = f"<Number url='/whisper'>{ANNA}</Number>"
    with bot(voice=dialling(number=number), whisper=WHISPER, accept="<Response/>", after=AFTER) as server:
        report = talk(server, anna)
    whisper, accepted = server.forms("/whisper")[0], server.forms("/accept")[0]
    assert (whisper["Direction"], whisper["ParentCallSid"]) == ("outbound-dial", report.sid)
    assert (accepted["Digits"], accepted["CallSid"]) == ("1", report.dialled[0].sid)
    assert report.dialled[0].bridged
    assert [item.source for item in report.heard] == ["say:One moment", "dial", "say:Back with me"]
    assert all(item.genuine for item in server.asked)


@pytest.mark.parametrize("declined", ["completed", "no-answer"])
def test_a_voicemail_that_presses_no_key_is_not_connected(declined):
    """The whisper hangs up: DialBridged is false, whatever the status is said to be."""
    number = f"<Number url='/whisper'>{ANNA}</Number>"
    with bot(voice=dialling(number=number), whisper=WHISPER, after=AFTER) as server:
        report = talk(server, Person(script=[Say("Please leave a message")], patience_s=60), declined=declined)
    form = server.forms("/after")[0]
    assert (form["DialCallStatus"], form["DialBridged"]) == (declined, "false")
    assert report.said == ["One moment", "Back with me"]


def test_the_action_is_told_when_the_caller_hangs_up():
    """It is asked after the end, and its answer changes nothing."""
    anna = Person(script=[Say("Anna here")], patience_s=60)
    with bot(voice=dialling(), after=AFTER) as server:
        report = talk(server, anna, Wait(5), HangUp())
    form = server.forms("/after")[0]
    assert (form["CallStatus"], form["DialCallStatus"], report.said) == ("completed", "completed", ["One moment"])
    assert report.ended_by == "caller"


def test_the_other_leg_has_status_callbacks():
    """Those that <Number> asks for, with the other call's own name."""
    events = "statusCallback='/leg' statusCallbackEvent='initiated ringing answered completed'"
    anna = Person(script=[Say("Anna"), HangUp()])
    with bot(voice=dialling(number=f"<Number {events}>{ANNA}</Number>"), after=AFTER, leg="") as server:
        report = talk(server, anna)
    forms = server.forms("/leg")
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert {form["CallSid"] for form in forms} == {report.dialled[0].sid}


def test_a_star_ends_the_other_call():
    """The attribute hangupOnStar brings the caller back."""
    anna = Person(script=[Say("Anna")], patience_s=60)
    with bot(voice=dialling("action='/after' hangupOnStar='true'"), after=AFTER) as server:
        report = talk(server, anna, Wait(4), Press("*"), Wait(5))
    assert (report.said, server.forms("/after")[0]["DialBridged"]) == (["One moment", "Back with me"], "true")
