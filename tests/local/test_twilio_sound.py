"""What the phone's sound is made of: codec, tracks, playout buffer, sound files, and what is measured in them."""

import subprocess
import sys
import wave

import numpy as np
import pytest

from local.twilio import hearing
from local.twilio.line import Utterance
from local.twilio.mulaw import RATE, SILENCE, decode, encode, to_telephone
from local.twilio.playout import Playout
from local.twilio.report import CallReport
from local.twilio.sounds import SoundError, decoded
from local.twilio.track import Track, loud
from local.twilio.voices import Babble
from tests.local.twilio_bot import ROOT, TO, bot, tone

# One silent frame of 24 ms as the free voices of Edge come: MPEG 2, layer 3, 48 kbit/s, 24 kHz, mono.
MP3_FRAME = b"\xff\xf3\x64\xc4" + bytes(140)


def test_known_codes():
    """G.711's own values, and every code goes there and back."""
    assert encode(np.array([0, -1, 32_767, -32_768, 1000], dtype=np.int16)).hex() == "ff7f8000ce"
    assert decode(b"\xff\x80\x00").tolist() == [0, 32_124, -32_124]
    codes = bytes(range(256))
    again = encode(decode(codes))
    assert [code for code in codes if again[code] != code] == [0x7F]  # minus nothing


def test_other_rates_become_a_telephones():
    """A tone keeps its length and size; what a telephone does not carry is gone."""
    at = np.arange(24_000) / 24_000
    low = decode(to_telephone((np.sin(2 * np.pi * 1000 * at) * 10_000).astype(np.int16), 24_000))
    high = decode(to_telephone((np.sin(2 * np.pi * 5000 * at) * 10_000).astype(np.int16), 24_000))
    assert len(low) == RATE
    assert 6500 < np.sqrt((low[500:-500].astype(float) ** 2).mean()) < 7500
    assert np.abs(high[500:-500]).max() < 100


def test_voice_is_found():
    """Loud parts are cut at pauses of a tenth of a second; a telephone's noise is not voice."""
    sound = tone(0.3) + SILENCE * 400 + tone(0.1) + SILENCE * 1600 + tone(0.2) + SILENCE * 800
    assert list(loud(sound)) == [(0, 2400 + 400 + 800), (5200, 6800)]
    assert list(loud(encode(np.full(8000, 200, dtype=np.int16)))) == []


def test_a_track_keeps_exact_times():
    """Pieces queue behind one another, silence fills the rest, a cut drops what comes after it."""
    track = Track()
    assert track.put(100, b"\x01" * 200, "stream") == 300
    assert track.put(250, b"\x02" * 100, "stream") == 400
    track.put(1000, b"\x03" * 10, "stream")
    assert track.read(90, 20) == SILENCE * 10 + b"\x01" * 10
    assert track.read(295, 10) == b"\x01" * 5 + b"\x02" * 5
    assert track.read(395, 700) == b"\x02" * 5 + SILENCE * 600 + b"\x03" * 10 + SILENCE * 85
    assert (track.cut(350), track.end) == (660, 350)
    assert track.read(340, 20) == b"\x02" * 10 + SILENCE * 10
    assert track.cut(400) == 0


def test_a_playout_returns_marks_by_time():
    """Marks wait for what came before them; a clear makes all due; ten minutes are the most."""
    playout = Playout(Track())
    playout.mark(0, "first")
    assert playout.due(0) == ["first"]
    assert playout.media(0, tone(1))
    playout.mark(100, "one")
    playout.mark(200, "two")
    assert (playout.due(7999), playout.next_due) == ([], 8000)
    assert playout.due(8000) == ["one", "two"]
    playout.media(10_000, tone(2))
    playout.mark(10_000, "three")
    assert playout.clear(12_000) == 14_000
    assert playout.due(12_000) == ["three"]
    assert [mark.cleared for mark in playout.marks] == [False, False, False, True]
    assert not playout.media(0, SILENCE * (600 * RATE + 1))
    assert playout.media(12_000, SILENCE * 600 * RATE)


