"""Pages that repeat another are skipped and name it; pages that say something new never are."""

import pytest

from shared.domain.knowledge import Document
from shared.ingestion.duplicates import Texts

WORDS = (
    "We mend bicycles of every kind in our workshop behind the station, where Maeve and Tom have worked since spring. "
    "A full service takes about two hours and costs 95 pounds; bring the bike before ten and ride it home after lunch. "
    "Tubes, tyres, chains and brake pads are always on the shelf. For electric bicycles please call ahead, because the "
    "battery has to be tested first and that needs an appointment. Helmets and lights can be tried on at the counter. "
    "Children learn how to mend a puncture on the first Wednesday of each month, free of charge and with cake. "
)
FIRST = "https://shop.example/services"


def document(text: str, title: str = "Services", url: str = FIRST) -> Document:
    """Return a page of this text."""
    return Document(url, title, text, "now")


def judged(second: str, title: str = "Services", first: str = WORDS) -> str:
    """Return why a second page is skipped."""
    texts = Texts()
    assert texts.repeats(FIRST, [document(first)])[0] == ""
    return texts.repeats("https://shop.example/print", [document(second, title)])[0]


def test_the_same_text_is_a_copy_however_it_is_spaced():
    """It names the page."""
    assert judged(WORDS.replace(". ", ".\n\n")) == f"has the same text as {FIRST}"


@pytest.mark.parametrize(
    "second",
    [
        WORDS.replace("Tubes, tyres, chains", "Chains, tubes, tyres"),
        WORDS.replace("cake", "biscuits"),
        WORDS + "You are here: workshop.",
        WORDS.replace(" For electric bicycles please call ahead,", ""),
    ],
)
def test_nearly_the_same_is_a_copy(second):
    """Another order, another word, a line more, a few words less."""
    assert judged(second) == f"says nearly the same as {FIRST}"


@pytest.mark.parametrize(
    ("second", "title"),
    [
        (WORDS.replace("95 pounds", "120 pounds"), "Services"),
        (WORDS.replace("two hours", "2 hours"), "Services"),
        (WORDS.replace("station", "harbour"), "Our workshop at the harbour"),
        (WORDS, "Repairs"),
        (WORDS.replace("bicycles", "tricycles"), "Services"),
        (WORDS + "Hire bikes come with a lock, a pump and a map of the quiet roads along the river.", "Services"),
    ],
)
def test_another_price_or_place_is_another_page(second, title):
    """Numbers, the title, and a word that is said twice make the difference, however small it is."""
    assert judged(second, title) == ""


def test_short_pages_are_only_compared_whole():
    """Few words say little of how alike two pages are."""
    assert judged("Open from nine to five on Mondays.", first="Open from nine to five on Tuesdays.") == ""


def test_a_fingerprint_is_worked_out_once_for_one_text(monkeypatch):
    """A page that has not changed brings it along; that of another text is not believed."""
    _, fingerprint = Texts().repeats(FIRST, [document(WORDS)])
    texts = Texts()
    assert texts.repeats(FIRST, [document(WORDS)], fingerprint) == ("", fingerprint)
    again = texts.repeats("https://shop.example/print", [document(WORDS.replace("cake", "biscuits"))], fingerprint)
    assert again[0] == f"says nearly the same as {FIRST}"
    assert again[1] != fingerprint
    monkeypatch.setattr("shared.ingestion.duplicates.Simhash", None)
    assert Texts().repeats(FIRST, [document(WORDS)], fingerprint) == ("", fingerprint)
