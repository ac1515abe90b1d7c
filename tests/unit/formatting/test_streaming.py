"""However the text arrives, the reply is the same, and it is what the contract allows."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formatting.reply_html import PRICES, read, writer, written
from tests.unit.properties import NORMAL, THOROUGH

_PIECES = (
    "a", "word", "Ada", "ada@acme.example", "中文。", "é", "😀", "مرحبا", " ", "  ", "   ", "\n", "\n\n", "\t",
    "*", "**", "_", "__", "`", "```", "~~~", "~~", "#", "## ", "- ", "* ", "1. ", "1", "10) ", "|", "| a | b |",
    "|---|", "---", "===", "> ", "[", "]", "[1]", "[2, 9]", "[9]", "(", ")", "](", "[x](", PRICES, "\u00a0",
    "https://evil.example/", "<b>", "</b>", "<", ">", "<script>", "</script>", "<style>", "<!--", "-->", "<a href='x'>",
    "&lt;", "&amp;", "&#0;", ".", "!", "? ", ". ", ": ", "\\", "\\*", "\x00", "\u202e",
)  # fmt: skip
fragments = st.lists(st.sampled_from(_PIECES), max_size=16).map("".join)
texts = fragments | st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60)


def cut(text: str, places: list[int]) -> list[str]:
    """Return the text in pieces."""
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[begin:end] for begin, end in itertools.pairwise(at)]


@THOROUGH
@given(texts, st.lists(st.integers(0, 10_000), max_size=8))
def test_how_the_text_is_cut_does_not_change_the_reply(text, places):
    """Deltas joined, the reply, and the reply to the text in one piece are equal for any text and any cutting."""
    assert written(cut(text, places)) == written(text)


@THOROUGH
@given(texts)
def test_letter_by_letter_is_the_same_too(text):
    """The smallest pieces a model can send."""
    assert written(list(text)) == written(text)


@pytest.mark.parametrize(
    "block", ["one\r\n\r\ntwo", "one\r\n---\r\ntwo", "- a\r\n- b\r\n", "```\r\ncode\r\n```\r\n**b**"]
)
def test_a_line_end_may_be_torn_apart(block):
    """CR and LF may come in two pieces."""
    assert written(list(block)) == written(block)
    assert written(list(block)) == written(block.replace("\r\n", "\n"))


@NORMAL
@given(st.lists(st.sampled_from(["\r", "\n", "\r\n", " ", "a", "- ", "---", "```"]), max_size=10).map("".join))
def test_carriage_returns_do_not_change_that(text):
    """Line ends of every system, in any place."""
    assert written(list(text)) == written(text)


@pytest.mark.parametrize("text", ["\ud83d", "half a \udc00 pair", "```\n\ud83d\n```", "| \ud83d |"])
def test_half_a_surrogate_pair_breaks_nothing(text):
    """JSON can carry one, and a stream may be torn inside a pair: the reply must still have a UTF-8 form."""
    written(text).encode()


@THOROUGH
@given(texts)
def test_any_text_becomes_html_of_the_contract(text):
    """Only p, b, i, br and a; balanced; links to what is allowed; at most four paragraphs; nothing raw left."""
    read(written(text))


@NORMAL
@given(texts, st.lists(st.sampled_from(["Ada", "a", "word", "[1]", ".*", "&", "<b>", "é"]), max_size=3))
def test_the_visitors_own_values_keep_that_true(text, bold):
    """Whatever the values to embolden are."""
    read(written(text, writer(bold=bold)))


@NORMAL
@given(texts, st.sampled_from(["", "Instead.", "<b>&", "**x**", "[1]", "\n\n"]))
def test_a_screen_that_replaces_sentences_keeps_that_true(text, instead):
    """What a guard says in a sentence's place is treated like the sentence."""
    read(written(text, writer(screen=lambda _: instead)))


@NORMAL
@given(texts, st.sampled_from(["Sorry.", 'Sorry, <b>&amp; "quotes"', "Entschuldigung, ich kann nicht"]))
def test_a_closing_sentence_ends_the_last_paragraph(text, closing):
    """Words added at the end are plain text and close what is open."""
    into = writer()
    pieces = [into.feed(text), into.flush(), into.close(closing)]
    assert "".join(pieces) == into.reply.html
    read(into.reply.html)
    assert into.reply.text.endswith(closing)


def test_a_sentence_is_shown_as_soon_as_the_next_one_begins():
    """The visitor does not wait for the whole answer."""
    into = writer()
    assert into.feed("It costs 95 pounds. ") == ""
    assert into.feed("W") == "<p>It costs 95 pounds."
    assert into.feed("e open at nine.") == ""
    assert into.flush() == " We open at nine."
    assert into.close() == "</p>"


def test_what_one_piece_completes_is_shown_with_that_piece():
    """A model that sends whole sentences, or lines, does not have each held back until the next arrives."""
    into = writer()
    assert into.feed("One. Two. Thr") == "<p>One. Two."
    assert into.feed("ee.\nFour. Fi") == " Three. Four."
    assert into.feed("ve.\n\n- six\nSeven. Ei") == " Five.</p><p>six. Seven."


def test_a_sentence_without_end_is_not_held_back_for_ever():
    """After some hundred characters it is cut at a space."""
    into = writer()
    shown = "".join(into.feed("word ") for _ in range(400))
    assert len(shown) > 1000


@pytest.mark.parametrize(
    "pump",
    ["[", "![", "**", "*a ", "_a", "`", "``a", "<", "<a ", "<!--", "&", "|a|\n", "- a\n", "> ", "[a](", "](", "<b>",
     "[1]", "word ", "a. ", "中", "~~", "\\", "#", "1.\n", "```\n", "***a", "((((", "<script>", f"{PRICES} ", "\u0301"],
)  # fmt: skip
def test_the_longest_answer_is_written_in_no_time(pump):
    """8000 characters made to be slow, in small pieces, take less than a second of its own time."""
    text = (pump * 8000)[:8000]
    pieces = [text[at : at + 8] for at in range(0, len(text), 8)]

    begun = time.thread_time()
    written(pieces)
    assert time.thread_time() - begun < 1.0
