"""Isolation is a promise: two tenants, and every way from one to the other that the APIs offer."""

import re

import pytest

from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.handoffs import HandoffStore
from shared.domain.outbox import OutboxEntry
from shared.domain.voice import CallLimits, Said
from tests.clients import Business, Chat
from tests.conftest import ADMIN_KEY, SEALING
from tests.twilio_account import ACCOUNT, TOKEN

GOLDEN = {"id": "hidden", "question": "What is secret?", "answerable": False}
_ids: list[str] = []


@pytest.fixture
def own_pair(new_business, stand_in):
    """Two businesses that sell the same thing at different prices."""
    first = new_business(facts="# Prices\nA full service costs 95 pounds.", name="First")
    second = new_business(facts="# Prices\nA full service costs 70 euros.", name="Second")
    return first, second


@pytest.fixture
def pair(request, stand_in, platform, admin, http):
    """Two such, shared by the tests that leave their knowledge alone; each test has visitors of its own."""
    if not _ids:
        _ids.extend(business.id for business in request.getfixturevalue("own_pair"))
    return tuple(Business(one, admin, Chat(http, platform.chat_url, one)) for one in _ids)


def test_the_same_question_gets_each_its_own_answer(pair):
    """Each business answers from its own knowledge, also for visitors with the same ids."""
    first, second = pair
    for chat in (first.chat, second.chat):
        chat.session_id = "same-session"
    one = first.chat.ask("What does a full service cost?", message_id="same-message", user_id="same-user")
    two = second.chat.ask("What does a full service cost?", message_id="same-message", user_id="same-user")
    assert "95 pounds" in one["reply"]["text"]
    assert "70 euros" in two["reply"]["text"]
    assert "70" not in one["reply"]["text"]
    assert "95" not in two["reply"]["text"]


def test_a_session_token_opens_one_business_only(pair, http):
    """The token of a session is worthless for the same session id elsewhere."""
    first, second = pair
    second.chat.session_id = first.chat.session_id
    token = first.chat.ask("__intro__")["session_token"]
    second.chat.ask("__intro__")
    query = {"business_id": second.id, "session_id": first.chat.session_id}
    headers = {"Authorization": f"Bearer {token}"}
    assert http.get(f"{first.chat.url}/session", params=query, headers=headers).status_code == 401


def test_a_business_key_reaches_nothing_of_another(pair, platform, http, database):
    """Every route of the published document that names a business answers 404 to another business's key."""
    first, second = pair
    second.admin.call("POST", f"{second.path}/knowledge/sources", {"kind": "text", "title": "t", "text": "secret text"})
    known = {
        "business_id": second.id,
        "key_id": second.admin.call("GET", f"{second.path}/api-keys")["items"] or "key_x",
        "source_id": second.admin.call("GET", f"{second.path}/knowledge/sources")["items"][0]["id"],
        "build_id": second.admin.call("GET", f"{second.path}/knowledge/builds")["items"][0]["id"],
        "handoff_id": "hnd_1",
        "session_id": second.chat.session_id,
        "entry_id": _lead(database, second.id),
        "call_id": _call(database, second.id),
        "experiment_id": _experiment(second),
        "question_id": second.admin.call("POST", f"{second.path}/knowledge/golden", GOLDEN)["id"],
        "group_id": _gap(second),
    }
    HandoffStore(database, SEALING).add(
        second.id, handoff_id="hnd_1", session_id="s", reason="secret", payload={"body": "secret"}
    )
    _line(second, "+441632960101")
    before = second.admin.call("GET", second.path)
    key = first.key("read", "write", "analytics")
    document = http.get(f"{platform.admin_url}/openapi.json").json()
    tried = 0
    for path, methods in document["paths"].items():
        if "{business_id}" not in path:
            continue
        address = re.sub(r"{(\w+)}", lambda found: str(known[found[1]]), path)
        for method in methods:
            response = http.request(
                method.upper(), f"{platform.admin_url}{address}", json={"name": "Taken"}, params={"q": "secret"},
                headers={"Authorization": f"Bearer {key}"},
            )  # fmt: skip
            assert response.status_code == 404, (method, path, response.text)
            assert "secret" not in response.text
            tried += 1
    assert tried > 15
    assert second.admin.call("GET", second.path) == before


