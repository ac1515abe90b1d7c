"""A crawl asks first: robots.txt, noindex, nofollow, pauses; and it reads sitemaps."""

import gzip
from collections.abc import Mapping
from typing import Any

import pytest

from shared.domain.pages import KnownPage
from shared.ingestion.crawl import Crawl, CrawlPlan, PageResult, Refusal
from tests.unit.ingestion.fake_site import SITE, Answer, FakeSite, crawl, page
from tests.unit.ingestion.memories import Notebook


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


def busy(status: int = 503, after: str | None = None, then: str | None = None) -> "Busy":
    """Return a server that is busy once, or always."""
    return Busy(status, after, then)


class Busy(FakeSite):
    """Answers one page with "not now": once when it has something to say `then`, else always."""

    def __init__(self, status: int, after: str | None, then: str | None) -> None:
        super().__init__({"/": page("home", "/a", "/b"), "/a": page("a"), "/b": page("b")})
        self._answer = Answer(f"{SITE}/a", status, {} if after is None else {"retry-after": after})
        self._then = then

    def fetch(self, url: str, max_bytes: int, unless: Mapping[str, str]) -> Answer:
        """See `Fetch`."""
        if url == f"{SITE}/a" and not (self._then and url in self.asked):
            self.asked.append(url)
            return self._answer
        return super().fetch(url, max_bytes, unless)

    def crawled(self) -> tuple[dict[str, PageResult], list[float]]:
        """Return what became of each page, and how long was waited."""
        slept: list[float] = []
        run = Crawl(CrawlPlan((f"{SITE}/",)), self.fetch, "2026-11-23T10:00:00+00:00", sleep=slept.append)
        return {result.url.removeprefix(SITE): result for result in run.results()}, slept


@pytest.mark.parametrize(("after", "waits"), [("7", 7.0), (None, 5.0), ("soon", 5.0), ("0", 0.0), ("-3", 5.0)])
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_waited_for_and_asked_once_more(status, after, waits):
    """As long as it says, a short while when it does not."""
    site = busy(status, after, then="now")
    results, slept = site.crawled()
    assert results["/a"].outcome == "indexed"
    assert slept[0] == waits
    assert site.asked.count(f"{SITE}/a") == 2


def test_a_server_that_stays_busy_is_asked_twice_and_no_more():
    """The page has failed, the others are read, slowly from now on."""
    site = busy()
    results, slept = site.crawled()
    assert (results["/a"].outcome, results["/a"].reason) == ("failed", "the server answered 503")
    assert results["/b"].outcome == "indexed"
    assert site.asked.count(f"{SITE}/a") == 2
    assert slept[0] == 5.0


@pytest.mark.parametrize("after", ["31", "3600", "99999999999999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_nobody_waits_for_long(after):
    """A page that is to be had in an hour is had by the next build."""
    site = busy(after=after)
    results, slept = site.crawled()
    assert "answered 503" in results["/a"].reason
    assert max(slept, default=0) <= 1
    assert site.asked.count(f"{SITE}/a") == 1


def test_all_waits_together_are_bounded():
    """Each page of a large site may ask for half a minute: some get it."""
    content = {f"/{n}": Answer(f"{SITE}/{n}", 429, {"retry-after": "30"}) for n in range(40)}
    done = crawl({"/": page("home", *content), **content})
    assert sum(pause for pause in done.slept if pause > 1) == 120
    assert {pause for pause in done.slept if pause <= 1} == {1.0}


def test_a_host_that_does_not_answer_is_left_alone():
    """After some tries in a row the rest is not asked for, and says so."""
    silent = {f"/{n}": Refusal("did not answer in time", unreachable=True) for n in range(60)}
    done = crawl({"/": page("home", *silent), **silent})
    reasons = [result.reason for result in done.results if result.outcome == "failed"]
    assert len(reasons) == 60
    assert reasons[0] == "did not answer in time"
    assert "does not answer: not asked again" in reasons[-1]
    assert sum(url.removeprefix(f"{SITE}/").isdigit() for url in done.asked) < 20


def test_one_page_in_trouble_is_not_a_host_in_trouble():
    """Refusals that are about a page alone, and failures between answers, end nothing."""
    mixed: dict[str, Any] = {
        f"/{n}": page(f"p{n}") if n % 4 == 0 else Refusal("is larger than 4882 KB") for n in range(60)
    }
    done = crawl({"/": page("home", *mixed), **mixed})
    assert len(done.indexed) == 16
    assert {result.reason for result in done.results if result.outcome == "failed"} == {"is larger than 4882 KB"}


class Clock:
    """Goes on by a second with every look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        self.now += 1.0
        return self.now


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"max_seconds": 60.0}, "the crawl has taken 1 minutes, the most it may"),
        ({"max_bytes": 15_000}, "the site has sent 0 MB, the most that is read"),
        ({"max_pages": 10}, "the page limit is reached"),
    ],
)
def test_a_budget_ends_a_crawl_and_says_so(limits, reason):
    """What was read by then is indexed, the rest is counted."""
    content = {"/": page("home", *(f"/{n}" for n in range(200))), **{f"/{n}": page(f"p{n}") for n in range(200)}}
    site = FakeSite(content)
    plan = CrawlPlan((f"{SITE}/",), **{"max_pages": 500, **limits})
    results = list(Crawl(plan, site.fetch, "now", sleep=lambda _: None, monotonic=Clock()).results())
    indexed = sum(result.outcome == "indexed" for result in results)
    assert 1 < indexed < 100
    assert results[-1].outcome == "skipped"
    assert results[-1].reason == f"{reason}; {201 - indexed} more were found"


def test_a_sitemap_that_was_named_and_fails_is_told():
    """By the owner or by robots.txt; the one that was only guessed is nobody's business."""
    named = crawl({"/": page("home")}, start_urls=(), sitemaps=(f"{SITE}/map.xml",), follow=False)
    assert [(r.url, r.outcome, r.reason) for r in named.results] == [
        (f"{SITE}/map.xml", "failed", "as a sitemap: the server answered 404"),
    ]  # fmt: skip
    assert crawl({"/": page("home")}).outcomes == {"/": "indexed"}


def test_pages_that_changed_since_they_were_read_come_first():
    """So that a budget leaves over what is the same anyway."""
    entries = "".join(
        f"<url><loc>{SITE}/{n}</loc><lastmod>2026-11-{25 if n > 2 else 1:02}</lastmod></url>" for n in range(5)
    )
    memory = Notebook({("", f"{SITE}/{n}"): KnownPage("", f"{SITE}/{n}", fetched_at="2026-11-20") for n in range(5)})
    site = FakeSite({"/map.xml": f"<urlset>{entries}</urlset>", **{f"/{n}": page(f"p{n}") for n in range(5)}})
    run = Crawl(CrawlPlan((), (f"{SITE}/map.xml",), follow=False), site.fetch, "now", memory=memory)
    assert [result.url[-1] for result in run.results()] == ["3", "4", "0", "1", "2"]
