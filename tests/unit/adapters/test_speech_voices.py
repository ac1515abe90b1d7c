"""Which voice speaks a language, and what may be asked of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.speech.edge import Manner
from shared.adapters.speech.voices import BY_TAG, MULTILINGUAL, is_voice, voice_for
from tests.unit.properties import NORMAL, any_text


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "en-US-JennyNeural"),
        ("en-GB", "en-GB-SoniaNeural"),
        ("EN_gb", "en-GB-SoniaNeural"),
        ("en-JM", "en-US-JennyNeural"),
        ("es", "es-ES-ElviraNeural"),
        ("es-419", "es-MX-DaliaNeural"),
        ("de", "de-DE-KatjaNeural"),
        ("de-CH", "de-CH-LeniNeural"),
        ("fr", "fr-FR-DeniseNeural"),
        ("ar", "ar-SA-ZariyahNeural"),
        ("pt", "pt-BR-FranciscaNeural"),
        ("zh-Hant", "zh-TW-HsiaoChenNeural"),
        ("zh-Hant-HK", "zh-HK-HiuMaanNeural"),
        ("sr-Latn-RS", "sr-RS-SophieNeural"),
        ("no", "nb-NO-PernilleNeural"),
        ("eo", MULTILINGUAL),
        ("", MULTILINGUAL),
    ],
)
def test_a_language_has_a_voice(language, voice):
    """Its country's, else the language's, else one that speaks many."""
    assert voice_for(language, None) == voice


@pytest.mark.parametrize(
    "chosen", ["en-IE-ConnorNeural", "zh-CN-liaoning-XiaobeiNeural", "en-US-AvaMultilingualNeural"]
)
def test_the_choice_of_the_business_counts(chosen):
    """Also one that the table does not have, and of another language."""
    assert voice_for("de", chosen) == chosen


@pytest.mark.parametrize(
    "chosen", ["", "Puck", "en-US", "en-US-JennyNeural\n", "en-US-x'/><audio src='Neural", "en-US-Jenny Neural"]
)
def test_what_is_no_voice_is_no_choice(chosen):
    """A name goes into the markup as it is, so only a name's form passes."""
    assert voice_for("de", chosen) == "de-DE-KatjaNeural"


@NORMAL
@given(any_text, st.one_of(st.none(), any_text))
def test_there_is_always_a_voice(language, chosen):
    """Whatever is asked for, the answer is a voice's name."""
    assert is_voice(voice_for(language, chosen))


def test_the_table_has_voices_only():
    """Every entry has the form of a name, of the language that it is for."""
    for tag, voice in BY_TAG.items():
        assert is_voice(voice)
        assert voice.split("-")[0] == tag.split("-")[0]


@pytest.mark.parametrize(
    "wrong", [{"rate": "10%"}, {"volume": "+5"}, {"pitch": "+5%"}, {"rate": "+5%\n"}, {"pitch": "+0Hz'><x/>"}]
)
def test_a_manner_is_checked(wrong):
    """It goes into the markup as it is."""
    with pytest.raises(ValueError, match="rate and volume"):
        Manner(**wrong)
