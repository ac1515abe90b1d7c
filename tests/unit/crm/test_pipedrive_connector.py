"""The connector for Pipedrive, driven by hand: golden requests, every refusal, and bodies of any shape."""

import base64
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.crm.connector import Connector as Protocol
from shared.crm.connector import Exists, Token
from shared.crm.failure import CrmError
from shared.crm.pipedrive import MAX_PAGES, Connector, Credentials, Settings
from shared.crm.pipedrive_fields import FieldSpec
from shared.crm.wire import Request, Response
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Record, Saved
from shared.domain.limits import RateLimit

NOW = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
P_REF, D_REF, BUDGET, NEWS, PRICE = ("a" * 40, "b" * 40, "c" * 40, "d" * 40, "e" * 40)
API = "https://api.pipedrive.com/api"
ANA = Contact("c-1", Identity("ana@example.com", "+34600111222"), "Ana María López")
APP = {"client_id": "id", "client_secret": "secret", "refresh_token": "refresh-1"}
FIELDS: list[dict[str, Any]] = [
    {"id": 1, "key": "name", "name": "Name", "field_type": "varchar", "mandatory_flag": True},
    {"id": 2, "key": "add_time", "name": "Created", "field_type": "date"},
    {"id": 3, "key": BUDGET, "name": "Budget", "field_type": "double"},
    {
        "id": 4, "key": NEWS, "name": "Newsletter", "field_type": "enum", "options": [
            {"id": 7, "label": "Yes"}, {"id": 8, "label": "No"},
        ],
    },
    {"id": 5, "key": PRICE, "name": "Price", "field_type": "monetary"},
    {"id": None, "key": f"{PRICE}_currency", "name": "Currency of Price", "field_type": "varchar"},
    {"id": 6, "key": "f" * 40, "name": "Gone", "field_type": "varchar", "active_flag": False},
    {"id": 9, "key": P_REF, "name": "Chatbot ref", "field_type": "varchar"},
]  # fmt: skip


def connector(refs=True, **credentials):
    keys = {"person_ref_field": P_REF, "deal_ref_field": D_REF} if refs else {}
    given_ = credentials or {"api_token": "token-1"}
    return Connector(Settings.model_validate(keys), Credentials.model_validate(given_))


def said(data, status=200, additional=None, **headers):
    """An answer of Pipedrive's."""
    body = {"success": status < 400, "data": data, "additional_data": additional}
    return Response(status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(body).encode())


def refused(error, status=400, code="", **headers):
    body = {"success": False, "error": error, "code": code}
    return Response(status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(body).encode())


def drive(steps, *answers):
    """Run a generator on prepared answers; return what it asked and what came of it."""
    asked = []
    left = iter(answers)
    try:
        request = next(steps)
        while True:
            asked.append(request)
            request = steps.send(next(left))
    except StopIteration as stop:
        assert next(left, None) is None, "an answer was not asked for"
        return asked, stop.value


def test_it_is_a_connector():
    """Its shape is the protocol's, and its pace the narrowest plan's."""

    def accepts(given_: Protocol) -> Protocol:
        return given_

    made = accepts(connector())
    assert (made.unique_email, made.has_objects) == (False, False)
    assert made.pace.all == RateLimit(20, 2)
    assert made.pace.by == {"search": RateLimit(10, 2)}
    assert made.standard() == {"name": "name", "email": "email", "phone": "phone"}


@pytest.mark.parametrize(
    "credentials",
    [{}, {"api_token": ""}, {"client_id": "a"}, {**APP, "client_secret": ""}, {**APP, "api_token": "t"}, {"x": "y"}],
)
def test_credentials_are_whole(credentials):
    """A token alone, or an app with all of its parts."""
    with pytest.raises(ValidationError):
        Credentials.model_validate(credentials)


@pytest.mark.parametrize(
    "wrong", [{"base_url": "ftp://x"}, {"base_url": "https://x?y"}, {"person_ref_field": "ref"}, {"more": 1}]
)
def test_settings_are_checked(wrong):
    """Addresses are web addresses, keys have forty digits."""
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


def test_settings_say_what_they_are():
    """Every setting has a description for owners."""
    assert all(item.get("description") for item in Settings.model_json_schema()["properties"].values())


