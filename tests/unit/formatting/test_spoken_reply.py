"""A reply as it is said on the phone: what the eye reads is put into words or left out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formatting.speech import spoken
from tests.unit.properties import NORMAL, THOROUGH, any_text, words

_bits = st.sampled_from(
    ["[1]", "[2, 3]", "[", "]", "1", "http", "https://", "HTTP", "://", "www.", "@", "ana@acme.com", "acme.com", ".",
     "*", "**", "_", "`", "|", "\n", " ", "- ", "# ", "<b>", "<", "(", ")", "+44", "0 12", "555-0100", "word", "é"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We open at 9 [1].", "We open at 9."),
        ("Yes [1, 2] and no[3][4]!", "Yes and no!"),
        ("[[1]1]", "1"),
        ("**Bold**, _soft_, `code`, ~~gone~~.", "Bold, soft, code, gone."),
        ("See [our page](https://acme.example/x) ![logo](x.png).", "See our page logo."),
        ("<b>Bold</b> &amp; 2 < 3", "Bold &amp; 2 < 3"),
        ("Two:\n\n- one\n- two, yes\n* three", "Two: one. two, yes. three"),
        ("# Prices\n| Wash | $10 |\n|---|---|\n| Cut | $20 |", "Prices. Wash, $10. Cut, $20"),
        ("One\ttwo \u00a0 three\r\nfour", "One two three. four"),
        ("Done 👍", "Done"),
        ("3*4 = 12, snake_case", "3 × 4 = 12, snake_case"),
        ("", ""),
        (" [1] \n** ", ""),
    ],
)
def test_marks_are_not_said(text, said):
    """Citations, Markdown, tables and emoji are for the eye; a line break is a pause."""
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://www.acme.example.", "acme dot example."),
        ("<https://acme.example/>", "acme dot example"),
        ("www.acme.example/help-centre, please", "acme dot example slash help dash centre, please"),
        ("https://acme.example/a1/b?x=1#y", "acme dot example"),
        ("https://ana:secret@acme.example:8080/x", "acme dot example"),
        ("acme.com or mail.acme.co.uk/shop", "acme dot com or mail dot acme dot co dot uk slash shop"),
        ("ana@acme.com.", "ana at acme dot com."),
        ("mailto:ana.b-c_d+x@acme.example", "ana dot b dash c underscore d plus x at acme dot example"),
        ("info@münchen.de", "info at münchen dot de"),
        ("@acme on HTTP", "at acme on h t t p"),
        ("e.g. this.Please, version 1.2.3, 3.5 stars", "e.g. this.Please, version 1.2.3, 3.5 stars"),
    ],
)
def test_addresses_are_said_in_words(text, said):
    """The host and a path of plain words; never a query, a port or a password."""
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("+44 20 7946 0018", "plus 4 4, 2 0, 7 9 4 6, 0 0 1 8"),
        ("(020) 7946-0321.", "0 2 0, 7 9 4 6, 0 3 2 1."),
        ("tel:+34600123456", "plus 3 4 6 0 0 1 2 3 4 5 6"),
        ("0171/1234567", "0 1 7 1, 1 2 3 4 5 6 7"),
        ("01.23.45.67.89", "0 1, 2 3, 4 5, 6 7, 8 9"),
        ("0800 1111 (24/7)", "0 8 0 0, 1 1 1 1 (24/7)"),
        ("order 12345678", "order 1 2 3 4 5 6 7 8"),
    ],
)
def test_telephone_numbers_are_said_digit_by_digit(text, said):
    """With a pause where they were written apart; so are long numbers of orders."""
    assert spoken(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-21 10:00", "21/08/2026", "21.08.2026", "2024-2026", "10:00-18:00", "$1,500,000", "1.200.000 €",
        "1 200 000", "1234567.89", "10-20 EUR", "10.0.0.1", "Room 12", "DE89370400440532013000", "10, 20, 30, 40",
    ],
)  # fmt: skip
def test_other_numbers_stay_numbers(text):
    """A date, a time, money and thousands are read by the voice as what they are."""
    assert spoken(text) == text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "ana arroba acme punto com"),
        ("de-AT", "ana at acme Punkt com"),
        ("FR", "ana arobase acme point com"),
        ("xx", "ana at acme dot com"),
    ],
)
def test_marks_of_addresses_are_said_in_the_language_spoken(language, said):
    """An unknown language says them in English."""
    assert spoken("ana@acme.com", language) == said


@THOROUGH
@given(st.one_of(any_text, st.lists(_bits, max_size=14).map("".join)))
def test_nothing_unspeakable_is_left(text):
    """No citation, scheme or at sign remains, whatever the text, and all of it is one trimmed line."""
    said = spoken(text)
    assert not re.search(r"\[\d+\]", said)
    assert "http" not in said.lower()
    assert "@" not in said
    assert said == " ".join(said.split())


@NORMAL
@given(words)
def test_plain_words_are_said_as_they_are(text):
    """What has no marks is not touched."""
    assert spoken(text) == text


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "(1)", "1-", "a.", "[", "![x](", "<a ", "| ", " ", "a-", "http", "01.23.", "$1,"]
)
def test_a_hostile_text_costs_no_more_than_its_length(piece):
    """No pattern backtracks without bound: the test would not end."""
    assert isinstance(spoken(piece * 4000 + "@"), str)
