"""From a conversation into the business's CRM: connected over the admin API, kept with the answer, delivered once."""

import signal
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.clients import Business
from tests.conftest import ADMIN_KEY
from tests.worker_runs import deliver, worker

FACTS = "A full service costs 95 pounds."
FIELDS = [{"id": "budget", "label": "Budget", "type": "number", "cues": ["budget"]}]
GOALS = [{"id": "quote", "collect": ["name", "email"]}]
SECRET = "pat-local"


@pytest.fixture
def crm(crm_port, http):
    """HubSpot's stand-in, emptied; returns a function that calls its control plane."""
    base = f"http://127.0.0.1:{crm_port}/hubspot"

    def control(method: str, name: str, body: Any = None) -> Any:
        return http.request(method, f"{base}/_{name}", json=body).json()

    control.base = base  # type: ignore[attr-defined]
    control("POST", "reset")
    yield control
    control("POST", "reset")


@pytest.fixture
def api(platform, http) -> Callable[..., httpx2.Response]:
    """Calls the admin API with the platform's key, or the one given."""

    def call(method: str, path: str, body: Any = None, key: str = ADMIN_KEY, if_match: str = "") -> httpx2.Response:
        headers = {"Authorization": f"Bearer {key}", **({"If-Match": if_match} if if_match else {})}
        response: httpx2.Response = http.request(method, f"{platform.admin_url}{path}", json=body, headers=headers)
        return response

    return call


@pytest.fixture
def connected(new_business, api, crm) -> Callable[..., Business]:
    """Makes a business that is connected to HubSpot's stand-in."""

    def make(facts: str = "", **config: Any) -> Business:
        business: Business = new_business(facts=facts, fields=FIELDS, goals=GOALS, **config)
        done = api("PUT", f"/v1/businesses/{business.id}/crm", connection(crm))
        assert done.status_code == 200, done.text
        return business

    return make


def connection(crm, **changed):
    """Return a connection to HubSpot's stand-in."""
    return {
        "connector": "hubspot", "settings": {"base_url": crm.base}, "contact": {"budget": "budget"},
        "deal": {"title": "${name}: ${goal}", "amount_field": "budget"}, "credentials": {"access_token": SECRET},
        **changed,
    }  # fmt: skip


def outbox(api, business, query=""):
    """Return the business's outbox, oldest first."""
    return api("GET", f"/v1/businesses/{business.id}/crm/outbox{query}").json()["items"][::-1]


def test_a_lead_is_kept_with_the_answer_and_delivered_once(platform, connected, api, crm):
    """Contact, deal and note are in the CRM, linked; the session knows their ids; nothing is delivered twice."""
    business = connected(facts=FACTS)
    business.chat.ask("What does a full service cost?")
    answer = business.chat.ask("My name is Ana Lopez, my email is ana.lopez@acme-mail.com and my budget is 500")
    assert answer["degraded"] == []
    assert [entry["kind"] for entry in outbox(api, business)] == ["contact", "deal", "note"]
    deliver(platform)
    assert [entry["status"] for entry in outbox(api, business)] == ["delivered"] * 3
    business.chat.ask("Thank you!")
    deliver(platform)
    records = crm("GET", "records")
    [contact], [deal], [note] = records["contacts"], records["deals"], records["notes"]
    assert (contact["email"], contact["name"]) == ("ana.lopez@acme-mail.com", "Ana Lopez")
    assert float(contact["values"]["budget"]) == 500
    assert (deal["title"], deal["contacts"]) == ("Ana Lopez: quote", [contact["id"]])
    assert (note["contacts"], note["deals"]) == ([contact["id"]], [deal["id"]])
    assert "What does a full service cost?" in note["text"]
    session = api("GET", f"/v1/businesses/{business.id}/sessions/{business.chat.session_id}").json()
    assert session["dialogue"]["crm"]["contact_id"] == contact["id"]
    assert session["dialogue"]["crm"]["deal_id"] == deal["id"]


