"""Markdown of every kind becomes a few sentences: all words stay, no markup does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formatting.reply_html import PRICES, read, said, writer, written
from tests.unit.properties import NORMAL
from tests.unit.samples import SITE


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("Plain words.", "<p>Plain words.</p>"),
        ("**bold** and *slanted*", "<p><b>bold</b> and <i>slanted</i></p>"),
        ("__bold__ and _slanted_", "<p><b>bold</b> and <i>slanted</i></p>"),
        ("***both***", "<p><i><b>both</b></i></p>"),
        ("~~gone~~ `code`", "<p>gone code</p>"),
        ("snake_case_name and 2 * 3", "<p>snake_case_name and 2 * 3</p>"),
        ("# Prices\nFrom 5 pounds.", "<p>Prices: From 5 pounds.</p>"),
        ("## Open? ##\nYes.", "<p>Open? Yes.</p>"),
        ("- one\n- two\n- three!", "<p>one. two. three!</p>"),
        ("* one\n* two", "<p>one. two.</p>"),
        ("+ one\n• two\n– three", "<p>one. two. three.</p>"),
        ("1. one\n2. two\n10) ten", "<p>one. two. ten.</p>"),
        ("- outer\n  - inner\n    1. inmost", "<p>outer. inner. inmost.</p>"),
        ("Intro:\n- **Tea:** 2 pounds", "<p>Intro: <b>Tea:</b> 2 pounds.</p>"),
        ("> quoted\n> > twice", "<p>quoted twice</p>"),
        ("> - an item", "<p>an item.</p>"),
        ("one\n\ntwo", "<p>one</p><p>two</p>"),
        ("one\ntwo", "<p>one two</p>"),
        ("one\n\n\n\n\ntwo", "<p>one</p><p>two</p>"),
        ("one\n\n---\n\ntwo", "<p>one</p><p>two</p>"),
        ("Title\n=====\ntext", "<p>Title</p><p>text</p>"),
        ("![a shop window](https://acme.example/w.png) here", "<p>a shop window here</p>"),
        ("2020. That year.", "<p>2020. That year.</p>"),
        ("9:30 is early", "<p>9:30 is early</p>"),
        ("**Note**\nmore", "<p><b>Note</b> more</p>"),
        ("x < y & z > w", "<p>x &lt; y &amp; z &gt; w</p>"),
        ("", ""),
        (" \n\n ", ""),
        ("---", ""),
    ],
)  # fmt: skip
def test_each_kind_of_markdown_has_its_sentence(source, html):
    """Blocks become sentences with an end, inline marks become tags."""
    assert written(source) == html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("| Tea | Price |\n|-----|:---:|\n| Green | 2 |\n| Black | 3 |", "Green, Price: 2. Black, Price: 3."),
        ("| Green | 2 |\n| Black | 3 |", "Green, 2. Black, 3."),
        ("Our teas:\n\n| Tea | Price |\n|---|---|\n| Green | |\n\nEnjoy.", "Our teas:\nGreen. Enjoy."),
        ("| Tea | Price |\n|---|---|\n| Green | 2 | extra |", "Green, Price: 2, extra."),
        ("Tea | Price\n--- | ---\nGreen | 2", "Green, Price: 2."),
        ("| Closed on Mondays |\n|---|", "Closed on Mondays."),
        ("| Size | S \\| M |\n", "Size, S | M."),
    ],
)
def test_a_table_is_read_out_row_by_row(source, text):
    """Cells are named by their heading when there is one; tables need no outer pipes; nothing is swallowed."""
    assert re.sub(r"\s+", " ", said(source)) == re.sub(r"\s+", " ", text)


def test_a_code_block_is_shown_as_its_words():
    """Without fences, language name or formatting."""
    assert said("Run:\n```python\nx = 'a'\n```\nDone.").split() == ["Run:", "x", "=", "'a'.", "Done."]


@pytest.mark.parametrize(
    "source",
    [
        "See [our prices][prices] today.\n\n[prices]: https://acme.example/prices",
        "See [our prices][] today.\n\n[our prices]: https://acme.example/prices 'Prices'",
        "See [our prices][1] today.\n\n[1]: https://acme.example/prices",
    ],
)
def test_a_reference_link_leaves_its_words(source):
    """The definition is no text, and the reference is no citation.

    A reference of brackets alone is shown in them: its definition comes after it, when it has long been read.
    """
    assert re.sub(r"\s*\[\d\]|\s*https://\S+", "", said(source)) == "See our prices today."


@pytest.mark.parametrize(
    "source",
    [
        "**open", "a ** b", "open** here", "_open here", "`open", "```", "``` js", "~~~\ncode", "a `b", "[open",
        "[text](", "[x](javascript:alert(1))", "[x](data:text/html,x)", "[x](<bad url>)", "![x](data:image/png,A)",
        "line\\\nbreak", "**a\nb**", "* **a** *", "#\n##\n", "| a\n| b", "|\n||\n", "> # h", "- # h", "1. - x",
        "- [ ] todo", "- [x] done", "***", "* * *", "[a][b](c)", "<b>**x</b>**", "**[x](https://acme.example/prices)**",
    ],
)  # fmt: skip
def test_no_markup_is_left_over(source):
    """Half-open, nested and refused constructs show no asterisks, backticks, pipes, hashes or link brackets."""
    text = said(source)
    for mark in ("**", "__", "`", "~~", "](", "|", "\\", "[ ]", "[x]"):
        assert mark not in text, text
    assert not re.search(r"(?m)^\s*(?:#|[-*+>]\s)", text), text


def test_there_are_at_most_four_paragraphs():
    """Further ones are joined to the fourth."""
    html = written("\n\n".join(f"Paragraph {n}." for n in range(9)))
    assert read(html).paragraphs == 4
    assert html.endswith("<p>Paragraph 3. Paragraph 4. Paragraph 5. Paragraph 6. Paragraph 7. Paragraph 8.</p>")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("我们九点开门。周一休息。", "我们九点开门。周一休息。"),
        ("نفتح الساعة التاسعة. هل تريد المزيد؟ نعم", "نفتح الساعة التاسعة. هل تريد المزيد؟ نعم"),
        ("Great! 👩‍🔧🇬🇧 See you 😀.", "Great! 👩‍🔧🇬🇧 See you 😀."),
        ("a" * 5000, "a" * 5000),
        (("b" * 700 + " ") * 3, " ".join(["b" * 700] * 3)),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
    ],
)
def test_every_script_and_any_length_of_word_passes(source, text):
    """Chinese, Arabic, emoji with joiners, words without an end."""
    assert said(source) == text


@pytest.mark.parametrize(
    ("source", "links"),
    [
        ("[Prices](https://acme.example/prices)", [PRICES]),
        ("[Prices](https://acme.example/prices#top)", [f"{PRICES}#top"]),
        ("[Prices](https://acme.example/prices/)", [f"{PRICES}/"]),
        ("<https://acme.example/prices>", [PRICES]),
        ("See https://acme.example/prices.", [PRICES]),
        ("(https://acme.example/prices)", [PRICES]),
        ("https://acme.example/a_b__c", [f"{SITE}/a_b__c"]),
        ("<https://acme.example/a_b__c>", [f"{SITE}/a_b__c"]),
        ("[![Prices](x.png)](https://acme.example/prices)", [PRICES]),
        ("[call](tel:+441632960000) [write](mailto:hi@acme.example)", ["tel:+441632960000", "mailto:hi@acme.example"]),
        ("`https://acme.example/prices`", [PRICES]),
        ("[Prices](https://acme.example/other)", []),
        ("[Prices](https://acme.example.evil.example/prices)", []),
        ("[Prices](https://acme.example/prices?x=1)", []),
        ("[Prices](http://acme.example/prices)", []),
        ("[Prices](//acme.example/prices)", []),
        ("[Prices](/prices)", []),
        ("[Case](https://acme.example/case)", []),
        ("[x](javascript:alert(1))", []),
        ("<javascript:alert(1)>", []),
        ("<a href='https://evil.example'>Prices</a>", []),
        ("[https://acme.example/prices](https://evil.example/)", None),
    ],
)
def test_only_addresses_of_the_business_become_links(source, links):
    """Whatever form they are written in; others leave their words. Upper and lower case differ in a path."""
    found = read(written(source)).links
    assert "https://evil.example/" not in found
    assert links is None or found == links


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("See https://evil.example/x.", "See."),
        ("See (https://evil.example/x) and https://acme.example/prices.", "See and https://acme.example/prices."),
        ("`https://evil.example/x` is it.", "is it."),
    ],
)
def test_addresses_that_are_nobodys_are_left_out(source, text):
    """Neither link nor words are left of an address that the business has never published."""
    assert said(source) == text


def test_an_address_is_shown_letter_by_letter():
    """Underscores and asterisks in it are no markup."""
    assert said("Go to https://acme.example/a_b__c now.") == "Go to https://acme.example/a_b__c now."


_word = st.text("abcdefghijklmnop", min_size=2, max_size=8)
_plain = st.lists(_word, min_size=1, max_size=5).map(" ".join)
_inline = _plain | st.builds(
    lambda text, mark: f"{mark}{text}{mark[::-1]}", _plain, st.sampled_from(["**", "*", "_", "__", "`", "~~", "***"])
) | _plain.map(lambda text: f"[{text}](https://acme.example/prices)")  # fmt: skip
_sentence = st.lists(_inline, min_size=1, max_size=3).map(lambda parts: " ".join(parts) + ".")
_block = st.one_of(
    st.lists(_sentence, min_size=1, max_size=3).map(" ".join),
    _plain.map(lambda text: f"## {text}"),
    st.lists(_sentence, min_size=1, max_size=3).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(_sentence, min_size=1, max_size=3).map(
        lambda items: "\n".join(f"{n}. {i}" for n, i in enumerate(items, 1))
    ),
    _sentence.map(lambda text: f"> {text}"),
    st.lists(_plain, min_size=1, max_size=3).map(lambda lines: "```\n" + "\n".join(lines) + "\n```"),
    st.lists(_plain, min_size=2, max_size=3).map(lambda cells: "| " + " | ".join(cells) + " |"),
)
documents = st.lists(_block, min_size=1, max_size=5).map("\n\n".join)


@NORMAL
@given(documents)
def test_every_word_of_a_document_is_said_once_and_in_order(source):
    """Lists, headings, quotes, code, tables and links lose their marks and nothing else."""
    expected = re.findall("[a-p]+", source.replace("](https://acme.example/prices)", ""))
    text = said(source)
    assert re.findall("[a-p]+", text) == expected
    assert not re.search(r"[*_`~#>|\[\]()]", text), text


@NORMAL
@given(documents, st.integers(1, 9))
def test_a_document_reads_the_same_when_it_is_streamed(source, size):
    """In pieces of any size."""
    assert written([source[at : at + size] for at in range(0, len(source), size)], writer()) == written(source)
