"""The fixed sentences: every one in every language, with the same values in it."""

import string

import pytest

from shared.domain.phrases import KEYS, LANGUAGES, is_spoken, say
from shared.domain.understanding import Rejected

EVERY = {"label": "L", "reason": "R", "choices": "A, B", "values": "V", "value": "W", "name": "Acme", "phone": "+44 1",
         "where": "+44 1", "when": "8:00", "range": "1–9"}  # fmt: skip
PROMISED = (
    "ask_name", "ask_email", "ask_phone", "ask_field", "ask_again", "noted", "corrected", "given_up", "handoff_now",
    "handoff_closed", "handoff_offer", "with_person", "person_left", "apology", "apology_phone", "cut_short", "stopped",
    "declined", "returned_to_bot", "anything_else", "contact_at", "contact_us",
)  # fmt: skip
REASONS = (
    "email_syntax", "email_domain", "phone_too_short", "phone_invalid", "name_invalid", "number_range",
    "number_invalid", "date_invalid", "choice_unknown", "choice_ambiguous", "text_invalid", "text_too_long",
    "phone_too_long", "yes_no_unknown",
)  # fmt: skip


def placeholders(text: str) -> set[str]:
    """Return the names of the values a sentence takes."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def template(key: str, language: str) -> str:
    """Return a sentence with its placeholders still in it."""
    return say(key, language, **{name: f"{{{name}}}" for name in EVERY})


@pytest.mark.parametrize("key", KEYS)
def test_a_sentence_takes_the_same_values_in_every_language(key):
    """Every key is said in all five, none empty, none copied from another, with the same placeholders."""
    said = {language: template(key, language) for language in LANGUAGES}
    assert set(said) == {"en", "es", "de", "fr", "ar"}
    assert all(text.strip() == text and text for text in said.values())
    assert len({frozenset(placeholders(text)) for text in said.values()}) == 1
    assert key.startswith("label_") or len(set(said.values())) == len(said)


@pytest.mark.parametrize("key", PROMISED)
def test_what_the_engine_says_exists(key):
    """The keys that the stages use are there."""
    assert key in KEYS


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_for_refusing_a_value_has_words(reason):
    """A code that capturing gives is a sentence of its own, ending as one."""
    assert Rejected("x", "y", reason).reason == reason
    assert all(template(f"reason_{reason}", language).endswith(".") for language in LANGUAGES)


@pytest.mark.parametrize(
    ("key", "english"),
    [
        ("apology", "Sorry, I can't answer right now. Please try again in a moment."),
        ("apology_phone", "Sorry, I can't answer right now. You can call Acme on +44 1."),
        ("cut_short", "Sorry, I was interrupted. Please ask me again."),
        ("stopped", "I can't say more about that."),
        ("declined", "I'm sorry, I can't help with that. Is there something else about Acme you would like to know?"),
        ("noted", "Thank you, I have noted V."),
        ("corrected", "I have changed your L to W."),
        ("given_up", "No problem, we can go on without it."),
    ],
)
def test_the_english_wording_is_a_promise(key, english):
    """These sentences were public before there were other languages."""
    assert say(key, "en", **EVERY) == english


@pytest.mark.parametrize("tag", ["es", "ES", "es-MX", "es_419"])
def test_a_region_does_not_change_the_language(tag):
    """Any tag of a language finds its sentences."""
    assert say("ask_name", tag) == say("ask_name", "es") != say("ask_name", "en")


@pytest.mark.parametrize("tag", ["it", "zh-Hant", "", "_fields", "count", "index"])
def test_other_languages_hear_english(tag):
    """A language without sentences, or a tag that is none, falls back."""
    assert not is_spoken(tag)
    assert say("ask_name", tag) == say("ask_name", "en")


def test_what_a_visitor_typed_is_never_a_template():
    """Braces in a value stay what they are."""
    assert say("noted", "en", values="{name} {0} %s") == "Thank you, I have noted {name} {0} %s."


@pytest.mark.parametrize(("key", "values"), [("hello", {}), ("noted", {}), ("ask_field", {"reason": "x"})])
def test_an_unknown_sentence_or_a_missing_value_is_an_error(key, values):
    """A mistake in the code shows in its tests, not in half a sentence."""
    with pytest.raises(KeyError):
        say(key, "en", **values)