def test_a_key_with_ids_of_another_business_finds_nothing(pair, platform, http, database):
    """Ids of another tenant inside one's own path are unknown."""
    first, second = pair
    source = second.admin.call("GET", f"{second.path}/knowledge/sources")["items"][0]["id"]
    build = second.admin.call("GET", f"{second.path}/knowledge/builds")["items"][0]["id"]
    lead, made = _lead(database, second.id), _call(database, second.id)
    headers = {"Authorization": f"Bearer {first.key('read', 'write')}"}
    for method, path in (
        ("GET", f"/knowledge/sources/{source}"), ("DELETE", f"/knowledge/sources/{source}"),
        ("GET", f"/knowledge/builds/{build}"), ("GET", f"/knowledge/builds/{build}/pages"),
        ("POST", f"/knowledge/builds/{build}/cancel"), ("POST", f"/knowledge/builds/{build}/publish"),
        ("DELETE", "/knowledge/golden/hidden"), ("GET", f"/crm/outbox/{lead}"),
        ("POST", f"/crm/outbox/{lead}/retry"), ("DELETE", f"/crm/outbox/{lead}"), ("GET", f"/calls/{made}"),
    ):  # fmt: skip
        response = http.request(method, f"{platform.admin_url}{first.path}{path}", headers=headers)
        assert response.status_code == 404, (method, path)
    assert http.get(f"{platform.admin_url}{first.path}/calls", headers=headers).json()["items"] == []


def test_a_number_of_another_business_cannot_be_taken(pair, platform, http):
    """Neither its calls nor its account come to who names its number: refused, without a word of whose it is."""
    first, second = pair
    _line(second, "+441632960102")
    theirs, mine = second.admin.call("GET", f"{second.path}/voice"), first.admin.call("GET", f"{first.path}/voice")
    headers = {"Authorization": f"Bearer {first.key('read', 'write')}"}
    for body in (
        {"number": "+441632960102", "account_sid": "AC" + "7" * 32, "auth_token": "f" * 32},
        {"number": "+441632960102", "account_sid": ACCOUNT},
        {"number": "+441632960102"},
    ):
        response = http.put(f"{platform.admin_url}{first.path}/voice", json=body, headers=headers)
        assert response.status_code in (409, 422), response.text
        assert second.id not in response.text
    for action in ("test", "configure"):
        response = http.post(f"{platform.admin_url}{first.path}/voice/{action}", headers=headers)
        assert (response.status_code, response.json()["code"]) == (409, "no_line")
    assert first.admin.call("GET", f"{first.path}/voice") == mine
    assert second.admin.call("GET", f"{second.path}/voice") == theirs


def _experiment(business):
    """Give a business an experiment."""
    body = {
        "id": "hidden-test", "name": "secret", "control": "now",
        "arms": [{"id": "now", "weight": 1}, {"id": "new", "weight": 1, "changes": {"tone": "secret"}}],
        "goal": {"metric": "lead"}, "planned": 1000,
    }  # fmt: skip
    return business.admin.call("POST", f"{business.path}/experiments", body)["id"]


def _gap(business):
    """Let a visitor ask a business in vain and return the group of what was asked."""
    business.chat.visitor().ask("Do you repair secret electric scooters?")
    return business.admin.call("GET", f"{business.path}/knowledge/gaps")["items"][0]["id"]


def _line(business, number):
    """Give a business a phone line."""
    body = {"number": number, "account_sid": ACCOUNT, "auth_token": TOKEN, "greeting": "secret"}
    business.admin.call("PUT", f"{business.path}/voice", body)


def _call(database, business_id):
    """Let a business be called and return the call's id."""
    calls, call_id = CallStore(database, SEALING), "CA" + "5" * 32
    calls.begin(business_id, call_id, session_id="s", caller="secret", number="+44", mode="live", limits=CallLimits())
    calls.add_lines(business_id, call_id, [Said(0, "caller", "secret")])
    return call_id


def _lead(database, business_id):
    """Put a lead into a business's outbox and return its id."""
    outbox = OutboxStore(database, SEALING)
    outbox.add(business_id, [OutboxEntry("key", "contact", "s", ("person",), {"fields": {"name": "secret"}})])
    return outbox.list_of(business_id, 1)[0].id


def test_purging_one_business_leaves_the_other(own_pair, platform, http):
    """Everything of one goes: rows, index, uploads, sessions. Nothing of the other does."""
    first, second = own_pair
    first.chat.ask("What does a full service cost?")
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    assert http.delete(f"{platform.admin_url}{first.path}", headers=headers).status_code == 204
    assert first.chat.post("Hello?").status_code == 404
    assert http.delete(f"{platform.admin_url}{first.path}?purge=true", headers=headers).status_code == 204
    assert not list((platform.data / "storage").glob(f"*/data/{first.id}/**/*.faiss"))
    assert list((platform.data / "storage").glob(f"*/data/{second.id}/**/*.faiss"))
    assert "70 euros" in second.chat.ask("What does a full service cost?")["reply"]["text"]
