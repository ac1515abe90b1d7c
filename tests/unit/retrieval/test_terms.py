"""Two spellings of a thing have a term in common, in the languages and scripts that visitors write."""

import pytest

from shared.retrieval.terms import MAX_TERM, terms

SAME = {
    "plural": ("services", "service", "en"),
    "capitals and accents": ("RÉPARATION", "reparation", "fr"),
    "German umlaut": ("Größe", "grosse", "de"),
    "possessive": ("the bike’s", "bike", "en"),
    "composed": ("ebike", "E-Bike", "en"),
    "part of a composed word": ("bike", "e-bike", "en"),
    "product number": ("m8100", "XT-M8100", "en"),
    "unit glued": ("28 mm", "28mm", "en"),
    "thousands": ("1500", "1,500", "en"),
    "regional tag": ("services", "service", "en-GB"),
    "Arabic article and mark": ("الأسعار", "اسعار", "ar"),
    "Japanese": ("営業時間は", "営業時間", "ja"),
    "Korean": ("영업시간을", "영업시간", "ko"),
    "Thai": ("ราคาเท่าไหร่", "ราคา", "th"),
    "Hindi plural": ("किताबें", "किताब", "hi"),
}


@pytest.mark.parametrize(("one", "other", "language"), SAME.values(), ids=SAME)
def test_spellings_meet(one, other, language):
    """What a person takes for the same has a term in common."""
    assert set(terms(one, [language])) & set(terms(other, [language]))


APART = {
    "numbers": ("M8100", "M8120", "en"),
    "words": ("tyre", "tired", "en"),
    "Hindi vowels": ("किला", "कला", "hi"),
    "decimal and thousands": ("1.5", "1,500", "en"),
}


@pytest.mark.parametrize(("one", "other", "language"), APART.values(), ids=APART)
def test_others_stay_apart(one, other, language):
    """The whole word of one is no term of the other."""
    assert terms(one, [language])[0] not in terms(other, [language])


def test_each_language_stems():
    """A question to an index in two languages is stemmed in both, a stem that both give only once."""
    assert terms("running", ["en", "fr"]) == ["run", "running"]
    assert terms("bike", ["en", "en-GB"]) == ["bike"]


def test_words_that_were_cut_before_are_remembered():
    """The memory changes no term."""
    known: dict[str, list[str]] = {}
    first = terms("Two bikes, two bells", ["en"], known)
    assert first == terms("Two bikes, two bells", ["en"], known) == terms("Two bikes, two bells", ["en"])
    assert set(known) == {"two", "bikes", "bells"}


def test_a_number_is_no_two_numbers():
    """Thousands are written in many ways, but are one number."""
    assert terms("1,500 or 1.500", ["zz"]) == ["1500", "or", "1500"]


def test_noise_is_no_term():
    """Nothing but marks has no terms, and what is endless is left out."""
    assert terms("--- ... !?", ["en"]) == []
    assert terms("x" * (MAX_TERM + 1), ["zz"]) == []