def test_an_account_is_named_without_its_secret():
    """Different tokens are different accounts; the name tells nothing of the token."""
    one, other = connector().account(), connector(api_token="token-2").account()
    assert one != other
    assert "token" not in one
    assert one == connector(refs=False).account()


def test_an_api_token_is_a_token():
    """No call is made, and it goes into its own header."""
    made = connector()
    asked, token = drive(made.sign_in(NOW))
    assert (asked, token) == ([], Token("token-1"))
    signed = made.authorised(Request("x", "GET", f"{API}/v2/persons"), token)
    assert signed.headers == {"x-api-token": "token-1"}


def test_an_app_is_given_a_token():
    """The refresh token is exchanged; the answer says where the company lives and how it is asked next time."""
    made = connector(**APP)
    body = {
        "access_token": "a-1",
        "expires_in": 3599,
        "refresh_token": "r-2",
        "api_domain": "https://acme.pipedrive.com",
    }
    (asked,), token = drive(made.sign_in(NOW), Response(200, {}, json.dumps(body).encode()))
    assert (asked.method, asked.url, asked.signed) == ("POST", "https://oauth.pipedrive.com/oauth/token", False)
    assert asked.headers == {"Authorization": f"Basic {base64.b64encode(b'id:secret').decode()}"}
    assert asked.form == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    assert token == Token("a-1", NOW + dt.timedelta(seconds=3599), "https://acme.pipedrive.com", "r-2")
    signed = made.authorised(Request("x", "GET", f"{API}/v2/persons"), token)
    assert signed.url == "https://acme.pipedrive.com/api/v2/persons"
    assert signed.headers == {"Authorization": "Bearer a-1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": 1}, {"expires_in": "3599"}, {"expires_in": -1}, {"refresh_token": None},
        {"api_domain": "http://acme.pipedrive.com"}, {"api_domain": "acme"}, {"api_domain": ["x"]},
    ],
)  # fmt: skip
def test_a_strange_token_is_not_used(changes):
    """Neither a shape that is not the documented one, nor a place that is no place for a token."""
    body = {"access_token": "a", "expires_in": 60, "refresh_token": "r", **changes}
    with pytest.raises(CrmError) as raised:
        drive(connector(**APP).sign_in(NOW), Response(200, {}, json.dumps(body).encode()))
    assert raised.value.category == "malformed"


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (400, "unauthorised"),
        (401, "unauthorised"),
        (403, "unauthorised"),
        (404, "refused"),
        (429, "limited"),
        (503, "unavailable"),
    ],
)
def test_a_refused_sign_in_is_told_apart(status, category):
    """A refresh token that is no longer good is for good; a server that is down is not."""
    with pytest.raises(CrmError) as raised:
        drive(connector(**APP).sign_in(NOW), Response(status, {}, b'{"error": "invalid_grant"}'))
    assert raised.value.category == category


@pytest.mark.parametrize(
    ("response", "category", "detail", "wait"),
    [
        (refused("Validation failed: value: Expected number"), "refused", "the field 'value'", None),
        (refused(f"custom_fields.{BUDGET}: no 0612345678"), "refused", f"'{BUDGET}'", None),
        (refused("nope", 422), "refused", "does not accept the call", None),
        (refused("unauthorized access", 401), "unauthorised", "API token", None),
        (refused("trial expired", 402), "forbidden", "trial", None),
        (refused("You may not", 403), "forbidden", "user", None),
        (refused("Open deals limit reached.", 403, "feature_capping_deals_limit"), "forbidden", "plan", None),
        (refused("API request limit exceeded", 403, retry_after="7"), "limited", "too many", 7),
        (Response(403, {}, b"<html>too many requests"), "limited", "too many", 2),
        (refused("Not found", 404), "missing", "any more", None),
        (refused("Gone", 410), "missing", "any more", None),
        (refused("request over limit", 429, x_ratelimit_reset="2"), "limited", "too many", 2),
        (refused("x", 429, retry_after="5", x_ratelimit_reset="2"), "limited", "too many", 5),
        (refused("x", 429, retry_after="soon"), "limited", "too many", 2),
        (refused("Daily API token budget exceeded", 429, retry_after="1"), "limited", "of the day", 3600),
        (refused("timeout", 408), "unavailable", "right now", None),
        (refused("down", 503, retry_after="30"), "unavailable", "right now", 30),
        (Response(302, {"location": "https://x"}), "refused", "another address", None),
    ],
)  # fmt: skip
def test_failures_have_categories_and_plain_words(response, category, detail, wait):
    """Each documented error is told apart, and no text of the visitor is repeated."""
    error = connector().failure(Request("x", "POST", f"{API}/v2/persons"), response)
    assert error is not None
    assert (error.category, error.retry_after_s) == (category, wait)
    assert detail in error.detail
    assert "0612345678" not in error.detail


