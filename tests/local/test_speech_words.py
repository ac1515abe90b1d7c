"""What is written becomes what is said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.speech.numerals import cardinal, ordinal
from local.speech.pronounce import phones
from local.speech.words import dictionary, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("£95", "ninety five pounds"),
        ("95 pounds", "ninety five pounds"),
        ("It's £1,250.50!", "it's one thousand two hundred fifty pounds fifty"),
        ("£1 or $1", "one pound or one dollar"),
        ("ana@acmemail.com", "a n a at acme mail dot com"),
        ("j.smith-95@juniper.co.uk", "j dot s m i t h dash nine five at juniper dot co dot uk"),
        ("See https://www.acme.com.", "see acme dot com"),
        ("at 10:30 or 9:05", "at ten thirty or nine oh five"),
        ("call +44 20 7946 0958", "call plus four four two zero seven nine four six zero nine five eight"),
        ("code 0132", "code zero one three two"),
        ("the 23rd, 1.5 km, 10%", "the twenty third one point five km ten percent"),
        ("I\N{RIGHT SINGLE QUOTATION MARK}m Zoë & co", "i'm zoe and co"),
        ("Mr. Miller's e-mail", "mister miller's email"),
        ("", ""),
        ("?! 你好", ""),
    ],
)
def test_text_is_normalised(written, said):
    """Prices, addresses, times, numbers and codes are read as a person reads them."""
    assert spoken(written) == said


@given(st.text(max_size=60))
def test_spoken_is_plain_words_and_stays_so(text):
    """Whatever is written, lower-case words come out, and saying them again changes nothing."""
    said = spoken(text)
    assert re.fullmatch(r"([a-z]+('[a-z]+)*( [a-z]+('[a-z]+)*)*)?", said)
    assert spoken(said) == said


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=10**12))
def test_numbers_sound_different(one, other):
    """Two numbers are never said alike, and every word of them is in the recogniser's dictionary."""
    assert (cardinal(one) == cardinal(other)) == (one == other)
    assert (ordinal(one) == ordinal(other)) == (one == other)
    assert dictionary().issuperset(cardinal(one).split())


@given(st.from_regex(r"[a-z]+('[a-z]+)?", fullmatch=True))
def test_every_word_has_a_sound(word):
    """A name that no dictionary knows can still be put into a grammar."""
    assert re.fullmatch("[A-Z]{1,2}( [A-Z]{1,2})*", phones(word))
