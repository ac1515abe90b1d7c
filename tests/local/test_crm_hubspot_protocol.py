"""HubSpot's stand-in and the connector over real HTTP: metadata, checks, refusals, limits, and the protocol itself."""

import datetime as dt

import pytest

from local.crm.hubspot import StandIn
from local.crm.vendor import Vendor
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.domain.crm import Contact, Deal, Identity, Note, Saved
from tests.crm_vendors import HUBSPOT_ANA as ANA
from tests.crm_vendors import HUBSPOT_OAUTH, HUBSPOT_PRIVATE, HubSpotAccount

NOW = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def server():
    with HubSpotAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


@pytest.fixture
def hub(account):
    """An account that was prepared."""
    account.do(account.connector().prepare())
    return account


@pytest.fixture(params=[HUBSPOT_PRIVATE, HUBSPOT_OAUTH], ids=["private", "oauth"])
def either(hub, request):
    """A connector by either kind of credentials."""
    return hub.connector(request.param)


def test_it_is_a_vendor():
    """The stand-in has what the server asks of one."""
    vendor: Vendor = StandIn()
    assert vendor.name == "hubspot"
    assert vendor.records() == {"contacts": [], "deals": [], "notes": [], "objects": []}


def test_fields_come_from_the_metadata(hub):
    """Names, types and options, and what is read-only."""
    fields = {item.name: item for item in hub.do(hub.connector().fields("contact"))}
    types = {name: fields[name].type for name in ("email", "budget", "start_date", "newsletter", "createdate")}
    assert types == {
        "email": "text", "budget": "number", "start_date": "date", "newsletter": "yes_no", "createdate": "datetime",
    }  # fmt: skip
    assert fields["interest"].options == ("bikes", "repairs", "rental")
    assert (fields["hs_object_id"].read_only, fields["email"].read_only) == (True, False)
    assert "hs_merged_object_ids" not in fields
    assert fields["chatbot_ref"].label == "Chatbot reference"
    assert "dealname" in {item.name for item in hub.do(hub.connector().fields("deal"))}


def test_prepare_may_run_twice(hub):
    """The second time nothing is made."""
    hub.control("DELETE", "calls")
    assert hub.do(hub.connector().prepare()) == {}
    assert {call["method"] for call in hub.control("GET", "calls")["calls"]} == {"GET"}


def test_prepare_without_the_permission_says_which(account):
    """The scope is named, and what the owner may do instead."""
    account.behave(missing_scopes=["crm.schemas.contacts.write"])
    with pytest.raises(CrmError) as caught:
        account.do(account.connector().prepare())
    assert caught.value.missing_scopes == ("crm.schemas.contacts.write",)
    assert "by hand" in caught.value.detail


def test_check_passes_and_changes_nothing(hub, either):
    """Everything delivery needs is there."""
    assert all(item.ok for item in hub.run(either, either.check()))
    assert not any(hub.records().values())


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("crm.objects.contacts.read", {"contacts: read", "notes: read"}),
        ("crm.objects.contacts.write", {"contacts: write", "notes: write"}),
        ("crm.objects.deals.read", {"deals: read"}),
        ("crm.objects.deals.write", {"deals: write"}),
    ],
)
def test_check_names_each_missing_scope(hub, scope, names):
    """What is not permitted fails, and only that."""
    hub.behave(missing_scopes=[scope])
    failed = [item for item in hub.do(hub.connector().check()) if not item.ok]
    assert {item.name for item in failed} == names
    assert {item.missing_scopes for item in failed} == {(scope,)}


def test_check_says_that_the_property_is_missing(account):
    """Before the account was prepared."""
    failed = [item for item in account.do(account.connector().check()) if not item.ok]
    assert [item.name for item in failed] == [f"{kind}: property 'chatbot_ref'" for kind in ("contacts", "deals")]


def test_dated_paths_work_as_well(hub):
    """The same connector, with the prefix of a dated version."""
    one = hub.connector(HUBSPOT_OAUTH, api_prefix="/crm/2026-03")
    contact = hub.run(one, save_contact(one, ANA))
    hub.run(one, one.save_deal(Deal("d-1", "Bike", contact.id), None))
    note = Note("n-1", "x", contact.id, NOW)
    made = hub.run(one, one.save_note(note, None))
    assert hub.run(one, one.save_note(note, NOW)) == Saved(made.id, created=False)
    assert all(item.ok for item in hub.run(one, one.check()))


def test_errors_in_batches_are_found(hub):
    """207 says success; the refused value is told by its property's name, and nothing is made."""
    hub.behave(multi_status=True)
    wrong = Contact("c", Identity(phone="+1"), "", {"interest": "cars-secret"})
    with pytest.raises(CrmError) as caught:
        hub.do(hub.connector().create(wrong, None))
    assert (caught.value.category, "'interest'" in caught.value.detail) == ("refused", True)
    assert "cars-secret" not in caught.value.detail
    assert not hub.records()["contacts"]