def test_success_is_no_failure():
    """Any 2xx is an answer."""
    assert connector().failure(Request("x", "GET", API), Response(204)) is None


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "v2/persons", "contacts:read"), ("PATCH", "v2/persons/1", "contacts:full"),
        ("POST", "v2/deals", "deals:full"), ("GET", "v1/dealFields", "deals:read"),
        ("POST", "v1/dealFields", "deal-fields:full"), ("POST", "v1/personFields", "contact-fields:full"),
        ("POST", "v1/notes", "contacts:full"),
    ],
)  # fmt: skip
def test_a_missing_scope_is_named_by_what_was_asked(method, path, scope):
    """Pipedrive says only that one is missing."""
    error = connector().failure(Request("x", method, f"{API}/{path}"), refused("Scope and URL mismatch", 403))
    assert error is not None
    assert error.missing_scopes == (scope,)
    assert scope in error.detail


def test_a_person_is_searched_for_exactly():
    """The search has a pace of its own; what it found only in part is left out."""
    hit = {"id": 5, "name": "Ana", "emails": ["Ana@Example.com"], "phones": ["+34 600 111 222"]}
    other = {"id": 4, "name": "Ana", "emails": ["nana@example.com"], "phones": []}
    answer = said({"items": [{"item": other}, {"item": hit}]})
    (asked,), found = drive(connector().find(ANA.identity), answer)
    assert asked.target == f"{API}/v2/persons/search?term=ana%40example.com&fields=email&exact_match=true"
    assert (asked.pace, asked.repeatable) == ("search", True)
    assert [item.id for item in found] == ["5"]
    (asked,), found = drive(connector().find(Identity(phone="+34600111222")), answer)
    assert asked.query["fields"] == "phone"
    assert [item.id for item in found] == ["5"]
    assert drive(connector().find(Identity())) == ([], ())


def test_a_person_is_read_with_labels():
    """The metadata is fetched only where a number may be an option."""
    person = {
        "id": 5, "name": "Ana", "emails": [{"value": "b@x.es"}, {"value": "a@x.es", "primary": True}], "phones": None,
        "custom_fields": {NEWS: 7, BUDGET: None, PRICE: {"value": 5.5, "currency": "EUR"}}, "org_id": 3,
    }  # fmt: skip
    asked, record = drive(connector().read("5", (NEWS, PRICE, "org_id")), said(person), said(FIELDS))
    assert [item.url for item in asked] == [f"{API}/v2/persons/5", f"{API}/v1/personFields"]
    assert asked[0].query == {"custom_fields": f"{NEWS},{PRICE}"}
    own = {"name": "Ana", "email": "a@x.es", "phone": ""}
    assert record == Record("5", "a@x.es", "", "Ana", {NEWS: "Yes", PRICE: "5.5 EUR", "org_id": "3", **own})
    asked, record = drive(connector().read("5", (BUDGET,)), said(person))
    assert len(asked) == 1
    assert record.values[BUDGET] == ""


@pytest.mark.parametrize("answer", [refused("x", 404), refused("x", 410), said({"id": 5, "is_deleted": True})])
def test_a_person_that_is_gone_is_none(answer):
    """Unknown, long deleted, or deleted lately."""
    assert drive(connector().read("5", ()), answer)[1] is None
    assert drive(connector().update("5", ANA), answer)[1] is False


