"""Documents are cut at their headings, into pieces that make sense alone; nothing of the text is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.knowledge import Chunk, Document
from shared.ingestion.chunk import MAX_CHARS, chunk_document
from tests.unit.properties import NORMAL


def chunks(text: str, title: str = "Title", kind: str = "page") -> list[Chunk]:
    """Return the chunks of a document."""
    return chunk_document(Document("https://a.example/", title, text, "now", kind))


def all_words(found: list[Chunk]) -> list[str]:
    """Return every word of headings and texts."""
    return [word for chunk in found for word in re.findall(r"\w+", f"{chunk.heading} {chunk.text}")]


_words = st.lists(st.text("abcdefgh", min_size=1, max_size=10), min_size=1, max_size=60).map(" ".join)
_line = st.one_of(
    _words,
    _words.map(lambda text: f"{text}. {text}! {text}?"),
    _words.map(lambda text: f"- {text}"),
    _words.map(lambda text: f"  - {text}"),
    st.tuples(st.integers(1, 6), _words).map(lambda pair: "#" * pair[0] + " " + pair[1]),
    st.lists(_words, min_size=2, max_size=4).map(lambda cells: "| " + " | ".join(cells) + " |"),
    st.sampled_from(["", "   ", "```", "|---|---|", "x" * 3000, "    " + "y" * 2000, "- " + "z" * 1500, "é" * 1401]),
)
documents = st.lists(_line, max_size=25).map("\n".join)


@NORMAL
@given(documents)
def test_no_word_is_lost(text):
    """Every word stands in some chunk, in its text or in the path of headings above it."""
    have = set(all_words(chunks(text, title="")))
    short = {word for word in re.findall(r"\w+", text) if len(word) < MAX_CHARS // 2}  # longer ones are cut
    assert short <= have


@NORMAL
@given(documents.filter(lambda text: "|" not in text))
def test_no_letter_of_the_texts_is_lost_or_changed_place(text):
    """Put together again, the chunks hold the document in its order: headings aside."""
    fenced, body = False, []
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        if fenced or not re.match(r"#{1,6}\s", line):
            body.append(line)
    together = iter(re.sub(r"\s+", "", "".join(chunk.text for chunk in chunks(text))))
    letters = re.sub(r"[\W_]+", "", "".join(body))
    assert all(letter in together for letter in letters)


@NORMAL
@given(documents)
def test_a_chunk_is_never_too_long_or_empty(text):
    """Each fits the model's window and says something."""
    for chunk in chunks(text):
        assert 0 < len(chunk.text.strip()) <= MAX_CHARS


@pytest.mark.parametrize("line", ["- " + "z" * 1500, "1. " + "z" * 1500, "a " + "z" * 3000])
def test_a_word_without_end_leaves_no_crumbs(line):
    """A list marker or a single letter alone is nothing to find."""
    assert all(len(chunk.text) > 2 for chunk in chunks(line))


def test_a_short_section_is_one_chunk_under_its_path():
    """With the headings above it, without the title that repeats."""
    found = chunks("Intro.\n# Title\nHello.\n## Prices\n### Repairs\nFrom 5.\n## Hours\nNine.")
    assert [(chunk.heading, chunk.text) for chunk in found] == [
        ("", "Intro."), ("", "Hello."), ("Prices > Repairs", "From 5."), ("Hours", "Nine."),
    ]  # fmt: skip
    assert found[2].label == "Title > Prices > Repairs"


def test_a_heading_ends_those_of_its_own_level_and_below():
    """A later section of a higher level forgets the deeper path; levels may be skipped."""
    found = chunks("# A\n### B\none\n## C\ntwo\n# D\nthree")
    assert [chunk.heading for chunk in found] == ["A > B", "A > C", "D"]


@pytest.mark.parametrize(
    "text",
    [
        "# Closed on Mondays",
        "Text.\n## Closed on Mondays",
        "## Closed on Mondays\n\n## Hours\nNine.",
        "# A\n# Closed on Mondays\n# B",
    ],
)
def test_a_heading_without_text_below_is_text_itself(text):
    """It may be all that is said."""
    assert "Closed on Mondays" in " ".join(f"{chunk.label} {chunk.text}" for chunk in chunks(text, title=""))


@pytest.mark.parametrize(
    ("line", "heading"),
    [("## Prices ##", "Prices"), ("# **Bold**", "Bold"), ("#No heading", ""), ("####### seven", ""),
     ("# Learn C#", "Learn C#"), ("#\tTab", "Tab")],
)  # fmt: skip
def test_headings_are_those_of_markdown(line, heading):
    """Closing marks and bold are no part of them; a hash without space makes none."""
    assert chunks(f"{line}\nText.")[-1].heading == heading