@pytest.mark.parametrize(
    ("values", "name"),
    [({"nonsense": "x"}, "nonsense"), ({"budget": "much"}, "budget"), ({"start_date": "soon"}, "start_date"),
     ({"interest": "cars"}, "interest"), ({"newsletter": "maybe"}, "newsletter"),
     ({"hs_object_id": "7"}, "hs_object_id")],
)  # fmt: skip
def test_wrong_values_are_refused_by_name(hub, values, name):
    """HubSpot checks every value; the owner reads which property it was."""
    with pytest.raises(CrmError) as caught:
        hub.do(hub.connector().create(Contact("c", Identity("a@example.com"), "", values), None))
    assert (caught.value.category, f"'{name}'" in caught.value.detail) == ("refused", True)


@pytest.mark.parametrize(
    ("kind", "category"),
    [("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
     ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"), ("drop", "unavailable")],
)  # fmt: skip
def test_every_fault_has_its_category(hub, kind, category):
    """And has changed nothing."""
    hub.fault(kind, "objects/contacts")
    with pytest.raises(CrmError) as caught:
        hub.do(hub.connector().create(ANA, None))
    assert caught.value.category == category
    assert not hub.records()["contacts"]


def test_tokens_end(hub):
    """An OAuth token is renewed by signing in again; the private one ends only where that is asked for."""
    one = hub.connector(HUBSPOT_OAUTH)
    token = hub.client.post(f"{hub.base}/oauth/v3/token", data={"grant_type": "refresh_token", **HUBSPOT_OAUTH}).json()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert hub.api("GET", "/crm/v3/objects/contacts", headers=bearer).status_code == 200
    hub.control("POST", "expire")
    refused = hub.api("GET", "/crm/v3/objects/contacts", headers=bearer)
    assert (refused.status_code, refused.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert hub.run(one, one.find(ANA.identity)) == ()
    assert hub.do(hub.connector().find(ANA.identity)) == ()
    hub.behave(expire_static=True)
    hub.control("POST", "expire")
    with pytest.raises(CrmError) as caught:
        hub.do(hub.connector().find(ANA.identity))
    assert caught.value.category == "unauthorised"


@pytest.mark.parametrize("name", list(HUBSPOT_OAUTH))
def test_wrong_oauth_credentials_are_told(hub, name):
    """Each of the three."""
    one = hub.connector({**HUBSPOT_OAUTH, name: "wrong"})
    with pytest.raises(CrmError) as caught:
        hub.run(one, one.find(ANA.identity))
    assert caught.value.category == "unauthorised"


def test_limits_are_kept_and_told(hub):
    """The headers count down, except of searches; beyond the limit there is 429 with how long to wait."""
    hub.behave(limit_10s=10, search_1s=0)
    answer = hub.api("GET", "/crm/v3/objects/contacts")
    assert answer.headers["X-HubSpot-RateLimit-Max"] == "10"
    assert int(answer.headers["X-HubSpot-RateLimit-Remaining"]) < 10
    with pytest.raises(CrmError) as caught:
        hub.do(hub.connector().find(ANA.identity))
    assert (caught.value.category, caught.value.retry_after_s) == ("limited", 1)
    statuses = [hub.api("GET", "/crm/v3/objects/contacts").status_code for _ in range(10)]
    assert statuses[-1] == 429


def test_only_a_bearer_token_opens(account):
    """Any other header, or none, is 401."""
    for header in ({}, {"Authorization": "pat-local"}, {"Authorization": "Bearer nope"}, {"hapikey": "pat-local"}):
        answer = account.api("GET", "/crm/v3/objects/contacts", headers=header)
        assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_batches_are_all_or_nothing_without_trace_ids(hub):
    """With one on each input the good ones are made, and 207 tells the others."""
    good = {"properties": {"email": "a@example.com"}}
    bad = {"properties": {"email": "not an address"}}
    refused = hub.api("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": [good, bad]})
    assert refused.status_code == 400
    assert not hub.records()["contacts"]
    inputs = [{**good, "objectWriteTraceId": "1"}, {**bad, "objectWriteTraceId": "2"}]
    answer = hub.api("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": inputs})
    body = answer.json()
    assert (answer.status_code, len(body["results"]), body["numErrors"]) == (207, 1, 1)
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["2"]}


def test_batch_read_tells_what_is_not_there(hub):
    """207 with the ids, beside those that are."""
    made = hub.do(hub.connector().create(ANA, None))
    body = {"inputs": [{"id": made.id}, {"id": "999"}], "properties": ["email"], "propertiesWithHistory": []}
    answer = hub.api("POST", "/crm/v3/objects/contacts/batch/read", body)
    assert answer.status_code == 207
    assert [item["id"] for item in answer.json()["results"]] == [made.id]
    assert answer.json()["errors"][0]["context"]["ids"] == ["999"]


def test_upserts_need_a_unique_property(hub):
    """Others are refused with HubSpot's words; the address is one."""

    def upsert(key, value):
        inputs = [{"id": value, "idProperty": key, "properties": {"company": "Flores"}}]
        return hub.api("POST", "/crm/v3/objects/contacts/batch/upsert", {"inputs": inputs})

    refused = upsert("phone", "+1")
    assert refused.json()["message"] == "Unable to perform update/upsert by non-unique 0-1 property phone"
    assert [upsert("email", "a@example.com").json()["results"][0]["new"] for _ in range(2)] == [True, False]


