"""Frames of a Live session: every documented one, unknown ones, damaged ones; and what goes out."""

import base64
import json

import numpy as np
import pytest

from voice_service.call import events as ev
from voice_service.live.frames import ModelStream, answer_frame, audio_frame, text_frame


def read(*frames):
    """Return the events of frames, read by one stream."""
    stream = ModelStream()
    return [event for frame in frames for event in stream.read(json.dumps(frame).encode())]


def sound(samples):
    """Return a frame with so many samples of a tone at 24 kHz."""
    tone = (8000 * np.sin(np.arange(samples) * 2 * np.pi * 1000 / 24000)).astype("<i2")
    data = base64.b64encode(tone.tobytes()).decode()
    part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}
    return {"serverContent": {"modelTurn": {"parts": [part], "role": "model"}}}


def test_a_turn_with_sound_and_words():
    """Everything in one frame is read; all of the sound arrives, the filter's rest with the end of the turn."""
    both = sound(24000)
    both["serverContent"]["outputTranscription"] = {"text": "Hello"}
    both["serverContent"]["inputTranscription"] = {"text": " hi"}
    events = read(both, {"serverContent": {"generationComplete": True}}, {"serverContent": {"turnComplete": True}})
    assert ev.CallerWords(" hi") in events
    assert ev.ModelWords("Hello") in events
    assert events[-1] == ev.TurnDone()
    assert sum(len(event.mulaw) for event in events if isinstance(event, ev.ModelAudio)) == 8000


def test_an_interruption_forgets_the_sound_it_cuts():
    """The next turn begins clean."""
    clean = [event for event in read(sound(960)) if isinstance(event, ev.ModelAudio)]
    events = read(sound(961), {"serverContent": {"interrupted": True}}, sound(960))
    assert ev.Interrupted() in events
    assert events[-1] == clean[0]


def test_calls_handles_and_the_end_of_a_connection():
    """As the service sends them."""
    calls = [{"id": "fc-1", "name": "lookup", "args": {"q": "x"}}, {"id": "fc-2", "name": "end_call"}]
    assert read(
        {"toolCall": {"functionCalls": calls}},
        {"toolCallCancellation": {"ids": ["fc-1"]}},
        {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}},
        {"sessionResumptionUpdate": {"newHandle": "", "resumable": False}},
        {"goAway": {"timeLeft": "9.5s"}},
        {"goAway": {}},
    ) == [
        ev.ToolAsked("fc-1", "lookup", {"q": "x"}), ev.ToolAsked("fc-2", "end_call", {}), ev.ToolsDropped(("fc-1",)),
        ev.HandleGiven("h1"), ev.HandleGiven(""), ev.GoingAway(9.5), ev.GoingAway(10.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "frame",
    [
        b"", b"{", b"[]", b"null", b'{"newThing":{"x":1}}', b'{"serverContent":null}',
        b'{"serverContent":{"modelTurn":7}}',
        b'{"serverContent":{"modelTurn":{"parts":[null,{"text":"x"},{"inlineData":{"mimeType":"audio/pcm","data":"A"}}]}}}',
        b'{"usageMetadata":{"totalTokenCount":3}}', b'{"setupComplete":{}}', b'{"toolCall":{}}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_what_is_unknown_or_damaged_means_nothing(frame):
    """A new kind of frame must not end a call."""
    assert list(ModelStream().read(frame)) == []


def test_url_safe_base64_is_read_too():
    """The protocol's JSON may use either alphabet."""
    part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "-_-_" * 400}}
    assert read({"serverContent": {"modelTurn": {"parts": [part]}}})


def test_what_goes_out_is_as_documented():
    """Sound as PCM at 8 kHz, text, a function's result with its id."""
    audio = json.loads(audio_frame(b"\x80\x00" * 80))["realtimeInput"]["audio"]
    assert audio["mimeType"] == "audio/pcm;rate=8000"
    assert list(np.frombuffer(base64.b64decode(audio["data"]), "<i2")[:2]) == [32124, -32124]
    assert json.loads(text_frame('say "hi"')) == {"realtimeInput": {"text": 'say "hi"'}}
    answer = json.loads(answer_frame("fc-1", "lookup", {"found": 1}))
    assert answer == {
        "toolResponse": {"functionResponses": [{"id": "fc-1", "name": "lookup", "response": {"found": 1}}]}
    }