def test_an_id_of_another_crm_is_unknown():
    """Nothing is asked for an id that is no number; what needs one says so."""
    made = connector()
    assert drive(made.read("003xx000", ())) == ([], None)
    assert drive(made.update("003xx000", Contact("c", Identity(), "Ana"))) == ([], False)
    for steps in (made.save_deal(Deal("d", "T", "003xx"), None), made.save_note(Note("n", "T", "003xx", NOW), None)):
        with pytest.raises(CrmError, match="number") as raised:
            drive(steps)
        assert raised.value.category == "refused"


def test_a_person_is_made():
    """One call with lists of addresses and numbers, and our key."""
    (asked,), saved = drive(connector().create(ANA, None), said({"id": 12}, 201))
    assert saved == Saved("12")
    assert (asked.method, asked.url, asked.repeatable) == ("POST", f"{API}/v2/persons", False)
    assert asked.json == {
        "name": "Ana María López",
        "emails": [{"value": "ana@example.com", "primary": True, "label": "work"}],
        "phones": [{"value": "+34600111222", "primary": True, "label": "work"}],
        "custom_fields": {P_REF: "c-1"},
    }


@pytest.mark.parametrize(
    ("identity", "name"), [(ANA.identity, "ana@example.com"), (Identity(phone="+34600111222"), "+34600111222")]
)
def test_a_person_without_a_name_is_called_by_what_is_known(identity, name):
    """Pipedrive wants a name."""
    (asked,), _ = drive(connector(refs=False).create(Contact("c-1", identity), None), said({"id": 1}, 201))
    assert asked.json["name"] == name
    assert "custom_fields" not in asked.json


def test_nobody_is_not_made():
    """Without name, address and number there is nothing to write."""
    with pytest.raises(CrmError, match="needs a name"):
        drive(connector().create(Contact("c-1", Identity()), None))


def test_values_take_pipedrives_form():
    """A label becomes an option's id, a number stays one, money is an object."""
    contact = Contact("c-1", Identity(), "Ana", {NEWS: True, BUDGET: "1200.5", PRICE: 30.0, "org_id": "4"})
    asked, _ = drive(connector().create(contact, None), said(FIELDS), said({"id": 1}, 201))
    assert asked[0].query == {"limit": "500"}
    assert asked[1].json["custom_fields"] == {NEWS: 7, BUDGET: 1200.5, PRICE: {"value": 30}, P_REF: "c-1"}
    assert asked[1].json["org_id"] == 4


@pytest.mark.parametrize(
    "values", [{"0" * 40: "x"}, {"add_time": "x"}, {BUDGET: "much"}, {BUDGET: True}, {NEWS: "Maybe"}]
)
def test_a_value_that_has_no_place_is_refused_by_its_field(values):
    """The field is named, never the value."""
    answers = [] if "add_time" in values else [said(FIELDS)]
    with pytest.raises(CrmError) as raised:
        drive(connector().create(Contact("c-1", ANA.identity, "Ana", values), None), *answers)
    assert raised.value.category == "refused"
    assert "much" not in raised.value.detail
    assert "Maybe" not in raised.value.detail


def test_an_earlier_attempt_is_found_by_our_key():
    """The listing is read from a minute before, through all pages; the key wins over an address."""
    same = {"id": 3, "emails": [{"value": "ANA@example.com"}]}
    ours = {"id": 9, "emails": [], "custom_fields": {P_REF: "c-1"}}
    pages = (said([same], additional={"next_cursor": "abc"}), said([ours], additional={"next_cursor": None}))
    asked, saved = drive(connector().create(ANA, NOW), *pages)
    assert saved == Saved("9", created=False)
    assert asked[0].query == {
        "limit": "500", "updated_since": "2026-11-02T09:29:00Z", "sort_by": "update_time", "custom_fields": P_REF,
    }  # fmt: skip
    assert asked[1].query["cursor"] == "abc"
    assert all(item.method == "GET" for item in asked)


def test_another_with_the_same_address_is_named():
    """Who came in meanwhile is left to be adopted, the first of several; the deleted do not count."""
    people = [
        {"id": 2, "is_deleted": True, "emails": [{"value": "ana@example.com"}]},
        {"id": 11, "emails": [{"value": "ana@example.com"}]},
        {"id": 9, "emails": [{"value": "ana@example.com"}]},
        {"id": 1, "emails": [], "phones": [{"value": "+34600111222"}]},
    ]
    assert drive(connector().create(ANA, NOW), said(people))[1] == Exists("9")
    by_phone = Contact("c-1", Identity(phone="+34600111222"))
    assert drive(connector().create(by_phone, NOW), said(people))[1] == Exists("1")


