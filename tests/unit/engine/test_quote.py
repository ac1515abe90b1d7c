"""Answers without a model: which sentences of the pages are quoted, and when none is."""

import dataclasses

import pytest

from shared.engine.stages.quote import MAX_CHARS, quote
from tests.unit.samples import a_passage

PRICES = """# Prices
We look after bikes of all kinds.

| Service | Price |
|---|---|
| Full service | £95 |
| Puncture repair | £12 |

- Brakes are adjusted for 15 pounds.
- A new chain costs 30 pounds, fitting included.
"""
FAQ = "Do you repair electric bikes?\nYes, all brands but their batteries. Bring the key."
HOURS = "We are open from Monday to Friday, 9:00 to 17:30. On Saturdays we close at 13:00."


def passages(*texts, score=0.5):
    """Return passages with these texts, in order."""
    found = [a_passage(number, text) for number, text in enumerate(texts, 1)]
    return tuple(dataclasses.replace(one, score=score) for one in found)


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("What does a puncture repair cost?", "Puncture repair, £12 [1]."),
        ("how much is a new chain", "A new chain costs 30 pounds, fitting included [1]."),
        ("Do you repair electric bikes?", "Yes, all brands but their batteries [2]."),
        ("When do you close on Saturdays?", "On Saturdays we close at 13:00 [3]."),
        ("MONDAY hours???", "We are open from Monday to Friday, 9:00 to 17:30 [3]."),
    ],
)
def test_the_sentence_that_fits_is_quoted_with_its_source(question, begins):
    """Out of running text, lists, tables, and answers under a question of the page's own."""
    assert quote(question, passages(PRICES, FAQ, HOURS)).startswith(begins)


def test_nothing_is_quoted_that_does_not_fit():
    """Few words in common and no near passage; no passages; no words."""
    assert quote("Do you sell fresh strawberries?", passages(PRICES, HOURS)) == ""
    assert quote("What does a service cost?", ()) == ""
    assert quote("???", passages(HOURS)) == ""


def test_a_near_passage_is_quoted_whatever_its_language():
    """The embedding knows that it fits, though no word is the same."""
    assert quote("¿Cuándo están abiertos?", passages(HOURS, score=0.8)).startswith("We are open from Monday")


def test_what_is_quoted_is_short():
    """The sentence after it comes along only while both are; a long one is cut."""
    long = "Service " + "very " * 200 + "long."
    said = quote("What about the service?", passages(long))
    assert len(said) <= MAX_CHARS + len(" [1].")
    assert quote("Do you adjust brakes?", passages(f"Brakes are adjusted. {long}")) == "Brakes are adjusted [1]."


def test_brackets_of_the_page_are_no_citations():
    """A footnote of the page's own would cite another passage."""
    assert "[2]" not in quote("How are brakes adjusted?", passages("Brakes are adjusted by hand [2] here.", HOURS))
