"""A crawl finds the pages of one site, each once, and tells what became of every one."""

import pytest

from shared.ingestion.crawl import Crawl, CrawlPlan, Refusal
from tests.unit.ingestion.fake_site import SITE, Answer, FakeSite, crawl, page, redirect


def test_links_are_followed_and_every_page_is_told():
    """Title, text and address of each indexed page come with it."""
    done = crawl({"/": page("home", "/a", "b"), "/a": page("alpha"), "/b": page("beta", "/a")})
    assert done.indexed == {"/", "/a", "/b"}
    document = done.results[1].documents[0]
    assert (document.url, document.title, document.fetched_at) == (f"{SITE}/a", "alpha", "2026-11-23T10:00:00+00:00")
    assert "about alpha" in document.text


def test_a_loop_of_links_ends():
    """Pages that link to each other, and to themselves in many spellings, are fetched once."""
    ring = {f"/{n}": page(f"page {n}", f"/{(n + 1) % 5}", f"/{n}", f"/{n}#top", f"/{n}?utm_source=x") for n in range(5)}
    done = crawl(ring, "/0")
    assert done.indexed == set(ring)
    assert sorted(path for path in done.asked if "robots" not in path and "sitemap" not in path) == [
        f"{SITE}/{n}" for n in range(5)
    ]


def test_an_endless_calendar_stops_at_the_page_cap():
    """Every page links to a new one: no more are fetched than the owner allowed, and the rest is told."""
    endless = {f"/day?d={n}": page(f"day {n}", f"/day?d={n + 1}", f"/day?d={n + 2}") for n in range(100)}
    done = crawl(endless, "/day?d=0", max_pages=7, max_depth=20)
    assert len(done.indexed) == 7
    assert sum("day" in url for url in done.asked) == 7
    assert "the page limit is reached" in done.results[-1].reason


def test_results_are_at_most_as_many_as_pages_are_allowed():
    """Whoever counts results counts pages."""
    done = crawl(
        {"/": page("home", *(f"/{n}" for n in range(9))), **{f"/{n}": page(f"p{n}") for n in range(9)}}, max_pages=4
    )
    assert sum(result.outcome == "indexed" for result in done.results) == 4
    assert len({result.url for result in done.results}) == len(done.results)


@pytest.mark.parametrize(("depth", "reached"), [(0, 1), (1, 2), (3, 4)])
def test_the_crawl_goes_as_deep_as_it_may(depth, reached):
    """Depth counts links from a start URL."""
    chain = {f"/{n}": page(f"page {n}", f"/{n + 1}") for n in range(6)}
    assert len(crawl(chain, "/0", max_depth=depth).indexed) == reached


def test_other_sites_are_not_entered():
    """Other hosts, subdomains, schemes, ports and lookalikes; `www.` is the same site."""
    outside = (
        "https://evil.example/", "https://blog.shop.example/", "https://shop.example.evil.example/",
        "javascript:alert(1)", "tel:123456", "ftp://shop.example/x", "https://user:pw@shop.example/x",
        "//evil.example/x", "mailto:a@b.example", "https://shop.example:8443/x", "http://[", "data:text/html,x",
    )  # fmt: skip
    content = {"/": page("home", *outside, "https://www.shop.example/w"), "https://www.shop.example/w": page("www")}
    done = crawl(content)
    assert {result.url for result in done.results} == {f"{SITE}/", "https://www.shop.example/w"}
    assert all(url.startswith((SITE + "/", "https://www.shop.example/")) for url in done.asked)