def test_nothing_earlier_means_making_it():
    """An empty listing may be null."""
    asked, saved = drive(connector().create(ANA, NOW), said(None), said({"id": 4}, 201))
    assert [item.method for item in asked] == ["GET", "POST"]
    assert saved == Saved("4")


def test_too_long_a_listing_makes_nothing():
    """Without having seen all of it nobody knows: the next attempt looks again."""
    pages = [said([], additional={"next_cursor": str(number)}) for number in range(MAX_PAGES)]
    with pytest.raises(CrmError) as raised:
        drive(connector().create(ANA, NOW), *pages)
    assert raised.value.category == "unavailable"


def test_only_what_is_known_is_written():
    """An update has the parts the contact has; the key is not among them."""
    contact = Contact("c-1", Identity(), "Ana", {BUDGET: 5.0})
    asked, there = drive(connector().update("5", contact), said(FIELDS), said({"id": 5}))
    assert there is True
    assert (asked[1].method, asked[1].url, asked[1].repeatable) == ("PATCH", f"{API}/v2/persons/5", True)
    assert asked[1].json == {"name": "Ana", "custom_fields": {BUDGET: 5}}
    assert drive(connector().update("5", Contact("c-1", Identity()))) == ([], True)


def test_an_address_is_added_and_none_is_lost():
    """The list replaces the one that is there: all of it is written, the new one first. What is there is left."""
    person = {
        "id": 5, "phones": [{"value": "+34 600 111222", "primary": True, "label": "home"}],
        "emails": [{"value": "old@x.es", "primary": True, "label": "home"}],
    }  # fmt: skip
    asked, there = drive(connector().update("5", Contact("c-1", ANA.identity)), said(person), said({"id": 5}))
    assert there is True
    assert asked[1].json == {
        "emails": [
            {"value": "ana@example.com", "primary": True, "label": "work"},
            {"value": "old@x.es", "primary": False, "label": "home"},
        ]
    }
    known = Contact("c-1", Identity(phone="+34600111222"))
    assert len(drive(connector().update("5", known), said(person))[0]) == 1


DEAL = Deal("d-1", "Ana (Shop)", "12", amount=95.5, currency="EUR", pipeline="2", stage="7")


def test_a_deal_is_made():
    """Its person's deals are looked through first."""
    asked, saved = drive(connector().save_deal(DEAL, None), said([{"id": 3}]), said({"id": 8}, 201))
    assert saved == Saved("8")
    assert asked[0].target == f"{API}/v2/deals?limit=500&person_id=12&custom_fields={D_REF}"
    assert asked[1].json == {
        "title": "Ana (Shop)", "value": 95.5, "currency": "EUR", "custom_fields": {D_REF: "d-1"},
        "person_id": 12, "pipeline_id": 2, "stage_id": 7,
    }  # fmt: skip
    assert not asked[1].repeatable


def test_a_known_deal_is_updated_in_its_place():
    """Stage and pipeline are not written again."""
    there = {"id": 3, "custom_fields": {D_REF: "d-1"}}
    asked, saved = drive(connector().save_deal(DEAL, None), said([there]), said({"id": 3}))
    assert saved == Saved("3", created=False)
    assert (asked[1].method, asked[1].url, asked[1].repeatable) == ("PATCH", f"{API}/v2/deals/3", True)
    assert not {"stage_id", "pipeline_id", "person_id"} & set(asked[1].json)


def test_without_a_field_for_keys_a_deal_made_since_is_known_by_its_title():
    """An older deal of the same title is another one; without an earlier attempt nothing is looked for."""
    made = connector(refs=False)
    older = {"id": 2, "title": DEAL.title, "add_time": "2026-11-01T00:00:00Z"}
    fresh = {"id": 3, "title": DEAL.title, "add_time": "2026-11-02T09:30:01Z"}
    assert drive(made.save_deal(DEAL, NOW), said([older, fresh]), said({"id": 3}))[1] == Saved("3", created=False)
    assert drive(made.save_deal(DEAL, NOW), said([older]), said({"id": 4}, 201))[1] == Saved("4")
    assert [item.method for item in drive(made.save_deal(DEAL, None), said({"id": 5}, 201))[0]] == ["POST"]


