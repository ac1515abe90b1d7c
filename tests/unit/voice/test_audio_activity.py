"""The speech gate: opens soon, stays shut for noise, and forgets nothing it needs."""

import numpy as np
import pytest

from local.bench.voices import judge, talk
from voice_service.audio import mulaw
from voice_service.audio.activity import SpeechGate

QUIET_LINE = -65.0


def noise(db, seconds, seed=1):
    """Return white noise of a level in dB of full scale."""
    return np.random.default_rng(seed).normal(0, 32768 * 10 ** (db / 20), int(8000 * seconds))


def hum(db, seconds):
    """Return 50 Hz and its harmonics."""
    time = np.arange(int(8000 * seconds)) / 8000
    wave = sum(np.sin(2 * np.pi * 50 * k * time + k) / k for k in (1, 2, 3, 5, 7, 9))
    return wave / np.sqrt(np.mean(wave**2)) * 32768 * 10 ** (db / 20)


def voice(db, seconds, pitch=140.0):
    """Return a vowel that never ends."""
    time = np.arange(int(8000 * seconds)) / 8000
    wave = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(2, 20))
    return wave / np.sqrt(np.mean(wave**2)) * 32768 * 10 ** (db / 20)


def answers(gate, *sound):
    """Return what the gate says, frame by frame."""
    pcm = np.clip(np.rint(np.concatenate(sound)), -32768, 32767).astype(np.int16)
    frames = pcm[: len(pcm) // 160 * 160].reshape(-1, 160)
    return np.array([gate.feed(mulaw.encode(frame)) for frame in frames])


@pytest.mark.parametrize(
    ("kind", "snr_db", "found", "onset_ms", "slowest_ms"),
    [
        ("none", 60.0, 95, 40, 80),
        ("clean", 60.0, 95, 40, 80),
        ("white", 20.0, 94, 40, 120),
        ("white", 10.0, 90, 80, 160),
        ("pink", 10.0, 92, 60, 160),
        ("hum", 20.0, 95, 40, 80),
        ("hum", 10.0, 95, 40, 80),
    ],
)
def test_speech_is_found_in_noise(kind, snr_db, found, onset_ms, slowest_ms):
    """No utterance is missed, it is noticed soon, and the pauses are quiet."""
    for seed in (11, 12, 13):
        recording = talk(seed, kind, snr_db)
        gate = SpeechGate()
        result = judge(recording, np.array([gate.feed(mulaw.encode(frame)) for frame in recording.frames]))
        assert result.missed == 0
        assert result.found >= found
        assert result.false <= 2
        assert result.onset_ms <= onset_ms
        assert result.slowest_ms <= slowest_ms
        assert result.tail_ms <= 140


@pytest.mark.parametrize("sound", [noise(-32, 60), noise(-50, 60), hum(-32, 60), np.zeros(480000)], ids=range(4))
def test_a_minute_of_noise_alone_is_silence(sound):
    """Not one frame in a hundred, from the first frame on."""
    assert answers(SpeechGate(), sound).mean() <= 0.01


@pytest.mark.parametrize("step", [noise(-32, 8, seed=2), hum(-26, 8)], ids=["hiss", "hum"])
@pytest.mark.parametrize("before", [noise(QUIET_LINE, 3), np.zeros(24000)], ids=["quiet line", "no line"])
def test_a_noise_that_sets_in_is_learnt(before, step):
    """It may be taken for speech for a while, but not for ever; and a voice is heard in it afterwards."""
    gate = SpeechGate()
    said = answers(gate, before, step)
    assert not said[150 + 130 :].any()
    assert answers(gate, step[:16000] + voice(-18, 2)).any()


def test_a_click_is_no_voice():
    """Pops of up to 5 ms, as loud as they come, each in one frame."""
    sound = noise(QUIET_LINE, 10)
    random = np.random.default_rng(3)
    for start in range(8000, 76000, 2400):
        sound[start + 40 : start + 40 + random.integers(1, 40)] += 16000
    assert not answers(SpeechGate(), sound).any()


def test_one_whistle_is_no_voice():
    """A pure tone fills one band and its neighbour."""
    tone = 4000 * np.sin(2 * np.pi * 900 * np.arange(8000) / 8000)
    assert not answers(SpeechGate(), noise(QUIET_LINE, 1), tone + noise(QUIET_LINE, 1)).any()


def test_what_is_far_away_is_not_the_caller():
    """Another room's voice, or the bot's own echo, 25 dB under a caller's, on the quietest line."""
    assert answers(SpeechGate(), noise(-75, 1), voice(-42, 3)).any()
    assert not answers(SpeechGate(), noise(-75, 1), voice(-48, 3)).any()


def test_the_gate_opens_and_closes_in_time():
    """The second frame of a voice opens it; 120 ms after the last it is shut."""
    said = answers(SpeechGate(), noise(QUIET_LINE, 1), voice(-22, 0.5), noise(QUIET_LINE, 1))
    assert np.flatnonzero(said).tolist() == list(range(51, 75 + 5))


def test_a_voice_that_sinks_is_held():
    """What would not open the gate keeps it open: no flutter at the threshold."""
    background = noise(-45, 3, seed=5)
    weak = np.concatenate([np.zeros(16000), voice(-47, 0.6), np.zeros(3200)])
    begun = weak.copy()
    begun[16000:17280] = voice(-22, 0.16)
    assert not answers(SpeechGate(), background + weak).any()
    assert answers(SpeechGate(), background + begun)[101:117].all()


def test_short_gaps_do_not_close_it():
    """Between syllables 80 ms may be silent."""
    gap, syllable = noise(QUIET_LINE, 0.08), voice(-22, 0.2)
    said = answers(SpeechGate(), noise(QUIET_LINE, 1), *[syllable, gap] * 10, syllable)
    assert said[52:].all()


def test_who_speaks_from_the_first_frame_is_heard_soon():
    """Without any silence before it the first gap shows what is noise."""
    recording = talk(21, "white", 20.0)
    first = recording.starts[0] + 2
    gate = SpeechGate()
    said = np.array([gate.feed(mulaw.encode(frame)) for frame in recording.frames[first:]])
    assert said[:50].any()


@pytest.mark.parametrize("size", [1, 7, 80, 159, 161, 320, 1000])
def test_frames_of_any_length_say_the_same(size):
    """Twilio promises no length: what was said is that of the last whole 20 ms."""
    recording = talk(5, "white", 20.0, utterances=3)
    sound = mulaw.encode(recording.pcm)
    gate, other = SpeechGate(), SpeechGate()
    expected = [gate.feed(sound[at : at + 160]) for at in range(0, len(sound), 160)]
    for at in range(0, len(sound), size):
        now = other.feed(sound[at : at + size])
        whole = min(at + size, len(sound)) // 160
        assert now == (expected[whole - 1] if whole else False)


def test_an_empty_frame_changes_nothing():
    """The gate says again what it said."""
    gate = SpeechGate()
    assert gate.feed(b"") is False
    assert answers(gate, noise(QUIET_LINE, 1), voice(-22, 0.2))[-1]
    assert gate.feed(b"") is True
