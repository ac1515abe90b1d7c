"""What visitors told of themselves is shown in bold when the assistant repeats it."""

import pytest

from shared.domain.session import Session
from shared.engine.stages.speak import own_values
from tests.unit.formatting.reply_html import read, said, writer, written
from tests.unit.samples import a_message


def shown(text: str, *bold: str) -> str:
    """Return the HTML of a text with these values in bold."""
    html = written(text, writer(bold=bold))
    read(html)
    return html


@pytest.mark.parametrize(
    ("text", "value", "html"),
    [
        ("Thanks, Ada!", "Ada", "<p>Thanks, <b>Ada</b>!</p>"),
        ("thanks, ada!", "Ada", "<p>thanks, <b>ada</b>!</p>"),
        ("Adaptable", "Ada", "<p>Adaptable</p>"),
        (
            "We'll write to a.b+c@acme.example.",
            "a.b+c@acme.example",
            "<p>We'll write to <b>a.b+c@acme.example</b>.</p>",
        ),
        ("We'll write to axb+c@acme.example.", "a.b+c@acme.example", "<p>We'll write to axb+c@acme.example.</p>"),
        ("Calling +44 (1632) 960-000 now", "+44 (1632) 960-000", "<p>Calling <b>+44 (1632) 960-000</b> now</p>"),
        ("A .* b", ".*", None),
        ("Is it C++ (yes)?", "C++", "<p>Is it <b>C++</b> (yes)?</p>"),
        ("Smith & Sons", "Smith & Sons", "<p><b>Smith &amp; Sons</b></p>"),
        ("Size <5 it is", "<5", "<p>Size <b>&lt;5</b> it is</p>"),
        ("**Ada** is in bold", "Ada", "<p><b>Ada</b> is in bold</p>"),
        ("<b>Ada</b> too", "Ada", "<p><b>Ada</b> too</p>"),
        ("*Ada* slanted", "Ada", "<p><i><b>Ada</b></i> slanted</p>"),
        ("- Ada", "Ada", "<p><b>Ada</b>.</p>"),
        ("| Name | Ada |\n", "Ada", "<p>Name, <b>Ada</b>.</p>"),
        ("a b", "a", "<p>a b</p>"),
        ("يا محمد أهلا", "محمد", "<p>يا <b>محمد</b> أهلا</p>"),
        (
            "Write to my_own_box@x.example now",
            "my_own_box@x.example",
            "<p>Write to <b>my_own_box@x.example</b> now</p>",
        ),
    ],
)
def test_a_value_is_matched_as_text_and_as_a_whole(text, value, html):
    """Case does not matter, parts of words do not count, no character is a pattern, nothing is twice in bold."""
    result = shown(text, value)
    assert html is None or result == html


def test_the_longer_value_wins():
    """A name inside a longer one does not cut it."""
    assert shown("Dear Ada Lovelace.", "Ada", "Ada Lovelace") == "<p>Dear <b>Ada Lovelace</b>.</p>"


def test_a_value_inside_a_link_keeps_the_link():
    """Bold may stand in it."""
    html = shown("[Ada's page](https://acme.example/prices)", "Ada")
    assert "<b>Ada</b>'s page</a>" in html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My name is Ada Lovelace, ada@x.example", {"Ada Lovelace", "ada@x.example"}),
        ("me llamo José", {"José"}),
        ("Ich heiße Jürgen", {"Jürgen"}),
        ("je m'appelle Zoë", {"Zoë"}),
        ("call me on +44 1632 960 000 please", {"+44 1632 960 000"}),
        ("it's 2 bikes for 95 pounds", set()),
        ("My name is 12345", set()),
        ("", set()),
    ],
)
def test_names_mailboxes_and_numbers_are_what_visitors_tell(text, found):
    """Of themselves, in the languages we know."""
    assert set(own_values(Session("acme", "s-1", "now"), a_message(text))) == found


def test_nothing_is_lost_by_emboldening():
    """The words stay as they were."""
    text = "Ada, at ada@x.example or +44 1632 960000, booked Ada's bike."
    assert said(text, writer(bold=("Ada", "ada@x.example", "+44 1632 960000"))) == text
