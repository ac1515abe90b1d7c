"""What comes to the socket and is no call, or breaks off being one: closed with a reason, and nobody else notices."""

import json
import threading

import httpx2

from local.twilio.options import StreamFaults
from local.twilio.script import HangUp, Listen, Say, Wait
from tests.voice.line import heard

FACTS = "A full service costs 95 pounds."
QUESTION = "What does a full service cost?"


def media(payload):
    """Return a media message of any stream: Twilio's simulator knows the right one only while it sends."""
    return json.dumps({"event": "media", "streamSid": "MZ0", "media": {"track": "inbound", "payload": payload}})


NO_CALL = (
    StreamFaults(signing="forged"),
    StreamFaults(signing="missing"),
    StreamFaults(parameters={"token": "made.up"}),
    StreamFaults(parameters={}),
    StreamFaults(call_sid="CA" + "0" * 32),
    StreamFaults(start=False),
    StreamFaults(media_format={"encoding": "audio/x-l16", "sampleRate": 16000, "channels": 1}),
)
BROKEN = (
    "{", "[]", '{"event":"start"}', '{"event":"nonsense"}', media("***"), media("A" * 40_000), b"\x00\x01",
    "x" * 70_000,
    '{"event":"dtmf","dtmf":{"digit":"12"}}',
)  # fmt: skip


def after_stream(report):
    """Return how often Twilio asked what comes after the stream."""
    return len([item for item in report.webhooks("/voice/fallback") if "turn" not in item.url])


def test_a_socket_that_is_no_call_costs_nothing(new_line, live):
    """Forged, unsigned, another's token or call: no session with the model; the caller is answered turn by turn."""
    line = new_line()
    reports = line.calls([((Listen(), Wait(7), HangUp()), faults) for faults in NO_CALL])
    assert [after_stream(report) for report in reports] == [1] * len(NO_CALL)
    assert live.sessions() == []


def test_a_broken_message_ends_the_stream_and_not_the_call(new_line, live):
    """Not JSON, out of place, not base64, too large: closed by the service, and the caller goes on turn by turn."""
    line = new_line()
    reports = line.calls([((Listen(), Wait(3), HangUp()), StreamFaults(messages=[(0.5, one)])) for one in BROKEN])
    assert [report.streams[0].ended_by for report in reports] == ["server"] * len(BROKEN)
    assert [after_stream(report) for report in reports] == [1] * len(BROKEN)


def test_a_token_is_good_for_one_stream(new_line, live):
    """A second socket with the token, the call and the signature of the first is refused."""
    line = new_line(facts=FACTS)
    first = line.call(Listen(), Wait(1), HangUp())
    live.reset()
    again = StreamFaults(parameters=first.streams[0].parameters, call_sid=first.sid)
    line.call(Listen(timeout_s=30), HangUp(), faults=again)
    assert live.sessions() == []


def test_a_phone_that_is_gone_leaves_nothing_behind(new_line, live, telephony):
    """Cut, or silent without a stop: the call is kept as far as it came, and its session with the model is closed."""
    line = new_line(facts=FACTS)
    report = line.call(Listen(), Wait(0.3), Say(QUESTION), Wait(3), faults=StreamFaults(cut_after_s=6.0))
    assert any(said["text"] == QUESTION for said in line.record(report)["transcript"])
    url = f"http://127.0.0.1:{telephony.ports.voice_service}/health"
    assert httpx2.get(url, trust_env=False).json()["calls"] == 0
    assert not any(session["open"] for session in live.sessions())


def test_bad_sockets_do_not_disturb_a_good_call(new_line, live):
    """While one caller is answered others send garbage."""
    line, bad = new_line(facts=FACTS), new_line()
    found = []
    good = threading.Thread(
        target=lambda: found.append(line.call(Listen(), Wait(0.3), Say(QUESTION), Listen(), HangUp()))
    )
    good.start()
    for message in ("{", b"\x00", media("***")):
        bad.call(Listen(), Wait(0.5), HangUp(), faults=StreamFaults(messages=[(0.2, message)]))
    good.join()
    assert "95 pounds" in heard(found[0])
    assert found[0].underruns == []