def test_a_connection_is_checked_before_it_is_kept(connected, new_business, api, crm):
    """A property that is not there, one of another type, wrong credentials, a missing scope: said, and nothing kept."""
    business = new_business(fields=FIELDS)
    path = f"/v1/businesses/{business.id}/crm"
    wrong = api("PUT", path, connection(crm, contact={"budget": "nonsense"}))
    assert (wrong.status_code, wrong.json()["errors"][0]["loc"]) == (422, ["contact", "budget"])
    assert api("PUT", path, connection(crm, contact={"budget": "start_date"})).status_code == 422
    nobody = api("PUT", path, connection(crm, identity_property="site_user", readable=["name"]))
    assert (nobody.status_code, nobody.json()["errors"][0]["loc"]) == (422, ["identity_property"])
    refused = api("PUT", path, connection(crm, credentials={"access_token": "wrong"}))
    assert (refused.status_code, refused.json()["code"]) == (409, "crm_unauthorised")
    assert api("PUT", path, connection(crm, settings={"base_url": crm.base, "colour": "red"})).status_code == 422
    assert api("PUT", path, connection(crm, credentials=None)).status_code == 422
    assert api("GET", path).json() | {"outbox": None} == {"crm": None, "credentials": None, "outbox": None}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_of_an_old_version_changes_nothing(connected, api, crm, method):
    """With an ETag that is not current any more a call is refused before credentials are replaced or removed."""
    business = connected()
    path = f"/v1/businesses/{business.id}/crm"
    old, before = '"1"', api("GET", path).json()
    body = connection(crm, credentials={"access_token": "wrong"}, notes=False) if method == "PUT" else None
    query = "?check=false" if method == "PUT" else ""
    assert api(method, f"{path}{query}", body, if_match=old).status_code == 412
    assert api("GET", path).json() == before
    assert api("POST", f"{path}/test").json()["ok"] is True
    current = api("GET", path).headers["ETag"]
    assert api(method, f"{path}{query}", body, if_match=current).status_code < 300
    assert api("GET", path).json()["credentials"] != before["credentials"]


def test_a_refresh_token_that_was_replaced_meanwhile_is_kept(new_business, api, crm):
    """The CRM gives a new one whenever it is asked: also for a change that is refused in the end."""
    business = new_business(fields=FIELDS)
    crm("PUT", "settings", {"extra": {"rotate_refresh": True}})
    path = f"/v1/businesses/{business.id}/crm"
    given = {"client_id": "hs-client", "client_secret": "hs-secret", "refresh_token": "hs-refresh"}
    assert api("PUT", path, connection(crm, credentials=given)).status_code == 200
    for mapping, status in (({"budget": "nonsense"}, 422), ({}, 200), ({"budget": "budget"}, 200)):
        assert api("PUT", path, connection(crm, credentials=None, contact=mapping)).status_code == status
    assert api("POST", f"{path}/test").json()["ok"] is True


def test_a_text_quotes_only_what_there_is(new_business, api, crm):
    """A name nobody would ever put there is refused when it is saved, with the name."""
    business = new_business(fields=FIELDS, goals=GOALS)
    path = f"/v1/businesses/{business.id}/crm?check=false"
    for name in ("summary", "nonsense"):
        refused = api("PUT", path, connection(crm, deal={"title": f"${{name}} ${{{name}}}"}))
        assert (refused.status_code, name in refused.text) == (422, True)
    assert api("PUT", path, connection(crm, deal={"title": "${name} ${business} ${goal} ${page}"})).status_code == 200


def test_credentials_go_in_and_never_come_out(connected, api, database):
    """No answer, no configuration, no audit entry and no row holds them in the clear."""
    business = connected()
    path = f"/v1/businesses/{business.id}"
    shown = [api("GET", f"{path}{rest}").text for rest in ("", "/crm", "/audit", "/versions")]
    assert not any(SECRET in text for text in shown)
    with database.tenant(business.id) as tx:
        [row] = tx.run("SELECT * FROM crm_credentials WHERE business_id = %s", business.id)
    assert SECRET.encode() not in bytes(row["sealed"])
    assert api("GET", f"{path}/crm").json()["credentials"]["names"] == ["access_token"]


