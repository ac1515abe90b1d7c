"""What a call takes of Gemini Live: told by the service, or estimated from the sound."""

import json

from voice_service.live.frames import ModelStream
from voice_service.live.meter import Meter, tokens_of

TURN = {
    "promptTokenCount": 400, "responseTokenCount": 60, "thoughtsTokenCount": 5, "totalTokenCount": 465,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 300}, {"modality": "AUDIO", "tokenCount": 100}],
    "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 60}],
}  # fmt: skip


def amounts(meter):
    """Return what is taken from the meter, by unit."""
    return {item["unit"]: item["amount"] for item in meter.take()}


def test_what_the_service_tells_is_counted():
    """Turn by turn, as each is billed with all its context; once it was taken it is gone."""
    meter = Meter("gemini-3.8-live")
    meter.heard = meter.said = 80_000
    stream = ModelStream(meter.told)
    for _ in range(2):
        list(stream.read(json.dumps({"serverContent": {"turnComplete": True}, "usageMetadata": TURN})))
    assert amounts(meter) == {
        "audio_tokens_in": 200, "audio_tokens_out": 120, "tokens_in": 600, "tokens_out": 10,
    }  # fmt: skip
    assert meter.take() == ()


def test_a_service_that_tells_is_not_estimated_as_well():
    """Sound between two tellings waits for the next one."""
    meter = Meter("gemini-3.8-live")
    meter.told(TURN)
    meter.take()
    meter.heard = 80_000
    assert meter.take() == ()


def test_without_telling_the_sound_is_counted():
    """Ten seconds heard, four spoken: 25 tokens each."""
    meter = Meter("gemini-3.8-live")
    meter.heard, meter.said = 80_000, 32_000
    assert amounts(meter) == {"audio_tokens_in": 250, "audio_tokens_out": 100}
    assert meter.take() == ()


def test_numbers_that_make_no_sense_are_nothing():
    """Whatever the service sends, a call goes on."""
    for usage in ({}, {"promptTokenCount": "many"}, {"promptTokensDetails": {"modality": "AUDIO"}},
                  {"responseTokensDetails": [None, {"modality": "AUDIO", "tokenCount": -4}]}):  # fmt: skip
        used = tokens_of(usage)
        assert (used.audio_in, used.audio_out, used.text_in, used.text_out) == (0, 0, 0, 0)
