"""Words that are no Markdown, an owner's or a guard's, are shown as they are; and the reply as text says the same."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formatting.web import paragraph, plain_text
from tests.unit.formatting.reply_html import read, writer, written
from tests.unit.properties import NORMAL, words

_plain = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60)


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("Hello!", "<p>Hello!</p>"),
        ("One\ntwo", "<p>One two</p>"),
        ("One\n\ntwo", "<p>One</p><p>two</p>"),
        ("<b>Not bold</b> & co", "<p>&lt;b&gt;Not bold&lt;/b&gt; &amp; co</p>"),
        ("", ""),
        (" \n\n ", ""),
    ],
)
def test_plain_words_become_paragraphs(text, markup):
    """A blank line separates them; brackets are letters."""
    assert paragraph(text) == markup


@pytest.mark.parametrize(
    "text",
    ["Rated 5* by guests", "2*3*4", "Wi-Fi: ab__cd", "**stars**", "`ticks`", "~~waves~~", "see [1]", "x <y",
     "a < b > c", "[x](https://acme.example)", "C# and #1", "- not a list", "AT&T &amp; co"],
)  # fmt: skip
def test_nothing_of_plain_text_is_lost(text):
    """It is no Markdown: asterisks, underscores and numbers in brackets are what the owner typed."""
    assert plain_text(paragraph(text)) == text


@NORMAL
@given(_plain)
def test_plain_text_comes_back_as_it_was(text):
    """From words to HTML and back, only white space changes."""
    assert plain_text(paragraph(text)).split() == text.split()
    read(paragraph(text))


@NORMAL
@given(st.lists(words, min_size=1, max_size=4))
def test_a_paragraph_is_a_line_of_the_text(blocks):
    """Both ways round."""
    markup = paragraph("\n\n".join(blocks))
    assert plain_text(markup).split("\n") == blocks


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a &lt;b&gt; &amp;amp;</p>", "a <b> &amp;"),
        ("<p>one<br>two</p><p>three</p>", "one\ntwo\nthree"),
        ('<p>see <a href="https://acme.example/?a=1&amp;b=%3E" target="_blank">here</a></p>', "see here"),
        ("", ""),
    ],
)
def test_text_is_what_a_visitor_reads_of_the_html(markup, text):
    """Tags go, entities are decoded once, breaks are lines."""
    assert plain_text(markup) == text


@NORMAL
@given(words)
def test_the_replys_text_says_what_its_html_says(sentence):
    """For a reply of plain sentences they are equal."""
    into = writer()
    markup = written(sentence, into)
    assert into.reply.text == sentence
    assert html.unescape(markup) == f"<p>{sentence}</p>"