def test_what_is_no_page_is_not_fetched():
    """Images, styles and archives are known by their names."""
    names = ("/x.png", "/x.JPG", "/x.css", "/x.js", "/x.zip", "/x.mp4", "/x.docx", "/feed.xml")
    done = crawl({"/": page("home", *names)})
    assert done.outcomes == {"/": "indexed"}
    assert not set(done.asked) & {f"{SITE}{name}" for name in names}


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Answer(f"{SITE}/x", 404), "failed", "answered 404"),
        (Answer(f"{SITE}/x", 500), "failed", "answered 500"),
        (Answer(f"{SITE}/x", 503), "failed", "answered 503"),
        (Answer(f"{SITE}/x", 204), "failed", "answered 204"),
        (Answer(f"{SITE}/x", 302), "failed", "answered 302"),
        (Refusal("did not answer in time"), "failed", "did not answer in time"),
        (Answer(f"{SITE}/x", headers={"content-type": "image/png"}), "skipped", "is image/png"),
        (Answer(f"{SITE}/x", headers={"content-type": "application/json"}), "skipped", "is application/json"),
        (Answer(f"{SITE}/x", headers={"content-type": "application/pdf"}, body=b"no pdf"), "failed", "PDF is damaged"),
        ("", "failed", "HTML cannot be read"),
        ("<html></html>", "skipped", "no text of its own"),
        ("<div id=app></div><script>render()</script>", "skipped", "no text of its own"),
        ("<base href='http://['><p>" + "Words enough to be a page of its own. " * 3, "indexed", ""),
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_had_does_not_stop_the_crawl(answer, outcome, reason):
    """It is told with its reason, and the pages around it are indexed."""
    done = crawl({"/": page("home", "/x", "/y"), "/x": answer, "/y": page("after")})
    assert done.outcomes == {"/": "indexed", "/x": outcome, "/y": "indexed"}
    assert reason in done.reason("/x")


def test_content_types_are_read_as_http_writes_them():
    """Any case, with parameters, XHTML, or none at all."""
    kinds = ("Text/HTML;charset=UTF-8", "application/xhtml+xml", " text/html ")
    content = {
        f"/{n}": Answer(f"{SITE}/{n}", headers={"content-type": kind}, body=page(f"p{n}").encode())
        for n, kind in enumerate(kinds)
    }
    bare = Answer(f"{SITE}/bare", headers={}, body=page("bare").encode())
    done = crawl({"/": page("home", *content, "/bare"), **content, "/bare": bare})
    assert done.indexed == {"/", "/0", "/1", "/2", "/bare"}


def test_a_redirect_is_one_page():
    """Several URLs that end at the same place give one document, under the final address."""
    target = f"{SITE}/new"
    moved = redirect(target, "new")
    done = crawl({"/": page("home", "/old", "/older", "/new"), "/old": moved, "/older": moved, "/new": page("new")})
    documents = [document.url for result in done.results for document in result.documents]
    assert sorted(documents) == [f"{SITE}/", target]
    assert all("redirects to" in result.reason for result in done.results if result.outcome == "skipped")


def test_a_start_that_redirects_is_crawled_from_where_it_ends():
    """Relative links are those of the final address."""
    start = Answer(f"{SITE}/en/", body=page("home", "prices").encode())
    done = crawl({"/": start, "/en/prices": page("prices")})
    assert done.indexed == {"/", "/en/prices"}


def test_the_same_text_is_indexed_once():
    """A copy under another address is skipped and says of what."""
    done = crawl({"/": page("home", "/a", "/print/a"), "/a": page("alpha"), "/print/a": page("alpha")})
    assert len(done.indexed) == 2
    assert "has the same text as" in done.reason("/print/a")


def test_a_canonical_address_replaces_its_copies():
    """The page that others call the real one is fetched, also when nobody links to it."""
    head = f'<link rel="canonical" href="{SITE}/real">'
    done = crawl(
        {"/": page("home", "/copy?x=1"), "/copy?x=1": page("a copy", head=head), "/real": page("real", head=head)}
    )
    assert done.indexed == {"/", "/real"}
    assert "is a copy of" in done.reason("/copy?x=1")


@pytest.mark.parametrize(
    "href", [f"{SITE}/self", "/self", "https://SHOP.example/self#x", "https://elsewhere.example/self", "http://[", ""]
)
def test_a_canonical_address_that_is_its_own_or_anothers_changes_nothing(href):
    """Self-references and other sites do not remove a page."""
    head = f'<link rel="canonical" href="{href}">'
    assert crawl({"/self": page("self", head=head)}, "/self").indexed == {"/self"}


def test_two_pages_that_call_each_other_canonical_do_not_both_vanish():
    """A mistake of the site: its text is indexed at least once."""
    content = {
        "/a": page("alpha and beta", "/b", head=f'<link rel="canonical" href="{SITE}/b">'),
        "/b": page("alpha and beta", "/a", head=f'<link rel="canonical" href="{SITE}/a">'),
    }
    assert len(crawl(content, "/a").indexed) == 1


