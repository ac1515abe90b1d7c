"""HTML pages: main text, title, links and what they ask of a crawler."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.parse.html import HtmlPage, parse_html
from shared.ingestion.parse.unreadable import Unreadable
from tests.unit.properties import SHORT

AT = "https://a.example/dir/page"
LONG = "Our workshop repairs bicycles of every make, usually within two working days. "


def parse(markup: str) -> HtmlPage:
    """Return a page of this markup."""
    return parse_html(markup.encode(), AT)


def test_the_main_content_becomes_markdown():
    """Headings, lists and tables stay; navigation, scripts and footers go."""
    page = parse_html(
        f"""<html><head><title>Acme | Prices</title><style>p{{}}</style></head><body>
        <nav><a href="/">Home</a><a href="/x">Menu entry</a></nav>
        <main><h1>Our prices</h1><p>{LONG * 4}</p><p>{LONG * 3}</p><h2>Repairs</h2>
        <ul><li>Brakes</li><li>Gears</li></ul>
        <table><tr><th>Item</th><th>Price</th></tr><tr><td>Tube</td><td>5 pounds</td></tr></table></main>
        <script>track()</script><footer>Cookie notice</footer></body></html>""".encode(),
        AT,
    )
    assert page.title == "Our prices"
    assert "## Repairs" in page.text
    assert "- Brakes" in page.text
    assert "Tube" in page.text
    assert "5 pounds" in page.text
    assert "track()" not in page.text


def test_lines_end_where_a_browser_ends_them():
    """The source's ends say nothing, but in a block of code; nothing hides the headings below."""
    page = parse(
        f"""<main><h1>Patterns</h1><p>{LONG * 4}</p><p>A sequence
        as <code>(x, y,
        *rest)</code> takes
        the others.</p><pre>first line
second line</pre><h2>Guards</h2><p>{LONG * 3}</p></main>"""
    )
    assert "A sequence as `(x, y, *rest)` takes the others." in page.text
    assert "first line\nsecond line" in page.text
    assert page.text.index("second line") < page.text.index("\n## Guards\n")


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title> Two\n words </title>", "Two words"),
        ("<h1>Head</h1><title>Title</title>", "Head"),
        ("<h1> </h1><h1><img alt=x></h1><title>Title</title>", "Title"),
        ("<h1>A <b>bold</b> one</h1>", "A bold one"),
        ("<h1>Good bikes,<br>looked after</h1>", "Good bikes, looked after"),
        ("<p>no title</p>", ""),
        (f"<title>{'long ' * 100}</title>", ("long " * 40)[:200]),
        ("<title>zero\u200bwidth\u202e</title>", "zerowidth"),
    ],
)
def test_a_page_is_called_by_its_first_heading(markup, title):
    """Or its title; in one clean line of at most 200 characters."""
    assert parse_html(f"<html>{markup}</html>".encode(), AT).title == title


@pytest.mark.parametrize(
    ("markup", "links"),
    [
        ('<a href="x">', ("https://a.example/dir/x",)),
        ('<a href="/x?y=1#z">', ("https://a.example/x?y=1#z",)),
        ('<a href="//b.example/">', ("https://b.example/",)),
        ('<a href=" x ">', ("https://a.example/dir/x",)),
        ('<base href="/other/"><a href="x">', ("https://a.example/other/x",)),
        ('<base href="https://b.example/"><a href="x">', ("https://b.example/x",)),
        ('<base href="http://["><a href="x">', ("https://a.example/dir/x",)),
        (
            '<a rel="nofollow" href="x"><a rel="noopener NOFOLLOW" href="y"><a rel="noopener" href="z">',
            ("https://a.example/dir/z",),
        ),
        ('<a>no address</a><link href="x"><img src="x">', ()),
        ('<!-- <a href="x"> --><a href="y">', ("https://a.example/dir/y",)),
    ],
)
def test_links_are_absolute_and_in_order(markup, links):
    """A base counts, also one that is broken; links the page does not vouch for do not."""
    assert tuple(link for link in parse_html(f"<p>{LONG}</p>{markup}</a>".encode(), AT).links if link) == links


