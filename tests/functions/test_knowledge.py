"""Knowledge over the admin API: sources, uploads, builds with their reasons, search."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import ADMIN_KEY

Page = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def website(port: int, pages: dict[str, Page | str]) -> Iterator[str]:
    """Serve pages on a port the operator lets crawls reach; a page is HTML, or a function that answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            if callable(page):
                page(self)
            elif page is None:
                self.send_error(404)
            else:
                answer(self, page)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(handler: BaseHTTPRequestHandler, body: str | bytes, kind: str = "text/html", **headers: str) -> None:
    """Send a whole answer."""
    data = body.encode() if isinstance(body, str) else body
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def html(title: str, text: str, links: str = "") -> str:
    """Return a page with enough text of its own."""
    main = f"<main><h1>{title}</h1><p>{text}</p></main>"
    return f"<html><head><title>{title}</title></head><body>{main}{links}</body></html>"


def redirect(to: str) -> Page:
    """Return a page that leads elsewhere."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return page


def status(code: int) -> Page:
    """Return a page that is an error."""
    return lambda handler: handler.send_error(code)


def flood(handler: BaseHTTPRequestHandler) -> None:
    """Send a hundred megabytes."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    try:
        for _ in range(1600):
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        return


def outcomes(business, build):
    """Return what became of each page: path -> (outcome, reason)."""
    pages = business.admin.call("GET", f"{business.path}/knowledge/builds/{build['id']}/pages?limit=100")["items"]
    return {page["url"].split("/", 3)[-1]: (page["outcome"], page["reason"]) for page in pages}


def crawl(business, url, **spec):
    """Add a website, build, and return the build."""
    source = {"kind": "website", "start_urls": [url], **spec}
    business.admin.call("POST", f"{business.path}/knowledge/sources", source)
    return business.build()


def test_a_hostile_website_does_no_harm(new_business, hostile_ports):
    """Loops, errors, floods, private redirects, hidden pages: each has its reason, and the rest is indexed."""
    links = "".join(
        f'<a href="/{name}">{name}</a>'
        for name in (
            "good",
            "loop1",
            "private",
            "metadata",
            "v6",
            "broken",
            "gone",
            "flood",
            "secret",
            "offsite",
            "pic",
            "empty",
        )
    )
    pages: dict[str, Page | str] = {
        "/": html("Home", "Welcome to the shop, we sell bicycles and repair them as well.", links),
        "/good": html("Good", "The red bicycle costs 300 pounds and is in stock right now."),
        "/loop1": redirect("/loop2"), "/loop2": redirect("/loop1"),
        "/private": redirect("http://10.0.0.7/admin"),
        "/metadata": redirect("http://169.254.169.254/latest/meta-data/"),
        "/v6": redirect("http://[::1]:8080/"),
        "/offsite": redirect("https://example.com/"),
        "/broken": status(500), "/gone": status(410), "/flood": flood,
        "/secret": html("Secret", "This must not be read by robots at all, it is a secret page."),
        "/robots.txt": lambda handler: answer(handler, "User-agent: *\nDisallow: /secret", "text/plain"),
        "/pic": lambda handler: answer(handler, b"\x89PNG", "image/png"),
        "/empty": "<html><body></body></html>",
    }  # fmt: skip
    business = new_business()
    with website(hostile_ports[0], pages) as url:
        build = crawl(business, f"{url}/")
    found = outcomes(business, build)
    assert found[""][0] == found["good"][0] == "indexed"
    assert found["loop1"] == ("failed", "redirects more than 5 times")
    for name in ("private", "metadata", "v6", "offsite"):
        assert found[name][0] == "failed"
        assert "another site" in found[name][1]
    assert found["broken"] == ("failed", "the server answered 500")
    assert found["gone"] == ("failed", "the server answered 410")
    assert found["flood"][0] == "failed"
    assert "larger" in found["flood"][1]
    assert found["secret"] == ("skipped", "robots.txt does not allow it for ChatbotPlatformCrawler")
    assert found["pic"] == ("skipped", "is image/png, not a page")
    assert found["empty"][0] == "skipped"
    assert build["counts"]["indexed"] == 2
    assert "300" in business.chat.ask("What does the red bicycle cost?")["reply"]["text"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost:9/", "http://169.254.169.254/", "http://[::1]/"]
)
def test_a_private_start_address_is_refused_with_a_reason(new_business, url):
    """A tenant cannot point the crawler at our own network: only the operator's EGRESS_ALLOW could."""
    business = new_business()
    business.admin.call("POST", f"{business.path}/knowledge/sources", {"kind": "website", "start_urls": [url]})
    started = business.admin.call("POST", f"{business.path}/knowledge/builds")
    build = wait(business, started["id"])
    assert build["status"] == "failed"
    reasons = [reason for _, reason in outcomes(business, build).values()]
    assert any("private or reserved" in reason for reason in reasons)


