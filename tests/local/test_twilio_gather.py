"""<Gather> as Twilio does it: speech and keys, prompts that are interrupted, silence."""

import asyncio

import pytest

from local.twilio.caller import Caller
from local.twilio.network import Network
from local.twilio.options import Options
from local.twilio.script import BargeIn, HangUp, Listen, Press, Say, Wait
from tests.local.twilio_bot import FROM, TO, bot

BYE = "<Response><Say>Goodbye</Say><Hangup/></Response>"
LONG = "This is a rather long sentence that goes on and on until somebody says something at last"


def gathering(attributes="input='speech dtmf'", prompt="<Say>Yes please</Say>", after="<Say>Nothing</Say>"):
    return f"<Response><Gather action='got?n=1' {attributes}>{prompt}</Gather>{after}</Response>"


def talk(server, *script, speed=8.0, **more):
    """Calls /voice at some speed."""

    async def run():
        async with Network(Options(speed=speed)) as network:
            return await Caller(FROM, network=network).call(TO, f"{server.url}/voice", script, **more)

    return asyncio.run(run())


def test_a_conversation_by_turns():
    """Each answer comes to the action, relative to its page, until the bot says goodbye."""
    turns = iter(["What day?", "What time?"])

    def got(form):
        line = next(turns, None)
        return gathering("input='speech'", f"<Say>{line}</Say>") if line else BYE

    with bot(voice=gathering("input='speech' speechTimeout='auto'"), got=got) as server:
        report = talk(server, Listen(), Say("A haircut"), Listen(), Say("On Friday"), Listen(), Say("At ten"))
    forms = server.forms("/got")
    assert [form["SpeechResult"] for form in forms] == ["A haircut", "On Friday", "At ten"]
    assert [form["Language"] for form in forms] == ["en-US"] * 3
    assert report.said == ["Yes please", "What day?", "What time?", "Goodbye"]
    assert all(item.genuine for item in server.asked)
    assert (report.status, report.ended_by, report.missed) == ("completed", "hangup", [])


def test_confidence_may_be_absent():
    """The script decides what the recogniser makes of words, and whether it says how sure it is."""
    with bot(voice=gathering(), got=BYE) as server:
        talk(server, Listen(), Say("Nguyen", heard="when", confidence=None))
        talk(server, Listen(), Say("Nguyen", confidence=0.31))
    unsure, sure = server.forms("/got")
    assert (unsure["SpeechResult"], "Confidence" in unsure) == ("when", False)
    assert (sure["SpeechResult"], float(sure["Confidence"])) == ("Nguyen", 0.31)


def test_speech_interrupts_the_prompt():
    """The prompt falls silent when the caller speaks, unless bargeIn is false."""
    with bot(voice=gathering(prompt=f"<Say>{LONG}</Say>"), got=BYE) as server:
        script = (BargeIn(500, Say("Stop")), Wait(1))
        cut = talk(server, *script)
        server.pages["/voice"] = gathering("input='speech' bargeIn='false'", f"<Say>{LONG}</Say>")
        whole = talk(server, *script)
    assert cut.heard[0].end - cut.heard[0].start < 1.5
    assert whole.heard[0].end - whole.heard[0].start > 4
    assert cut.turns[0].barged
    assert [form["SpeechResult"] for form in server.forms("/got")] == ["Stop", "Stop"]


def test_two_sentences_with_a_short_pause_are_one_result():
    """The attribute speechTimeout decides which pause ends speech."""
    with bot(voice=gathering("input='speech' speechTimeout='2'"), got=BYE) as server:
        talk(server, Listen(), Say("I want"), Wait(1), Say("an appointment"))
        server.pages["/voice"] = gathering("input='speech' speechTimeout='1'")
        talk(server, Listen(), Say("I want"), Wait(2.5), Say("an appointment"))
    assert [form["SpeechResult"] for form in server.forms("/got")] == ["I want an appointment", "I want"]


@pytest.mark.parametrize(
    ("attributes", "digits", "expected"),
    [
        ("numDigits='3'", "12345", "123"),
        ("finishOnKey='#'", "12#", "12"),
        ("finishOnKey='*'", "1#2*", "1#2"),
        ("timeout='2'", "77", "77"),
        ("finishOnKey=''", "1#", "1#"),
    ],
)
def test_keys_end_by_count_key_or_silence(attributes, digits, expected):
    """Digits come to the action when enough, the finishing key, or no more have come."""
    with bot(voice=gathering(f"input='dtmf' {attributes}"), got=BYE) as server:
        talk(server, Listen(), Press(digits))
    assert [form["Digits"] for form in server.forms("/got")] == [expected]


def test_keys_win_over_speech():
    """Who speaks and presses has pressed."""
    with bot(voice=gathering("input='speech dtmf' numDigits='1'"), got=BYE) as server:
        talk(server, Listen(), Say("Two"), Press("2"))
    form = server.forms("/got")[0]
    assert (form["Digits"], "SpeechResult" in form) == ("2", False)


def test_silence_falls_through_to_the_next_verb():
    """Without a result the action is not asked, unless actionOnEmptyResult says so."""
    with bot(voice=gathering("input='speech' timeout='3'"), got=BYE) as server:
        report = talk(server, Listen(), Say("Mumble", heard=""), Wait(30))
        assert (report.said, server.forms("/got")) == (["Yes please", "Nothing"], [])
        server.pages["/voice"] = gathering("input='speech' timeout='3' actionOnEmptyResult='true'")
        report = talk(server, Wait(30))
    assert server.forms("/got")[0]["SpeechResult"] == ""
    assert report.said == ["Yes please", "Goodbye"]


def test_without_an_action_the_same_page_is_asked_again():
    """The page sees its own result."""

    def voice(form):
        return BYE if "SpeechResult" in form else "<Response><Gather input='speech'/></Response>"

    with bot(voice=voice) as server:
        report = talk(server, Wait(0.5), Say("Hello"))
    assert [item.path for item in server.asked] == ["/voice", "/voice"]
    assert report.said == ["Goodbye"]


def test_a_hang_up_ends_the_gather():
    """Nobody is asked anything after the caller has gone."""
    with bot(voice=gathering(), got=BYE) as server:
        report = talk(server, Listen(), HangUp())
    assert server.forms("/got") == []
    assert (report.status, report.ended_by) == ("completed", "caller")


def test_documented_mistakes_are_warned_of():
    """A speechTimeout of auto with a model is 13335; an unknown attribute 12200."""
    with bot(voice=gathering("input='speech' speechTimeout='auto' speechModel='x' colour='red'"), got=BYE) as server:
        report = talk(server, Listen(), HangUp())
    assert sorted(report.codes) == [12200, 13335]
