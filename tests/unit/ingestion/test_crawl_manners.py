"""A crawl asks first: robots.txt, noindex, nofollow, pauses; and it reads sitemaps."""

import gzip
from typing import Any

import pytest

from shared.ingestion.crawl import Refusal
from tests.unit.ingestion.fake_site import SITE, Answer, crawl, page


def robots(text: str) -> Answer:
    """Return a robots.txt."""
    return Answer(f"{SITE}/robots.txt", headers={"content-type": "text/plain"}, body=text.encode())


def sitemap(*urls: str, index: bool = False) -> Answer:
    """Return a sitemap, or an index of sitemaps."""
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    entries = "".join(f"<{inner}><loc>{url}</loc></{inner}>" for url in urls)
    body = f'<?xml version="1.0"?><{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{outer}>'
    return Answer(f"{SITE}/sitemap.xml", headers={"content-type": "application/xml"}, body=body.encode())


def test_what_robots_forbids_is_not_fetched():
    """The page is told as skipped, with the reason, and never asked for."""
    done = crawl(
        {
            "/robots.txt": robots("User-agent: *\nDisallow: /private"),
            "/": page("home", "/private/a", "/b"),
            "/b": page("b"),
        }
    )
    assert done.outcomes == {"/": "indexed", "/private/a": "skipped", "/b": "indexed"}
    assert "robots.txt does not allow it" in done.reason("/private/a")
    assert f"{SITE}/private/a" not in done.asked


def test_robots_is_read_once_a_site():
    """However many pages it has."""
    done = crawl({"/": page("home", *(f"/{n}" for n in range(20))), **{f"/{n}": page(f"p{n}") for n in range(20)}})
    assert done.asked.count(f"{SITE}/robots.txt") == 1


def test_rules_for_us_win_over_rules_for_all():
    """Our name is what robots.txt calls us."""
    ours = "User-agent: *\nDisallow: /\n\nUser-agent: ChatbotPlatformCrawler\nDisallow: /secret\n"
    done = crawl({"/robots.txt": robots(ours), "/": page("home", "/secret", "/b"), "/b": page("b")})
    assert done.indexed == {"/", "/b"}


@pytest.mark.parametrize(
    "answer", [Answer(f"{SITE}/robots.txt", 500), Answer(f"{SITE}/robots.txt", 503), Refusal("did not answer in time")]
)
def test_a_site_whose_rules_cannot_be_read_is_left_alone(answer):
    """Not even its sitemap is asked for; every page is told as failed, because trying later may help."""
    done = crawl({"/robots.txt": answer, "/": page("home", "/a"), "/a": page("a")})
    assert done.outcomes == {"/": "failed"}
    assert "robots.txt" in done.reason("/")
    assert set(done.asked) == {f"{SITE}/robots.txt"}


@pytest.mark.parametrize("status", [404, 403, 401, 410])
def test_a_site_without_rules_allows_everything(status):
    """As RFC 9309 has it for client errors."""
    assert crawl({"/robots.txt": Answer(f"{SITE}/robots.txt", status), "/": page("home")}).indexed == {"/"}


def test_a_robots_file_with_a_byte_order_mark_counts():
    """Editors write one; the first line is meant all the same."""
    body = b"\xef\xbb\xbfUser-agent: *\nDisallow: /"
    done = crawl({"/robots.txt": Answer(f"{SITE}/robots.txt", body=body), "/": page("home")})
    assert done.outcomes == {"/": "skipped"}


@pytest.mark.parametrize(
    ("delay", "pause"), [("3", 3.0), ("0.5", 0.5), ("99999", 10.0), ("-5", None), ("nan", None), ("soon", None)]
)
def test_a_pause_is_made_when_the_site_asks_for_one(delay, pause):
    """Before every page, one at a time, at most ten seconds; nonsense is no pause."""
    content = {"/": page("home", "/a", "/b"), "/a": page("a"), "/b": page("b")}
    done = crawl({"/robots.txt": robots(f"User-agent: *\nCrawl-delay: {delay}"), **content})
    assert done.indexed == {"/", "/a", "/b"}
    assert done.slept == ([pause] * 3 if pause else [])


