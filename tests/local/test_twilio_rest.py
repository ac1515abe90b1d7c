"""Twilio's REST API as its unmodified client library uses it: accounts, messages, numbers, errors, pages."""

import sys
import time

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from local.crm.app import create_app as create_crms
from local.stack.ports import free_ports
from local.stack.process import spawn
from local.stack.servers import answers_http
from local.twilio import MAIN
from tests.local.twilio_bot import FROM, TO, serving
from tests.local.twilio_service import Service, refused, service


@pytest.fixture(name="rest")
def _rest():
    with service() as made:
        yield made


def settled(client, sid):
    """A message when it is no longer queued."""
    while (now := client.messages(sid).fetch()).status == "queued":
        time.sleep(0.02)
    return now


def test_credentials(rest):
    """The account's token opens it; another token and an unknown account are 20003."""
    assert rest.client().api.accounts(MAIN.sid).fetch().status == "active"
    assert refused(rest.client(token="wrong").api.accounts(MAIN.sid).fetch) == (401, 20003)
    assert refused(rest.client(sid="AC" + "9" * 32).api.accounts(MAIN.sid).fetch) == (401, 20003)
    bare = requests.get(f"{rest.url}/2010-04-01/Accounts/{MAIN.sid}.json", timeout=10)
    assert (bare.status_code, bare.headers["WWW-Authenticate"]) == (401, 'Basic realm="Twilio API"')
    assert bare.json()["more_info"] == "https://www.twilio.com/docs/errors/20003"


def test_a_text_message(rest):
    """It is queued, delivered a moment later, listed by number, and seen by the control plane."""
    rest.number()
    client = rest.client()
    sent = client.messages.create(to=FROM, from_=TO, body="We missed your call ☎")
    assert (sent.status, sent.sid[:2], sent.direction, sent.num_segments) == ("queued", "SM", "outbound-api", "1")
    found = client.messages.list(to=FROM)
    assert [item.body for item in found] == ["We missed your call ☎"]
    assert client.messages.list(to="+14155550000") == []
    assert settled(client, sent.sid).status == "delivered"
    assert [item["to"] for item in rest.control("GET", "_messages")["messages"]] == [FROM]


def test_a_message_that_does_not_arrive(rest):
    """A number named in the control plane gets nothing: undelivered, 30003."""
    rest.number()
    rest.control("PUT", "_undeliverable", [FROM])
    client = rest.client()
    sent = client.messages.create(to=FROM, from_=TO, body="Hello")
    now = settled(client, sent.sid)
    assert (now.status, now.error_code) == ("undelivered", 30003)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "hello"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": "+14155550000"}, 21606),
        ({"from_": None}, 21603),
    ],
)
def test_messages_that_twilio_refuses(rest, fields, code):
    """Each with 400 and its number."""
    rest.number()
    whole = {"to": FROM, "from_": TO, "body": "Hi", **fields}
    assert refused(lambda: rest.client().messages.create(**whole)) == (400, code)


def test_subaccounts_are_apart(rest):
    """A subaccount has its own token; its parent may act in it; nobody finds the other's things in their own."""
    main = rest.client()
    made = main.api.accounts.create(friendly_name="Tenant")
    own = rest.client(made.sid, made.auth_token)
    own.incoming_phone_numbers.create(phone_number=FROM)
    sent = own.messages.create(to=TO, from_=FROM, body="Hi")
    assert (own.messages(sent.sid).fetch().account_sid, main.messages.list()) == (made.sid, [])
    assert refused(main.messages(sent.sid).fetch) == (404, 20404)
    assert rest.client(account=made.sid).messages(sent.sid).fetch().body == "Hi"
    assert refused(rest.client(made.sid, made.auth_token, MAIN.sid).api.accounts(MAIN.sid).fetch) == (401, 20003)
    assert {item.sid for item in main.api.accounts.list()} == {MAIN.sid, made.sid}
    main.api.accounts(made.sid).update(status="suspended")
    assert refused(own.messages(sent.sid).fetch) == (401, 20003)


def test_numbers(rest):
    """They are made, found, given an address for calls, and dropped."""
    client = rest.client()
    made = client.incoming_phone_numbers.create(phone_number=TO, voice_url="https://a.example/voice")
    made.update(voice_url="https://b.example/voice", voice_fallback_url="https://b.example/help")
    found = client.incoming_phone_numbers.list(phone_number=TO)
    assert [(item.voice_url, item.voice_fallback_url) for item in found] == [
        ("https://b.example/voice", "https://b.example/help")
    ]
    assert refused(lambda: client.incoming_phone_numbers.create(phone_number=TO)) == (400, 21422)
    assert made.delete()
    assert refused(client.incoming_phone_numbers(made.sid).fetch) == (404, 20404)


