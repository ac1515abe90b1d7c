"""Payloads and media messages: what is sent is JSON that says what was meant, what is damaged is refused."""

import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.properties import NORMAL, any_text
from voice_service.audio import wire

STREAM = "MZ18ad3ab5a668481ce02b83e7395059f0"
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
nearly_base64 = st.text("AZaz09+/=\n -_é\0", max_size=24)


@NORMAL
@given(st.binary(max_size=2000))
def test_a_media_message_is_what_twilio_reads(sound):
    """Exactly the fields of the protocol (Twilio warns of any other), and the sound in base64."""
    message = json.loads(wire.media_message(STREAM, sound))
    payload = base64.b64encode(sound).decode()
    assert message == {"event": "media", "streamSid": STREAM, "media": {"payload": payload}}


@NORMAL
@given(any_text)
def test_no_stream_id_breaks_out_of_its_quotes(stream_sid):
    """Whatever the id, the message is refused or names it."""
    try:
        message = wire.media_message(stream_sid, b"x")
    except ValueError:
        assert not stream_sid.isalnum()
    else:
        assert json.loads(message)["streamSid"] == stream_sid


@NORMAL
@given(st.binary(max_size=2000))
def test_a_payload_comes_back(sound):
    """Any bytes, long enough for every path of the decoder."""
    assert wire.payload_of(base64.b64encode(sound).decode()) == sound


@NORMAL
@given(st.one_of(nearly_base64, any_text))
def test_a_payload_is_base64_or_refused(text):
    """Nothing is skipped and nothing is guessed: white space, other alphabets and missing padding are errors."""
    if BASE64.fullmatch(text):
        assert wire.payload_of(text) == base64.b64decode(text)
    else:
        with pytest.raises(ValueError, match=r".+"):
            wire.payload_of(text)


@pytest.mark.parametrize("damage", ["\n", "!", "=", "é", "\0"])
@pytest.mark.parametrize("at", [0, 100, 210])
def test_one_wrong_character_is_found_anywhere(damage, at):
    """In a payload as long as a frame's too, where the decoder takes many characters at once."""
    good = base64.b64encode(bytes(range(159))).decode()
    with pytest.raises(ValueError, match=r".+"):
        wire.payload_of(good[:at] + damage + good[at + 1 :])


@NORMAL
@given(st.lists(st.integers(-32768, 32767), max_size=500))
def test_samples_come_back(samples):
    """16-bit little-endian samples there and back."""
    text = wire.base64_of(np.array(samples, np.int16))
    assert base64.b64decode(text) == b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
    assert wire.pcm_of(text).tolist() == samples


@pytest.mark.parametrize("text", ["AA==", "AAAA", "A", "not base64!"])
def test_half_a_sample_is_refused(text):
    """One or three bytes are no samples, nor is what is no base64."""
    with pytest.raises(ValueError, match=r".+"):
        wire.pcm_of(text)


def test_samples_that_lie_apart_are_sent_in_order():
    """A slice with a stride is sent as its copy is."""
    pcm = np.arange(100, dtype=np.int16)[::3]
    assert wire.pcm_of(wire.base64_of(pcm)).tolist() == pcm.tolist()
