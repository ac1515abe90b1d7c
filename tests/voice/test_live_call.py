"""Calls through Gemini Live: a caller speaks, the assistant answers from the knowledge base, and all of it is kept."""

from local.twilio.script import BargeIn, HangUp, Listen, Press, Say, Wait
from tests.voice.line import CALLER, heard

FACTS = "A full service costs 95 pounds. A new tyre costs 30 pounds."
QUESTION = "What does a full service cost?"
LONG = "This is a long answer that goes on and on and on about bikes and wheels and many other things besides."


def test_a_price_is_told_by_voice(new_line, live):
    """From the knowledge base, heard to its end; transcript, sources, session and figures are the owner's to read."""
    line = new_line(facts=FACTS)
    report = line.call(Listen(), Wait(0.3), Say(QUESTION), Listen(), HangUp())
    assert "95 pounds" in heard(report)
    assert report.underruns == []
    assert report.streams[0].violations == []
    kept = line.record(report)
    assert [(said["who"], "95 pounds" in said["text"]) for said in kept["transcript"]][-1] == ("assistant", True)
    assert any(said["text"].startswith("sources: Facts") for said in kept["transcript"])
    assert (kept["caller"], kept["status"], kept["outcome"]) == (CALLER, "completed", "answered")
    assert kept["latency"]["answers"] == 1
    session = line.business.admin.call("GET", f"{line.business.path}/sessions/{kept['session_id']}")
    assert (session["channel"], session["messages"][0]["visitor"]) == ("voice", QUESTION)


def test_an_address_said_aloud_is_known_and_kept(new_line, live):
    """Spelled as people spell it; the details are the call's, and the summary tells of them."""
    line = new_line(facts=FACTS, goals=[{"id": "quote", "collect": ["name", "email"]}])
    report = line.call(
        Listen(),
        Wait(0.3),
        Say("My name is Ana Lopez and my email is a n a at acme dash mail dot com"),
        Listen(),
        HangUp(),
    )
    kept = line.record(report)
    assert kept["fields"] == {"name": "Ana Lopez", "email": "ana@acme-mail.com"}
    assert "I have noted: a, n, a, at, a, c, m, e, dash" in heard(report)
    figures = line.business.admin.call("GET", f"{line.business.path}/analytics/summary?channel=voice")["figures"]
    assert (figures["calls"], figures["leads"]) == (1, 1)
    assert "Ana Lopez" in kept["summary"]


def test_a_caller_who_speaks_is_listened_to(new_line, live):
    """The phone falls silent at once; what was not heard is not in the record; the next answer is whole."""
    line = new_line(facts=FACTS)
    live.put(script=[{"text": LONG}], pace="burst")
    report = line.call(Listen(), Wait(0.3), Say("Tell me everything"), BargeIn(600, Say(QUESTION)), Listen(), HangUp())
    barged = next(turn for turn in report.turns if turn.barged)
    assert barged.stopped_s is not None
    assert barged.stopped_s < 1.0
    assert "95 pounds" in heard(report)
    _, *replies = [said["text"] for said in line.record(report)["transcript"] if said["who"] == "assistant"]
    assert LONG.startswith(replies[0])
    assert len(replies[0]) < len(LONG) / 2


def test_a_killed_session_is_resumed(new_line, live):
    """The caller notices a pause at most; the next question is answered."""
    line = new_line(facts=FACTS)
    live.put(faults=[{"kind": "kill", "code": 1006, "after_audio_frames": 40}])
    report = line.call(Listen(), Wait(0.3), Say(QUESTION), Listen(), HangUp())
    assert "95 pounds" in heard(report)
    assert line.record(report)["latency"]["reconnects"] >= 1
    assert report.status == "completed"


def test_a_question_is_not_lost_with_the_connection_that_heard_it(new_line, live):
    """Killed in the middle of it, or there and not there: what was said goes to the next connection as well."""
    faults = {"killed": {"kind": "kill", "code": 1011}, "silent": {"kind": "freeze", "delay_ms": 15_000}}
    for fault in faults.values():
        line = new_line(facts=FACTS)
        live.put(faults=[{**fault, "after_audio_frames": 90}])
        report = line.call(Listen(), Wait(0.3), Say(QUESTION), Listen(timeout_s=15), HangUp())
        assert "95 pounds" in heard(report)
        kept = line.record(report)
        assert [said["text"] for said in kept["transcript"] if said["who"] == "caller"] == [QUESTION]
        assert kept["latency"]["reconnects"] >= 1


def test_a_closing_connection_is_changed_unheard(new_line, live):
    """goAway: another session between two turns, which remembers the call."""
    line = new_line(facts=FACTS)
    live.put(go_away_after_s=2.5, go_away_time_left_s=5.0)
    report = line.call(
        Listen(), Wait(0.3), Say(QUESTION), Listen(), Wait(0.5), Say("What does a new tyre cost?"), Listen(), HangUp()
    )
    assert "95 pounds" in heard(report)
    assert "30 pounds" in heard(report)
    figures = line.record(report)["latency"]
    assert (figures["rotations"] >= 1, figures["reconnects"]) == (True, 0)


def test_without_live_the_call_goes_on_turn_by_turn(new_line, live):
    """The socket is refused by the model's service: the chat's own engine answers, and Twilio speaks."""
    line = new_line(facts=FACTS)
    live.put(faults=[{"kind": "refuse_handshake", "times": 20}])
    report = line.call(Listen(), Wait(0.5), Say(QUESTION), Listen(), HangUp())
    assert any("95 pounds" in words for words in report.said)


def test_goodbye_ends_the_call_and_zero_reaches_a_person(new_line, live):
    """The model hangs up after its last words; the key puts the caller through."""
    from local.twilio.options import Person

    line = new_line({"transfer": {"number": "+442079461111", "always": True, "whisper": False}}, facts=FACTS)
    live.put(script=[{"call": {"name": "end_call", "args": {}}}, {"text": "Goodbye and thank you."}])
    report = line.call(Listen(), Wait(0.3), Say("That was all, bye bye"), Listen(), patience_s=15)
    assert (report.ended_by, "Goodbye" in heard(report)) == ("hangup", True)
    live.reset()
    people = {"+442079461111": Person(after_s=0.2, script=[Say("Anna here"), Wait(1), HangUp()])}
    other = line.call(Listen(), Wait(0.5), Press("0"), Wait(8), people=people)
    assert [party.status for party in other.dialled] == ["completed"]
    assert line.record(other)["outcome"] == "transferred"


def test_a_call_is_paid_for_by_the_tokens_that_live_tells(new_line, live):
    """Sound in and out and the text of the context, by model; the embedding of its search; minutes, which are free."""
    line = new_line(facts=FACTS)
    before = line.business.admin.call("GET", f"{line.business.path}/usage")["totals"]
    line.record(line.call(Listen(), Wait(0.3), Say(QUESTION), Listen(), HangUp()))
    found = line.business.admin.call("GET", f"{line.business.path}/usage")
    models = {one["model"]: one for one in found["models"]}
    spoken = models["gemini-3.8-live"]
    assert min(spoken["audio_tokens_in"], spoken["audio_tokens_out"], spoken["tokens_in"]) > 0
    assert spoken["cost_usd"] > 0
    assert found["totals"]["embedded_tokens"] > before["embedded_tokens"]
    assert (found["totals"]["calls"], found["totals"]["call_minutes"] > 0) == (1, True)
    voice = next(one for one in found["channels"] if one["channel"] == "voice")
    assert voice["cost_usd"] >= spoken["cost_usd"]
