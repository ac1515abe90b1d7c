"""Lists of questions with their answers: tables, JSON, texts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.parse.faq import MAX_ANSWER, MAX_PAIRS, faq_json, faq_table, faq_text, is_faq
from shared.ingestion.parse.unreadable import Unreadable
from tests.unit.properties import SHORT, real_text

RENT, OPEN = ("Do you rent?", "Do you rent?\nYes, by the day."), ("Open on Sundays?", "Open on Sundays?\nNo.")


def read(found):
    """Return title and text of each entry."""
    return [(entry.title, entry.text) for entry in found.entries]


@pytest.mark.parametrize(
    "data",
    [
        b'question,answer\nDo you rent?,"Yes, by the day."\nOpen on Sundays?,No.\n',
        b"Answer;Id;Question\nYes, by the day.;1;Do you rent?\nNo.;2;Open on Sundays?\n",
        b"Frage\tAntwort\nDo you rent?\tYes, by the day.\nOpen on Sundays?\tNo.\n",
        b'Do you rent?,"Yes, by the day."\n\nOpen on Sundays?,No.\n',
        b'"Do you rent?";"<p>Yes, by the day.</p>"\r\n"Open on Sundays?";No.\r\n',
    ],
)
def test_a_table_of_two_columns_holds_pairs(data):
    """Called so in any order, or without headings."""
    found = faq_table(data)
    assert read(found) == [RENT, OPEN]
    assert found.notes == ()


def test_a_row_that_is_no_pair_is_reported():
    """With its number; the others are read."""
    data = f"question,answer\nDo you rent?,\n,No.\nLong?,{'x' * (MAX_ANSWER + 1)}\nOpen?,No.,or yes\nHere?,Yes.\n"
    found = faq_table(data.encode())
    assert read(found) == [("Here?", "Here?\nYes.")]
    (note,) = found.notes
    assert note.startswith("skipped 4 of 5 rows: ")
    for said in (
        "row 2 has no answer", "row 3 has no question", "row 4 has an answer of more than 5000 characters",
        "row 5 has 3 cells for 2 columns",
    ):  # fmt: skip
        assert said in note


@pytest.mark.parametrize(
    "content",
    [
        [{"question": "Do you rent?", "answer": "Yes, by the day."}, {"question": "Open on Sundays?", "answer": "No."}],
        [["Do you rent?", "Yes, by the day."], ["Open on Sundays?", "No."]],
        {"Do you rent?": "Yes, by the day.", "Open on Sundays?": "No."},
        {"title": "x", "faqs": [{"q": "Do you rent?", "a": "Yes, by the day."}, {"q": "Open on Sundays?", "a": "No."}]},
    ],
)
def test_json_holds_pairs(content):
    """Objects, lists of two, or one object from question to answer."""
    assert read(faq_json(json.dumps(content).encode())) == [RENT, OPEN]


def test_an_item_that_is_no_pair_is_reported():
    """In JSON too."""
    found = faq_json(json.dumps([1, {"question": "Open on Sundays?", "answer": "No."}, {"question": "x"}]).encode())
    assert read(found) == [OPEN]
    assert found.notes[0].startswith("skipped 2 of 3 items: item 1 is not a question with an answer")


@pytest.mark.parametrize(
    "text",
    [
        "# FAQ\n\n## Do you rent?\nYes, by the day.\n\n## Open on Sundays? ##\n\nNo.",
        "## Renting\n### Do you rent?\nYes, by the day.\n## Hours\n### Open on Sundays?\nNo.",
        "Q: Do you rent?\nA: Yes, by the day.\n\nQ: Open on Sundays?\nA: No.",
        "**Q1.** Do you rent?\n**A1.** Yes, by the day.\n\n**Q2. Open on Sundays?**\n\nAnswer: No.",
        "# Help\nFrage: Do you rent?\nAntwort: Yes, by the day.\nFrage: Open on Sundays?\nAntwort: No.",
    ],
)
def test_a_text_holds_pairs(text):
    """Headings with what is below them, or lines that begin with Q and A."""
    assert read(faq_text(text)) == [RENT, OPEN]


def test_an_answer_goes_on_to_the_next_question():
    """Over paragraphs and lists."""
    ((_, text),) = read(faq_text("## Do you rent?\nYes:\n\n- bikes\n- helmets\n\nEvery day.\n"))
    assert text == "Do you rent?\nYes:\n\n- bikes\n- helmets\n\nEvery day."


def test_what_belongs_to_no_question_is_reported():
    """By its line."""
    assert faq_text("Hello there.\n\n## Do you rent?\nYes.").notes == (
        "skipped 1 of 2 lines: line 1 and what follows belongs to no question",
    )


@pytest.mark.parametrize("data", [b"", b"a,b,c\n1,2,3\n", b"question,answer\n", b"one column\nonly\n"])
def test_a_table_without_pairs_says_why(data):
    """And never another error."""
    with pytest.raises(Unreadable, match=r"column|no questions"):
        faq_table(data)


@pytest.mark.parametrize("data", [b"", b"{", b"1", b"[]", b"[1]", b'{"a": ' * 3000, b"[" * 100_000])
def test_json_without_pairs_says_why(data):
    """And never another error."""
    with pytest.raises(Unreadable, match=r"JSON|no questions"):
        faq_json(data)


def test_a_list_without_end_is_refused():
    """Five thousand questions are allowed."""
    with pytest.raises(Unreadable, match=f"more than {MAX_PAIRS}"):
        faq_table("".join(f"q{n}?,a\n" for n in range(MAX_PAIRS + 1)).encode())


@pytest.mark.parametrize(
    ("names", "faq"),
    [
        (["Question", "Answer"], True), (["id", "FRAGE", "Antwort"], True), (["q", "a"], True),
        (["name", "price"], False), (["question", "price"], False), ([], False),
    ],
)  # fmt: skip
def test_questions_are_known_by_the_names_of_both_columns(names, faq):
    """One alone may mean anything."""
    assert is_faq(names) is faq


@SHORT
@given(st.binary(max_size=120) | st.text('QA:#? ,;\n"ab[]{}', max_size=60).map(str.encode), real_text)
def test_any_bytes_are_pairs_or_unreadable(data, text):
    """Nothing else is raised; every pair has both."""
    for parse, given_ in ((faq_table, data), (faq_json, data), (faq_text, text), (faq_text, data.decode("latin-1"))):
        try:
            assert all(entry.title and "\n" in entry.text for entry in parse(given_).entries)
        except Unreadable:
            continue