def test_a_comment_in_code_is_no_heading():
    """Fences keep their lines, and after them headings count again."""
    found = chunks("## Setup\n```sh\n# install\nmake\n```\n## Run\nGo.")
    assert [chunk.heading for chunk in found] == ["Setup", "Run"]
    assert "# install" in found[0].text


def test_code_in_one_line_opens_no_fence():
    """Headings after it are headings."""
    assert chunks("```make run``` starts it.\n## Next\nText.")[-1].heading == "Next"


def row(n: int) -> str:
    """Return a row of a table."""
    return f"| Product number {n} with a name | {n} pounds | in stock |"


@pytest.mark.parametrize("before", ["", "Short intro.", "A long paragraph of words. " * 25, "A sentence. " * 60])
@pytest.mark.parametrize("rows", [3, 30, 100])
def test_a_table_that_is_cut_keeps_its_heading(before, rows):
    """Every chunk that holds rows begins them with the heading row, and no row is lost or doubled."""
    header = "| Product | Price | Stock |"
    found = chunks("\n".join([before, header, "|---|---|---|", *(row(n) for n in range(rows))]))
    for chunk in found:
        lines = [line for line in chunk.text.split("\n") if line.startswith("|")]
        assert not lines or lines[0] == header
    assert [line for chunk in found for line in chunk.text.split("\n") if line.startswith("| Product number")] == [
        row(n) for n in range(rows)
    ]


def test_two_tables_keep_their_own_headings():
    """What stands between them ends the first."""
    text = "| A | B |\n|---|---|\n| 1 | 2 |\n\nBetween.\n\n| C | D |\n|---|---|\n| 3 | 4 |"
    assert all(word in chunks(text)[0].text for word in ("| A | B |", "| C | D |", "Between."))


def test_a_long_paragraph_is_cut_between_sentences():
    """Each chunk but the last ends with one."""
    found = chunks("This is one sentence of some length, and it goes on. " * 80)
    assert len(found) > 2
    assert all(chunk.text.endswith(".") for chunk in found)


def test_a_wrapped_paragraph_is_cut_between_sentences_too():
    """Where its lines end says nothing: those of a PDF or of a text of 80 columns."""
    sentence = "This is one sentence\nof some length, and it\ngoes on in the lines\nbelow, to the very end of it."
    found = chunks("\n".join([sentence] * 80))
    assert len(found) > 2
    assert all(chunk.text.startswith("This") and chunk.text.endswith("it.") for chunk in found)


def test_lines_without_sentences_are_cut_between_lines():
    """A table of hours without bars."""
    lines = [f"Room {number} is open from {number % 12} to {number % 12 + 3}" for number in range(100)]
    found = chunks("\n".join(lines))
    assert len(found) > 2
    assert [line for chunk in found for line in chunk.text.splitlines()] == lines


def test_items_of_a_list_and_code_are_not_torn_apart():
    """An item ends where the next begins, a block of code at its fence."""
    item = "- An item of three lines, which says\n  what it says in them and\n  ends here"
    code = "```\ndef run():\n    print('. '.join(words))\n\n\nrun()\n```"
    found = chunks("\n".join([item] * 30 + [code] * 30))
    assert len(found) > 3
    for chunk in found:
        assert chunk.text.startswith(("- An item", "```"))
        assert chunk.text.endswith(("ends here", "```"))


def test_a_bar_in_code_begins_no_table():
    """What stands below it in the code is code too."""
    (only,) = chunks("```\nselect 1\n\n| 1 | a |\n(1 row)\n```")
    assert only.text == "```\nselect 1\n| 1 | a |\n(1 row)\n```"


def test_a_product_is_one_chunk():
    """Found and cited on its own; its lines are no headings."""
    (only,) = chunks("# name: Lamp\nprice: 5", title="Lamp", kind="product")
    assert (only.title, only.heading, only.text) == ("Lamp", "", "# name: Lamp\nprice: 5")


def test_a_product_with_very_much_to_say_loses_nothing():
    """It may take several chunks, each under the product's title."""
    text = "\n".join(f"feature {n}: word{n} and more words to fill the line" for n in range(300))
    found = chunks(text, title="Lamp", kind="product")
    assert set(re.findall(r"word\d+", text)) == set(re.findall(r"word\d+", " ".join(chunk.text for chunk in found)))
    assert {chunk.title for chunk in found} == {"Lamp"}


@NORMAL
@given(st.text(st.characters(codec="utf-8"), max_size=200), st.sampled_from(["page", "pdf", "product"]))
def test_any_text_is_survived(text, kind):
    """Nothing is raised, and what has letters has chunks."""
    found = chunks(text, kind=kind)
    assert bool(found) or not re.search(r"[a-z]", re.sub(r"(?m)^#.*$", "", text))
