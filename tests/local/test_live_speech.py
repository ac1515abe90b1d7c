"""Voices and ears of the Live stand-in are made by name, when they are first used."""

import sys
from types import ModuleType
from typing import Any

import numpy as np

from local.live.speech import Speech


def fake(name: str, **names: Any) -> ModuleType:
    """A module with these names in it."""
    module = ModuleType(name)
    vars(module).update(names)
    return module


def test_real_speech_is_local_speech(monkeypatch):
    """The synthesiser is asked for text, rate and speaker; a recogniser is made once for its phrases."""
    made = []

    class Recogniser:
        def __init__(self, phrases):
            made.append(phrases)

        def recognise(self, samples, rate):
            return f"{len(samples)} at {rate}"

    def synthesise(text, rate, speaker):
        return np.full(len(text), rate, dtype=np.int32) if speaker else None

    monkeypatch.setitem(sys.modules, "local.speech", fake("local.speech"))
    monkeypatch.setitem(sys.modules, "local.speech.voice", fake("local.speech.voice", synthesise=synthesise))
    monkeypatch.setitem(sys.modules, "local.speech.ears", fake("local.speech.ears", Recogniser=Recogniser))
    speech = Speech()
    assert list(speech.say("real", "abc", 24_000)) == [24_000] * 3
    for _ in range(2):
        assert speech.hear("real", ("one",), np.zeros(5, np.int16), 8_000) == "5 at 8000"
    speech.hear("real", ("one", "two"), np.zeros(5, np.int16), 8_000)
    assert made == [("one",), ("one", "two")]


def test_tones_need_nothing_real(monkeypatch):
    """Tones work where no synthesiser is installed."""
    monkeypatch.setitem(sys.modules, "local.speech.voice", None)
    speech = Speech()
    assert speech.hear("tones", (), speech.say("tones", "Hello", 8_000), 8_000) == "Hello"
