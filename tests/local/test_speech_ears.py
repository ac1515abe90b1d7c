"""Speech is understood over a telephone line, and told from noise."""

import numpy as np
import pytest

from local.speech.ears import Recogniser, SpeechDetector
from local.speech.engines import SPEAKERS, Flite, choose
from local.speech.sound import resampled
from local.speech.unavailable import SpeechUnavailable
from local.speech.voice import cache_folder, synthesise
from local.speech.words import spoken
from tests.local.speech_line import RATE, through_the_line

PHRASES = (
    "Hello, I would like to book a service.",
    "How much is it? Is it £95?",
    "My e-mail is ana@acmemail.com",
    "What's your opening time on Friday?",
    "I want to speak to a real person.",
    "No, thank you, that is all. Goodbye.",
    "Mr Kowalczyk is calling about the Thunderbolt.",
)
FOREIGN = ("Can I cancel my booking?", "Where is your office?", "Do you deliver to my address?")


@pytest.fixture(scope="module")
def said():
    def say(text, speaker="caller"):
        try:
            return through_the_line(synthesise(text, RATE, speaker))
        except SpeechUnavailable as error:
            pytest.skip(str(error))

    return say


def flite_speaks():
    return isinstance(choose(cache_folder()), Flite)


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_expected_phrases_are_heard(said, speaker):
    """Every phrase of the grammar, names of no dictionary too, by both speakers, over mu-law; espeak is less clear."""
    ears = Recogniser(PHRASES)
    missed = [text for text in PHRASES if ears.recognise(said(text, speaker), RATE) != spoken(text)]
    assert len(missed) <= (0 if flite_speaks() else 2), missed


def test_another_phrase_is_not_taken_for_an_expected_one(said):
    """Who says something else is not heard as if he had said what was expected."""
    ears = Recogniser(PHRASES)
    heard = [ears.recognise(said(text), RATE) for text in FOREIGN]
    assert not set(heard) & set(map(spoken, PHRASES))
    assert all(heard)


def test_dictation_hears_most_words(said):
    """Without phrases most words of flite's caller are understood, and a clip alike whatever came before it."""
    clips = [said(text) for text in FOREIGN]
    if not flite_speaks():
        pytest.skip("dictation understands flite only")
    ears = Recogniser()
    first = [ears.recognise(clip, RATE) for clip in clips]
    wanted = {word for text in FOREIGN for word in spoken(text).split()}
    assert len(wanted & set(" ".join(first).split())) >= 0.6 * len(wanted)
    assert [ears.recognise(clip, RATE) for clip in reversed(clips)] == first[::-1]


@pytest.mark.parametrize("phrases", [(), PHRASES, ("", "...")])
def test_silence_has_no_words(phrases):
    """Nothing said is nothing heard, nor is an empty clip."""
    ears = Recogniser(phrases)
    assert ears.recognise(np.zeros(RATE, np.int16), RATE) == ""
    assert ears.recognise(np.zeros(0, np.int16), RATE) == ""


def spoken_frames(samples, rate):
    detector = SpeechDetector(rate)
    frames = samples[: len(samples) // (rate // 50) * (rate // 50)].reshape(-1, rate // 50)
    return [detector.feed(frame) for frame in frames]


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000])
def test_speech_is_detected_at_any_rate(said, rate):
    """Most of a sentence is speech and the silence around it is not."""
    clip = resampled(said(PHRASES[4]), RATE, rate)
    silence = np.zeros(rate, np.int16)
    found = spoken_frames(np.concatenate([silence, clip, silence]), rate)
    assert not any(found[:45])
    assert not any(found[-35:])
    assert sum(found[62:-62]) > 0.6 * len(found[62:-62])


@pytest.mark.parametrize("loudness", [20, 300, 1500])
def test_steady_noise_is_not_speech(loudness):
    """Hiss and hum, faint or loud, may pass for speech when they set in; within three seconds no more."""
    random = np.random.default_rng(1)
    hiss = random.normal(0, loudness, 5 * RATE)
    hum = loudness * np.sin(2 * np.pi * 100 * np.arange(5 * RATE) / RATE)
    for noise in (hiss, hum):
        assert sum(spoken_frames(noise.astype(np.int16), RATE)[150:]) == 0


def test_frames_are_20_ms():
    """Another length is refused, with the right one named."""
    with pytest.raises(ValueError, match="160 samples are 20 ms at 8000 Hz, not 80"):
        SpeechDetector(RATE).feed(np.zeros(80, np.int16))
