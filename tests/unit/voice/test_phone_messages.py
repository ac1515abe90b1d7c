"""Twilio's messages: what they mean, and that everything else is refused with a reason."""

import base64
import json

import pytest

from voice_service.call import events as ev
from voice_service.phone.messages import PhoneError, PhoneStream, Start, clear_message, mark_message

SID = "MZ0123"


def start(**changed):
    """Return a start message."""
    inner = {
        "streamSid": SID, "callSid": "CA1", "accountSid": "AC1", "customParameters": {"token": "t"},
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}, **changed,
    }  # fmt: skip
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": SID, "start": inner})


def media(payload=b"\xff" * 160, sid=SID, **changed):
    """Return a media message."""
    inner = {"track": "inbound", "chunk": "1", "payload": base64.b64encode(payload).decode(), **changed}
    return json.dumps({"event": "media", "streamSid": sid, "media": inner})


def begun():
    """Return a stream that has started at 0."""
    stream = PhoneStream()
    assert stream.read('{"event":"connected","protocol":"Call"}', 0.0) is None
    assert stream.read(start(), 0.0) == Start(SID, "CA1", "AC1", "t")
    return stream


def test_messages_become_events():
    """Sound, keys, marks, the end; the outbound track is not the caller."""
    stream = begun()
    assert stream.read(media(), 0.1) == ev.CallerAudio(b"\xff" * 160, speech=False)
    assert stream.read(media(track="outbound"), 0.1) is None
    assert stream.read('{"event":"dtmf","streamSid":"x","dtmf":{"digit":"5"}}', 0.1) == ev.Digit("5")
    assert stream.read('{"event":"mark","mark":{"name":"m1"}}', 0.1) == ev.MarkReturned("m1")
    assert stream.read('{"event":"stop","stop":{}}', 0.1) == ev.PhoneStopped()


@pytest.mark.parametrize(
    "message",
    [
        "", "{", "[]", "null", "7", '"start"', "{}", '{"event":"hello"}', '{"event":null}',
        start(),
        media(sid="another"),
        media(b"\xff" * 16_001),
        json.dumps({"event": "media", "streamSid": SID, "media": {"payload": "***"}}),
        json.dumps({"event": "media", "streamSid": SID, "media": {"payload": 5}}),
        json.dumps({"event": "media", "streamSid": SID}),
        json.dumps({"event": "mark", "mark": {}}),
        json.dumps({"event": "dtmf", "dtmf": {"digit": "12"}}),
        json.dumps({"event": "dtmf", "dtmf": []}),
    ],
)  # fmt: skip
def test_what_is_not_twilios_ends_the_call(message):
    """Malformed, out of place, too large, of another stream: one kind of error, with a reason."""
    stream = begun()
    with pytest.raises(PhoneError) as refused:
        stream.read(message, 1.0)
    assert str(refused.value)


@pytest.mark.parametrize(
    "message",
    [
        media(), '{"event":"mark","mark":{"name":"m1"}}', '{"event":"stop"}',
        start(mediaFormat={"encoding": "audio/x-l16", "sampleRate": 8000}),
        start(mediaFormat={"encoding": "audio/x-mulaw", "sampleRate": 16000}),
        start(customParameters={}), start(customParameters={"token": "x" * 40_000}), start(callSid=""),
        start(streamSid='MZ","event":"clear'), start(mediaFormat=None),
    ],
)  # fmt: skip
def test_nothing_goes_before_a_good_start(message):
    """Sound before the start, another format, no token, an id that could break out of its quotes."""
    with pytest.raises(PhoneError):
        PhoneStream().read(message, 0.0)


def test_a_flood_is_no_phone():
    """Ten seconds ahead of time are jitter; more is an attack."""
    stream = begun()
    for number in range(500):
        stream.read(media(), number * 0.001)
    for _ in range(20):
        stream.read(media(), 0.5)
    with pytest.raises(PhoneError, match="more sound than time"):
        stream.read(media(b"\xff" * 8000), 0.5)
    slow = begun()
    for number in range(2000):
        slow.read(media(), number * 0.02)


def test_what_goes_out_is_what_twilio_reads():
    """Marks and clears, as documented, with no field more."""
    assert json.loads(mark_message(SID, "m1")) == {"event": "mark", "streamSid": SID, "mark": {"name": "m1"}}
    assert json.loads(clear_message(SID)) == {"event": "clear", "streamSid": SID}
