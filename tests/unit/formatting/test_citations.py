"""Citations: numbered as the reply cites them, linked to their pages, listed once; numbers nobody has are dropped."""

import pytest

from shared.formatting.web import CitationBook, without_citations
from tests.unit.formatting.reply_html import PASSAGES, read, said, writer, written
from tests.unit.samples import FETCHED, SITE, a_passage


def test_passages_are_numbered_in_the_order_in_which_they_are_cited():
    """The visitor sees 1, 2, 3, whatever numbers the passages had."""
    into = writer()
    text = said("Last [4]. First [1]. Last again [4].", into)
    assert text == "Last [1]. First [2]. Last again [1]."
    assert [(citation.n, citation.url) for citation in into.book.citations] == [
        (1, f"{SITE}/page-4"), (2, f"{SITE}/page-1"),
    ]  # fmt: skip


def test_a_citation_says_where_and_when():
    """Title, address and time of fetching; the platform's own knowledge is marked."""
    into = writer()
    written("One [1], four [4].", into)
    first, shared = into.book.citations
    assert (first.title, first.fetched_at) == ("Page 1", FETCHED)
    assert shared.title == "Page 4 (general information)"


def test_a_citation_links_to_its_page():
    """One without an address is a number alone."""
    html = written("From the page [2] and the upload [3].")
    assert read(html).links == [f"{SITE}/page-2"]
    assert ">[1]</a>" in html
    assert "upload [2]." in html


@pytest.mark.parametrize(
    ("source", "text", "cited"),
    [
        ("A [1, 2].", "A [1] [2].", 2),
        ("A [1,2; 4].", "A [1] [2] [3].", 3),
        ("A [1][2].", "A [1] [2].", 2),
        ("A[1].", "A [1].", 1),
        ("A [1] [1].", "A [1] [1].", 1),
        ("A [9].", "A.", 0),
        ("A [0] [5] [999].", "A.", 0),
        ("A [9, 2].", "A [1].", 1),
        ("Since [2024].", "Since [2024].", 0),
        ("A [x] b.", "A [x] b.", 0),
        ("- item [2]\n- item [9]", "item [1]. item.", 1),
        ("**Bold [2]** end.", "Bold [1] end.", 1),
        ("# Heading [2]\ntext", "Heading [1]: text", 1),
        ("| a | b [2] |\n", "a, b [1].", 1),
        ("[Prices [2]](https://acme.example/prices)", "Prices [1]", 1),
        ("<script>[1]</script>After [2].", "After [1].", 1),
    ],
)
def test_each_form_of_citation(source, text, cited):
    """Lists, ranges of brackets, numbers that no passage has, and other things in brackets."""
    into = writer()
    assert said(source, into) == text
    assert len(into.book.citations) == cited


def test_two_passages_of_one_page_are_one_citation():
    """A source is listed once, and its number is the same everywhere."""
    into = writer(passages=(a_passage(1), a_passage(2, url=f"{SITE}/page-1"), a_passage(4)))
    assert said("A [2]. B [1]. C [3].", into) == "A [1]. B [1]. C [2]."
    assert len(into.book.citations) == 2


def test_a_sentence_that_is_replaced_cites_nothing():
    """A guard's words have no source."""
    into = writer(screen=lambda sentence: "No." if "booked" in sentence else sentence)
    said("I booked it [1]. It costs 5 [2].", into)
    assert [citation.url for citation in into.book.citations] == [f"{SITE}/page-2"]


def test_the_book_knows_its_passages_only():
    """Numbers begin at one."""
    book = CitationBook(PASSAGES)
    assert [book.cite(number) is None for number in (-1, 0, 1, 4, 5, 10**9)] == [True, True, False, False, True, True]


@pytest.mark.parametrize(
    ("text", "bare"),
    [("A [1].", "A."), ("A [1] [12] b", "A b"), ("[1] A", " A"), ("A [2024]", "A [2024]"), ("A [x]", "A [x]")],
)
def test_outside_their_answer_numbers_are_taken_out(text, bare):
    """The history is given to the model without them."""
    assert without_citations(text) == bare
