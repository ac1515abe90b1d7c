"""Sitemap files: what they name is read, whatever else they are does no harm."""

import gzip
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingestion.sitemaps import MAX_BYTES, Sitemap, parse_sitemap
from tests.unit.properties import NORMAL

_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_SECOND = "<url><loc>\n https://a.example/2?x=1&amp;y=2 </loc></url>"
PAGES = f"<urlset {_NS}><url><loc>https://a.example/1</loc></url>{_SECOND}</urlset>"
INDEX = f"<sitemapindex {_NS}><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>"
BOTH = ("https://a.example/1", "https://a.example/2?x=1&y=2")


@pytest.mark.parametrize(
    "data",
    [
        PAGES.encode(),
        b'<?xml version="1.0" encoding="UTF-8"?>' + PAGES.encode(),
        b"\xef\xbb\xbf" + PAGES.encode(),
        b"\n\n  " + PAGES.encode(),
        PAGES.encode("utf-16"),
        gzip.compress(PAGES.encode()),
        gzip.compress(PAGES.encode())[:-8],
        PAGES.replace(_NS, "").encode(),
        PAGES.replace("</urlset>", "").encode(),
        PAGES.replace("<url>", "<url><lastmod>2026-01-01</lastmod><priority>1</priority>").encode(),
    ],
)
def test_pages_are_read_from_any_form(data):
    """With or without declaration, namespace, compression, byte order mark and end."""
    assert parse_sitemap(data) == Sitemap(pages=BOTH)


def test_dates_of_change_are_read():
    """Those that are there."""
    dated = PAGES.replace("/1</loc>", "/1</loc><lastmod> 2026-11-01T10:00:00+00:00 </lastmod>")
    assert parse_sitemap(dated.encode()).dates == {"https://a.example/1": "2026-11-01T10:00:00+00:00"}


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (b"", "neither XML nor"), (b"Sorry, we are closed", "neither XML nor"),
        (b"<html><body>Gone</body></html>", "names no pages"),
        (b"\x1f\x8bgarbage", "compressed and damaged"),
        (b'<!DOCTYPE u [<!ENTITY a "b">]><urlset><url><loc>https://a.example/</loc></url></urlset>', "XML entities"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(data, trouble):
    """For the owner, who named it."""
    assert trouble in parse_sitemap(data).trouble


def test_a_list_of_addresses_is_a_sitemap():
    """As the protocol allows: text, an address a line."""
    assert parse_sitemap(b"\xef\xbb\xbfhttps://a.example/1\r\n\r\nhttps://a.example/2?x=1&y=2\n# more\n").pages == BOTH
    assert parse_sitemap(gzip.compress("\n".join(BOTH).encode())).pages == BOTH


def test_an_index_names_sitemaps():
    """They are no pages."""
    assert parse_sitemap(INDEX.encode()) == Sitemap(sitemaps=("https://a.example/s.xml",))


def test_locations_of_images_and_videos_are_no_pages():
    """Extensions of the protocol use an element of the same name."""
    extended = PAGES.replace(
        "<url><loc>https://a.example/1</loc>",
        '<url><loc>https://a.example/1</loc><image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        "<image:loc>https://a.example/photo</image:loc></image:image>",
    )
    assert parse_sitemap(extended.encode()).pages == BOTH


@pytest.mark.parametrize(
    "data", [b"", b" ", b"not xml", b"<html><body>Gone</body></html>", b"{}", b"<x:urlset/>", b"\0", b"\x1f\x8b", b"<"]
)  # fmt: skip
def test_garbage_names_nothing(data):
    """An error page or a truncated file is an empty sitemap."""
    assert parse_sitemap(data) == Sitemap()


@NORMAL
@given(st.binary(max_size=200) | st.binary(max_size=100).map(gzip.compress) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_survived(data):
    """Nothing is raised."""
    parse_sitemap(data)
    parse_sitemap(PAGES.encode()[:40] + data)


def test_a_compression_bomb_stays_small():
    """100 MB of nothing in 400 KB are not unpacked whole."""
    bomb = gzip.compress(b"<urlset>" + b" " * 100_000_000, 1)
    tracemalloc.start()
    begun = time.thread_time()
    assert parse_sitemap(bomb).pages == ()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_BYTES
    assert time.thread_time() - begun < 3


def test_entities_are_not_expanded():
    """Neither a thousand million laughs nor a file of ours."""
    levels = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    laughs = (
        f'<!DOCTYPE urlset [<!ENTITY l0 "ha">{levels}]><urlset><url><loc>https://a.example/&l9;</loc></url></urlset>'
    )
    begun = time.thread_time()
    assert "haha" not in str(parse_sitemap(laughs.encode()))
    assert time.thread_time() - begun < 1
    file = '<!DOCTYPE u [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>&f;</loc></url></urlset>'
    assert "root:" not in str(parse_sitemap(file.encode()))
