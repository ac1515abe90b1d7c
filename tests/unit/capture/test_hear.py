"""What is heard in a message, language by language."""

import pytest

from shared.capture.extract import hear
from shared.domain.understanding import Heard
from tests.unit.capture.said_tables import (
    ARABIC,
    ENGLISH,
    FIELDS,
    FRENCH,
    GERMAN,
    KNOWN,
    REGION,
    SPANISH,
    TODAY,
)  # fmt: skip


def heard(text: str, asking: str = "") -> Heard:
    """Return what is heard, with what is known where the message says so."""
    known = KNOWN if text.startswith("[known]") else {}
    return hear(text.removeprefix("[known] "), FIELDS, known, asking, REGION, TODAY)


def in_short(result: Heard) -> str:
    """Return what was heard as the tables write it."""
    signs = (("", result.given), ("~", result.corrected), ("?", result.contested))
    parts = [f"{sign}{given.field}={given.value}" for sign, many in signs for given in many]
    parts += [f"!{rejected.field}={rejected.reason}" for rejected in result.rejected]
    parts += [f"-{field}" for field in result.withdrawn]
    return " ".join(sorted(parts + ["refused"] * result.refused))


def sorted_parts(expected: str) -> str:
    """Return an expectation of the tables in the order of `in_short`."""
    words: list[str] = []
    for word in expected.split(" "):
        if "=" in word or word.startswith("-") or word == "refused" or not words:
            words.append(word)
        else:
            words[-1] += f" {word}"
    return " ".join(sorted(words))


@pytest.mark.parametrize(("text", "asking", "expected"), ENGLISH)
def test_english(text, asking, expected):
    """Statements, answers, corrections, doubts, refusals and chit-chat in English."""
    assert in_short(heard(text, asking)) == sorted_parts(expected)


@pytest.mark.parametrize(("text", "asking", "expected"), SPANISH)
def test_spanish(text, asking, expected):
    """The same in Spanish."""
    assert in_short(heard(text, asking)) == sorted_parts(expected)


@pytest.mark.parametrize(("text", "asking", "expected"), GERMAN)
def test_german(text, asking, expected):
    """The same in German."""
    assert in_short(heard(text, asking)) == sorted_parts(expected)


@pytest.mark.parametrize(("text", "asking", "expected"), FRENCH)
def test_french(text, asking, expected):
    """The same in French."""
    assert in_short(heard(text, asking)) == sorted_parts(expected)


@pytest.mark.parametrize(("text", "asking", "expected"), ARABIC)
def test_arabic(text, asking, expected):
    """The same in Arabic."""
    assert in_short(heard(text, asking)) == sorted_parts(expected)


BARE = (
    ("Ana López", "name", True),
    ("I'm Ana", "name", True),
    ("it's ana@x.com, thanks", "email", True),
    ("Ana, ana@x.com", "name", True),
    ("45", "guests", True),
    ("yes please", "newsletter", True),
    ("Ana. How much is a service?", "name", False),
    ("My email is ana@x.com", "name", True),
    ("My email is ana@x.com", "", True),
    ("Hello, my name is Ana.", "", True),
    ("Meine Nummer ist 600 123 456.", "phone", True),
    ("D'accord : ana@x.com", "email", True),
    ("noah@steiner", "email", True),
    ("[known] no, it's b@x.com", "color", True),
    ("[known] Entschuldigung, ich habe mich vertippt: b@x.com", "phone", True),
    ("[known] Excusez-moi, je me suis trompée : c'est b@x.com", "phone", True),
    ("[known] Perdón, me he equivocado: mi correo es b@x.com", "color", True),
    ("[known] عفوًا، أخطأت في الكتابة، بريدي هو b@x.com", "color", True),
    ("[known] it's b@x.com, not ana@x.com", "", True),
    ("[known] my email is b@x.com", "", False),
    ("I'd rather not say", "name", False),
    ("I'm Ana, ana@x.com, and I want a quote", "", False),
    ("I want a bike with a budget of 2000", "", False),
    ("Please send the price list to ana@x.com", "", False),
    ("Can you send it to ana@x.com?", "", False),
    ("I can't log in with my email ana@x.com", "", False),
    ("You can reach me at ana@x.com", "", True),
    ("Sie erreichen mich unter ana@x.com", "", True),
    ("opening hours", "color", False),
    ("red, and my email is b@x.com", "color", False),
)


@pytest.mark.parametrize(("text", "asking", "bare"), BARE)
def test_a_bare_message_is_nothing_but_details(text, asking, bare):
    """A reply to it may go straight on to the next question."""
    assert heard(text, asking).bare is bare


def test_the_words_of_a_value_are_kept():
    """`said` is what the visitor typed, accents and all."""
    given = heard("Mi nombre es ana lópez, gracias").given[0]
    assert (given.said, given.value) == ("ana lópez", "Ana López")


def test_the_words_of_a_value_are_kept_with_their_marks():
    """Arabic vowel marks do not matter for matching, and are the visitor's to write."""
    assert heard("مرحبًا، اسمي محمّد عليّ").given[0].said == "محمّد عليّ"


@pytest.mark.parametrize("name", ["Megan Price", "Noah Weiss", "Ana Best"])
def test_a_surname_that_is_a_word_is_part_of_a_stated_name(name):
    """Capitalised and behind a first name, an ordinary word is a surname."""
    assert [heard(f"{lead} {name}").given[0].value for lead in ("My name is", "Me llamo", "Ich heiße")] == [name] * 3
