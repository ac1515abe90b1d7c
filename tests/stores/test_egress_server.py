"""The crawler's client against servers that misbehave: bounded in bytes and in hops, never another exception."""

import contextlib
import gzip
import tracemalloc

import pytest

from shared.adapters.egress import MAX_REDIRECTS, EgressRefused, FetchFailed
from tests.stores.fetches import HEAD, MAX, outcome
from tests.stores.hostile import (
    endless,
    gzipped,
    redirect,
    response,
    sending,
    silent,
)

OK = response(b"fine")


def test_ordinary_answers(egress, hostile):
    """A page, a missing page, an empty answer and one without a length come as they are, headers in lower case."""
    hostile.paths = {
        "/": sending(response("Grüße".encode(), "X-Kind: One", "Content-Type: text/html; charset=utf-8")),
        "/204": sending(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        "/500": sending(response(b"oops", status="500 Internal Server Error")),
        "/open-end": sending(response(b"until the end", length=-1)),
        "/chunked": sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        "/300": sending(response(b"choose", status="300 Multiple Choices")),
    }
    page = egress.get(hostile.url("/"), max_bytes=MAX)
    assert (page.status, page.body.decode(), page.url) == (200, "Grüße", hostile.url("/"))
    assert page.headers["x-kind"] == "One"
    for path, status, body in (
        ("/204", 204, b""), ("/500", 500, b"oops"), ("/missing", 404, b""), ("/open-end", 200, b"until the end"),
        ("/chunked", 200, b"abcde"), ("/300", 300, b"choose"),
    ):  # fmt: skip
        answer = egress.get(hostile.url(path), max_bytes=MAX)
        assert (answer.status, answer.body) == (status, body), path


def test_request_says_who_asks(egress, hostile):
    """Every request names us, the host it is for, and what we can read; nothing of ours goes along."""
    hostile.paths["/a%20b?q=%C3%BC"] = sending(OK)
    assert egress.get(hostile.url("/a b?q=ü#part"), max_bytes=MAX).status == 200
    lines = hostile.requests[0].split("\r\n")
    assert lines[0] == "GET /a%20b?q=%C3%BC HTTP/1.1"
    names = {line.partition(":")[0].lower() for line in lines[1:] if line}
    assert names <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert f"127.0.0.1:{hostile.port}" in hostile.requests[0]
    assert "ChatbotPlatformCrawler" in hostile.requests[0]


def test_a_conditional_request_may_be_answered_without_a_body(egress, hostile):
    """What the caller knows is sent along, also after a redirect; 304 is an answer, not a redirect."""
    hostile.paths = {
        "/": redirect("/page"),
        "/page": sending(response(b"", 'ETag: "1"', "Location: /elsewhere", status="304 Not Modified", length=500)),
    }
    answer = egress.get(hostile.url("/"), max_bytes=MAX, unless={"if-none-match": '"1"'})
    assert (answer.status, answer.body, answer.url) == (304, b"", hostile.url("/page"))
    assert all('if-none-match: "1"' in request.lower() for request in hostile.requests)
    assert "if-none-match" not in egress.get(hostile.url("/page"), max_bytes=MAX).headers
    assert "if-none-match" not in hostile.requests[-1].lower()


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://127.0.0.1:1/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "ftp://shop.example/", "javascript:alert(1)", "data:text/html,x", "//169.254.169.254/",
        "http://user:secret@127.0.0.1/", "http://0x7f000001/", "http://metadata.google.internal./", "http://",
        "http://10.0.0.1/", "http://[fd00::1]/", "http://[::ffff:10.0.0.1]/", "http://[::1",
        "http://[zz]/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://é..example/", "http://" + "é" * 80,
        "http://ex\u00adample/", "\x00", "http://a\x7fb/", "http://\u00e9\u00e9:0/",
    ],
)  # fmt: skip
def test_redirects_are_checked_like_the_first(egress, hostile, location):
    """A redirect to an inner address, another scheme or plain nonsense is refused, or fails; nothing else happens."""
    hostile.paths["/"] = redirect(location.encode("utf-8").decode("latin-1"))
    error, took = outcome(egress, hostile.url("/"))
    assert error is not None
    assert took < 3


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 X", "308 X"])
def test_redirects_are_followed(egress, hostile, status):
    """Redirects, relative ones too, end at the page; its URL is the one where they ended."""
    hostile.paths |= {"/a": redirect("../b?x=1", status), "/b?x=1": redirect("c"), "/c": sending(OK)}
    answer = egress.get(hostile.url("/a"), max_bytes=MAX)
    assert (answer.url, answer.body) == (hostile.url("/c"), b"fine")


def test_redirects_end(egress, hostile):
    """Loops and chains of redirects are given up after five; a redirect the caller does not want is not followed."""
    hostile.paths["/loop"] = redirect("/loop")
    error, _ = outcome(egress, hostile.url("/loop"))
    assert isinstance(error, EgressRefused)
    assert len(hostile.requests) == MAX_REDIRECTS + 1
    hostile.paths |= {"/wanted": redirect("/unwanted"), "/unwanted": sending(OK)}
    seen: list[str] = []
    with pytest.raises(EgressRefused):
        egress.get(hostile.url("/wanted"), max_bytes=MAX, may_redirect=seen.append)
    assert seen == [hostile.url("/unwanted")]
    assert not any("/unwanted " in request for request in hostile.requests)


