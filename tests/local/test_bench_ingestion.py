"""The big site is the same each time and is wholly linked; the ingestion's report says what was kept."""

import asyncio
import json
import re

import pytest

from local.bench.big_site import CHANGE, COUNTS, Server, Site
from local.bench.ingestion import Built, processes, report
from shared.ingestion.parse.html import parse_html

PAGES = 120


@pytest.fixture(scope="module")
def site():
    return Site.make(PAGES)


def ask(server, path, **headers):
    """Return status, headers and body of one request to the application."""
    sent = []

    async def send(message):
        sent.append(message)

    path, _, query = path.partition("?")
    names = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": names}
    asyncio.run(server(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_the_site_is_the_same_each_time(site):
    """As many pages as asked for, and no two with the same text."""
    assert Site.make(PAGES).pages == site.pages
    assert len(site.pages) == PAGES
    texts = {parse_html(page, f"http://s{path}").text for path, page in site.pages.items()}
    assert len(texts) == PAGES
    assert min(map(len, texts)) > 100


def test_every_page_is_linked(site):
    """A crawl that follows links from the first page finds all, and nothing that is not there."""
    found, waiting = {"/"}, ["/"]
    while waiting:
        for link in re.findall(rb'<a href="(/[^"]*)"', site.pages[waiting.pop()]):
            if (path := link.decode()) not in found:
                found.add(path)
                waiting.append(path)
    assert found == set(site.pages)


@pytest.mark.parametrize("count", [1, 3])
def test_so_many_texts_change(site, count):
    """The others stay as they are, and their addresses with them."""
    changed = Site.make(PAGES, count).pages
    assert list(changed) == list(site.pages)
    assert sum(changed[path] != page for path, page in site.pages.items()) == count


def test_the_server_says_what_is_not_new():
    """Until the texts change; what was answered is told once."""
    server = Server(PAGES)
    path = next(iter(Site.make(PAGES, 1).pages.keys() - {"/"}))
    status, headers, body = ask(server, path)
    assert status == 200
    assert body == server.site.pages[path]
    assert ask(server, path, if_none_match=headers[b"etag"])[0] == 304
    assert ask(server, "/nowhere")[0] == 404
    assert json.loads(ask(server, COUNTS)[2]) == {"200": 1, "304": 1, "404": 1}
    assert json.loads(ask(server, COUNTS)[2]) == {}
    changed = Site.make(PAGES, 1).pages
    path = next(path for path, page in server.site.pages.items() if changed[path] != page)
    tag = ask(server, path)[1][b"etag"]
    ask(server, f"{CHANGE}?pages=1")
    assert ask(server, path, if_none_match=tag)[0] == 200


def test_the_sitemap_names_every_page(site):
    """With the address that was asked for."""
    body = ask(Server(PAGES), "/sitemap.xml", host=b"127.0.0.1:1234")[2].decode()
    assert re.findall("<loc>(.*?)</loc>", body) == [f"http://127.0.0.1:1234{path}" for path in site.pages]


def test_the_processes_of_a_build_are_told_from_others(tmp_path):
    """By the build's id as a word of the command; a process that is gone is none."""
    for pid, words in (("12", b"python\0--build\0bld_1\0"), ("13", b"python\0--build\0bld_10\0"), ("self", b"bld_1\0")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_bytes(words)
    (tmp_path / "14").mkdir()
    assert processes("bld_1", tmp_path) == [12]


def built(wall, embedded):
    return Built(wall, 1.0, 200.0, {"fetched": 100, "chunks": 400, "embedded": embedded}, {"200": 100})


@pytest.mark.parametrize(
    ("again", "kept"),
    [(built(0.4, 0), True), (built(0.6, 0), False), (built(0.4, 1), False)],
    ids=["kept", "too slow", "embedded again"],
)
def test_the_promise_is_about_time_and_embeddings(again, kept):
    """Both must hold; where nothing is promised nothing is said."""
    builds = (built(10.0, 400), again, built(1.0, 5))
    told = list(report("a model", builds, (1.0, 4.0), promised=True))
    assert any("2.0 times as long" in line for line in told)
    assert (": kept (" in told[-1]) == kept
    assert (": BROKEN (" in told[-1]) == (not kept)
    assert "nothing embedded" not in list(report("a model", builds, (1.0, 4.0), promised=False))[-1]
