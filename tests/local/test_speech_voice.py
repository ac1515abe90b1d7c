"""Speech is made, alike each time, by two people."""

from itertools import pairwise

import numpy as np
import pytest

from local.speech.__main__ import main
from local.speech.engines import SPEAKERS, choose, wheel_espeak
from local.speech.sound import read_wav, resampled
from local.speech.unavailable import SpeechUnavailable
from local.speech.voice import Voice, cache_folder, synthesise

TEXT = "Hello, I would like to book a service for £95."


@pytest.fixture(scope="module")
def engine():
    try:
        return choose(cache_folder())
    except SpeechUnavailable as error:
        pytest.skip(str(error))


class Counting:
    """An engine that counts."""

    name = "counting"

    def __init__(self):
        self.said = []

    def say(self, words, speaker):
        """A tone."""
        self.said.append((words, speaker))
        return np.full(1600, 1000, np.int16), 16_000


def pitch(samples, rate):
    """The most usual distance of two equal waves, in Hz."""
    frames = [
        frame for frame in np.array_split(samples.astype(float), len(samples) // (rate // 20)) if frame.std() > 500
    ]
    heights = []
    for frame in frames:
        alike = np.correlate(frame, frame, "full")[len(frame) :]
        heights.append(rate / (rate // 300 + int(np.argmax(alike[rate // 300 : rate // 70]))))
    return float(np.median(heights))


def test_the_same_text_is_the_same_samples(engine, tmp_path):
    """Two makings, in two caches, are equal to the last bit."""
    one, other = (Voice(engine, tmp_path / name).say(TEXT, 8000, "caller") for name in "ab")
    assert np.array_equal(one, other)
    assert one.dtype == np.int16
    assert one.ndim == 1


@pytest.mark.usefixtures("engine")
def test_the_speakers_differ():
    """The assistant's voice is clearly higher than the caller's."""
    caller, assistant = (pitch(synthesise(TEXT, 16_000, speaker), 16_000) for speaker in SPEAKERS)
    assert assistant > 1.3 * caller


@pytest.mark.usefixtures("engine")
def test_every_rate_is_the_same_speech():
    """The clip takes as long and is as loud at each rate."""
    clips = {rate: synthesise(TEXT, rate) for rate in (8_000, 16_000, 22_050, 24_000)}
    for rate, clip in clips.items():
        assert len(clip) / rate == pytest.approx(len(clips[8_000]) / 8_000, abs=0.001)
        assert 17_000 <= np.abs(clip.astype(int)).max() <= 18_000


def test_said_once_is_kept(tmp_path):
    """The same words are made once, other rates and speakers on their own; a damaged file is made again."""
    engine = Counting()
    voice = Voice(engine, tmp_path / "kept")
    for text, rate, speaker in (("£5", 8000, "caller"), ("5 pounds!", 8000, "caller"), ("£5", 8000, "assistant")):
        voice.say(text, rate, speaker)
    assert engine.said == [("five pounds", "caller"), ("five pounds", "assistant")]
    for file in (tmp_path / "kept").iterdir():
        file.write_bytes(file.read_bytes()[:50])
    assert len(voice.say("£5", 8000, "caller")) == 800
    assert len(engine.said) == 3


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path):
    """Speech comes all the same."""
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert len(Voice(Counting(), tmp_path / "kept").say("hello", 16_000, "caller")) == 1600


def test_letters_are_spelled(tmp_path):
    """In a spelled address 'a' is the letter; as an article it stays."""
    engine = Counting()
    Voice(engine, tmp_path).say("a bike for ana@acmemail.com", 8000, "caller")
    assert engine.said == [("a bike for ay n ay at acme mail dot com", "caller")]


@pytest.mark.parametrize(("rate", "speaker"), [(0, "caller"), (-1, "caller"), (8000, "rms")])
def test_an_unknown_speaker_or_rate_is_refused(tmp_path, rate, speaker):
    """A wrong argument is a ValueError."""
    with pytest.raises(ValueError, match="speaker is one of caller, assistant"):
        Voice(Counting(), tmp_path).say("hello", rate, speaker)


def test_no_words_are_no_samples(tmp_path):
    """Silence is not synthesised."""
    assert len(Voice(Counting(), tmp_path).say("...", 8000, "caller")) == 0


def test_the_wheel_speaks_too(tmp_path):
    """Without flite espeak-ng from its wheel says it, the same each time, two speakers."""
    try:
        engine = wheel_espeak(tmp_path)
    except SpeechUnavailable as error:
        pytest.skip(str(error))
    caller, again, assistant = (engine.say("hello there", who)[0] for who in ("caller", "caller", "assistant"))
    assert np.array_equal(caller, again)
    assert len(caller) > 8000
    assert not np.array_equal(caller, assistant)


@pytest.mark.parametrize("rates", list(pairwise((8_000, 16_000, 24_000, 8_000))))
def test_resampling_keeps_a_tone(rates):
    """A tone of 1 kHz comes out as the same tone."""
    before, after = (np.sin(2 * np.pi * 1000 * np.arange(rate) / rate) * 10_000 for rate in rates)
    heard = resampled(before.astype(np.int16), *rates)
    assert len(heard) == rates[1]
    middle = slice(rates[1] // 10, -rates[1] // 10)
    assert np.abs(heard[middle] - after[middle]).max() < 30


@pytest.mark.usefixtures("engine")
def test_say_and_hear_from_the_command_line(tmp_path, capsys):
    """What is said into a file is heard from it."""
    path = str(tmp_path / "said.wav")
    assert main(["say", "yes please", path, "--speaker", "assistant", "--rate", "8000"]) == 0
    assert read_wav(tmp_path / "said.wav")[1] == 8000
    assert main(["hear", path, "--phrase", "No, thank you.", "--phrase", "Yes, please."]) == 0
    assert capsys.readouterr().out == "yes please\n"


@pytest.mark.parametrize("content", [None, b"", b"RIFF no sound"])
def test_hear_tells_of_a_file_it_cannot_read(tmp_path, capsys, content):
    """A missing or foreign file is an exit code of 2 and a sentence."""
    path = tmp_path / "x.wav"
    if content is not None:
        path.write_bytes(content)
    assert main(["hear", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
