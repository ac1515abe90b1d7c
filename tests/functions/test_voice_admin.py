"""The phone line and its calls over the admin API: set up, checked at Twilio, read; credentials never come out."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from shared.adapters.postgres.calls import CallStore
from shared.domain.voice import CallLimits, Said
from tests.conftest import ADMIN_KEY, SEALING
from tests.twilio_account import ACCOUNT, NUMBER, TOKEN, twilio_account

PHONE = "https://phone.example/voice"
WEBHOOKS = {"voice_url": f"{PHONE}/incoming", "fallback_url": f"{PHONE}/fallback", "status_url": f"{PHONE}/status"}


@pytest.fixture
def api(platform, http) -> Callable[..., httpx2.Response]:
    """Calls the admin API with the platform's key, or the one given."""

    def call(method: str, path: str, body: Any = None, key: str = ADMIN_KEY, if_match: str = "") -> httpx2.Response:
        headers = {"Authorization": f"Bearer {key}", **({"If-Match": if_match} if if_match else {})}
        response: httpx2.Response = http.request(method, f"{platform.admin_url}{path}", json=body, headers=headers)
        return response

    return call


@pytest.fixture
def account(twilio_port):
    """The account at Twilio, with the number."""
    with twilio_account(twilio_port) as running:
        running.buy(NUMBER)
        yield running


@pytest.fixture
def shop(new_business, api):
    """A business that gives its number up again: there is one for all tests."""
    business = new_business()
    yield business
    api("DELETE", f"{business.path}/voice")


def line(**changed: Any) -> dict[str, Any]:
    """Return a line as it is put."""
    return {"number": NUMBER, "account_sid": ACCOUNT, "auth_token": TOKEN, **changed}


def called(database, business_id, call_id, session_id="s", caller="+447700900001"):
    """Let a business be called; return the store of its calls."""
    calls = CallStore(database, SEALING)
    calls.begin(
        business_id, call_id, session_id=session_id, caller=caller, number=NUMBER, mode="live", limits=CallLimits()
    )
    return calls


def test_a_line_is_set_up_checked_and_given_up(shop, api, account):
    """From nothing to a number that calls us, and back; the configuration has its section, with a version each time."""
    path = f"{shop.path}/voice"
    assert api("GET", path).json() == {"voice": None, "line": None, "webhooks": WEBHOOKS}
    assert (api("POST", f"{path}/test").status_code, api("POST", f"{path}/test").json()["code"]) == (409, "no_line")
    done = api("PUT", path, line(voice="Puck", transfer={"number": "+441632960009"}))
    assert done.status_code == 200, done.text
    assert (done.json()["voice"]["voice"], done.json()["line"]["account_sid"]) == ("Puck", ACCOUNT)
    assert api("GET", shop.path).json()["voice"]["transfer"]["ring_seconds"] == 20
    assert api("GET", shop.path).headers["ETag"] == done.headers["ETag"]
    tried = api("POST", f"{path}/test").json()
    assert (tried["ok"], {one["name"] for one in tried["checks"] if one["ok"]}) == (False, {"account", "number"})
    shown = api("POST", f"{path}/configure?dry_run=true").json()
    assert {change["setting"]: change["after"] for change in shown["changes"]}["voice_url"] == WEBHOOKS["voice_url"]
    assert (shown["applied"], account.numbers[0]["status_callback"]) == (False, "")
    assert api("POST", f"{path}/configure").json() == {**shown, "applied": True}
    assert api("POST", f"{path}/configure").json() == {**WEBHOOKS, "applied": True, "changes": []}
    assert account.numbers[0]["status_callback"] == WEBHOOKS["status_url"]
    assert api("POST", f"{path}/test").json()["ok"] is True
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).json() == {"voice": None, "line": None, "webhooks": WEBHOOKS}
    log = [entry["action"] for entry in api("GET", f"{shop.path}/audit").json()["items"]][::-1]
    assert [one for one in log if one.startswith("voice.")] == [
        "voice.line_set", "voice.configured", "voice.line_removed",
    ]  # fmt: skip


def test_the_token_goes_in_and_never_comes_out(shop, api, account):
    """No answer, no configuration, no version, no audit entry, no complaint holds it."""
    path = f"{shop.path}/voice"
    shown = [api("PUT", path, line()), api("PUT", path, line(colour="red")), api("PUT", path, line(number="1"))]
    shown += [api("GET", f"{shop.path}{rest}") for rest in ("", "/voice", "/audit", "/versions")]
    account.fails = (401, TOKEN)
    shown += [api("POST", f"{path}/{action}") for action in ("test", "configure")]
    shown.append(api("PUT", path, line(auth_token=f"{TOKEN} wrong")))
    assert [answer.status_code for answer in shown] == [200, 422, 422, 200, 200, 200, 200, 200, 409, 422]
    assert not any(TOKEN in answer.text for answer in shown)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"number": "01632 960001"}, ["number"]),
        ({"account_sid": "AC1"}, ["account_sid"]),
        ({"account_sid": None}, ["account_sid"]),
        ({"auth_token": "short"}, ["auth_token"]),
        ({"auth_token": None}, ["auth_token"]),
        ({"silence": {"ask_after": 9, "end_after": 8}}, ["silence"]),
        ({"limits": {"minutes_per_call": 60}}, ["limits", "minutes_per_call"]),
        ({"recording": {"enabled": True}}, []),
        ({"colour": "red"}, ["colour"]),
    ],
    ids=str,
)
def test_a_mistake_is_told_with_its_field(shop, api, changed, where):
    """422 names the field; nothing is kept."""
    answer = api("PUT", f"{shop.path}/voice", line(**changed))
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, where), answer.text
    assert api("GET", f"{shop.path}/voice").json()["voice"] is None


