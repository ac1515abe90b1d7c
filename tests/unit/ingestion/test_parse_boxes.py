"""No word of a page is lost for how its source is written: all are laid out as a browser does."""

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.parse.boxes import lay_out
from shared.ingestion.parse.html import parse_html
from tests.unit.properties import NORMAL

LONG = "Our workshop repairs bicycles of every make, usually within two working days."


def read(markup: str) -> str:
    """Return what is read of a page's main content, after a paragraph."""
    page = parse_html(f"<main><h1>Top</h1><p>{LONG} {LONG}</p>{markup}</main>".encode(), "https://a.example/")
    return page.text.rpartition(LONG)[2].strip()


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<section>We sell used bikes.<h2>Used</h2>From £120.<p>Ask us.</p></section>",
         "We sell used bikes.\n\n## Used\n\nFrom £120.\n\nAsk us."),
        ("<details><summary>Do you hire?</summary>We do, from £18 <b>a day</b>.</details>",
         "## Do you hire?\n\nWe do, from £18 **a day**."),
        ("<div>Open on Sundays<div>from 10 to 4</div></div>", "Open on Sundays\n\nfrom 10 to 4"),
        ("<address>Tel: 0117 496 0123<br>Mail: john_doe@a.example</address>",
         "Tel: 0117 496 0123\n\nMail: john_doe@a.example"),
        ("<h3><button aria-expanded=false>Do you build wheels?</button></h3><div><p>By hand, in a week.</p></div>",
         "### Do you build wheels?\n\nBy hand, in a week."),
        ("<button aria-controls=a>Do you build wheels?</button><div id=a>By hand, in a week.</div>",
         "#### Do you build wheels?\n\nBy hand, in a week."),
        ("<div role=heading aria-level=3>Wheels</div><p>We build them by hand, in a week.</p>",
         "### Wheels\n\nWe build them by hand, in a week."),
        ("<figure><img src=a.png><figcaption>Our shop on Juniper Street</figcaption></figure>",
         "Our shop on Juniper Street"),
        ("<table><caption>Our parts</caption><tr><th>Part</th><th>£</th></tr><tr><td>Tube</td><td>9</td></tr></table>",
         "Our parts\n\n| Part | £ | \n|---|---|\n| Tube | 9 |"),
        ("<div>They mended it in a day.</div><div>Ruth, Bedminster</div>",
         "They mended it in a day.\n\nRuth, Bedminster"),
        ("<h2 class=big><span>Come on in</span> <a href=/hours>We are open</a></h2><p>Every day.</p>",
         "## Come on in We are open\n\nEvery day."),
        ("<div><p>Ask <a href=/us>support@a.example</a></p><a href=/f><i></i></a><a href=/t><i></i></a></div>",
         "Ask support@a.example"),
        ("<p>Basic service</p><a class=button href=/book>Book for £55</a>", "Basic service\n\nBook for £55"),
    ],
    ids=["section", "details", "div", "address", "accordion", "button", "role", "figure", "caption",
         "quotes", "heading", "contact", "link"],
)  # fmt: skip
def test_words_beside_blocks_are_paragraphs(markup, text):
    """Each was lost or glued to its neighbour."""
    assert read(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<dl><dt>Monday:</dt><dd>9 to 5</dd><dt>Tuesday</dt><dd>9 to 12</dd><dd>14 to 18</dd></dl>",
         "- Monday: 9 to 5\n- Tuesday: 9 to 12; 14 to 18"),
        ("<dl><div><dt>Phone</dt><dd>0117 496 0123</dd></div><div><dt>Fax</dt><dd></dd></div></dl>",
         "- Phone: 0117 496 0123\n- Fax"),
        ("<dl><dt>Monday<br>Tuesday</dt><dd>9 to 12<br>14 to 18</dd></dl>", "- Monday Tuesday: 9 to 12 14 to 18"),
        ("<dl><dt>run(x)</dt><dd><p>Runs it with x.</p></dd></dl>", "- run(x)\n- Runs it with x."),
        ("<dl><dd>No term</dd><dt>Term</dt></dl>", "- No term\n- Term"),
        ("<dl><dt>Monday</dt><dd>9 to 5</dd><p>Not on holidays.</p></dl>", "- Monday\n- 9 to 5\n\nNot on holidays."),
    ],
    ids=["hours", "wrapped", "lines", "long", "disordered", "mixed"],
)  # fmt: skip
def test_terms_stand_beside_what_is_said_of_them(markup, text):
    """Where both are short; no word is lost otherwise."""
    assert read(f"<h2>Here</h2>{markup}") == f"## Here\n\n{text}"


CARDS = "".join(f"<article><h3>Service {n}</h3><p>{LONG} It costs £{n}5.</p></article>" for n in range(1, 5))


@pytest.mark.parametrize(
    "markup",
    [
        f"<main><h2>Services</h2><section>{CARDS}</section></main>",
        f"<h2>Services</h2><section>{CARDS}</section>",
        f"<h2>Services</h2><div class=text><p>{LONG}</p></div><div class=col>{CARDS.replace('article', 'div')}</div>",
    ],
    ids=["in main", "loose", "a class that promises all"],
)
def test_a_page_of_several_articles_is_read_whole(markup):
    """Else one of them is taken for the page, or their headings are lost."""
    page = parse_html(f"<header>Acme</header>{markup}<footer>Imprint</footer>".encode(), "https://a.example/")
    for n in range(1, 5):
        assert f"### Service {n}\n\n{LONG} It costs £{n}5." in page.text


def test_a_menus_button_is_no_heading():
    """It unfolds too, but answers nothing."""
    assert "####" not in read("<button aria-expanded=false>Menu</button><p>We build wheels by hand.</p>")


def test_text_is_as_the_reader_sees_it():
    """Without the backslashes of Markdown, which are in no address and no number."""
    assert read("<p>Part AB_12*3 [cm] &lt; 5 ~ `x`</p><h2>The my_file</h2><p>See <code>a\\_b</code>.</p>") == (
        "Part AB_12*3 [cm] < 5 ~ `x`\n\n## The my_file\n\nSee `a\\_b`."
    )


_words = st.sampled_from(["", " ", "one", "two words", "\n three\n"])
_leaf = _words | _words.map(lambda text: f"<b>{text}</b>") | _words.map(lambda text: f"<a href=/>{text}</a>")
_tags = ("div", "p", "section", "details", "dl", "dt", "dd", "ul", "li", "h2", "button", "figure", "span", "table")
_trees = st.recursive(
    _leaf,
    lambda inner: st.tuples(st.sampled_from(_tags), st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=30,
)


@NORMAL
@given(_trees)
def test_words_stay_in_their_order(markup):
    """Boxes come and go, words do not."""
    tree = lxml.html.document_fromstring(f"<main>{markup}</main>")
    before = "".join(tree.text_content().split())
    lay_out(tree)
    after = "".join(tree.text_content().split())
    assert after.replace(":", "").replace(";", "") == before
