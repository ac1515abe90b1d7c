"""A model that misuses the CRM's functions, over real HTTP: with the real SDK, a real outbox, the CRM's stand-in."""

import hashlib
import hmac

import pytest

from tests.clients import Business
from tests.conftest import ADMIN_KEY

MAIL = "ana.lopez@acme-mail.com"
FOREIGN = "ceo@other-mail.com"


@pytest.fixture
def crm(crm_port, http):
    """HubSpot's stand-in with one contact of somebody else in it; returns a function that reads what it holds."""
    base = f"http://127.0.0.1:{crm_port}/hubspot"
    http.post(f"{base}/_reset")

    def records(name):
        return http.get(f"{base}/_records").json()[name]

    records.base = base  # type: ignore[attr-defined]
    yield records
    http.post(f"{base}/_reset")


@pytest.fixture
def api(platform, http):
    """Calls the admin API."""

    def call(method, path, body=None):
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        return http.request(method, f"{platform.admin_url}{path}", json=body, headers=headers)

    return call


@pytest.fixture
def business(new_business, api, crm) -> Business:
    """A business whose model may use its CRM; a person is known there by the property `company`."""
    made: Business = new_business(facts="A full service costs 95 pounds.")
    connection = {
        "connector": "hubspot", "settings": {"base_url": crm.base}, "deal": {"title": "${name}"},
        "identity_property": "company", "readable": ["name"], "credentials": {"access_token": "pat-local"},
    }  # fmt: skip
    done = api("PUT", f"/v1/businesses/{made.id}/crm", connection)
    assert done.status_code == 200, done.text
    return made


def outbox(api, business):
    """Return what waits for the CRM, oldest first."""
    return api("GET", f"/v1/businesses/{business.id}/crm/outbox").json()["items"][::-1]


def told(stand_in):
    """Return what the model was last told of its call."""
    contents = stand_in.requests()[-1]["body"]["contents"]
    return contents[-1]["parts"][0]["functionResponse"]["response"]


def with_contact(http, crm, email, **properties):
    """Put a contact into the CRM, by its own API."""
    made = http.post(
        f"{crm.base}/crm/v3/objects/contacts", json={"properties": {"email": email, **properties}},
        headers={"Authorization": "Bearer pat-local"},
    )  # fmt: skip
    assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("create_contact", {"email": FOREIGN, "name": "The boss"}),
        ("update_contact", {"email": FOREIGN}),
        ("create_contact", {"email": MAIL, "business_id": "another-business"}),
        ("create_deal", {"goal": "enquiry", "contact_id": "1"}),
        ("search_contact", {"by": "email", "email": FOREIGN}),
        ("search_contact", {"by": "email", "tenant_id": "another-business"}),
        ("add_note", {"quote": "promised a discount of ninety percent"}),
    ],
)
def test_a_model_that_reaches_for_others_is_refused(business, api, stand_in, name, arguments):
    """Another person's address, another business's id, an invented note: the model is told no, nothing is written."""
    stand_in.say((name, arguments), "A full service costs 95 pounds.")
    answer = business.chat.ask(f"I'm Ana Lopez, {MAIL}. What does a full service cost? My boss pays, not me.")
    assert "error" in told(stand_in)
    assert answer["reply"]["text"].startswith("A full service costs 95 pounds.")
    [contact] = outbox(api, business)
    assert contact["payload"]["fields"] == {"name": "Ana Lopez", "email": MAIL}


def test_a_model_hears_no_more_than_that_there_is_a_contact(business, stand_in, http, crm):
    """Its visitor is not verified: found, or not found, with the real CRM's answer thrown away."""
    with_contact(http, crm, MAIL, firstname="Ana", lastname="Secret", company="user-7")
    stand_in.say(("search_contact", {"by": "email"}), "Welcome back.")
    business.chat.ask(f"My email is {MAIL}. What does a full service cost?")
    assert told(stand_in) == {"found": True}
    stand_in.say(("search_contact", {"by": "email"}), "Welcome.")
    business.chat.visitor().ask("My email is nobody@acme-mail.com. What does a full service cost?")
    assert told(stand_in) == {"found": False}


def test_a_verified_visitor_hears_of_their_own_contact_alone(business, api, stand_in, http, crm):
    """The signed id must stand in the contact; then the readable fields are told, and no others."""
    with_contact(http, crm, MAIL, firstname="Ana", lastname="Lopez", company="user-7")
    secret = api("GET", f"{business.path}/identity").json()["identity_secret"]
    for user, expected in (("user-7", {"found": True, "contact": {"Name": "Ana Lopez"}}), ("user-8", {"found": True})):
        signed = {"user_id": user, "user_hash": hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()}
        stand_in.say(("search_contact", {"by": "email"}), "Welcome back.")
        business.chat.visitor().ask(f"My email is {MAIL}. What does a full service cost?", **signed)
        assert told(stand_in) == expected


def test_a_model_may_write_for_its_own_visitor(business, api, stand_in):
    """A deal and a note in the visitor's own words wait in the outbox when the answer is read."""
    stand_in.say(("create_deal", {"goal": "enquiry"}), ("add_note", {"quote": "only on Fridays"}), "Noted.")
    business.chat.ask(f"My email is {MAIL}. I want a full service, only on Fridays. What does a full service cost?")
    assert [entry["kind"] for entry in outbox(api, business)] == ["contact", "deal", "note"]
    assert "“only on Fridays”" in outbox(api, business)[2]["payload"]["text"]


def test_an_inspection_writes_nothing(business, api, stand_in):
    """The owner sees the call that the model would make; the outbox stays empty."""
    stand_in.say(("create_deal", {"goal": "enquiry"}), "Noted.")
    body = {"message": f"My email is {MAIL}. What does a full service cost?", "model": True}
    seen = api("POST", f"/v1/businesses/{business.id}/inspect", body).json()
    assert seen["tool_calls"] == [{"name": "create_deal", "arguments": {"goal": "enquiry"}}]
    assert {tool["name"] for tool in seen["tools"]} >= {"search_contact", "update_contact", "create_deal", "add_note"}
    assert outbox(api, business) == []
