"""Resampling a stream: what is heard, what is not, when it comes, and that cuts leave no trace."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.properties import NORMAL, SHORT
from voice_service.audio import mulaw
from voice_service.audio.resample import Decimator, Interpolator

STREAMS = ((Decimator, 24000, 8000), (Interpolator, 8000, 16000))
both = pytest.mark.parametrize(("stream", "rate", "out_rate"), STREAMS, ids=["24k-8k", "8k-16k"])


def tone(hertz, rate, seconds=2.0, level=16000.0):
    """Return a sine."""
    return np.rint(level * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def whole(stream, pcm, size=480):
    """Return everything that comes out for an input fed in equal chunks."""
    parts = [stream.feed(pcm[at : at + size]) for at in range(0, len(pcm), size)]
    return np.concatenate([*parts, stream.flush()])


def level_db(pcm, of=16000 / 2**0.5):
    """Return the RMS of the middle of a recording in dB of a full tone's."""
    middle = pcm[len(pcm) // 4 : -len(pcm) // 4].astype(float)
    return 20 * np.log10(np.sqrt(np.mean(middle**2)) / of + 1e-9)


def parts_of(pcm, hertz, rate):
    """Return amplitude of the one tone in a recording, and the RMS of all else, leaving out both ends."""
    middle = pcm[rate // 10 : -rate // 10].astype(float)
    angle = 2 * np.pi * hertz * np.arange(len(middle)) / rate
    basis = np.stack([np.sin(angle), np.cos(angle), np.ones(len(middle))], axis=1)
    fit, *_ = np.linalg.lstsq(basis, middle, rcond=None)
    return np.hypot(fit[0], fit[1]), np.sqrt(np.mean((middle - basis @ fit) ** 2))


def snr_db(pcm, hertz, rate):
    """Return the signal to noise ratio of a tone."""
    amplitude, rest = parts_of(pcm, hertz, rate)
    return 20 * np.log10(amplitude / 2**0.5 / rest)


@pytest.mark.parametrize(("hertz", "at_most"), [(4200, -45), (4600, -60), (5000, -60), (7000, -60), (11000, -60)])
def test_what_the_phone_cannot_carry_is_gone(hertz, at_most):
    """A tone above 4 kHz does not fold back into the voice."""
    assert level_db(whole(Decimator(), tone(hertz, 24000))) <= at_most


@pytest.mark.parametrize("hertz", [100, 300, 1000, 2000, 3000, 3300, 3400])
def test_the_voice_keeps_its_level(hertz):
    """Within half a decibel up to 3.4 kHz, downwards and upwards."""
    down, _ = parts_of(whole(Decimator(), tone(hertz, 24000)), hertz, 8000)
    up, _ = parts_of(whole(Interpolator(), tone(hertz, 8000)), hertz, 16000)
    assert abs(20 * np.log10(down / 16000)) <= 0.5
    assert abs(20 * np.log10(up / 16000)) <= 0.55


def test_a_tone_stays_clean():
    """1 kHz: 80 dB and more above all else as samples, 45 dB as mu-law, which by itself reaches 48."""
    out = whole(Decimator(), tone(1000, 24000))
    assert snr_db(out, 1000, 8000) >= 80
    assert snr_db(mulaw.decode(mulaw.encode(out)), 1000, 8000) >= 45
    assert snr_db(whole(Interpolator(), tone(1000, 8000)), 1000, 16000) >= 80


@pytest.mark.parametrize("hertz", [1000, 3000, 3400])
def test_upwards_leaves_no_image(hertz):
    """What was f has no mirror at 8 kHz - f."""
    out = whole(Interpolator(), tone(hertz, 8000))
    image, _ = parts_of(out, 8000 - hertz, 16000)
    assert 20 * np.log10(image / 16000) <= -60


@both
@NORMAL
@given(data=st.data())
def test_cuts_leave_no_trace(data, stream, rate, out_rate):
    """Bit by bit the same however the input is cut: empty chunks, single samples, chunks beyond the inner buffer."""
    seed = data.draw(st.integers(0, 2**32 - 1))
    length = data.draw(st.integers(0, 12000))
    pcm = np.random.default_rng(seed).integers(-32768, 32768, length).astype(np.int16)
    sizes = data.draw(st.lists(st.one_of(st.integers(0, 3), st.integers(0, 700), st.integers(0, 6000)), max_size=40))
    cuts = [0, *[cut for cut in np.cumsum(sizes, dtype=int).tolist() if cut < length], length]
    one, other = stream(), stream()
    expected = np.concatenate([one.feed(pcm), one.flush()])
    parts = [other.feed(pcm[begin:end]) for begin, end in pairwise(cuts)]
    found = np.concatenate([*parts, other.flush()])
    assert found.dtype == np.int16
    assert np.array_equal(found, expected)
    assert len(found) == -(-length * out_rate // rate)


@both
def test_sample_by_sample_is_the_same_too(stream, rate, out_rate):
    """The smallest chunks give what one chunk gives."""
    pcm = tone(440, rate, 0.1)
    assert np.array_equal(whole(stream(), pcm, size=1), whole(stream(), pcm, size=len(pcm)))


def kaiser(taps, cutoff, beta):
    """Return a low-pass by the textbook; the cutoff is a share of the rate."""
    time = np.arange(taps) - (taps - 1) / 2
    shape = np.sinc(2 * cutoff * time) * np.kaiser(taps, beta)
    return shape / shape.sum()


def test_downwards_is_plain_filtering():
    """The matrix product gives what convolution and taking every third sample give, but for rounding."""
    pcm = np.random.default_rng(7).integers(-8000, 8000, 3001).astype(np.int16)
    filtered = np.convolve(pcm.astype(float), kaiser(120, 3700 / 24000, 8))
    assert np.max(np.abs(whole(Decimator(), pcm) - filtered[59 : 59 + 3001 : 3])) <= 0.51


def test_upwards_is_plain_filtering():
    """The matrix product gives what zeros between the samples and convolution give, but for rounding."""
    pcm = np.random.default_rng(8).integers(-8000, 8000, 1000).astype(np.int16)
    wide = np.zeros(2000)
    wide[::2] = pcm
    filtered = 2 * np.convolve(wide, kaiser(48, 3800 / 16000, 6))
    assert np.max(np.abs(whole(Interpolator(), pcm) - filtered[24 : 24 + 2000])) <= 0.51


@both
@SHORT
@given(st.lists(st.integers(0, 900), min_size=1, max_size=60))
def test_little_is_held_back(stream, rate, out_rate, sizes):
    """At no time does the output lag more than 2.5 ms behind what came in."""
    line, received, given_out = stream(), 0, 0
    for size in sizes:
        received += size
        given_out += len(line.feed(np.zeros(size, np.int16)))
        assert 0 <= 1000 * (received / rate - given_out / out_rate) <= 2.5


@both
def test_a_spike_comes_out_where_it_went_in(stream, rate, out_rate):
    """With what is held back counted, the stream is not shifted in time: less than one input sample."""
    pcm = np.zeros(rate, np.int16)
    pcm[rate // 2] = 20000
    out = whole(stream(), pcm).astype(float)
    centre = np.sum(np.arange(len(out)) * out) / np.sum(out)
    assert abs(centre / out_rate - 0.5) <= 1 / rate


@both
@pytest.mark.parametrize("size", [480, 333, 2400, 1])
def test_a_turn_arrives_whole(stream, rate, out_rate, size):
    """1000 of 1000 ms, and the last of them is sound, not silence."""
    pcm = np.full(rate, 12000, np.int16)
    out = whole(stream(), pcm, size)
    assert len(out) == out_rate
    assert np.all(np.abs(out[out_rate // 100 : -out_rate // 100].astype(int) - 12000) <= 2)
    assert np.all(out[-5:] > 2500)


@both
def test_every_turn_begins_anew(stream, rate, out_rate):
    """After a flush or a reset the stream is as on its first day; nothing of an interrupted turn is heard."""
    pcm = tone(700, rate, 0.2)
    used, fresh = stream(), stream()
    whole(used, tone(300, rate, 0.3, 30000))
    assert np.array_equal(whole(used, pcm), whole(fresh, pcm))
    used.feed(tone(300, rate, 0.3, 30000))
    used.reset()
    assert np.array_equal(whole(used, pcm), whole(fresh, pcm))


@both
def test_a_flush_of_nothing_is_nothing(stream, rate, out_rate):
    """A turn without sound leaves none."""
    assert len(stream().flush()) == 0
    assert len(stream().feed(np.empty(0, np.int16))) == 0


@both
def test_too_loud_saturates(stream, rate, out_rate):
    """A square wave at the limits overshoots the filter; it stops at the limit and never changes sign."""
    wave = np.where(np.arange(rate) // (rate // 400) % 2 == 0, 32767, -32768).astype(np.int16)
    out = whole(stream(), wave)
    assert out.max() == 32767
    assert out.min() == -32768
    period = out_rate // 200
    upper = out[: len(out) // period * period].reshape(-1, period)[1:-1, period // 8 : period * 3 // 8]
    assert np.all(upper > 28000)


@both
def test_no_clicks_at_the_borders(stream, rate, out_rate):
    """A steady tone in odd chunks has no step larger than the tone itself makes."""
    out = whole(stream(), tone(400, rate), size=331).astype(float)[out_rate // 10 : -out_rate // 10]
    second = np.abs(np.diff(out, 2))
    assert second.max() <= 16000 * (2 * np.pi * 400 / out_rate) ** 2 + 4


@both
def test_the_callers_array_is_left_alone(stream, rate, out_rate):
    """Read-only input is taken, and what was returned does not change with the next chunk."""
    pcm = tone(500, rate, 0.04)
    pcm.flags.writeable = False
    line = stream()
    first = line.feed(pcm)
    kept = first.copy()
    line.feed(pcm)
    assert np.array_equal(first, kept)
