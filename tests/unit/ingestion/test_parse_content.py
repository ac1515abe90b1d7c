"""Pages that do not say where their text stands keep their headings, and have titles of their own."""

import pytest

from shared.ingestion.parse.html import parse_html

URL = "https://docs.example/page"
TEXT = "Set the domain of the cookie to the one that stands in the browser, and try it once more then."


def page(body: str, title: str = "Logging in | Handbook") -> bytes:
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def sections(count: int) -> str:
    """Return sections as documentation and site builders have them: no article, no main."""
    texts = ["".join(f"<p>{TEXT} {n}.{part}.</p>" for part in range(4)) for n in range(count)]
    return "".join(f'<div id="s{n}"><h2>Question number {n}?</h2>{text}</div>' for n, text in enumerate(texts))


@pytest.mark.parametrize(
    "body",
    [
        f'<div id="hd"><h1><a href="/">Handbook</a></h1></div><div id="bd"><div>{sections(12)}</div></div>',
        f"<nav><a href='/'>Handbook</a></nav>{sections(12)}<footer><p>{TEXT}</p></footer>",
    ],
    ids=["boxes in boxes", "the body itself"],
)
def test_headings_stay_where_the_page_names_no_article(body):
    """Each above its text, for a passage is cut and found by them."""
    text = parse_html(page(body), URL).text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        f"## Question number {n}?" for n in range(12)
    ]
    assert text.index("## Question number 3?") < text.index(f"{TEXT} 3.0.") < text.index("## Question number 4?")


def test_text_outside_of_the_core_is_not_given_for_headings():
    """A table beside it with much to say weighs more."""
    rows = "".join(f"<tr><td>Row {n} of the tariff</td><td>{n} pounds and {n} pence</td></tr>" for n in range(60))
    body = f"<div><div>{sections(2)}</div></div><div><table>{rows}</table></div>"
    text = parse_html(page(body), URL).text
    assert "Row 59 of the tariff" in text
    assert f"{TEXT} 1.0." in text


@pytest.mark.parametrize("sign", ["¶", "#", "§", "🔗"])
def test_signs_that_link_a_heading_to_itself_are_dropped(sign):
    """From text and title alike; a link with words stays."""
    body = f'<main><h1>Cookies<a href="#c">{sign}</a></h1><p>{TEXT} See <a href="#more">more</a>.</p></main>'
    found = parse_html(page(body), URL)
    assert found.title == "Cookies"
    assert f"Cookies{sign}" not in found.text
    assert "more" in found.text


def test_the_site_s_name_on_top_is_not_each_page_s_title():
    """The heading with which the browser's title begins is."""
    body = f"<h1>Handbook</h1><div><h1>Logging in</h1><p>{TEXT}</p></div>"
    assert parse_html(page(body), URL).title == "Logging in"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (f"<h1>Welcome</h1><p>{TEXT}</p><h1>Second</h1>", "Welcome"),
        (f"<h1> </h1><p>{TEXT}</p>", "Logging in | Handbook"),
    ],
    ids=["unlike the browser's", "empty"],
)
def test_other_titles_are_the_first_there_is(body, title):
    """A heading before the browser's title."""
    assert parse_html(page(body), URL).title == title