def wait(business, build_id):
    """Return a build when it has ended."""
    import time

    while True:
        build = business.admin.call("GET", f"{business.path}/knowledge/builds/{build_id}")
        if build["finished_at"]:
            return build
        time.sleep(0.2)


def test_files_catalogues_questions_and_texts(new_business, platform, http):
    """Every kind of source is found again by a question, with its page cited where there is one."""
    business = new_business()
    url, auth = f"{platform.admin_url}{business.path}/knowledge/sources", {"Authorization": f"Bearer {ADMIN_KEY}"}
    uploads = {
        "guide.md": (b"# Care guide\nOil the chain every two weeks in winter.", "text/markdown"),
        "page.html": (html("Returns", "You may return a bicycle within 30 days of buying it.").encode(), "text/html"),
        "notes.txt": (b"The workshop dog is called Sprocket and likes visitors.", "text/plain"),
        "products.csv": (b"name,price,url\nBlue helmet,45 GBP,https://shop.example/blue\nLock,20 GBP,\n", "text/csv"),
        "bells.tsv": (
            b"Bezeichnung\tPreis\tVerf\xc3\xbcgbarkeit\nBrass bell\t12 GBP\tin_stock\n\t3 GBP\t\n",
            "text/tsv",
        ),
        "feed.xml": (
            b"<rss><channel><item><title>Pannier</title><price>60 GBP</price></item></channel></rss>",
            "text/xml",
        ),
        "answers.csv": (b'question,answer\nMay dogs come in?,"Yes, on a lead."\n', "text/csv"),
        "products.json": (json.dumps([{"title": "Pump", "price": 15, "stock": True}]).encode(), "application/json"),
    }
    for name, (data, kind) in uploads.items():
        response = http.post(url, files={"file": (name, data, kind)}, headers=auth)
        assert response.status_code == 201, response.text
        assert response.json()["kind"] == "file"
    pdf = (__import__("pathlib").Path(__file__).parents[2] / "local/demo/site/files/bike-care-guide.pdf").read_bytes()
    assert http.post(url, files={"file": ("care.pdf", pdf)}, data={"name": "Care"}, headers=auth).status_code == 201
    business.admin.call("POST", f"{business.path}/knowledge/sources", {
        "kind": "faq", "pairs": [{"question": "Do you buy used bikes?", "answer": "Yes, on Thursdays."}],
    })  # fmt: skip
    build = business.build()
    assert build["counts"]["failed"] == 0
    assert outcomes(business, build)["bells.tsv"] == ("indexed", "skipped 1 of 2 rows: row 3 has no name")
    for question, expected in (
        ("What does the brass bell cost?", "Price: 12 GBP"),
        ("What does the pannier cost?", "Price: 60 GBP"),
        ("May dogs come in?", "on a lead"),
        ("How often should I oil the chain in winter?", "two weeks"),
        ("How many days to return a bicycle?", "30 days"),
        ("What is the dog called?", "Sprocket"),
        ("What does the blue helmet cost?", "45 GBP"),
        ("What does the pump cost?", "15"),
        ("Do you buy used bikes?", "Thursdays"),
    ):
        found = business.admin.call("GET", f"{business.path}/knowledge/search?q={question}&limit=3")
        assert any(expected in result["text"] for result in found["results"]), question
    helmet = business.chat.ask("What does the blue helmet cost?")
    assert helmet["citations"][0]["url"] == "https://shop.example/blue"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.exe", b"MZ", "not read"),
        ("x.pdf", b"not a pdf", "content is not PDF"),
        ("x.txt", b"%PDF-1.7", "content is not TXT"),
        ("x.txt", b"a\0b", "not text"),
        ("noextension", b"text", "not read"),
        ("guide.docx", b"PK\x05\x06" + b"\0" * 18, "content is not DOCX"),
        ("guide.doc", b"\xd0\xcf\x11\xe0", "save it as .docx"),
        ("feed.xml", b"name,price", "content is not XML"),
    ],
)
def test_uploads_are_checked_by_content(new_business, platform, http, name, data, says):
    """What is not what it says is refused with the reason."""
    business = new_business()
    response = http.post(
        f"{platform.admin_url}{business.path}/knowledge/sources",
        files={"file": (name, data)}, headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    )  # fmt: skip
    assert response.status_code == 422
    assert says in response.json()["errors"][0]["msg"]