def test_owners_choose_by_path():
    """Include and exclude hold for links and sitemaps; a start URL is always read."""
    links = ("/shop/a", "/shop/private/b", "/blog/c")
    content = {"/": page("home", *links), **{link: page(link) for link in links}}
    done = crawl(content, include=("/shop/*",), exclude=("*/private/*",))
    assert done.indexed == {"/", "/shop/a"}


def test_a_pdf_is_read_page_by_page():
    """Each page is a document with its own address."""
    from pathlib import Path

    pdf = (Path(__file__).parents[3] / "local/demo/site/files/bike-care-guide.pdf").read_bytes()
    answer = Answer(f"{SITE}/guide.pdf", headers={"content-type": "application/pdf"}, body=pdf)
    done = crawl({"/": page("home", "/guide.pdf"), "/guide.pdf": answer})
    assert done.outcomes["/guide.pdf"] == "indexed"
    assert done.results[-1].documents[0].url == f"{SITE}/guide.pdf#page=1"


def test_a_crawl_can_be_stopped_at_any_page():
    """Whoever stops asking gets no further pages fetched, but for the batch under way."""
    content = {"/": page("home", *(f"/{n}" for n in range(50))), **{f"/{n}": page(f"p{n}") for n in range(50)}}
    site = FakeSite(content)
    results = Crawl(CrawlPlan((f"{SITE}/",)), site.fetch, "now", sleep=lambda _: None).results()
    next(results)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(site.asked) < 12


SHOP = '{"@type": "Store", "name": "Acme", "telephone": "1", "openingHours": "Mo-Fr 09:00-17:00"}'
LAMP = '{"@type": "Product", "name": "Lamp", "url": "/lamp", "offers": {"price": 5, "priceCurrency": "EUR"}}'


def described(*documents: str) -> str:
    """Return the head of a page that says these things for machines."""
    return "".join(f'<script type="application/ld+json">{document}</script>' for document in documents)


def test_what_a_page_says_for_machines_is_a_document_of_its_own():
    """Once for the site: the business's hours stand on every page. A page of nothing else is indexed for it."""
    empty = f"<html><head><title>App</title>{described(SHOP, LAMP)}</head><body>Loading</body></html>"
    pages = {
        "/": page("home", "/a", "/app", head=described(SHOP)),
        "/a": page("alpha", head=described(SHOP)),
        "/app": empty,
    }
    found = {result.url: [(d.title, d.url) for d in result.documents] for result in crawl(pages).results}
    assert found == {
        f"{SITE}/": [("home", f"{SITE}/"), ("Acme", f"{SITE}/")],
        f"{SITE}/a": [("alpha", f"{SITE}/a")],
        f"{SITE}/app": [("Lamp", f"{SITE}/lamp")],
    }


def test_what_stands_around_the_pages_is_indexed_once():
    """With the first of them; it makes no page of an empty one, and no two pages alike."""
    footer = "<footer><p>Open on weekdays from 9 to 5, ring 0117 496 0123.</p></footer>"
    texts = {"/": page("home", "/a", "/b", "/c"), "/a": page("alpha"), "/b": page("beta"), "/c": page("alpha")}
    pages = {path: text.replace("</main>", f"</main>{footer}") for path, text in texts.items()}
    done = crawl({**pages, "/": pages["/"].replace("/c", "/empty"), "/empty": f"<title>Empty</title>{footer}"})
    around = [(result.url, document.text) for result in done.results for document in result.documents[1:]]
    assert around == [(f"{SITE}/", "Open on weekdays from 9 to 5, ring 0117 496 0123.")]
    assert done.indexed == {"/", "/a", "/b"}


def test_a_page_that_says_only_what_others_said_has_no_text():
    """Its business is known already."""
    empty = f"<html><head>{described(SHOP)}</head><body>Loading</body></html>"
    found = crawl({"/": page("home", "/app", head=described(SHOP)), "/app": empty})
    assert found.outcomes["/app"] == "skipped"
    assert "no text of its own" in found.reason("/app")
