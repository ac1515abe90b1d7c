"""Known values are hidden from whom may not see them, and found again in both their forms."""

import pytest

from shared.capture.masking import bold_values, mask
from tests.unit.capture.said_tables import KNOWN

MASKED = (
    ("Thanks, Ana López!", "Thanks, [name]!"),
    ("Hello Ana, how are you?", "Hello [name], how are you?"),
    ("I wrote to ANA@x.com.", "I wrote to [e-mail]."),
    ("Is +34 600 12 34 56 right?", "Is [phone] right?"),
    ("We call 600-123-456.", "We call [phone]."),
    ("(0034) 600.123.456", "[phone]"),
    ("٦٠٠١٢٣٤٥٦", "[phone]"),
    ("ana lopez <ana@x.com>", "[name] <[e-mail]>"),
)
LEFT = ("A banana costs 600.", "Call 900 555 444.", "susana@x.com", "", "ana", "[known]")


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_known_values_are_hidden_however_they_are_written(text, masked):
    """Case, accents, grouping and country code do not give them away."""
    assert mask(text, KNOWN) == masked


@pytest.mark.parametrize("text", [text for text in LEFT if text != "ana"])
def test_other_text_stays(text):
    """Parts of other words and other numbers are nobody's data."""
    assert mask(text, KNOWN) == text


def test_without_known_values_nothing_is_hidden():
    """There is nothing to hide."""
    assert mask("Ana López, ana@x.com", {}) == "Ana López, ana@x.com"


def test_both_forms_of_a_value_are_listed_once_the_longer_first():
    """A reply repeats either the normal form or the shown one."""
    values = bold_values(KNOWN)
    assert {"+34600123456", "+34 600 12 34 56", "ana@x.com"} <= set(values)
    assert len(values) == len(set(values))
    assert [len(value) for value in values] == sorted((len(value) for value in values), reverse=True)