def test_a_stage_that_is_no_id_is_refused():
    """The owner is told which one."""
    deal = Deal("d-1", "T", "12", stage="Won")
    with pytest.raises(CrmError, match="stage"):
        drive(connector().save_deal(deal, None), said([]))


def test_a_note_is_written_as_text():
    """HTML in it is shown, not obeyed."""
    note = Note("n-1", "a < b\n<b>hi</b>", "12", NOW, "8")
    (asked,), saved = drive(connector().save_note(note, None), said({"id": 6}, 201))
    assert saved == Saved("6")
    assert (asked.url, asked.repeatable) == (f"{API}/v1/notes", False)
    assert asked.json == {
        "content": "a &lt; b<br>&lt;b&gt;hi&lt;/b&gt;<br><br>[n-1]", "person_id": 12, "deal_id": 8,
    }  # fmt: skip


def test_an_earlier_note_is_found_by_our_key():
    """The notes changed since are read, page by page."""
    more = {"pagination": {"more_items_in_collection": True, "next_start": 500}}
    pages = (said([{"id": 1, "content": "x"}], additional=more), said([{"id": 2, "content": "y<br>[n-1]"}]))
    asked, saved = drive(connector().save_note(Note("n-1", "y", "12", NOW), NOW), *pages)
    assert saved == Saved("2", created=False)
    assert asked[0].query == {"limit": "500", "person_id": "12", "updated_since": "2026-11-02T09:29:00Z"}
    assert asked[1].query["start"] == "500"


def test_there_are_no_other_records():
    """Refused without a call."""
    with pytest.raises(CrmError) as raised:
        drive(connector().save_record(CustomRecord("r", "pets", {}, "1"), None))
    assert raised.value.category == "refused"


def test_fields_are_described():
    """Deleted ones and parts of others are left out; what cannot be written says so."""
    _, found = drive(connector().fields("contact"), said(FIELDS))
    shown = {item.name: item for item in found}
    assert list(shown) == ["name", "add_time", BUDGET, NEWS, PRICE, P_REF]
    assert (shown["name"].required, shown["name"].read_only, shown["add_time"].read_only) == (True, False, True)
    assert (shown[BUDGET].type, shown[NEWS].type, shown[NEWS].options) == ("number", "choice", ("Yes", "No"))


def test_the_fields_for_our_key_are_found_or_made():
    """By the configured key, else by name, else made as a text."""
    asked, kept = drive(
        connector(refs=False).prepare(), said(FIELDS), said([]), said({**FIELDS[-1], "key": D_REF}, 201)
    )
    assert kept == {"person_ref_field": P_REF, "deal_ref_field": D_REF}
    assert (asked[2].url, asked[2].json) == (f"{API}/v1/dealFields", {"name": "Chatbot ref", "field_type": "varchar"})
    assert not asked[2].repeatable


def test_who_may_make_a_field_is_said():
    """A refusal names the right and the way around it."""
    with pytest.raises(CrmError, match="administrator") as raised:
        drive(connector(refs=False).prepare(), said([]), refused("no", 403))
    assert raised.value.category == "forbidden"


def test_a_check_writes_beside_every_record():
    """Nothing has the id 0: only a permission can be missing, and the check says which."""
    none, gone = said([]), refused("not found", 404)
    mismatch = refused("Scope and URL mismatch", 403)
    answers = [said({"is_admin": 1}), none, gone, none, mismatch, none, gone, said(FIELDS), none]
    asked, checks = drive(connector().check(), *answers)
    assert [item.name for item in checks if not item.ok] == ["write deals", "our key on deals"]
    assert next(item for item in checks if item.name == "write deals").missing_scopes == ("deals:full",)
    assert not any(item.writes for item in asked)
    assert [item.url for item in asked if item.method != "GET"] == [
        f"{API}/v2/persons/0", f"{API}/v2/deals/0", f"{API}/v1/notes/0",
    ]  # fmt: skip


