"""What nearly all pages of a site say is said once; what a page says of itself stays."""

import pytest

from shared.domain.knowledge import Document
from shared.ingestion.repeated import MIN_PAGES, without_repeated

BANNER = "Sign up to our letter and hear of new bicycles, courses and offers before anybody else does."
MENU = ["- Home", "- Bicycles", "- Workshop", "- Contact"]


def site(*texts: str, kind: str = "page") -> list[str]:
    """Return what is left of the pages of a site."""
    pages = [(Document(f"https://shop.example/{n}", f"Page {n}", text, "now", kind),) for n, text in enumerate(texts)]
    return [page[0].text for page in without_repeated(pages)]


def own(number: int) -> str:
    """Return what one page says."""
    return f"This is what page {number} is about, and no other page says it."


def test_a_menu_and_a_banner_stay_on_the_first_page_alone():
    """So nothing that was said is lost."""
    left = site(*("\n".join([*MENU, own(n), BANNER]) for n in range(10)))
    assert left[0] == "\n".join([*MENU, own(0), BANNER])
    assert left[1:] == [own(n) for n in range(1, 10)]


def test_a_banner_on_most_pages_goes_and_one_on_few_stays():
    """More than half."""
    often = site(*(f"{own(n)}\n{BANNER}" if n < 7 else own(n) for n in range(12)))
    rarely = site(*(f"{own(n)}\n{BANNER}" if n < 6 else own(n) for n in range(12)))
    assert sum(BANNER in text for text in often) == 1
    assert sum(BANNER in text for text in rarely) == 6


def test_few_pages_are_left_alone():
    """Of them nobody can tell what a site repeats."""
    texts = [f"{own(n)}\n{BANNER}" for n in range(MIN_PAGES - 1)]
    assert site(*texts) == texts


@pytest.mark.parametrize(
    "line", ["In stock", "Price: 15.00 EUR", "A full service costs 95 pounds and takes about two hours of our time."]
)
def test_a_price_or_a_word_that_repeats_stays(line):
    """Short lines that stand alone, and numbers on fewer than nine pages in ten."""
    texts = [f"{own(n)}\n{line}" if n < 8 else own(n) for n in range(10)]
    assert site(*texts) == texts


@pytest.mark.parametrize("line", ["In stock", "Price:"])
def test_a_label_on_every_page_stays(line):
    """Between what is each page's own, it belongs to it."""
    texts = [f"{own(n)}\n{line}\n{n}5.00 EUR" for n in range(12)]
    assert site(*texts) == texts


def test_a_heading_goes_with_what_stood_below_it_and_not_without():
    """A template's headings stay over each page's own words."""
    left = site(*(f"## About\n{own(n)}\n## Newsletter\n{BANNER}" for n in range(10)))
    assert left[1:] == [f"## About\n{own(n)}" for n in range(1, 10)]


def test_tables_go_as_a_whole_or_not_at_all():
    """A row without the others means nothing."""
    hours = "| Day | Open |\n|---|---|\n| Monday | 9 to 5 |"
    same = site(*(f"{own(n)}\n{hours}" for n in range(10)))
    other = [f"{own(n)}\n{hours}\n| Tuesday | {n} to 5 |" for n in range(10)]
    assert [hours in text for text in same] == [True] + [False] * 9
    assert site(*other) == other


def test_a_page_of_nothing_else_stays_as_it_is():
    """It is indexed with what it has."""
    assert site(*([BANNER] * 10)) == [BANNER] * 10


def test_products_and_files_are_not_looked_at():
    """Their lines repeat because they are alike."""
    texts = [f"{own(n)}\n{BANNER}" for n in range(10)]
    assert site(*texts, kind="product") == texts