def test_the_test_says_what_is_missing(connected, api, crm):
    """A scope that the token lacks is named."""
    business = connected()
    path = f"/v1/businesses/{business.id}/crm/test"
    assert api("POST", path).json()["ok"] is True
    crm("PUT", "settings", {"extra": {"missing_scopes": ["crm.objects.deals.write"]}})
    found = api("POST", path).json()
    assert found["ok"] is False
    assert "crm.objects.deals.write" in {scope for check in found["checks"] for scope in check["missing_scopes"]}


def test_a_preview_changes_nothing(connected, api, crm):
    """The dry run shows the call that would make the contact, without credentials, and does not make it."""
    business = connected()
    body = {"fields": {"email": "ana@acme-mail.com", "name": "Ana Lopez", "budget": "500"}}
    calls = api("POST", f"/v1/businesses/{business.id}/crm/preview", body).json()["calls"]
    assert calls[-1]["sent"] is False
    assert calls[-1]["body"]["properties"]["email"] == "ana@acme-mail.com"
    assert SECRET not in str(calls)
    assert crm("GET", "records")["contacts"] == []


def test_what_the_crm_refuses_is_parked_and_tried_again_on_request(platform, connected, api, crm):
    """The owner reads why; after a retry it is delivered; a cancelled entry is not."""
    business = connected()
    crm("PUT", "faults", [{"kind": "forbidden", "times": None}])
    business.chat.ask("My email is ana.lopez@acme-mail.com")
    deliver(platform)
    [entry] = outbox(api, business, "?status=parked")
    assert entry["category"] == "forbidden"
    assert entry["reason"]
    crm("DELETE", "faults")
    path = f"/v1/businesses/{business.id}/crm/outbox"
    assert api("DELETE", f"{path}/{entry['id']}").json()["status"] == "cancelled"
    deliver(platform)
    assert crm("GET", "records")["contacts"] == []
    assert api("POST", f"{path}/{entry['id']}/retry").json() == {"entries": 1}
    deliver(platform)
    assert len(crm("GET", "records")["contacts"]) == 1
    assert api("POST", f"{path}/{entry['id']}/retry").status_code == 409


def test_no_lead_is_lost_or_doubled_in_chaos(platform, connected, api, crm):
    """The CRM fails at random, also after it has applied a write, and the worker is killed again and again."""
    people = 15
    business = connected(facts=FACTS)
    crm("PUT", "settings", {"search_lag_s": 2})
    crm("PUT", "faults", [
        {"kind": "error", "times": None, "probability": 0.2},
        {"kind": "lost", "method": "POST", "times": None, "probability": 0.1, "seconds": 0.2},
    ])  # fmt: skip
    for number in range(people):
        visitor = business.chat.visitor()
        visitor.ask("What does a full service cost?")
        visitor.ask(f"My name is Ana Lopez and my email is visitor{number}@acme-mail.com")
    for _ in range(3):
        running = worker(platform)
        time.sleep(1.2)
        running.send_signal(signal.SIGKILL)
        running.wait()
    crm("DELETE", "faults")
    for _ in range(60):
        _hurry(platform, business)
        deliver(platform)
        if not outbox(api, business, "?status=pending&limit=100"):
            break
        time.sleep(0.3)
    records = crm("GET", "records")
    emails = {contact["id"]: contact["email"] for contact in records["contacts"]}
    assert sorted(emails.values()) == sorted(f"visitor{number}@acme-mail.com" for number in range(people))
    assert sorted(emails[deal["contacts"][0]] for deal in records["deals"]) == sorted(emails.values())
    assert all(len(deal["contacts"]) == 1 for deal in records["deals"])
    assert len(records["notes"]) == people


def _hurry(platform, business):
    """Let what was put off be due now: nobody waits for the back-off here. Leases are left to run out."""
    import pg8000.dbapi

    url = platform.function_env("admin")["DATABASE_URL"]
    port, database = int(url.rpartition(":")[2].partition("/")[0]), url.rpartition("/")[2]
    with pg8000.dbapi.connect("postgres", host="127.0.0.1", port=port, database=database, ssl_context=False) as owner:
        owner.autocommit = True
        owner.cursor().execute("UPDATE crm_outbox SET next_at = now() WHERE business_id = %s", (business.id,))
