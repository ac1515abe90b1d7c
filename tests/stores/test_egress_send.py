"""Calls of APIs through the guarded client: any method, the answer read, nothing followed, never inward, never long."""

import gzip
import threading
import time

import pytest

from shared.adapters.egress import USER_AGENT, EgressClient, EgressRefused, FetchFailed, TooMuch
from tests.crm_accounts import Answer, crm
from tests.stores.fetches import HEAD
from tests.stores.hostile import HostileServer, dripping, endless, gzipped, response, sending, silent
from tests.stores.hostile import redirect as sends_elsewhere

MAX = 100_000
LONG_S = 20.0


@pytest.fixture
def api():
    """A server that answers calls."""
    with crm() as running:
        yield running


@pytest.fixture
def client(api):
    """The client, allowed to reach it."""
    made = EgressClient(allow=[api.host], timeout_s=2.0)
    yield made
    made.close()


def send(client, url, method="GET", headers=(), body=b"", **options):
    """Send a call with ordinary bounds."""
    return client.send(method, url, dict(headers), body, **{"max_bytes": MAX, "deadline_s": 5.0, **options})


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", [b"", b'{"a": "\xc3\xbc"}'])
def test_every_method_goes_out_as_it_is(api, client, method, body):
    """Method, path, query, headers and body arrive; status, headers and body of the answer come back."""
    api.answers["/x"] = [Answer(201, b"made", {"X-Kind": "One"})]
    answer = send(client, f"{api.url}/x?q=a%2Bb+c&d=%26", method, {"X-Ours": "1"}, body)
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (201, b"made", "One")
    (got,) = api.received
    assert (got.method, got.path, got.body) == (method, "/x?q=a%2Bb+c&d=%26", body)
    assert got.headers["x-ours"] == "1"
    wanted = str(len(body)) if body or method in ("POST", "PUT", "PATCH") else None
    assert got.headers.get("content-length") == wanted


def test_headers_are_the_callers_but_for_ours(api, client):
    """A caller names itself and what it accepts; where a call goes and how it is framed it cannot say."""
    send(client, f"{api.url}/plain")
    assert api.received[0].headers["user-agent"] == USER_AGENT
    given = {
        "User-Agent": "Me/1", "Accept": "application/json", "Host": "evil.example", "Content-Length": "999",
        "Transfer-Encoding": "chunked", "Accept-Encoding": "br", "Connection": "upgrade", "HOST": "evil.example",
    }  # fmt: skip
    send(client, f"{api.url}/named", "POST", given, b"abc")
    got = api.received[1]
    assert got.body == b"abc"
    assert {name: got.headers.get(name) for name in ("user-agent", "accept", "host", "content-length")} == {
        "user-agent": "Me/1", "accept": "application/json", "host": api.host, "content-length": "3"
    }  # fmt: skip
    assert got.headers["accept-encoding"] == "gzip"
    assert not {"transfer-encoding", "connection"} & set(got.headers)


@pytest.mark.parametrize("value", ["a\r\nX-More: 1", "a\nb", "a\x00b", "日本"])
def test_headers_cannot_smuggle(api, client, value):
    """A value that HTTP cannot carry fails in our words, without the value, and nothing is sent."""
    with pytest.raises(FetchFailed) as caught:
        send(client, f"{api.url}/", headers={"Authorization": value})
    assert "cannot be sent" in str(caught.value)
    assert value not in str(caught.value)
    assert api.received == []


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_redirects_come_back_unfollowed(egress: EgressClient, hostile: HostileServer, status):
    """A call goes to its address or nowhere: what would be a redirect is an answer like others."""
    hostile.paths |= {"/a": sends_elsewhere("/b", f"{status} Elsewhere"), "/b": sending(response(b"fine"))}
    answer = send(egress, hostile.url("/a"), "POST")
    assert (answer.status, answer.headers["location"]) == (status, "/b")
    assert len(hostile.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://localhost/", "http://169.254.169.254/latest", "http://[::1]/", "http://10.0.0.1/",
     "http://[::ffff:127.0.0.1]/", "http://0x7f000001/", "ftp://shop.example/", "http://u:p@shop.example/", "nonsense"],
)  # fmt: skip
def test_nothing_inward_is_called(url):
    """No address of our own network, however spelled, no other scheme, no credentials in a URL."""
    client = EgressClient()
    with pytest.raises(EgressRefused):
        send(client, url, "POST", body=b"{}")
    client.close()


