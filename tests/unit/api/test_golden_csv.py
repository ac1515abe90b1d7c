"""Golden questions as a table: what goes out comes back, and what cannot be read is told by its row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.admin.golden_csv import COLUMNS, as_rows, parse
from shared.domain.errors import Invalid
from shared.domain.golden import GoldenQuestion, GoldenSet
from shared.domain.text import clean
from shared.web.spreadsheet import table

LINES = st.text(min_size=1, max_size=40).map(lambda text: " ".join(clean(text).split())).filter(
    lambda text: bool(text) and not text.startswith("'") and "|" not in text and text.isprintable()
)  # fmt: skip
QUESTIONS = st.builds(
    lambda number, question, facts, history: GoldenQuestion(
        id=f"q{number}", question=question, facts=facts, answerable=bool(facts), history=history
    ),
    st.integers(0, 10**6), LINES, st.lists(st.from_regex(r"[£a-z0-9=+@-][a-z0-9 ]{0,8}[a-z0-9]", fullmatch=True),
    max_size=3), st.lists(LINES, max_size=2),
)  # fmt: skip


@given(st.lists(QUESTIONS, min_size=1, max_size=5, unique_by=lambda one: one.id))
def test_what_goes_out_comes_back(questions):
    """Whatever a question says, also what a spreadsheet would take as a formula."""
    data = table(COLUMNS, as_rows(questions)).encode()
    assert parse(data) == GoldenSet(questions=tuple(questions))


def test_a_table_as_a_person_writes_it():
    """Semicolons, columns in another order and more of them, no ids, cells of two lines, blank lines."""
    data = (
        'Question;Facts;Pages;Note\r\n"How much is a puncture?";£14;"/prices\n/faq";ask Ann\r\n;;;\r\n'
        "Do you fix scooters?;;;no\r\n"
    )
    with pytest.raises(Invalid, match="row 4: say which page"):
        parse(data.encode())
    more = data.replace("Note", "Answerable").replace("ask Ann", "Yes")
    first, second = parse(more.encode()).questions
    assert (first.pages, first.facts, first.answerable) == (("/prices", "/faq"), ("£14",), True)
    assert not second.answerable
    assert first.id != second.id
    assert [one.id for one in parse(more.encode()).questions] == [first.id, second.id]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "heading row"),
        (b"question,facts\na,b,c\n", "row 2 has 3 cells"),
        (b"id,question,facts\nA A,x,y\n", "row 2: id"),
        (b"question,facts,answerable\nx,y,perhaps\n", "row 2: answerable"),
        (b"id,question,facts\na,x,y\na,z,y\n", "the id 'a' is there twice"),
        (b"question,facts\nx,y\nx,y\n", "is there twice"),
    ],
    ids=["empty", "cells", "id", "answerable", "twice", "twice-without-ids"],
)
def test_what_is_wrong_is_told_by_its_row(data, why):
    """So that it is found in the spreadsheet; nothing is kept then."""
    with pytest.raises(Invalid, match=why):
        parse(data)