def test_a_check_that_cannot_sign_in_ends():
    """Nothing else is tried."""
    asked, checks = drive(connector().check(), refused("unauthorized access", 401))
    assert (len(asked), len(checks), checks[0].ok) == (1, 1, False)


@pytest.mark.parametrize(
    ("type_", "value", "currency", "written"),
    [
        ("varchar", "x" * 300, "", "x" * 255), ("text", True, "", "yes"), ("varchar", 3.0, "", "3"),
        ("varchar", dt.date(2026, 1, 2), "", "2026-01-02"), ("double", "3.50", "", 3.5), ("double", 4.0, "", 4),
        ("monetary", 4.5, "EUR", {"value": 4.5, "currency": "EUR"}), ("date", "2026-01-02", "", "2026-01-02"),
        ("date", dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC), "", "2026-01-02"), ("user", "12", "", 12),
        ("enum", "a, b", "", 3), ("enum", "1", "", 1), ("enum", "YES", "", 1), ("enum", False, "", 2),
        ("set", "yes; No", "", [1, 2]), ("set", "a, b", "", [3]), ("set", True, "", [1]),
        ("time", "09:00", "", {"value": "09:00"}), ("address", "1 Road", "", {"value": "1 Road"}),
    ],
)  # fmt: skip
def test_a_value_is_written_as_its_type_wants(type_, value, currency, written):
    """Each type of field has its form."""
    assert FieldSpec("k", "K", type_, options={"Yes": 1, "No": 2, "a, b": 3}).written(value, currency) == written


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("double", "nan"), ("double", "inf"), ("double", True), ("monetary", "x"), ("date", "tomorrow"), ("date", 3.0),
        ("enum", "maybe"), ("set", "yes, maybe"), ("user", "Ana"), ("daterange", "x"), ("visible_to", "3"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(type_, value):
    """The field's label is named."""
    with pytest.raises(CrmError, match="'K'") as raised:
        FieldSpec("k", "K", type_, options={"Yes": 1}).written(value)
    assert raised.value.category == "refused"


LEAVES = st.none() | st.booleans() | st.integers(-9, 99) | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(
    ["success", "data", "additional_data", "items", "item", "id", "emails", "phones", "value", "custom_fields", "key",
     "name", "field_type", "options", "label", "pagination", "more_items_in_collection", "next_start", "next_cursor",
     "content", "error", "code", "access_token", "expires_in", "api_domain", "refresh_token", "is_admin", NEWS, P_REF]
)  # fmt: skip
JSON = st.recursive(
    LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(NAMES, part, max_size=6), max_leaves=12
)
WRAPPED = JSON.map(lambda data: {"success": True, "data": data, "additional_data": None})
BODIES = (JSON | WRAPPED).map(lambda body: json.dumps(body).encode()) | st.binary(max_size=20)
RESPONSES = st.builds(Response, st.sampled_from([200, 200, 200, 201, 400, 403, 404, 429, 500]), st.just({}), BODIES)
CONTACT = Contact("c-1", ANA.identity, "Ana", {NEWS: "Yes"})
CALLS = [
    lambda made: made.find(ANA.identity),
    lambda made: made.read("5", (NEWS, "org_id")),
    lambda made: made.create(CONTACT, NOW),
    lambda made: made.update("5", CONTACT),
    lambda made: made.save_deal(DEAL, NOW),
    lambda made: made.save_note(Note("n-1", "x", "5", NOW), NOW),
    lambda made: made.fields("deal"),
    lambda made: made.prepare(),
    lambda made: made.check(),
    lambda made: made.sign_in(NOW),
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(CALLS), st.booleans(), st.lists(RESPONSES, min_size=1, max_size=6))
def test_no_answer_breaks_it(call, refs, responses):
    """Whatever comes back, steps end, ask on, or raise CrmError."""
    steps = call(connector(refs, **APP))
    try:
        next(steps)
        for response in responses:
            steps.send(response)
    except (StopIteration, CrmError):
        pass


@settings(max_examples=100, deadline=None)
@given(RESPONSES, st.booleans())
def test_a_failure_never_raises(response, signed):
    """A 2xx is none; everything else is an error in words of ours."""
    request = Request("x", "GET", f"{API}/v2/persons", signed=signed)
    assert (connector().failure(request, response) is None) == response.ok