def test_searches_filter(hub):
    """Groups are alternatives, filters in one all hold; a filter of another form is refused."""
    for number in range(3):
        values = {"email": f"p{number}@example.com", "properties": {"budget": str(number * 10), "company": "Flores"}}
        hub.control("POST", "contacts", values)

    def search(*groups, **more):
        body = {"filterGroups": [{"filters": list(group)} for group in groups], "properties": ["email"], **more}
        return hub.api("POST", "/crm/v3/objects/contacts/search", body)

    over = {"propertyName": "budget", "operator": "GTE", "value": "10"}
    first = {"propertyName": "email", "operator": "IN", "values": ["p0@example.com", "p1@example.com"]}
    none = {"propertyName": "phone", "operator": "HAS_PROPERTY"}
    assert search([over]).json()["total"] == 2
    assert search([over, first]).json()["total"] == 1
    assert search([over], [first]).json()["total"] == 3
    assert search([none]).json()["total"] == 0
    assert search(query="P2@").json()["total"] == 1
    page = search([over], limit=1, sorts=[{"propertyName": "budget", "direction": "DESCENDING"}]).json()
    assert page["results"][0]["properties"]["email"] == "p2@example.com"
    assert page["paging"]["next"]["after"] == "1"
    for wrong in ({**over, "operator": "IS"}, {**over, "values": ["1"]}, {**over, "propertyName": "nothing"}):
        assert search([wrong]).status_code == 400
    assert search(*[[over]] * 7).status_code == 400


def test_lists_go_page_by_page(hub):
    """And do not lag."""
    hub.behave(lag_s=60)
    ids = [hub.control("POST", "contacts", {"email": f"p{n}@example.com"})["id"] for n in range(3)]
    first = hub.api("GET", "/crm/v3/objects/contacts", limit=2).json()
    rest = hub.api("GET", "/crm/v3/objects/contacts", limit=2, after=first["paging"]["next"]["after"]).json()
    assert [item["id"] for item in first["results"] + rest["results"]] == ids
    assert "paging" not in rest


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/crm/v3/objects/contacts", {"email": "a@example.com"}, 400),
        ("POST", "/crm/v3/objects/contacts", {"properties": {"email": "nobody"}}, 400),
        ("POST", "/crm/v3/objects/contacts", {"properties": {"email": {"a": 1}}}, 400),
        ("PATCH", "/crm/v3/objects/contacts/0", {"properties": {"firstname": "x"}}, 404),
        ("GET", "/crm/v3/objects/contacts/0", None, 404),
        ("GET", "/crm/v3/objects/unknown/1", None, 400),
        ("POST", "/crm/v3/objects/notes", {"properties": {"hs_note_body": "x"}}, 400),
        ("POST", "/crm/v3/objects/deals", {"properties": {"dealname": "x", "dealstage": "nowhere"}}, 400),
        ("POST", "/crm/v3/objects/contacts/batch/upsert", {"inputs": []}, 400),
        ("PUT", "/crm/v4/objects/deals/1/associations/default/contacts/2", None, 400),
        ("GET", "/crm/v3/properties/contacts/nothing", None, 404),
        ("POST", "/crm/v3/properties/contacts", {"name": "x"}, 400),
        ("POST", "/crm/v3/properties/contacts", {"name": "email", "label": "E", "type": "string", "fieldType": "text",
                                                 "groupName": "contactinformation"}, 409),
    ],
)  # fmt: skip
def test_wrong_calls_are_refused(account, method, path, body, status):
    """In HubSpot's form, with a category and a correlation id."""
    answer = account.api(method, path, body)
    assert answer.status_code == status
    assert {"status", "message", "correlationId", "category"} <= answer.json().keys()


def test_links_are_seen_from_both_ends(hub):
    """With their types; made in a batch, and taken away again."""
    contact = hub.do(hub.connector().create(ANA, None)).id
    deal = hub.api("POST", "/crm/v3/objects/0-3", {"properties": {"dealname": "Bike"}}).json()["id"]
    pair = {"from": {"id": deal}, "to": {"id": contact}}
    made = hub.api("POST", "/crm/v4/associations/deals/contacts/batch/associate/default", {"inputs": [pair]})
    assert {item["associationSpec"]["associationTypeId"] for item in made.json()["results"]} == {3, 4}
    listed = hub.api("GET", f"/crm/v4/objects/contacts/{contact}/associations/deals").json()["results"]
    assert [(item["toObjectId"], item["associationTypes"][0]["typeId"]) for item in listed] == [(int(deal), 4)]
    read = hub.api("POST", "/crm/v4/associations/deals/contacts/batch/read", {"inputs": [{"id": deal}]}).json()
    assert read["results"][0]["to"][0]["toObjectId"] == int(contact)
    assert hub.api("DELETE", f"/crm/v4/objects/deals/{deal}/associations/contacts/{contact}").status_code == 204
    assert hub.records()["deals"][0]["contacts"] == []
