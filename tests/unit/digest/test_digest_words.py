"""The digest's words: each in five languages, with the same values in it."""

import string

import pytest

from shared.digest.advice import ADVICE, INTENTS, intent_name
from shared.digest.numerals import dollars, number, percent
from shared.digest.words import KEYS, LANGUAGES, say, spoken
from shared.domain.intents import BUILT_IN

EVERY = {"n": "N", "before": "B", "percent": "P", "name": "X", "week": "W", "zone": "Z", "usd": "U", "id": "I",
         "intent": "T", "calls": "C", "seconds": "S", "cta": "K", "shown": "H", "clicked": "L"}  # fmt: skip


def placeholders(text: str) -> frozenset[str]:
    """Return the names of the values a sentence takes."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("key", KEYS)
def test_a_sentence_takes_the_same_values_in_every_language(key):
    """All five are there, none empty, each with the same placeholders."""
    said = {language: say(key, language, **{name: f"{{{name}}}" for name in EVERY}) for language in LANGUAGES}
    assert set(said) == {"en", "es", "de", "fr", "ar"}
    assert all(text == text.strip() and text for text in said.values())
    assert len({placeholders(text) for text in said.values()}) == 1


@pytest.mark.parametrize("key", ADVICE)
def test_advice_is_whole_sentences(key):
    """It ends as one, in every language."""
    assert all(say(key, language, **EVERY).endswith(".") for language in LANGUAGES)


def test_every_built_in_intent_has_a_name():
    """A business's own is shown by its id."""
    assert set(INTENTS) == {*BUILT_IN, "none"}
    assert (intent_name("opening_hours", "de"), intent_name("loan_bikes", "de")) == ("Öffnungszeiten", "loan bikes")


def test_other_languages_read_english():
    """A region does not matter."""
    assert [spoken(tag) for tag in ("es-MX", "it", "AR", "")] == ["es", "en", "ar", "en"]


def test_numbers_look_as_a_language_writes_them():
    """Separators, signs, and a share that keeps its order among Arabic words."""
    assert [number(1234567.5, language, 1) for language in ("en", "de", "fr")] == [
        "1,234,567.5", "1.234.567,5", "1\u202f234\u202f567,5",
    ]  # fmt: skip
    assert [percent(n, "en", signed=True) for n in (12, -3, 0)] == ["+12%", "\u22123%", "0%"]
    assert percent(5, "ar") == "\u20665\u00a0%\u2069"
    assert [dollars(value, "en") for value in (0, 0.0123, 1234.5)] == ["$0.00", "$0.012", "$1,234.50"]
    assert dollars(3, "de") == "3,00\u00a0US$"