@pytest.mark.parametrize("location", ["http://[::1", "http://[zz]/", "http://é..example/", "http://127.0.0.1:x/", ""])
def test_redirects_to_nonsense_do_not_reach_the_caller(egress, hostile, location):
    """A caller that looks at redirects itself gets web addresses to judge, or one of our two errors."""
    hostile.paths["/"] = redirect(location.encode("utf-8").decode("latin-1"))
    asked = []

    def look(url):
        asked.append(url)
        return True

    with contextlib.suppress(EgressRefused, FetchFailed):
        egress.get(hostile.url("/"), max_bytes=MAX, may_redirect=look)
    assert all(url.startswith("http") for url in asked)


def test_exactly_as_much_as_allowed(egress, hostile):
    """The limit is the last byte that is allowed, packed or not."""
    hostile.paths |= {
        "/fits": sending(response(b"x" * MAX)), "/over": sending(response(b"x" * (MAX + 1))),
        "/packed-fits": sending(gzipped(b"x" * MAX)), "/packed-over": sending(gzipped(b"x" * (MAX + 1))),
    }  # fmt: skip
    for path in ("/fits", "/packed-fits"):
        assert len(egress.get(hostile.url(path), max_bytes=MAX).body) == MAX
    for path in ("/over", "/packed-over"):
        assert isinstance(outcome(egress, hostile.url(path))[0], EgressRefused)


@pytest.mark.parametrize(
    "behaviour",
    [
        sending(response(b"x" * (MAX * 3))),
        sending(response(b"x" * (MAX * 3), length=-1)),
        sending(response(b"x" * MAX, length=10**12)),
        endless(HEAD + b"\r\n", b"x" * 65_536),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
        sending(gzipped(b"\0" * 200_000_000)),
        sending(response(gzip.compress(gzip.compress(b"\0" * 50_000_000)), "Content-Encoding: gzip, gzip")),
        endless(HEAD + b"X-Filler: ", b"x" * 65_536),
        endless(HEAD, b"X-Filler: x\r\n" * 1000),
    ],
    ids=["length", "no-length", "lies", "endless", "endless-chunks", "bomb", "double-bomb", "header", "headers"],
)  # fmt: skip
def test_too_much_is_refused_early(egress, hostile, behaviour):
    """However much is sent, and however it is packed, memory stays near the limit and the fetch ends."""
    hostile.paths["/"] = behaviour
    tracemalloc.start()
    try:
        error, took = outcome(egress, hostile.url("/"), deadline_s=5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error is not None
    assert took < 4
    assert peak < 5_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n\r\n", b"garbage", b"\x00\xff" * 100, b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        response(b"short", length=100), HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", HEAD + b"Transfer-Encoding: magic\r\n\r\nabc",
        response(b"not packed at all", "Content-Encoding: gzip"),
        response(b"x", "Content-Encoding: br"), response(b"x", "Content-Encoding: deflate"),
        response(b"x", "Content-Encoding: zstd"), response(b"x", "Content-Encoding: " + "x" * 5000),
    ],
)  # fmt: skip
def test_unreadable_answers_fail_in_our_words(egress, hostile, data):
    """What is no HTTP, contradicts itself, ends early or is packed otherwise is a failure with a sentence."""
    hostile.paths["/"] = sending(data)
    error, took = outcome(egress, hostile.url("/"))
    assert isinstance(error, FetchFailed)
    assert 0 < len(str(error)) < 200
    assert took < 1.5


def test_packed_answer_that_ends_early_is_not_half_a_page(egress, hostile):
    """A packed page that is cut is a failure like a plain one that is cut: half a page is not indexed as the page."""
    packed = gzip.compress(b"The first half. " * 500 + b"The second half. " * 500)
    hostile.paths["/"] = sending(response(packed[: len(packed) // 2], "Content-Encoding: gzip", length=-1))
    assert isinstance(outcome(egress, hostile.url("/"))[0], FetchFailed)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", " gzip ", "identity", "Identity", ""])
def test_codings_are_read_whatever_their_case(egress, hostile, coding):
    """Names of content codings are case-insensitive; what is packed is unpacked, what is not is left alone."""
    body = gzip.compress(b"hello") if "gzip" in coding.lower() else b"hello"
    hostile.paths["/"] = sending(response(body, f"Content-Encoding: {coding}"))
    assert egress.get(hostile.url("/"), max_bytes=MAX).body == b"hello"


def test_client_goes_on_after_bad_servers(egress, hostile):
    """After every kind of failure the same client fetches the next page."""
    hostile.paths = {
        "/bad": sending(b"garbage"),
        "/silent": silent,
        "/big": endless(HEAD + b"\r\n", b"x" * 9999),
        "/": sending(OK),
    }
    for _ in range(8):
        for path in ("/bad", "/silent", "/big"):
            outcome(egress, hostile.url(path), deadline_s=0.05)
        assert egress.get(hostile.url("/"), max_bytes=MAX).body == b"fine"
