"""Headers and footers: what they say is read once for a site, and their menus are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.knowledge import AROUND, Document
from shared.ingestion.parse.html import parse_html
from shared.ingestion.parse.registry import page_documents
from shared.ingestion.unsaid import Unsaid
from tests.unit.properties import NORMAL

LONG = "Our workshop repairs bicycles of every make, usually within two working days."
MAIN = f"<main><h1>Top</h1>{f'<p>{LONG} {LONG}</p>' * 6}</main>"
AT = "https://a.example/"


def around(markup: str) -> str:
    """Return what is read around a page's own text."""
    return parse_html(f"<title>Acme</title>{markup}".encode(), AT).around


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<h4>Hours</h4><dl><dt>Mon-Fri</dt><dd>9-5</dd><dt>Sat</dt><dd>10-2</dd></dl>",
         "## Hours\nMon-Fri: 9-5\nSat: 10-2"),
        ("<table><tr><td>Monday</td><td>9-5</td></tr></table>", "Monday 9-5"),
        ("<address>14 Juniper Street<br>Bristol <b>BS3 4QN</b></address>", "14 Juniper Street\nBristol BS3 4QN"),
        ("<a href=https://maps.example>14 Juniper Street</a>", "14 Juniper Street"),
        ("© 2026 Acme Limited | <a href=/imprint>Imprint</a>", "© 2026 Acme Limited | Imprint"),
        ("<p><a href=tel:0117>0117 496 0123</a></p><p><a href=mailto:a@b>ask us</a></p>", "0117 496 0123\nask us"),
        ("Closed <a href=/holidays>on holidays</a> and Sundays", "Closed on holidays and Sundays"),
    ],
    ids=["terms", "table", "address", "map", "own link", "telephone", "link in a line"],
)  # fmt: skip
def test_what_a_footer_says_is_read(markup, text):
    """Line by line as it is shown, under its heading."""
    assert around(f"{MAIN}<footer>{markup}</footer>") == text


@pytest.mark.parametrize(
    "markup",
    [
        "<nav>Where you are: <b>Prices</b></nav>",
        "<div role=navigation>Where you are: <b>Prices</b></div>",
        "<h4>Quick links</h4><ul><li><a href=/a>About</a></li><li><a href=/b>Imprint</a></li></ul>",
        "<p><a href=/a>About</a> | <a href=/b>Imprint</a></p>",
        "<a href=/cart>Cart (0) €0.00</a> <a href=https://a.example/account>Account 1</a>",
        "<a href=http://[>Cart 2</a>",
        "<p>Follow us: <a href=/f>Facebook</a>, <a href=/i>Instagram</a></p>",
        "<form><p>Your address for our newsletter</p><input></form>",
        "<button>Accept all of it</button><script>track()</script><select><option>English</select>",
        f"<p>{LONG * 5}</p>",
        f"<p>{LONG} {LONG}</p>",
        "<h1>Top</h1>",
    ],
    ids=[
        "nav",
        "role",
        "links",
        "line of links",
        "cart",
        "no address",
        "follow us",
        "form",
        "controls",
        "prose",
        "said above",
        "title",
    ],
)
def test_menus_and_what_is_said_elsewhere_are_not(markup):
    """A heading with nothing below it goes too."""
    assert not around(f"{MAIN}<footer>{markup}</footer>")


@pytest.mark.parametrize(
    "markup",
    ["<header>{}</header>", "<div role=contentinfo>{}</div>", "<div id=footer>{}</div>",
     "<div class='dark site-footer'>{}</div>", "<section class=topbar>{}</section>"],
)  # fmt: skip
def test_a_header_or_footer_is_known_by_its_name(markup):
    """By element, role, or the usual id or class."""
    assert around(MAIN + markup.format("Ring 0117 496 0123")) == "Ring 0117 496 0123"


@pytest.mark.parametrize("markup", ["<main><footer>{}</footer></main>", "<div class=footer-like>{}</div>", "<p>{}</p>"])
def test_other_places_are_not(markup):
    """An article's footer is its own."""
    assert not around(MAIN + markup.format("Ring 0117 496 0123"))


def documents(footer: str, text: str = LONG) -> list[Document]:
    """Return what a page with this footer is indexed as."""
    page = parse_html(f"<main><h1>Top</h1><p>{text} {text}</p></main><footer>{footer}</footer>".encode(), AT)
    return page_documents(page, "Acme", AT, "now")


def test_a_line_is_kept_once_for_a_site():
    """A page keeps what no page before said under the same heading: two branches may open alike."""
    footers = (
        "<h4>Hours</h4><p>Mon 9-5</p>",
        "<h4>Hours</h4><p>Mon 9-5</p><p>Sat 10-2</p>",
        "<h4>Hours</h4><p>Sat 10-2</p>",
        "<h4>Hours in Bath</h4><p>Mon 9-5</p>",
    )
    unsaid = Unsaid()
    found = [[(each.kind, each.text) for each in unsaid.of(documents(footer))[1:]] for footer in footers]
    assert found == [
        [(AROUND, "## Hours\nMon 9-5")], [(AROUND, "## Hours\nSat 10-2")], [], [(AROUND, "## Hours in Bath\nMon 9-5")],
    ]  # fmt: skip


def test_a_page_without_words_of_its_own_is_none():
    """A footer makes no page."""
    page = parse_html(b"<title>Acme</title><div id=app></div><footer>Ring 0117 496 0123</footer>", AT)
    assert (page.text, page.around) == ("", "Ring 0117 496 0123")
    assert not page_documents(page, "Acme", AT, "now")


@NORMAL
@given(st.recursive(
    st.sampled_from(["one", "2", "<br>", "<a href=/>link</a>", "<!-- note -->", "<img>"]),
    lambda inner: st.tuples(st.sampled_from(["p", "div", "ul", "li", "h3", "a", "nav", "td", "table", "span"]),
                            st.lists(inner, max_size=4)).map(lambda it: f"<{it[0]}>{''.join(it[1])}</{it[0]}>"),
    max_leaves=25,
))  # fmt: skip
def test_any_footer_is_survived(markup):
    """No heading is left alone, and no line is empty."""
    lines = around(f"{MAIN}<footer>{markup}</footer>").splitlines()
    assert all(line.strip() for line in lines)
    assert not lines or not lines[-1].startswith("#")
