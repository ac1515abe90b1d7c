"""The HubSpot stand-in over real HTTP, and the connector against it: nothing is made twice, whatever gets lost."""

import datetime as dt
import threading
import time

import httpx2
import pytest
import uvicorn

from local.crm.app import create_app
from local.crm.hubspot import StandIn
from local.crm.vendor import Vendor
from local.stack.ports import free_ports
from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.hubspot import Connector, Credentials, Settings
from shared.crm.wire import Response
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved

NOW = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
PRIVATE = {"access_token": "pat-local"}
OAUTH = {"client_id": "hs-client", "client_secret": "hs-secret", "refresh_token": "hs-refresh"}
BEARER = {"Authorization": "Bearer pat-local"}
ANA = Contact(
    "c-ana", Identity("ana@example.com", "+34600111222"), "Ana María López",
    {"budget": 1200.0, "start_date": dt.date(2026, 12, 1), "newsletter": True, "interest": "bikes"},
)  # fmt: skip
BY_PHONE = Contact("c-phone", Identity(phone="+34600333444"), "Bea")


class Account:
    """The stand-in as a server, and a driver as small as one can be."""

    def __init__(self, base):
        self.base = base
        self.client = httpx2.Client(timeout=10)

    def api(self, method, path, body=None, headers=BEARER, **query):
        """Call the API itself."""
        return self.client.request(method, self.base + path, json=body, headers=headers, params=query or None)

    def control(self, method, name, body=None):
        """Call the control plane."""
        answer = self.client.request(method, f"{self.base}/_{name}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def settings(self, search_lag_s=0, **extra):
        """Change how it behaves."""
        self.control("PUT", "settings", {"search_lag_s": search_lag_s, "extra": extra})

    def fault(self, **fault):
        """Let calls go wrong."""
        self.control("PUT", "faults", [fault])

    def records(self):
        """What is in it."""
        return self.control("GET", "records")

    def connector(self, credentials=None, **changes):
        """A connector that is aimed at it."""
        given = Settings.model_validate({"base_url": self.base, **changes})
        return Connector(given, Credentials.model_validate(credentials or PRIVATE))

    def run(self, steps, connector=None):
        """Run a generator to its end. What the real driver keeps from the steps is raised here too."""
        connector = connector or self.connector()
        token = self._driven(connector.sign_in(NOW), connector, lambda request: request)
        return self._driven(steps, connector, lambda request: connector.authorised(request, token))

    def _driven(self, steps, connector, prepared):
        try:
            request = next(steps)
            while True:
                response = self._sent(prepared(request))
                failure = connector.failure(request, response)
                if failure and failure.category in ("unauthorised", "limited", "unavailable"):
                    raise failure
                request = steps.send(response)
        except StopIteration as stop:
            return stop.value

    def _sent(self, request):
        body, kind = request.body()
        headers = {**request.headers, **({"Content-Type": kind} if kind else {})}
        try:
            answer = self.client.request(request.method, request.target, headers=headers, content=body)
        except httpx2.TransportError:
            raise CrmError("unavailable", "no answer") from None
        return Response(
            answer.status_code, {key.lower(): value for key, value in answer.headers.items()}, answer.content
        )


@pytest.fixture(scope="module")
def server():
    (port,) = free_ports(1)
    running = uvicorn.Server(uvicorn.Config(create_app(["hubspot"]), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    account = Account(f"http://127.0.0.1:{port}/hubspot")
    for _ in range(200):
        try:
            account.client.get(f"http://127.0.0.1:{port}/health")
            break
        except httpx2.TransportError:
            time.sleep(0.05)
    yield account
    account.client.close()
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def account(server):
    server.control("POST", "reset")
    return server


@pytest.fixture
def hub(account):
    """An account that was prepared."""
    account.run(account.connector().prepare())
    return account


@pytest.fixture(params=[PRIVATE, OAUTH], ids=["private", "oauth"])
def either(hub, request):
    """A connector by either kind of credentials."""
    return hub.connector(request.param)


def lost(account, method, path):
    """Let a call be applied whose answer never comes."""
    account.fault(kind="lost", method=method, path=path)


def given_up(account, steps):
    """Run steps that fail because of the fault; nothing is wrong any more afterwards."""
    with pytest.raises(CrmError) as caught:
        account.run(steps)
    assert caught.value.passing
    account.control("DELETE", "faults")


def test_it_is_a_vendor():
    """The stand-in has what the server asks of one."""
    vendor: Vendor = StandIn()
    assert vendor.name == "hubspot"
    assert vendor.records() == {"contacts": [], "deals": [], "notes": [], "objects": []}


# --- the connector against it ---


def test_a_contact_is_made_once(hub, either):
    """With all its values; the second time HubSpot says which one it is."""
    made = hub.run(either.create(ANA, None), either)
    assert hub.run(either.create(ANA, None), either) == Exists(made.id)
    (contact,) = hub.records()["contacts"]
    assert (contact["id"], contact["email"], contact["name"]) == (made.id, "ana@example.com", "Ana María López")
    values = {name: contact["values"][name] for name in ANA.values}
    assert values == {"budget": "1200", "start_date": "2026-12-01", "newsletter": "true", "interest": "bikes"}


def test_a_conflict_that_names_nobody_is_resolved(hub):
    """By the address, also while the search is behind."""
    made = hub.run(hub.connector().create(ANA, None))
    hub.settings(search_lag_s=60, anonymous_conflict=True)
    assert hub.run(hub.connector().create(ANA, NOW)) == Exists(made.id)


@pytest.mark.parametrize("contact", [ANA, BY_PHONE], ids=["email", "phone"])
def test_a_lost_create_is_found_again(hub, contact):
    """The answer never came, the search lags: one contact, with everything in it."""
    hub.settings(search_lag_s=60)
    lost(hub, "POST", r"objects/contacts(/batch/upsert)?$")
    given_up(hub, save_contact(hub.connector(), contact))
    saved = hub.run(save_contact(hub.connector(), contact, since=NOW))
    (there,) = hub.records()["contacts"]
    assert saved == Saved(there["id"], created=False)
    assert there["phone"] == contact.identity.phone


def test_a_contact_that_was_typed_in_is_filled_and_not_overwritten(hub):
    """The address in another case is the same one; what stands there stays, what is empty is filled."""
    old = hub.control(
        "POST", "contacts", {"email": "Ana@Example.com", "name": "A. Lopez", "properties": {"budget": "5"}}
    )
    assert hub.run(save_contact(hub.connector(), ANA)) == Saved(old["id"], created=False)
    (contact,) = hub.records()["contacts"]
    assert (contact["name"], contact["phone"]) == ("A. Lopez", "+34600111222")
    assert (contact["values"]["budget"], contact["values"]["interest"]) == ("5", "bikes")


@pytest.mark.parametrize(
    "stored", [{"phone": "+34600333444"}, {"phone": "34600333444"}, {"mobilephone": "+34600333444"}]
)
def test_a_number_is_found_in_each_form(hub, stored):
    """And the contact is used instead of a second one."""
    old = hub.control("POST", "contacts", {"name": "Beatriz", **stored})
    assert hub.run(save_contact(hub.connector(), BY_PHONE)) == Saved(old["id"], created=False)
    assert [item["name"] for item in hub.records()["contacts"]] == ["Beatriz"]


def test_our_key_does_not_write_over_what_people_changed(hub):
    """Someone corrected the number, so that the search no longer finds it: the contact is still the same."""
    made = hub.run(save_contact(hub.connector(), BY_PHONE))
    assert (
        hub.api("PATCH", f"/crm/v3/objects/contacts/{made.id}", {"properties": {"phone": "+1999"}}).status_code == 200
    )
    assert hub.run(save_contact(hub.connector(), BY_PHONE)) == Saved(made.id, created=False)
    assert [item["phone"] for item in hub.records()["contacts"]] == ["+1999"]


def test_find_sees_what_the_index_has(hub):
    """What was just written is not there for the search, and is for a read."""
    hub.settings(search_lag_s=60)
    made = hub.run(hub.connector().create(ANA, None))
    assert hub.run(hub.connector().find(ANA.identity)) == ()
    assert hub.run(hub.connector().read(made.id, ("budget",))).values["budget"] == "1200"
    hub.settings()
    (found,) = hub.run(hub.connector().find(ANA.identity))
    assert (found.id, found.email, found.name) == (made.id, "ana@example.com", "Ana María López")


def test_update_and_its_limits(hub):
    """Values change; a contact that is gone is told; the address of another stays with that one."""
    made = hub.run(hub.connector().create(ANA, None))
    other = hub.control("POST", "contacts", {"email": "bob@example.com"})["id"]
    change = Contact("c", Identity("bob@example.com", "+1"), "", {"company": "Flores", "newsletter": False})
    for extra in ({}, {"patch_conflict": 409}):
        hub.settings(**extra)
        assert hub.run(hub.connector().update(made.id, change)) is True
    by_id = {item["id"]: item for item in hub.records()["contacts"]}
    assert (by_id[made.id]["email"], by_id[other]["email"]) == ("ana@example.com", "bob@example.com")
    assert (by_id[made.id]["values"]["company"], by_id[made.id]["values"]["newsletter"]) == ("Flores", "false")
    assert hub.api("DELETE", f"/crm/v3/objects/contacts/{made.id}").status_code == 204
    assert hub.run(hub.connector().update(made.id, change)) is False
    assert hub.run(hub.connector().read(made.id, ())) is None


def test_a_contact_that_is_gone_is_made_anew(hub):
    """Its id is remembered, and means nothing any more."""
    made = hub.run(hub.connector().create(ANA, None))
    hub.api("DELETE", f"/crm/v3/objects/contacts/{made.id}")
    again = hub.run(save_contact(hub.connector(), ANA, known_id=made.id))
    assert again.created
    assert again.id != made.id


def test_a_merged_contact_is_reached_by_its_old_id(hub):
    """The survivor answers."""
    one = hub.control("POST", "contacts", {"email": "a@example.com"})["id"]
    two = hub.control("POST", "contacts", {"email": "b@example.com", "phone": "+1"})["id"]
    body = {"primaryObjectId": one, "objectIdToMerge": two}
    survivor = hub.api("POST", "/crm/v3/objects/contacts/merge", body).json()["id"]
    record = hub.run(hub.connector().read(two, ()))
    assert (record.id, record.email, record.phone) == (survivor, "a@example.com", "+1")
    assert hub.run(hub.connector().update(one, Contact("c", Identity(), "Ana"))) is True


def test_a_deal_is_made_once_and_linked(hub, either):
    """In the first stage; the second time it stays where people moved it."""
    contact = hub.run(either.create(ANA, None), either)
    deal = Deal("d-1", "Bike", contact.id, 99.5, "EUR")
    made = hub.run(either.save_deal(deal, None), either)
    assert made.created
    hub.api("PATCH", f"/crm/v3/objects/deals/{made.id}", {"properties": {"dealstage": "closedwon"}})
    again = hub.run(either.save_deal(Deal("d-1", "Bike and helmet", contact.id, 120), None), either)
    assert again == Saved(made.id, created=False)
    (there,) = hub.records()["deals"]
    assert (there["title"], there["contacts"]) == ("Bike and helmet", [contact.id])
    assert (there["values"]["amount"], there["values"]["dealstage"]) == ("120", "closedwon")


@pytest.mark.parametrize("call", [("POST", "deals/batch/upsert"), ("PUT", "associations/default")])
def test_a_lost_deal_is_found_again(hub, call):
    """Lost after the deal, or after the link: one deal, linked once, in the first stage."""
    hub.settings(search_lag_s=60)
    contact = hub.run(hub.connector().create(ANA, None))
    deal = Deal("d-1", "Bike", contact.id)
    lost(hub, *call)
    given_up(hub, hub.connector().save_deal(deal, None))
    saved = hub.run(hub.connector().save_deal(deal, NOW))
    (there,) = hub.records()["deals"]
    assert (saved.id, there["contacts"]) == (there["id"], [contact.id])
    assert (there["values"]["pipeline"], there["values"]["dealstage"]) == ("default", "appointmentscheduled")


def test_a_note_is_written_once(hub):
    """Lost and tried again: one note, on the contact and the deal, with the visitor's text as it was."""
    contact = hub.run(hub.connector().create(ANA, None))
    deal = hub.run(hub.connector().save_deal(Deal("d-1", "Bike", contact.id), None))
    note = Note("n-1", "Likes <b>bikes</b> & tea\nCall!", contact.id, NOW, deal.id)
    hub.run(hub.connector().save_note(Note("n-11", "another", contact.id, NOW), None))
    hub.settings(search_lag_s=60)
    lost(hub, "POST", "objects/notes$")
    given_up(hub, hub.connector().save_note(note, None))
    saved = hub.run(hub.connector().save_note(note, NOW))
    assert not saved.created
    found = {item["id"]: item for item in hub.records()["notes"]}
    assert len(found) == 2
    assert found[saved.id]["text"] == "Likes <b>bikes</b> & tea\nCall!\n\n[n-1]"
    assert (found[saved.id]["contacts"], found[saved.id]["deals"]) == ([contact.id], [deal.id])


def test_a_note_for_nobody_is_missing(hub):
    """The contact is gone: told as that, and no note is left behind."""
    with pytest.raises(CrmError) as caught:
        hub.run(hub.connector().save_note(Note("n-1", "x", "999", NOW), None))
    assert caught.value.category == "missing"
    assert not hub.records()["notes"]


@pytest.mark.parametrize("extra", [{"objects": ["2-123"]}, {}], ids=["2-123", "p_pets"])
def test_a_custom_record_is_made_once(account, extra):
    """The property for its key is made on the way, for nobody prepared that object."""
    account.settings(**extra)
    name = extra.get("objects", ["p_pets"])[0]
    contact = account.run(account.connector().create(ANA, None))
    record = CustomRecord("r-1", name, {"name": "Rex", "weight": 4.25, "born": dt.date(2024, 2, 29)}, contact.id)
    made = account.run(account.connector().save_record(record, None))
    assert account.run(account.connector().save_record(record, NOW)) == Saved(made.id, created=False)
    (there,) = account.records()["objects"]
    assert (there["object"], there["contacts"], there["values"]["born"]) == (name, [contact.id], "2024-02-29")


def test_an_account_that_was_not_prepared_works_too(account):
    """Contacts and deals make the property when they first need it."""
    contact = account.run(save_contact(account.connector(), BY_PHONE))
    deal = account.run(account.connector().save_deal(Deal("d-1", "Bike", contact.id), None))
    assert contact.created
    assert deal.created


def test_fields_come_from_the_metadata(hub):
    """Names, types and options, and what is read-only."""
    fields = {item.name: item for item in hub.run(hub.connector().fields("contact"))}
    types = {name: fields[name].type for name in ("email", "budget", "start_date", "newsletter", "createdate")}
    assert types == {
        "email": "text", "budget": "number", "start_date": "date", "newsletter": "yes_no", "createdate": "datetime",
    }  # fmt: skip
    assert fields["interest"].options == ("bikes", "repairs", "rental")
    assert (fields["hs_object_id"].read_only, fields["email"].read_only) == (True, False)
    assert "hs_merged_object_ids" not in fields
    assert fields["chatbot_ref"].label == "Chatbot reference"
    assert "dealname" in {item.name for item in hub.run(hub.connector().fields("deal"))}


def test_prepare_may_run_twice(hub):
    """The second time nothing is made."""
    hub.control("DELETE", "calls")
    assert hub.run(hub.connector().prepare()) == {}
    assert {call["method"] for call in hub.control("GET", "calls")["calls"]} == {"GET"}


def test_prepare_without_the_permission_says_which(account):
    """The scope is named, and what the owner may do instead."""
    account.settings(missing_scopes=["crm.schemas.contacts.write"])
    with pytest.raises(CrmError) as caught:
        account.run(account.connector().prepare())
    assert caught.value.missing_scopes == ("crm.schemas.contacts.write",)
    assert "by hand" in caught.value.detail


def test_check_passes_and_changes_nothing(hub, either):
    """Everything delivery needs is there."""
    assert all(item.ok for item in hub.run(either.check(), either))
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
    hub.settings(missing_scopes=[scope])
    failed = [item for item in hub.run(hub.connector().check()) if not item.ok]
    assert {item.name for item in failed} == names
    assert {item.missing_scopes for item in failed} == {(scope,)}


def test_check_says_that_the_property_is_missing(account):
    """Before the account was prepared."""
    failed = [item for item in account.run(account.connector().check()) if not item.ok]
    assert [item.name for item in failed] == [f"{kind}: property 'chatbot_ref'" for kind in ("contacts", "deals")]


def test_dated_paths_work_as_well(hub):
    """The same connector, with the prefix of a dated version."""
    one = hub.connector(OAUTH, api_prefix="/crm/2026-03")
    contact = hub.run(save_contact(one, ANA), one)
    hub.run(one.save_deal(Deal("d-1", "Bike", contact.id), None), one)
    note = Note("n-1", "x", contact.id, NOW)
    made = hub.run(one.save_note(note, None), one)
    assert hub.run(one.save_note(note, NOW), one) == Saved(made.id, created=False)
    assert all(item.ok for item in hub.run(one.check(), one))


def test_errors_in_batches_are_found(hub):
    """207 says success; the refused value is told by its property's name, and nothing is made."""
    hub.settings(multi_status=True)
    wrong = Contact("c", Identity(phone="+1"), "", {"interest": "cars-secret"})
    with pytest.raises(CrmError) as caught:
        hub.run(hub.connector().create(wrong, None))
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
        hub.run(hub.connector().create(Contact("c", Identity("a@example.com"), "", values), None))
    assert (caught.value.category, f"'{name}'" in caught.value.detail) == ("refused", True)


@pytest.mark.parametrize(
    ("kind", "category"),
    [("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
     ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"), ("drop", "unavailable")],
)  # fmt: skip
def test_every_fault_has_its_category(hub, kind, category):
    """And has changed nothing."""
    hub.fault(kind=kind, path="objects/contacts")
    with pytest.raises(CrmError) as caught:
        hub.run(hub.connector().create(ANA, None))
    assert caught.value.category == category
    assert not hub.records()["contacts"]


def test_tokens_end(hub):
    """An OAuth token is renewed by signing in again; the private one ends only where that is asked for."""
    one = hub.connector(OAUTH)
    token = hub.client.post(f"{hub.base}/oauth/v3/token", data={"grant_type": "refresh_token", **OAUTH}).json()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert hub.api("GET", "/crm/v3/objects/contacts", headers=bearer).status_code == 200
    hub.control("POST", "expire")
    refused = hub.api("GET", "/crm/v3/objects/contacts", headers=bearer)
    assert (refused.status_code, refused.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert hub.run(one.find(ANA.identity), one) == ()
    assert hub.run(hub.connector().find(ANA.identity)) == ()
    hub.settings(expire_static=True)
    hub.control("POST", "expire")
    with pytest.raises(CrmError) as caught:
        hub.run(hub.connector().find(ANA.identity))
    assert caught.value.category == "unauthorised"


@pytest.mark.parametrize("name", list(OAUTH))
def test_wrong_oauth_credentials_are_told(hub, name):
    """Each of the three."""
    one = hub.connector({**OAUTH, name: "wrong"})
    with pytest.raises(CrmError) as caught:
        hub.run(one.find(ANA.identity), one)
    assert caught.value.category == "unauthorised"


def test_limits_are_kept_and_told(hub):
    """The headers count down, except of searches; beyond the limit there is 429 with how long to wait."""
    hub.settings(limit_10s=10, search_1s=0)
    answer = hub.api("GET", "/crm/v3/objects/contacts")
    assert answer.headers["X-HubSpot-RateLimit-Max"] == "10"
    assert int(answer.headers["X-HubSpot-RateLimit-Remaining"]) < 10
    with pytest.raises(CrmError) as caught:
        hub.run(hub.connector().find(ANA.identity))
    assert (caught.value.category, caught.value.retry_after_s) == ("limited", 1)
    statuses = [hub.api("GET", "/crm/v3/objects/contacts").status_code for _ in range(10)]
    assert statuses[-1] == 429


# --- the protocol itself ---


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
    made = hub.run(hub.connector().create(ANA, None))
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
    hub.settings(search_lag_s=60)
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
    contact = hub.run(hub.connector().create(ANA, None)).id
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
