"""The tones that stand for speech: what is said is heard, whatever a phone line does to it."""

import numpy as np
import pytest

from local.live.tones import ToneEars, ToneVoice

TEXT = "What does a full service cost, and are you open on Saturday? Café Ünïcödé £95 Donaudampfschifffahrt."


def mu_law(samples):
    """The samples as a phone line gives them back."""
    wave = samples / 32768
    level = np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256)
    coarse = np.round((level + 1) / 2 * 255) / 255 * 2 - 1
    return (np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255 * 32768).astype(np.int16)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 24_000, 44_100, 48_000])
def test_any_rate_carries_the_text(rate):
    """Words said at a rate are heard at that rate."""
    assert ToneEars().hear(ToneVoice().say(TEXT, rate), rate) == TEXT


@pytest.mark.parametrize("noise", [0, 300, 1_500])
@pytest.mark.parametrize("offset", [0, 3, 31, 61])
def test_a_phone_line_does_not_hurt(noise, offset):
    """8 kHz, mu-law, noise and any start leave the text whole."""
    line = mu_law(ToneVoice().say(TEXT, 24_000)[::3])
    hiss = np.random.default_rng(1).normal(0, noise, len(line) + offset) if noise else 0
    heard = np.concatenate([np.zeros(offset, np.int16), line]) + hiss
    assert ToneEars().hear(heard.astype(np.int16), 8_000) == TEXT


def test_cut_speech_gives_the_words_that_were_played():
    """Half the audio is the first half of the words, and no other word."""
    samples = ToneVoice().say(TEXT, 8_000)
    heard = ToneEars().hear(samples[: len(samples) // 2], 8_000)
    assert len(heard) > len(TEXT) // 3
    assert TEXT.startswith(heard)


def test_a_hole_loses_only_its_words():
    """Words before and after a lost second are heard."""
    samples = ToneVoice().say(TEXT, 8_000)
    holed = np.concatenate([samples[:6_000], samples[10_000:]])
    heard = ToneEars().hear(holed, 8_000)
    assert heard.startswith("What does")
    assert heard.endswith("Donaudampfschifffahrt.")


def test_noise_is_not_speech():
    """Hiss, a pure tone and silence are heard as nothing."""
    time = np.arange(40_000) / 8_000
    hiss = np.random.default_rng(2).normal(0, 5_000, 40_000)
    for sound in (hiss, 8_000 * np.sin(2 * np.pi * 2_750 * time), time * 0, np.zeros(10)):
        assert ToneEars().hear(sound.astype(np.int16), 8_000) == ""