def test_a_file_that_is_too_large_is_refused(new_business, platform, http):
    """Twenty megabytes are the limit; the client learns it instead of a reset connection."""
    response = http.post(
        f"{platform.admin_url}{new_business().path}/knowledge/sources",
        files={"file": ("big.txt", b"x" * 21_000_000)}, headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    )  # fmt: skip
    assert response.status_code == 413


def test_a_build_without_text_fails_and_leaves_the_index(new_business, hostile_ports):
    """What was published before keeps answering; the reason is plain."""
    business = new_business(facts="A full service costs 95 pounds.")
    sources = business.admin.call("GET", f"{business.path}/knowledge/sources")["items"]
    business.admin.call("DELETE", f"{business.path}/knowledge/sources/{sources[0]['id']}")
    build = wait(business, business.admin.call("POST", f"{business.path}/knowledge/builds")["id"])
    assert build["status"] == "failed"
    assert "no sources" in build["reason"]
    assert "95" in business.chat.ask("What does a full service cost?")["reply"]["text"]


def test_one_build_at_a_time_and_it_can_be_cancelled(new_business, hostile_ports):
    """The second start is a conflict; a cancelled build ends and leaves the index; a new one may start."""
    import time

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.4)
        links = "".join(f'<a href="/p{n}">{n}</a>' for n in range(100))
        answer(handler, html(f"Page {handler.path}", f"Some text of page {handler.path} that is long enough.", links))

    pages: dict[str, Page | str] = {f"/p{n}": slow for n in range(100)}
    business = new_business(facts="A full service costs 95 pounds.")
    with website(hostile_ports[1], {"/": slow, **pages}) as url:
        source = {"kind": "website", "start_urls": [f"{url}/"]}
        business.admin.call("POST", f"{business.path}/knowledge/sources", source)
        path = f"{business.path}/knowledge/builds"
        first = business.admin.call("POST", path)
        with pytest.raises(Exception, match="409"):
            business.admin.call("POST", path)
        time.sleep(1)
        assert business.admin.call("POST", f"{path}/{first['id']}/cancel")["cancel_requested"]
        assert wait(business, first["id"])["status"] == "cancelled"
        assert "95" in business.chat.ask("What does a full service cost?")["reply"]["text"]
        second = business.admin.call("POST", path)
        business.admin.call("POST", f"{path}/{second['id']}/cancel")
        assert wait(business, second["id"])["status"] == "cancelled"


def test_a_business_without_an_index_uses_the_default_one(new_business, admin):
    """Where the operator built one and the business has not switched that off; the citation says so."""
    if admin.call("GET", "/v1/businesses/default", missing_ok=True) is None:
        admin.call(
            "POST", "/v1/businesses", {"id": "default", "name": "Platform", "limits": {"rate_limit": "100/second"}}
        )
    path = "/v1/businesses/default"
    text = {"kind": "text", "title": "Consumer law", "text": "Consumers may withdraw from a purchase within 14 days."}
    admin.call("POST", f"{path}/knowledge/sources", text)
    from local.seed import build

    build(admin, path, lambda _: None)
    question = "Within how many days may consumers withdraw from a purchase?"
    with_default = new_business().chat.ask(question)
    assert "14 days" in with_default["reply"]["text"]
    assert with_default["citations"][0]["title"].endswith("(general information)")
    without = new_business(knowledge={"use_default_index": False}).chat.ask(question)
    assert "14 days" not in without["reply"]["text"]
    assert without["citations"] == []
    admin.call("DELETE", path)
    admin.call("DELETE", f"{path}?purge=true")