@pytest.mark.parametrize("packed", [False, True])
def test_too_much_is_told_apart(egress, hostile, packed):
    """An answer over the limit, packed or not, is refused as such; one of exactly the limit is read."""
    form = gzipped if packed else response
    hostile.paths |= {"/fits": sending(form(b"x" * MAX)), "/over": sending(form(b"x" * (MAX + 1)))}
    assert len(send(egress, hostile.url("/fits")).body) == MAX
    with pytest.raises(TooMuch):
        send(egress, hostile.url("/over"))


@pytest.mark.parametrize("status", [204, 304])
def test_no_body_is_not_half_a_packed_one(egress, hostile, status):
    """Some servers name an encoding for the body they do not send."""
    head = f"HTTP/1.1 {status} Nothing\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    hostile.paths["/"] = sending(head.encode())
    answer = send(egress, hostile.url("/"), "DELETE")
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize(
    "behaviour",
    [
        silent, dripping(b"", b"H", LONG_S), dripping(HEAD + b"Content-Length: 99999\r\n\r\n", b"x", LONG_S),
        endless(HEAD + b"X: ", b"x" * 65_536), sending(b""), sending(b"garbage"), sending(response(b"cut", length=99)),
        sending(response(gzip.compress(b"cut" * 99)[:20], "Content-Encoding: gzip")),
    ],
    ids=["silent", "drips", "slow-body", "endless-head", "nothing", "garbage", "cut", "cut-packed"],
)  # fmt: skip
def test_servers_that_misbehave_fail_within_the_deadline(egress, hostile, behaviour):
    """Whatever the other side does, there is a reason in words, long before it would be done."""
    hostile.paths["/"] = behaviour
    begun = time.monotonic()
    with pytest.raises(FetchFailed):
        send(egress, hostile.url("/"), "POST", body=b"{}", deadline_s=0.5)
    assert time.monotonic() - begun < LONG_S / 4


def test_names_are_resolved_within_the_deadline():
    """A name server that says nothing is not waited for longer than the call may take."""
    stuck = threading.Event()

    def resolver(*_):
        stuck.wait(LONG_S)
        return ["127.0.0.1"]

    client = EgressClient(resolver=resolver)
    begun = time.monotonic()
    with pytest.raises(FetchFailed) as caught:
        send(client, "http://shop.example/", deadline_s=0.3)
    assert time.monotonic() - begun < LONG_S / 4
    assert "in time" in str(caught.value)
    stuck.set()
    client.close()


def test_a_free_connection_is_waited_for_within_the_deadline(api):
    """When every connection is taken by slow calls, a further one gives up when its own time is over."""
    api.answers["/slow"] = [Answer(after_s=LONG_S)]
    client = EgressClient(allow=[api.host], timeout_s=LONG_S)

    def hang():
        with pytest.raises(FetchFailed):
            send(client, f"{api.url}/slow", deadline_s=LONG_S)

    threads = [threading.Thread(target=hang) for _ in range(20)]
    for thread in threads:
        thread.start()
    while len(api.received) < len(threads):
        time.sleep(0.01)
    begun = time.monotonic()
    with pytest.raises(FetchFailed):
        send(client, f"{api.url}/", deadline_s=0.3)
    assert time.monotonic() - begun < LONG_S / 4
    api.closing.set()
    for thread in threads:
        thread.join(LONG_S)
    client.close()


def test_a_lost_answer_is_not_asked_for_again(api, client):
    """A call whose connection ends without an answer may have arrived: it goes out once."""
    api.answers["/x"] = [Answer(drop=True)]
    with pytest.raises(FetchFailed):
        send(client, f"{api.url}/x", "POST", body=b"{}")
    assert len(api.received) == 1