def test_turns_are_measured_from_voice_to_voice():
    """Silence around words does not count, on either side."""
    ear = Track()
    ear.put(0, tone(2), "stream")
    ear.cut(12_800)  # 1.6 s: the bot was interrupted
    ear.put(3 * RATE, SILENCE * 800 + tone(1), "stream")
    words = Utterance("stop", SILENCE * 1600 + tone(0.5) + SILENCE * 1600, "stop", start=1.0, end=1.9)
    turn = hearing.turns([words], ear, [1.5])[0]
    assert (turn.start, turn.end) == (1.2, 1.7)
    assert turn.barged
    assert (turn.clear_s, turn.stopped_s, turn.latency_s) == pytest.approx((0.3, 0.4, 1.4))


def test_holes_count_only_in_running_speech():
    """Not after a clear, not where a sentence ended in silence, not between turns."""

    def holes(*pieces, clears=()):
        ear = Track()
        for at, sound in pieces:
            ear.put(int(at * RATE), sound, "stream")
        return [round(gap.seconds, 3) for gap in hearing.underruns(ear, clears)]

    assert holes((0, tone(1)), (1.05, tone(1)), (2.07, tone(1))) == [0.05]
    assert holes((0, tone(1)), (1.5, tone(1)), clears=[1.0]) == []
    assert holes((0, tone(1) + SILENCE * 800), (1.5, tone(1))) == []
    assert holes((0, tone(1)), (3, tone(1))) == []


def test_sound_files():
    """MP3 as the free voices come, WAV and mu-law are played; nothing else is."""
    silent = decoded("audio/mpeg", MP3_FRAME * 50)
    assert abs(len(silent) / RATE - 50 * 0.024) < 0.05
    assert not np.abs(decode(silent)).max()
    assert decoded("audio/basic", b"\x01\x02") == b"\x01\x02"
    for kind, body in (("audio/mpeg", b"x"), ("audio/wav", b"x"), ("text/html", b"")):
        with pytest.raises(SoundError):
            decoded(kind, body)


def test_babble_is_the_same_for_the_same_words():
    """Longer words last longer, and it is loud enough to be voice."""
    voice = Babble()
    assert np.array_equal(voice.say("Good day", RATE), voice.say("Good day", RATE))
    assert len(voice.say("Good", RATE)) < len(voice.say("Goodness", RATE))
    assert len(list(loud(encode(voice.say("Hello", RATE))))) == 1


def test_a_saved_call_has_the_caller_left(tmp_path):
    """The file is as long as the call, at 8000 Hz."""
    report = CallReport("CA1", "AC1", "a", "b", duration_s=2.0)
    report.mouth.put(0, tone(0.5), "caller")
    report.ear.put(RATE, tone(0.5), "stream")
    report.save(tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, RATE, 2 * RATE)
        left, right = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2).T
    assert (bool(left[:4000].all()), bool(left[4000:].any())) == (True, False)
    assert (bool(right[:RATE].any()), bool(right[RATE : RATE + 4000].all())) == (False, True)


def test_the_phone_is_a_command(tmp_path):
    """It calls, tells what happened, and writes the sound."""
    with bot(voice="<Response><Gather input='speech' action='/got'><Say>Hi</Say></Gather></Response>",
             got="<Response><Say>Bye</Say></Response>") as server:  # fmt: skip
        command = [sys.executable, "-m", "local.twilio.phone", TO, "Two tickets", "--webhook", f"{server.url}/voice"]
        more = ["--speed", "4", "--calls", "2", "--wav", str(tmp_path / "call.wav")]
        done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("completed") == 2
    assert [form["SpeechResult"] for form in server.forms("/got")] == ["Two tickets"] * 2
    assert {form["From"] for form in server.forms("/got")} == {"+14155550100", "+14155550101"}
    assert (tmp_path / "call.wav").stat().st_size > 10_000
