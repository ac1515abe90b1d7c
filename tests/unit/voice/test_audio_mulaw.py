"""Mu-law is G.711's, sample for sample and byte for byte."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.properties import NORMAL
from voice_service.audio import mulaw

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_BYTE = bytes(range(256))


def g711_encode(sample: int) -> int:
    """Return the code by the recommendation's segments: 14 bits, bias 33, eight segments of sixteen steps."""
    value = sample >> 2
    sign = 0x80 if value < 0 else 0
    magnitude = min(abs(value), 8158) + 33
    segment = next(number for number in range(8) if magnitude < 64 << number)
    return 0xFF - (sign | segment << 4 | (magnitude >> (segment + 1)) & 15)


def g711_decode(byte: int) -> int:
    """Return the middle of the step that a code stands for."""
    code = 0xFF - byte
    magnitude = (((code & 15) * 2 + 33) << (code >> 4 & 7)) - 33
    return (-magnitude if code & 0x80 else magnitude) * 4


def test_every_sample_has_the_code_of_the_recommendation():
    """All 65 536 samples."""
    assert mulaw.encode(EVERY_SAMPLE) == bytes(map(g711_encode, EVERY_SAMPLE.tolist()))


def test_every_byte_has_the_sample_of_the_recommendation():
    """All 256 bytes."""
    assert mulaw.decode(EVERY_BYTE).tolist() == list(map(g711_decode, EVERY_BYTE))


def test_pythons_own_codec_agrees():
    """As far as this Python still has one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop", reason="audioop left Python with 3.13")
    assert mulaw.encode(EVERY_SAMPLE) == audioop.lin2ulaw(EVERY_SAMPLE.tobytes(), 2)
    assert mulaw.decode(EVERY_BYTE).tobytes() == audioop.ulaw2lin(EVERY_BYTE, 2)


def test_a_byte_survives_the_round_trip():
    """What the phone sent goes back unchanged, but for the second zero."""
    again = mulaw.encode(mulaw.decode(EVERY_BYTE))
    assert {(old, new) for old, new in zip(EVERY_BYTE, again, strict=True) if old != new} == {(0x7F, 0xFF)}


def test_silence_is_zero():
    """The byte named silence is, both ways."""
    assert mulaw.encode(np.zeros(3, np.int16)) == mulaw.SILENCE * 3
    assert mulaw.decode(mulaw.SILENCE * 3).tolist() == [0, 0, 0]


@NORMAL
@given(st.lists(st.integers(-32768, 32767), max_size=400))
def test_the_error_is_a_small_share_of_the_sample(samples):
    """Frames of any length, none included; the step grows with the sample and is never over a sixteenth of it."""
    pcm = np.array(samples, np.int16)
    back = mulaw.decode(mulaw.encode(pcm))
    assert back.dtype == np.int16
    assert len(back) == len(pcm)
    loud = np.abs(pcm.astype(int))
    assert np.all(np.abs(back.astype(int) - pcm) <= np.maximum(8, loud / 16 + 4))


def test_samples_may_lie_apart():
    """Every second sample of an array is encoded as its copy is."""
    apart = EVERY_SAMPLE[::2]
    assert mulaw.encode(apart) == mulaw.encode(apart.copy())