def test_credentials_stay_until_the_account_changes(shop, api, account):
    """Settings change without entering the token again; another account needs its own."""
    path = f"{shop.path}/voice"
    api("PUT", path, line())
    for body in ({"number": NUMBER}, {"number": NUMBER, "account_sid": ACCOUNT, "enabled": False}):
        assert api("PUT", path, body).status_code == 200
        assert api("POST", f"{path}/test").json()["checks"][0] == {"name": "account", "ok": True, "detail": "is active"}
    refused = api("PUT", path, {"number": NUMBER, "account_sid": "AC" + "2" * 32})
    assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["auth_token"])


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_of_an_old_version_changes_nothing(shop, api, method):
    """With an ETag that is not current any more a call is refused before anything is replaced or removed."""
    path = f"{shop.path}/voice"
    api("PUT", path, line())
    before = api("GET", path)
    body = line(auth_token="f" * 32, voice="Puck") if method == "PUT" else None
    assert api(method, path, body, if_match='"1"').status_code == 412
    assert api("GET", path).json() == before.json()
    assert api(method, path, body, if_match=before.headers["ETag"]).status_code < 300


def test_a_configuration_that_names_another_number_is_said(shop, api, account):
    """Changed past this address, the number in the configuration is not the one that rings: the test says so."""
    path = f"{shop.path}/voice"
    api("PUT", path, line())
    assert api("PATCH", shop.path, {"voice": {"number": "+441632960777"}}).status_code == 200
    failed = [one["name"] for one in api("POST", f"{path}/test").json()["checks"] if not one["ok"]]
    assert failed[0] == "configuration"
    assert api("GET", path).json()["line"]["number"] == NUMBER


def test_twilio_away_is_said(shop, api):
    """Nobody answers: the test says which check failed, the change of addresses is unavailable."""
    path = f"{shop.path}/voice"
    api("PUT", path, line())
    assert api("POST", f"{path}/test").json() == {
        "ok": False, "checks": [{"name": "account", "ok": False, "detail": "Twilio cannot be reached."}],
    }  # fmt: skip
    assert api("POST", f"{path}/configure").status_code == 503


def test_reading_is_not_writing(shop, api):
    """A key that may read sees line and calls; it changes nothing and asks nothing of Twilio."""
    key, path = shop.key("read"), f"{shop.path}/voice"
    assert [api("GET", one, key=key).status_code for one in (path, f"{shop.path}/calls")] == [200, 200]
    for method, rest, body in (("PUT", "", line()), ("DELETE", "", None), ("POST", "/test", None),
                               ("POST", "/configure", None)):  # fmt: skip
        assert api(method, f"{path}{rest}", body, key=key).status_code == 403


def test_calls_are_read_newest_first_and_by_choice(shop, api, database):
    """Pages without a gap; filters; one call with what was said; neither is kept by caches."""
    for number in range(5):
        calls = called(database, shop.id, f"CA{number}", caller=f"+44770090000{number % 2}")
    calls.add_lines(shop.id, "CA4", [Said(0, "assistant", "Hello!"), Said(1200, "caller", "Grüß Gott")])
    calls.finish(shop.id, "CA4", outcome="answered", summary="Short.", fields={"name": "Ana"}, latency={"first": 310})
    calls.ended(shop.id, "CA4", "completed", 9)
    path, seen, cursor = f"{shop.path}/calls", list[str](), ""
    while True:
        found = api("GET", f"{path}?limit=2&cursor={cursor}")
        seen += [one["id"] for one in found.json()["items"]]
        cursor = found.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == ["CA4", "CA3", "CA2", "CA1", "CA0"]
    for query, expected in (
        ("caller=%2B447700900001", ["CA3", "CA1"]), ("caller=+447700900001", ["CA3", "CA1"]),
        ("outcome=answered", ["CA4"]), ("status=completed", ["CA4"]), ("status=ringing&caller=x", []),
    ):  # fmt: skip
        assert [one["id"] for one in api("GET", f"{path}?{query}").json()["items"]] == expected
    one = api("GET", f"{path}/CA4")
    assert (one.headers["Cache-Control"], one.json()["seconds"], one.json()["latency"]) == (
        "no-store", 9, {"first": 310},
    )  # fmt: skip
    assert [said["text"] for said in one.json()["transcript"]] == ["Hello!", "Grüß Gott"]
    for unknown in ("CA9", "%00", "%ED%A0%80"):
        assert api("GET", f"{path}/{unknown}").status_code == 404
    for query in (
        "status=answered",
        "cursor=bm9uc2Vuc2U",
        "cursor=MDAwMS0wMS0wMVQwMDowMDowMCsyMzo1OSBDQTE",
        "caller=%00",
        "limit=0",
    ):
        assert api("GET", f"{path}?{query}").status_code == 422, query


def test_erasing_a_conversation_erases_its_calls(shop, api, http, database, stand_in):
    """Over the admin API and over chat alike; other conversations' calls stay."""
    token = shop.chat.ask("__intro__")["session_token"]
    for call_id, session_id in (("CA1", shop.chat.session_id), ("CA2", "gone"), ("CA3", "kept")):
        called(database, shop.id, call_id, session_id)
    query = {"business_id": shop.id, "session_id": shop.chat.session_id}
    headers = {"Authorization": f"Bearer {token}"}
    assert http.delete(f"{shop.chat.url}/session", params=query, headers=headers).status_code == 204
    assert api("DELETE", f"{shop.path}/sessions/gone").status_code == 204
    assert [one["id"] for one in api("GET", f"{shop.path}/calls").json()["items"]] == ["CA3"]