@pytest.mark.parametrize(
    ("content", "indexed", "follows"),
    [
        ("noindex", False, True),
        ("NOINDEX, NOFOLLOW", False, False),
        ("none", False, False),
        ("nofollow", True, False),
        ("index,follow", True, True),
        ("all", True, True),
        ("noarchive", True, True),
        ("index, follow, max-image-preview:none", True, True),
        ("max-snippet:-1, max-image-preview:large", True, True),
    ],
)
def test_a_page_says_what_may_be_done_with_it(content, indexed, follows):
    """Each directive stands for itself; previews are none of them."""
    head = f'<meta name="Robots" content="{content}">'
    done = crawl({"/": page("home", "/a", head=head), "/a": page("a")})
    assert ("/" in done.indexed) is indexed
    assert ("/a" in done.indexed) is follows


def test_links_marked_nofollow_are_not_followed():
    """Among other words in `rel`, too."""
    body = page("home", "/b").replace('<a href="/b">', '<a rel="ugc nofollow" href="/a">x</a><a href="/b">')
    assert crawl({"/": body, "/a": page("a"), "/b": page("b")}).indexed == {"/", "/b"}


def test_pages_of_the_sitemap_are_found_without_links():
    """The one that robots.txt names, or /sitemap.xml."""
    named = {"/robots.txt": robots(f"Sitemap: {SITE}/map.xml"), "/map.xml": sitemap(f"{SITE}/a")}
    pages = {"/": page("home"), "/a": page("a"), "/b": page("b")}
    assert crawl({**named, **pages}).indexed == {"/", "/a"}
    assert crawl({"/sitemap.xml": sitemap(f"{SITE}/b"), **pages}).indexed == {"/", "/b"}


def test_a_sitemap_source_reads_its_pages_and_nothing_they_link_to():
    """Only what is listed, of the same site, and wanted."""
    listed = sitemap(f"{SITE}/a", f"{SITE}/x/b", "https://evil.example/c", f"{SITE}/d.png")
    content: dict[str, Any] = {"/map.xml": listed, "/a": page("a", "/linked"), "/x/b": page("b"), "/linked": page("l")}
    done = crawl(content, start_urls=(), sitemaps=(f"{SITE}/map.xml",), follow=False, exclude=("/x/*",))
    assert done.outcomes == {"/a": "indexed"}


def test_sitemaps_of_sitemaps_are_read_once_each_and_end():
    """An index that names itself, nested ones, compressed ones and missing ones."""
    content: dict[str, Any] = {
        "/sitemap.xml": sitemap(
            f"{SITE}/sitemap.xml", f"{SITE}/s1.xml", f"{SITE}/s2.xml.gz", f"{SITE}/gone.xml", index=True
        ),
        "/s1.xml": sitemap(f"{SITE}/sitemap.xml", f"{SITE}/s3.xml", index=True),
        "/s2.xml.gz": gzip.compress(sitemap(f"{SITE}/b").body),
        "/s3.xml": sitemap(f"{SITE}/a"),
        "/": page("home"),
        "/a": page("a"),
        "/b": page("b"),
    }
    done = crawl(content)
    assert done.indexed == {"/", "/a", "/b"}
    assert len(done.asked) == len(set(done.asked))


def test_an_endless_chain_of_sitemaps_is_given_up():
    """Each names the next: some dozens are read, not all."""
    chain = {f"/s{n}.xml": sitemap(f"{SITE}/s{n + 1}.xml", index=True) for n in range(500)}
    done = crawl({**chain, "/": page("home")}, sitemaps=(f"{SITE}/s0.xml",))
    assert sum(".xml" in url for url in done.asked) <= 50


@pytest.mark.parametrize("body", [b"", b"garbage", b"\x1f\x8bgarbage", b"<html>404</html>", Refusal("too large")])
def test_a_broken_sitemap_changes_nothing(body):
    """The site is crawled by its links."""
    done = crawl({"/sitemap.xml": body, "/": page("home", "/a"), "/a": page("a")})
    assert done.indexed == {"/", "/a"}
