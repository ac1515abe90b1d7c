"""Addresses and numbers said aloud, as they would be typed; everything else stays as it was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.capture.spoken import written


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("My email is ana at acme dash mail dot com", "My email is ana@acme-mail.com"),
        ("it's a n a at acme dot com, thanks", "it's ana@acme.com, thanks"),
        ("ana dot lopez at gmail dot com.", "ana.lopez@gmail.com."),
        ("ana underscore l at mail dot acme dot co dot uk please", "ana_l@mail.acme.co.uk please"),
        ("write to j four at acme mail dot com", "write to j4@acmemail.com"),
        ("Mi correo es ana arroba correo punto es", "Mi correo es ana@correo.es"),
        ("ana at gmail.com", "ana@gmail.com"),
        ("my number is oh two oh seven nine four six double oh one eight", "my number is 02079460018"),
        ("call plus four four two zero seven nine four six double zero one eight.", "call +442079460018."),
        ("I'm at home at nine dot", "I'm at home at nine dot"),
        ("we meet at the shop", "we meet at the shop"),
        ("two bikes and three helmets", "two bikes and three helmets"),
        ("ana@acme-mail.com", "ana@acme-mail.com"),
        ("", ""),
    ],
)
def test_what_is_said_as_it_is_typed(said, typed):
    """In four languages' words for the signs, letter by letter or in words, with what stands around."""
    assert written(said) == typed


@given(st.text(max_size=200))
def test_any_text_passes(text):
    """Nothing raises, and a text without an "at" and without numbers in words stays as it is."""
    done = written(text)
    if not any(word in text.casefold() for word in ("at", "arroba", "arobase", "klammeraffe", "@", *"0123456789")):
        assert done == text or any(character.isdigit() for character in done)


WORDS = ("a", "b", "c", "dot", "at", "dash", "ana", "acme", "com", "two", "double", "plus", "oh", "hello,", "is")


@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_words_become_one_address_or_stay(words):
    """What is rewritten is an address or a number; every other word is still there, in its order."""
    done = written(" ".join(words)).split()
    kept = [word for word in done if "@" not in word and not any(character.isdigit() for character in word)]
    rest = iter(words)
    assert all(word in rest for word in kept)
