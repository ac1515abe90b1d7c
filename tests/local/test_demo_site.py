"""The demo website as visitors, crawlers and the widget meet it: a real server on a real port."""

from urllib.parse import urldefrag, urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree, html

from local.demo.serve import SITE, Website, embed_line
from tests.local.demo_server import CHAT_URL, running_site

EMBED = f'<script src="{CHAT_URL}/widget.js" data-business-id="juniper-street-cycles" defer></script>\n</body>'
STAFF_ONLY = {"/staff/rota"}
LINKED_ONLY = {"/old-bikes"}
SITEMAP_TAG = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(scope="module")
def server():
    with running_site() as site:
        yield site


@pytest.fixture(scope="module")
def crawled(server):
    return server.crawl()


@pytest.fixture(scope="module")
def pages(crawled):
    return {path: answer for path, answer in crawled.items() if "text/html" in answer.headers["content-type"]}


def test_every_link_and_asset_resolves(crawled, pages):
    """A visitor never meets a dead link, and links name the clean address, not one that redirects."""
    assert {path: answer.status_code for path, answer in crawled.items() if answer.status_code != 200} == {}
    assert len(pages) == 18
    assert {"/styles.css", "/favicon.svg", "/files/bike-care-guide.pdf"} <= crawled.keys()


def test_every_page_and_file_is_reachable(crawled):
    """Nothing is served that a visitor could not find; the crawler's own files and the chat's logo aside."""
    assert Website(SITE).addresses().keys() - crawled.keys() == {"/robots.txt", "/sitemap.xml", "/logo.svg"}


def test_fragments_exist(server, crawled, pages):
    """A link to a part of a page finds that part."""
    for path, answer in pages.items():
        for link in server.links(path, answer):
            url, fragment = urldefrag(link)
            if fragment and url.startswith(server.base):
                target = html.fromstring(crawled[urlsplit(url).path].text)
                assert target.xpath("//*[@id=$name]", name=fragment), f"{link} on {path}"


def test_nothing_is_loaded_from_elsewhere(server, crawled, pages):
    """The site asks no other server for anything but the widget."""
    for path, answer in pages.items():
        ours = (server.base, "mailto:", "tel:")
        foreign = {link for link in server.links(path, answer) if not link.startswith(ours)}
        assert foreign == {f"{CHAT_URL}/widget.js"}, path
    assert "url(" not in crawled["/styles.css"].text
    assert "@import" not in crawled["/styles.css"].text


def test_the_widget_is_embedded_on_every_page(server, pages):
    """The embed line stands once, right before the end of the body, on the error page too."""
    for answer in [*pages.values(), server.get("/no-such-page")]:
        assert answer.text.count("widget.js") == 1
        assert EMBED in answer.text


def test_no_widget_without_a_chat_url():
    """Started without a chat function, the site is served as it is on disk."""
    assert Website(SITE).body(SITE / "index.html", "http://x") == (SITE / "index.html").read_bytes()


def test_the_embed_line_is_escaped():
    """What is given on the command line cannot break out of its attribute."""
    assert embed_line('http://c/"><b>/', "a&b") == (
        '<script src="http://c/&quot;&gt;&lt;b&gt;/widget.js" data-business-id="a&amp;b" defer></script>\n'
    )


def test_sitemap(server, pages):
    """The sitemap lists every public page but the one meant to be found by its link alone."""
    answer = server.get("/sitemap.xml")
    urls = [element.text for element in etree.fromstring(answer.content).iter(SITEMAP_TAG)]
    assert {server.base + path for path in pages.keys() - STAFF_ONLY - LINKED_ONLY} == set(urls)
    assert all(server.client.get(url).status_code == 200 for url in urls)


def test_the_sitemap_follows_the_host_name(server):
    """On another port or name, the crawler's files speak of that one."""
    headers = {"Host": "demo.example:81"}
    assert "<loc>http://demo.example:81/prices</loc>" in server.client.get("/sitemap.xml", headers=headers).text
    robots = server.client.get("/robots.txt", headers=headers).text
    assert "Sitemap: http://demo.example:81/sitemap.xml" in robots


def test_robots(server):
    """Crawlers are kept out of the staff pages and shown the sitemap."""
    rules = RobotFileParser()
    rules.parse(server.get("/robots.txt").text.splitlines())
    assert not rules.can_fetch("any", f"{server.base}/staff/rota")
    assert rules.can_fetch("any", f"{server.base}/prices")
    assert rules.site_maps() == [f"{server.base}/sitemap.xml"]


@pytest.mark.parametrize(
    ("asked", "clean"),
    [
        ("/prices/", "/prices"),
        ("/prices.html", "/prices"),
        ("/index.html", "/"),
        ("/blog/?page=2", "/blog?page=2"),
        ("/staff/rota/", "/staff/rota"),
    ],
)
def test_each_page_has_one_address(server, asked, clean):
    """Every other spelling of an address redirects to the clean one and keeps the query."""
    answer = server.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (301, clean)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/styles.css", "text/css; charset=utf-8"),
        ("/logo.svg", "image/svg+xml"),
        ("/files/bike-care-guide.pdf", "application/pdf"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/health", "application/json"),
    ],
)
def test_media_types_and_head(server, path, media_type):
    """HEAD answers with the headers of GET and no body."""
    got, head = server.get(path), server.client.head(path)
    assert got.headers["content-type"] == head.headers["content-type"] == media_type
    assert int(head.headers["content-length"]) == len(got.content) > 0
    assert head.content == b""


@pytest.mark.parametrize("path", ["/prices", "/sitemap.xml", "/files/bike-care-guide.pdf"])
def test_unchanged_files_are_not_sent_again(server, path):
    """Both validators work, and the tag wins over the date."""
    headers = server.get(path).headers
    etag, date = headers["etag"], headers["last-modified"]
    again = server.get(path, if_none_match=f'"other", W/{etag}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert server.get(path, if_modified_since=date).status_code == 304
    assert server.get(path, if_modified_since="Thu, 01 Jan 2015 00:00:00 GMT").status_code == 200
    assert server.get(path, if_modified_since="yesterday").status_code == 200
    assert server.get(path, if_none_match='"other"', if_modified_since=date).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../serve.py",
        "/%2e%2e/serve.py",
        "/..%2fbusiness.json",
        "/files/..%2f..%2fserve.py",
        "//etc/passwd",
        "/%00",
        "//example.org/prices/",
        "/404",
        "/files",
        "/no-such-page",
    ],
)
def test_everything_else_is_our_own_404(server, path):
    """No request reads a file outside the site or redirects off it; the visitor is offered a way on."""
    status, body = server.raw(path)
    assert status == 404
    assert b"This road is closed" in body


def test_only_reading_is_allowed(server):
    """A static site takes no writes."""
    answer = server.client.post("/prices", content=b"x")
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
