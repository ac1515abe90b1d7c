"""Ranks become one list, pages share it, neighbours become one passage."""

from shared.domain.knowledge import Chunk
from shared.retrieval.fuse import RRF_K, best_of, fused, joined, merged, page_of, spread, summed


def chunk(text, url="https://acme.example/a", heading="Prices"):
    return Chunk(url, "Acme", heading, text, "")


FULL = "A whole thought that is long enough to be read by itself, with all that belongs to it. " * 2 + "It ends."


def test_what_both_lists_have_comes_first():
    """By reciprocal ranks; equal ones keep the reading order."""
    ranked = fused([(1, [7, 3, 5]), (1, [9, 3])])
    assert [place for place, _ in ranked] == [3, 7, 9, 5]
    assert ranked[0][1] == 2 / (RRF_K + 2)


def test_a_weight_counts():
    """The heavier list decides between two first places."""
    assert fused([(1, [1]), (1.5, [2])])[0][0] == 2
    assert fused([]) == []


def test_no_page_fills_the_front():
    """More of a page than allowed goes behind the others; none is lost."""
    pages = {1: "a", 2: "a", 3: "a", 4: "b"}
    assert spread([1, 2, 3, 4], pages.__getitem__, per_page=2) == [1, 2, 4, 3]


def test_neighbours_become_one_passage():
    """At the better one's rank, in reading order; the freed place goes to the next."""
    chunks = [chunk(FULL), chunk(FULL), chunk(FULL), chunk(FULL)]
    assert joined([1, 3, 0], chunks, count=3) == [[0, 1], [3]]


def test_pages_are_not_joined():
    """The last chunk of one page and the first of the next have nothing to do with each other."""
    chunks = [chunk(FULL), chunk(FULL, url="https://acme.example/b")]
    assert joined([0, 1], chunks, count=2) == [[0], [1]]


def test_half_a_thought_takes_its_neighbour():
    """A chunk that breaks off, or says next to nothing, is read on under the same heading."""
    chunks = [chunk("It costs, if the wheel is " * 8), chunk(FULL), chunk("Short."), chunk(FULL, heading="Hours")]
    assert joined([0], chunks, count=1) == [[0, 1]]
    assert joined([2], chunks, count=1) == [[2]]


def test_the_budget_holds():
    """What does not fit is left out for something shorter; the best is there in any case."""
    texts = ["x" * 500 + ".", "y" * 900 + ".", "z" * 200 + "."]
    chunks = [chunk(text, url=f"https://acme.example/{at}") for at, text in enumerate(texts)]
    assert joined([0, 1, 2], chunks, count=3, budget=800) == [[0], [2]]
    assert joined([1], chunks, count=3, budget=10) == [[1]]


def test_a_joined_passage_shows_its_headings():
    """Text under another heading says so; one chunk alone is itself."""
    chunks = [chunk("One."), chunk("Two."), chunk("Three.", heading="Prices > Hire")]
    assert merged([0], chunks) is chunks[0]
    assert merged([0, 1, 2], chunks).text == "One.\nTwo.\n## Hire\nThree."


def test_a_pdf_is_one_page():
    """Its pages have addresses of their own; a text without an address is known by its title."""
    assert page_of(chunk("", url="https://acme.example/a.pdf#page=2")) == "https://acme.example/a.pdf"
    assert page_of(chunk("", url="")) == "Acme"


def test_the_best_score_counts():
    """A place in two lists has the better of its scores."""
    assert best_of([{1: 0.2, 2: 0.5}, {1: 0.9}]) == [(1, 0.9), (2, 0.5)]


def test_what_speaks_for_a_place_is_added_up():
    """By weight; equal ones keep the reading order, and a place that one map lacks has nothing there."""
    assert summed([(1.0, {3: 2.0, 1: 2.0}), (2.0, {5: 1.5, 1: 0.0})]) == [(5, 3.0), (1, 2.0), (3, 2.0)]
    assert summed([]) == []