def test_lists_have_pages(rest):
    """The library goes through all of them; the newest come first; it works below a path as well."""
    rest.number()
    client = rest.client()
    for index in range(7):
        client.messages.create(to=FROM, from_=TO, body=str(index))
    assert [item.body for item in client.messages.list(page_size=3)] == ["6", "5", "4", "3", "2", "1", "0"]
    assert [item.body for item in client.messages.list(limit=2)] == ["6", "5"]


def test_unknown_things_are_20404(rest):
    """The message names the resource."""
    with pytest.raises(TwilioRestException) as caught:
        rest.client().calls("CA" + "0" * 32).update(status="completed")
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert caught.value.msg.endswith(f"/2010-04-01/Accounts/{MAIN.sid}/Calls/CA{'0' * 32}.json was not found")


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("limited", 429, 20429), ("error", 500, 20500), ("unavailable", 503, 20503), ("forbidden", 403, 20006)],
)
def test_faults_on_request(rest, kind, status, code):
    """The control plane makes the next matching call fail in Twilio's way; the one after it is served."""
    rest.number()
    rest.control("PUT", "_faults", [{"kind": kind, "method": "POST", "path": "Messages"}])
    client = rest.client()

    def send():
        return client.messages.create(to=FROM, from_=TO, body="Hi")

    assert client.messages.list() == []
    assert refused(send) == (status, code)
    assert send().sid
    journal = rest.control("GET", "_journal")["calls"]
    assert [(item["status"], item["fault"]) for item in journal] == [(200, ""), (status, kind), (201, "")]


def test_a_lost_answer_was_applied(rest):
    """The message is sent although its sender never hears of it."""
    rest.number()
    rest.control("PUT", "_faults", [{"kind": "lost", "path": "Messages"}])
    with pytest.raises(requests.exceptions.ConnectionError):
        rest.client().messages.create(to=FROM, from_=TO, body="Hi")
    assert len(rest.control("GET", "_messages")["messages"]) == 1


def test_a_reset_forgets(rest):
    """Messages, numbers, subaccounts and faults."""
    rest.number()
    rest.client().messages.create(to=FROM, from_=TO, body="Hi")
    rest.control("POST", "_accounts", {"name": "Tenant"})
    rest.control("PUT", "_faults", [{"kind": "error"}])
    rest.control("POST", "_reset", {})
    client = rest.client()
    assert (client.messages.list(), client.incoming_phone_numbers.list()) == ([], [])
    assert len(client.api.accounts.list()) == 1


def test_it_is_a_process_of_its_own(tmp_path):
    """`python -m local.twilio` serves the client library, and no credentials but its own."""
    port = free_ports(1)[0]
    child = spawn("Twilio", [sys.executable, "-m", "local.twilio", "--port", str(port)], tmp_path / "log")
    try:
        child.wait_until(lambda: answers_http(port, "/health"))
        made = Service(f"http://127.0.0.1:{port}")
        assert made.client().api.accounts(MAIN.sid).fetch().sid == MAIN.sid
        made.opened[0].session.close()
    finally:
        child.stop()


def test_it_is_beside_the_crms():
    """`make run` has it at /twilio of the stand-ins' server; lists go on there."""
    with serving(create_crms(["shop"])) as url:
        made = Service(f"{url}/twilio")
        made.number()
        client = made.client()
        for index in range(3):
            client.messages.create(to=FROM, from_=TO, body=str(index))
        assert [item.body for item in client.messages.list(page_size=1)] == ["2", "1", "0"]
        made.opened[0].session.close()


def test_a_call_stays_queued_without_a_phone(rest):
    """Nobody is there to make it; what is wrong with a request is said at once."""
    client = rest.client()
    made = client.calls.create(to=FROM, from_=TO, url="https://a.example/voice")
    assert (client.calls(made.sid).fetch().status, made.direction) == ("queued", "outbound-api")
    assert refused(lambda: client.calls.create(to=FROM, from_=TO)) == (400, 21205)
    assert refused(lambda: client.calls(made.sid).update(twiml="<Response/>")) == (400, 21220)
    assert refused(lambda: client.calls(made.sid).update(twiml="<Response/>", url="https://a.example/")) == (400, 21218)
    assert client.calls(made.sid).update(status="canceled").status == "canceled"
    assert refused(lambda: client.calls(made.sid).update(status="completed")) == (404, 20404)