@pytest.mark.parametrize(
    ("href", "canonical"),
    [("/real", "https://a.example/real"), ("https://b.example/x", "https://b.example/x"), ("", ""), ("http://[", "")],
)
def test_the_canonical_address_is_absolute(href, canonical):
    """One that is broken is none."""
    assert parse_html(f'<link rel="canonical" href="{href}"><p>{LONG}</p>'.encode(), AT).canonical == canonical


@pytest.mark.parametrize(
    ("metas", "noindex", "nofollow"),
    [
        ("", False, False),
        ('<meta name="robots" content="noindex">', True, False),
        ('<META NAME="ROBOTS" CONTENT="NoFollow">', False, True),
        ('<meta name="robots" content="none">', True, True),
        ('<meta name="robots" content="noindex"><meta name="robots" content="nofollow">', True, True),
        ('<meta name="robots" content="index, max-image-preview:none">', False, False),
        ('<meta name="description" content="noindex">', False, False),
        ('<p>noindex</p><meta name="robots">', False, False),
    ],
)
def test_directives_are_words_of_their_own(metas, noindex, nofollow):
    """In any case, over several elements; a preview of none is not a page of none."""
    page = parse_html(f"<html><head>{metas}</head><body><p>{LONG}</p></body></html>".encode(), AT)
    assert (page.noindex, page.nofollow) == (noindex, nofollow)


@pytest.mark.parametrize(
    "data",
    [
        "<title>Café</title>".encode(),
        b"\xef\xbb\xbf<title>Caf\xc3\xa9</title>",
        b"<meta charset=iso-8859-1><title>Caf\xe9</title>",
        b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><title>Caf\xe9</title>',
        "<html><title>Café</title></html>".encode("utf-16"),
        b"<?xml version='1.0' encoding='utf-8'?><html><title>Caf\xc3\xa9</title></html>",
        b"<title>Caf&eacute;</title>",
    ],
)
def test_letters_are_read_in_the_pages_encoding(data):
    """UTF-8 where it is that, else as declared."""
    assert parse_html(data, AT).title == "Café"


@pytest.mark.parametrize("data", [b"", b" \n ", b"<!-- nothing -->"])
def test_what_is_no_page_is_unreadable(data):
    """With a reason for the owner."""
    with pytest.raises(Unreadable, match="cannot be read"):
        parse_html(data, AT)


def test_a_page_of_endless_elements_is_refused():
    """Rather than parsed for minutes."""
    with pytest.raises(Unreadable, match="too many elements"):
        parse_html(b"<p>" + b"<br>" * 200_001, AT)
    with pytest.raises(Unreadable, match="too many elements"):
        parse_html(b"<p>" + b"<b>x</b>tail " * 20_001, AT)


def test_a_deeply_nested_page_is_survived():
    """A hundred thousand elements in each other."""
    parse_html(b"<div>" * 100_000 + LONG.encode(), AT)


_parts = st.sampled_from([
    "<p>", "</p>", "<a href='", "'>", "<table>", "<tr>", "<td>", "<base href='", "http://[",
    "<meta name=robots content='", "<h1>", "&#0;", "&#xD800;", "<![CDATA[", "]]>", "<!--", "<?x", "<svg>", "<title>",
    LONG, "\x00", "<ul><li>", "<math>",
])  # fmt: skip


@SHORT
@given(st.binary(max_size=80) | st.lists(_parts | st.text(st.characters(codec="utf-8"))).map("".join).map(str.encode))
def test_any_bytes_are_a_page_or_unreadable(data):
    """Nothing else is raised, and what is read is clean text."""
    try:
        page = parse_html(data, AT)
    except Unreadable:
        return
    (page.title + page.text).encode()
    assert "\x00" not in page.title + page.text
