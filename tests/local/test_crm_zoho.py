"""Zoho's stand-in over real HTTP, and the connector against it: one record of each, whatever goes wrong."""

import datetime as dt
import threading
import time
from dataclasses import replace

import httpx2
import pytest
import uvicorn

from local.crm.app import create_app
from local.crm.vendor import Vendor
from local.crm.zoho import StandIn
from local.stack.ports import free_ports
from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.wire import Response
from shared.crm.zoho import Connector, Credentials, Settings
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved, Value

CLIENT = {"client_id": "zo-client", "client_secret": "zo-secret", "refresh_token": "zo-refresh"}
VALUES: dict[str, Value] = {
    "Budget": 1200.0,
    "Start_Date": dt.date(2026, 12, 1),
    "Newsletter": True,
    "Interest": "repairs",
}
ANA = Contact("c-4f1d", Identity("ana@example.com", "+34600111222"), "Ana María López", VALUES)
PHONE = replace(ANA, identity=Identity(phone="+34600111222"))
REF = "Chatbot_Ref"


class Account:
    """A running stand-in, and a driver as small as one can be."""

    def __init__(self, base):
        self.base = base
        self.client = httpx2.Client(timeout=10)
        self.token = ""

    def call(self, method, path, **arguments):
        """Call the API itself, with a good token unless headers are given."""
        if not self.token:
            self.token = self.sign_in().json()["access_token"]
        headers = arguments.pop("headers", {"Authorization": f"Zoho-oauthtoken {self.token}"})
        return self.client.request(method, f"{self.base}/crm/v8/{path}", headers=headers, **arguments)

    def sign_in(self, **changed):
        """Ask for a token."""
        data = {**CLIENT, "grant_type": "refresh_token", **changed}
        return self.client.post(f"{self.base}/oauth/v2/token", data=data)

    def control(self, method, name, body=None):
        """Call the control plane."""
        answer = self.client.request(method, f"{self.base}/_{name}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def records(self):
        """What is in the account."""
        return self.control("GET", "records")

    def behave(self, lag_s=0, **extra):
        """Set how it behaves."""
        self.control("PUT", "settings", {"search_lag_s": lag_s, "extra": extra})

    def fault(self, kind, path, method="POST"):
        """Let the next such call go wrong."""
        self.control("PUT", "faults", [{"kind": kind, "method": method, "path": path}])

    def connector(self, *, key=True, **changed):
        """A connector of this account, with the field for our key or without."""
        where = {"accounts_url": self.base, "ref_field": REF if key else ""}
        return Connector(Settings.model_validate({**where, **changed}), Credentials.model_validate(CLIENT))

    def run(self, connector, steps, token=None):
        """Run a generator as the driver does: what it would deal with itself is raised."""
        token = token or last(connector.sign_in(now()), lambda request: self.judged(connector, request, request))

        def send(request):
            return self.judged(connector, request, connector.authorised(request, token))

        return last(steps, send)

    def judged(self, connector, request, signed):
        """Send, and raise what does not reach a generator."""
        response = self.send(signed)
        error = connector.failure(request, response)
        if error and error.category in ("unauthorised", "limited", "unavailable"):
            raise error
        return response

    def send(self, request):
        """Send a request as it is."""
        body, kind = request.body()
        headers = {**request.headers, **({"Content-Type": kind} if kind else {})}
        try:
            answer = self.client.request(request.method, request.target, headers=headers, content=body)
        except httpx2.TransportError:
            raise CrmError("unavailable", "no answer") from None
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, names, answer.content)


def last(steps, send):
    """Run a generator to its end."""
    try:
        request = next(steps)
        while True:
            request = steps.send(send(request))
    except StopIteration as stop:
        return stop.value


@pytest.fixture(scope="module")
def server():
    (port,) = free_ports(1)
    running = uvicorn.Server(uvicorn.Config(create_app(["zoho"]), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    found = Account(f"http://127.0.0.1:{port}/zoho")
    for _ in range(200):
        try:
            found.client.get(f"http://127.0.0.1:{port}/health")
            break
        except httpx2.TransportError:
            time.sleep(0.05)
    yield found
    found.client.close()
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def account(server):
    server.control("POST", "reset")
    server.token = ""
    return server


def now():
    return dt.datetime.now(dt.UTC)


def code(answer):
    """The code of a call's or a record's error."""
    body = answer.json()
    return body["data"][0]["code"] if "data" in body else body["code"]


def test_the_stand_in_is_a_vendor():
    """It has what the control plane asks of every stand-in."""

    def accepts(vendor: Vendor) -> str:
        return vendor.name

    assert accepts(StandIn()) == "zoho"


# The connector against the stand-in.


@pytest.mark.parametrize("key", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("contact", [ANA, PHONE], ids=["e-mail", "phone"])
def test_a_lead_arrives_with_all_that_is_known(account, key, contact):
    """A person is made once with its values in Zoho's own form, and a second delivery adopts it."""
    connector = account.connector(key=key)
    made = account.run(connector, save_contact(connector, contact))
    again = account.run(connector, save_contact(connector, contact))
    assert made.created
    assert again == Saved(made.id, created=False)
    (stored,) = account.records()["contacts"]
    assert (stored["name"], stored["email"], stored["phone"]) == (
        ANA.name, contact.identity.email, "+34600111222",
    )  # fmt: skip
    assert stored["values"]["Budget"] == 1200
    assert stored["values"]["Start_Date"] == "2026-12-01"
    assert stored["values"]["Newsletter"] is True
    record = account.run(connector, connector.read(made.id, tuple(VALUES)))
    assert record.values["Newsletter"] == "true"
    assert (record.values["Budget"], record.values["Interest"], record.name) == ("1200", "repairs", ANA.name)
    assert account.records()["workflows"] == []


@pytest.mark.parametrize("key", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("contact", [ANA, PHONE], ids=["e-mail", "phone"])
def test_a_lost_create_is_not_made_twice(account, key, contact):
    """An answer that never came, with an index that lags: the next attempt ends with the one that is there."""
    connector = account.connector(key=key)
    account.behave(lag_s=60, page=1)
    account.control("POST", "contacts", {"email": "other@example.com"})
    account.fault("lost", "Contacts(/upsert)?$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, contact))
    for number in range(3):
        account.call(
            "POST", "Contacts", json={"data": [{"Last_Name": f"Other {number}", "Phone": f"+4420794600{number}0"}]}
        )
    kept = account.run(connector, save_contact(connector, contact, since=begun))
    named = [item["id"] for item in account.records()["contacts"] if item["name"] == ANA.name]
    assert named == [kept.id]
    assert not kept.created


def test_a_call_that_never_came_is_made_again(account):
    """What was never applied is made by the next attempt."""
    connector = account.connector(key=False)
    account.fault("drop", "Contacts$")
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, PHONE))
    assert account.run(connector, save_contact(connector, PHONE, since=now())).created


def test_what_a_person_typed_a_moment_ago_stays(account):
    """The search does not see a new contact yet, the list of the newest does: only what is empty is filled."""
    connector = account.connector()
    account.behave(lag_s=60)
    typed = {"First_Name": "Dr. Ana", "Last_Name": "López", "Email": "Ana@example.com", "Budget": 5}
    account.call("POST", "Contacts", json={"data": [typed]})
    kept = account.run(connector, save_contact(connector, ANA))
    (stored,) = account.records()["contacts"]
    assert stored["id"] == kept.id
    assert (stored["name"], stored["values"]["Budget"], stored["phone"]) == ("Dr. Ana López", 5, "+34600111222")


def test_an_unknown_name_is_filled_later(account):
    """Zoho demands a last name: the address stands in for it, and gives way to the first name we hear."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, replace(ANA, name="", values={})))
    assert account.records()["contacts"][0]["name"] == "ana@example.com"
    assert account.run(connector, connector.read(made.id, ())).name == ""
    account.run(connector, save_contact(connector, ANA, known_id=made.id))
    assert account.records()["contacts"][0]["name"] == ANA.name


def test_a_contact_that_is_gone_is_made_anew(account):
    """The id of a deleted contact, of none and of another CRM lead to a new one."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, ANA))
    account.call("DELETE", f"Contacts/{made.id}")
    assert account.run(connector, connector.read(made.id, ())) is None
    assert account.run(connector, connector.update(made.id, ANA)) is False
    assert account.run(connector, connector.update("77", ANA)) is False
    for known in (made.id, "77", "00Q-salesforce"):
        assert account.run(connector, save_contact(connector, ANA, known_id=known)).id != made.id
    assert len(account.records()["contacts"]) == 1


def test_two_contacts_with_one_address_are_not_merged(account):
    """The older of two is used, always the same one."""
    ids = [account.control("POST", "contacts", {"email": "ana@example.com", "name": n})["id"] for n in ("A B", "C D")]
    connector = account.connector()
    assert account.run(connector, save_contact(connector, ANA)).id == ids[0]
    assert len(account.records()["contacts"]) == 2


def test_a_unique_number_is_adopted_and_never_taken_away(account):
    """Where the business lets a number stand only once, its owner is whoever has it."""
    account.behave(unique_phone=True)
    bob = account.control("POST", "contacts", {"email": "bob@example.com", "phone": "+34600111222", "name": "Bob B"})
    eve = account.control("POST", "contacts", {"email": "eve@example.com", "name": "Eve E"})
    connector = account.connector()
    assert account.run(connector, connector.update(eve["id"], replace(ANA, identity=PHONE.identity))) is True
    stored = {item["id"]: item for item in account.records()["contacts"]}
    assert (stored[eve["id"]]["phone"], stored[eve["id"]]["name"]) == ("", ANA.name)
    assert stored[bob["id"]]["phone"] == "+34600111222"


def test_a_duplicate_is_adopted(account):
    """A unique value that stands elsewhere already names whom it belongs to."""
    connector = account.connector(key=False)
    account.behave(unique_phone=True, lag_s=60)
    held = account.control("POST", "contacts", {"phone": "+34600111222", "name": "Bob B"})
    for number in range(3):
        account.call("POST", "Contacts", json={"data": [{"Last_Name": f"Other {number}"}]})
    account.behave(unique_phone=True, lag_s=60, page=1)
    assert account.run(connector, connector.create(PHONE, None)) == Exists(held["id"])


@pytest.mark.parametrize("key", [True, False], ids=["key", "no key"])
def test_a_deal_is_made_once_and_stays_where_sales_put_it(account, key):
    """Linked to its contact, found again by our key, its stage and description people's own from then on."""
    connector = account.connector(key=key)
    contact = account.run(connector, save_contact(connector, ANA))
    deal = Deal("d-1", "Ana (Harbour Cycles)", contact.id, 250.0, values={"Number_of_Bikes": 2.0})
    stranger = {"Deal_Name": deal.title, "Stage": "Closed Won"}
    account.call("POST", "Deals", json={"data": [stranger]})
    account.behave(lag_s=60)
    account.fault("lost", "Deals(/upsert)?$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_deal(deal, None))
    again = account.run(connector, connector.save_deal(deal, begun))
    account.call("PUT", f"Deals/{again.id}", json={"data": [{"Stage": "Needs Analysis"}]})
    account.run(connector, connector.save_deal(replace(deal, amount=300.0), None))
    mine = [item for item in account.records()["deals"] if item["contacts"] == [contact.id]]
    (stored,) = mine
    assert stored["id"] == again.id
    assert not again.created
    assert (stored["values"]["Stage"], stored["values"]["Amount"]) == ("Needs Analysis", 300)
    assert stored["values"]["Number_of_Bikes"] == 2
    assert len(account.records()["deals"]) == 2


def test_a_deal_begins_where_it_is_told_to(account):
    """Stage and pipeline are the configured ones, else Zoho's first stage; another stage is refused plainly."""
    connector = account.connector()
    contact = account.run(connector, save_contact(connector, ANA))
    account.run(connector, connector.save_deal(Deal("d-1", "One", contact.id), None))
    two = Deal("d-2", "Two", contact.id, pipeline="Wholesale", stage="Proposal/Price Quote")
    account.run(connector, connector.save_deal(two, None))
    stages = {item["title"]: item["values"]["Stage"] for item in account.records()["deals"]}
    assert stages == {"One": "Qualification", "Two": "Proposal/Price Quote"}
    with pytest.raises(CrmError, match="field 'Stage': it takes one of its options") as raised:
        account.run(connector, connector.save_deal(replace(two, ref="d-3", stage="Nowhere"), None))
    assert raised.value.category == "refused"


def test_a_required_closing_date_is_named(account):
    """What Zoho demands and nobody gave is said with the field's name."""
    connector = account.connector()
    contact = account.run(connector, save_contact(connector, ANA))
    account.behave(closing_date=True)
    deal = Deal("d-1", "One", contact.id)
    with pytest.raises(CrmError, match="demands a value of the field 'Closing_Date'"):
        account.run(connector, connector.save_deal(deal, None))
    dated = replace(deal, values={"Closing_Date": dt.date(2026, 12, 24)})
    assert account.run(connector, connector.save_deal(dated, None)).created


def test_deals_of_a_contact_that_is_gone_are_missing(account):
    """The caller learns that it is the contact that has to be made again."""
    connector = account.connector()
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.save_deal(Deal("d-1", "One", "4711"), None))
    assert raised.value.category == "missing"


def test_leads_have_no_deals(account):
    """People may become leads; a deal then is refused with the reason."""
    connector = account.connector(module="Leads")
    made = account.run(connector, save_contact(connector, ANA))
    account.run(connector, connector.save_note(Note("n-1", "Hello", made.id, now()), None))
    (stored,) = account.records()["contacts"]
    assert stored["module"] == "Leads"
    with pytest.raises(CrmError, match="set 'module' to Contacts"):
        account.run(connector, connector.save_deal(Deal("d-1", "One", made.id), None))


def test_a_note_is_written_once(account):
    """A lost answer is made up for by looking at the contact's own list, page by page."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, ANA))
    account.behave(lag_s=60, page=1)
    note = Note("n-1", "Wants a bike\nfor Sunday", made.id, now(), deal_id="5")
    account.fault("lost", "Notes$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_note(note, None))
    account.run(connector, connector.save_note(replace(note, ref="n-10"), None))
    again = account.run(connector, connector.save_note(note, begun))
    assert not again.created
    notes = account.records()["notes"]
    assert [item["contacts"] for item in notes] == [[made.id], [made.id]]
    assert "Wants a bike\nfor Sunday" in notes[0]["text"]


def test_a_custom_record_is_made_once_linked_and_typed(account):
    """Texts become what their fields take, the module's field for people is filled, our key keeps it single."""
    connector = account.connector()
    made = account.run(connector, save_contact(connector, ANA))
    rex = CustomRecord("r-1", "Pets", {"Name": "Rex", "Age": "3", "Vaccinated": "yes", "Species": "dog"}, made.id)
    account.fault("lost", "Pets/upsert$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_record(rex, None))
    assert not account.run(connector, connector.save_record(rex, begun)).created
    (stored,) = account.records()["objects"]
    assert (stored["object"], stored["contacts"]) == ("Pets", [made.id])
    assert (stored["values"]["Age"], stored["values"]["Vaccinated"]) == (3, True)
    with pytest.raises(CrmError, match="'ref_field'"):
        account.run(connector, account.connector(key=False).save_record(rex, None))
    with pytest.raises(CrmError, match="no module of this name"):
        account.run(connector, connector.save_record(replace(rex, object="Ghosts"), None))


def test_fields_and_preparation(account):
    """The metadata is read as owners need it; a field for our key that is not unique is asked for by name."""
    connector = account.connector()
    found = {item.name: item for item in account.run(connector, connector.fields("contact"))}
    assert [found[name].type for name in ("Budget", "Start_Date", "Newsletter", "Interest", "Email")] == [
        "number", "date", "yes_no", "choice", "text",
    ]  # fmt: skip
    assert found["Interest"].options == ("bikes", "repairs", "rental")
    assert found["Last_Name"].required
    assert found["Full_Name"].read_only
    assert {"Deal_Name", "Stage"} <= {item.name for item in account.run(connector, connector.fields("deal"))}
    assert account.run(connector, connector.prepare()) == {}
    account.behave(no_ref=True)
    with pytest.raises(CrmError, match=f"API name '{REF}' in Contacts"):
        account.run(connector, connector.prepare())


def test_a_check_says_what_is_missing(account):
    """Everything works; or each thing that does not names the scope it takes. Nothing is written."""
    connector = account.connector()
    contact = account.control("POST", "contacts", {"name": "Ana B", "email": "a@example.com"})
    found = account.run(connector, connector.check())
    assert all(item.ok for item in found), found
    assert len(found) == 9
    missing = ["ZohoCRM.modules.deals.ALL", "ZohoCRM.settings.fields.ALL", "ZohoSearch.securesearch.READ"]
    account.behave(missing_scopes=missing, not_admin=True)
    failed = {item.name: item.missing_scopes for item in account.run(connector, connector.check()) if not item.ok}
    assert failed == {
        "read deals": ("ZohoCRM.modules.ALL",),
        "write deals": ("ZohoCRM.modules.ALL",),
        "search for contacts": ("ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ"),
        "fields": ("ZohoCRM.settings.fields.ALL",),
    }
    records = account.records()
    assert [item["id"] for item in records["contacts"]] == [contact["id"]]
    assert records["deals"] == records["notes"] == []


def test_another_data_centre_is_said_so(account):
    """An account that lives elsewhere is the usual reason for a refused token, and the message says it."""
    account.behave(data_centre="eu")
    connector = account.connector()
    with pytest.raises(CrmError, match="data_centre") as raised:
        account.run(connector, connector.check())
    assert raised.value.category == "unauthorised"


def test_an_expired_token_is_told_apart(account):
    """The driver renews on this one, and not where a scope is missing."""
    connector = account.connector()
    token = last(connector.sign_in(now()), account.send)
    assert token.base_url == account.base
    account.control("POST", "expire")
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity), token)
    assert raised.value.category == "unauthorised"
    account.behave(missing_scopes=["ZohoCRM.modules.ALL"])
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity))
    assert raised.value.category == "forbidden"


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
        ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"),
    ],
)  # fmt: skip
def test_every_fault_has_its_category(account, kind, category):
    """Each of Zoho's own errors is told apart, with a wait where Zoho names the moment."""
    connector = account.connector()
    account.fault(kind, "upsert$")
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.create(ANA, None))
    assert raised.value.category == category
    if kind == "limited":
        assert raised.value.retry_after_s is not None
        assert 0 <= raised.value.retry_after_s <= 3
    if kind == "refused":
        assert "'Interest'" in raised.value.detail
    assert account.records()["contacts"] == []


def test_errors_of_records_in_a_success_are_seen(account):
    """Zoho may refuse a record in an answer of success."""
    account.behave(soft_errors=True)
    connector = account.connector()
    with pytest.raises(CrmError, match="'Interest': it takes one of its options"):
        account.run(connector, connector.create(replace(ANA, values={"Interest": "boats"}), None))
    assert account.run(connector, connector.update("77", ANA)) is False
    made = account.run(connector, connector.create(ANA, None))
    account.behave(locked=True, soft_errors=True)
    with pytest.raises(CrmError, match="locked") as raised:
        account.run(connector, connector.update(made.id, ANA))
    assert raised.value.category == "unavailable"


def test_workflows_run_only_when_wanted(account):
    """By default what the bot writes starts nothing."""
    quiet, loud = account.connector(), account.connector(run_workflows=True)
    account.run(quiet, quiet.create(ANA, None))
    assert account.records()["workflows"] == []
    made = account.run(loud, loud.create(replace(ANA, identity=Identity("bo@example.com")), None))
    assert account.records()["workflows"] == [made.id]


# The stand-in by itself.


def test_tokens_are_given_to_the_client_only(account):
    """Refusals come with a status of success, as from Zoho."""
    given = account.sign_in().json()
    assert given["api_domain"] == account.base
    assert given["expires_in"] == 3600
    for changed, error in (
        ({"client_id": "x"}, "invalid_client"), ({"client_secret": "x"}, "invalid_client_secret"),
        ({"refresh_token": "x"}, "invalid_code"),
    ):  # fmt: skip
        answer = account.sign_in(**changed)
        assert (answer.status_code, answer.json()) == (200, {"error": error})
    account.behave(tokens=0)
    assert account.sign_in().status_code == 400


def test_a_call_needs_its_header(account):
    """The scheme is Zoho's own."""
    for headers, wanted in (
        ({}, "AUTHENTICATION_FAILURE"), ({"Authorization": "Bearer x"}, "AUTHENTICATION_FAILURE"),
        ({"Authorization": "Zoho-oauthtoken x"}, "INVALID_TOKEN"),
    ):  # fmt: skip
        answer = account.call("GET", "Contacts?fields=id", headers=headers)
        assert (answer.status_code, code(answer)) == (401, wanted)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "wanted"),
    [
        ("GET", "Ghosts?fields=id", None, 400, "INVALID_MODULE"),
        ("GET", "Contacts", None, 400, "REQUIRED_PARAM_MISSING"),
        ("GET", "Contacts?fields=id&per_page=500", None, 400, "INVALID_DATA"),
        ("GET", "Contacts?fields=id&page=11", None, 400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED"),
        ("GET", "Contacts/abc", None, 404, "INVALID_URL_PATTERN"),
        ("GET", "Contacts/5", None, 400, "INVALID_DATA"),
        ("GET", "Contacts/search", None, 400, "EXPECTED_PARAM_MISSING"),
        ("GET", "Contacts/search?phone=1", None, 400, "INVALID_DATA"),
        ("GET", "settings/fields", None, 400, "REQUIRED_PARAM_MISSING"),
        ("GET", "settings/layouts", None, 404, "INVALID_URL_PATTERN"),
        ("PATCH", "Contacts", {}, 400, "INVALID_REQUEST_METHOD"),
        ("POST", "Contacts", {}, 400, "MANDATORY_NOT_FOUND"),
        ("POST", "Contacts", {"data": []}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{}] * 101}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{}], "trigger": ["x"]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Email": "a@example.com"}]}, 400, "MANDATORY_NOT_FOUND"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Ghost": 1}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Budget": "12"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Newsletter": "yes"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Start_Date": "1/2/2026"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Interest": "boats"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A", "Full_Name": "A"}]}, 400, "INVALID_DATA"),
        ("POST", "Contacts", {"data": [{"Last_Name": "A" * 81}]}, 400, "INVALID_DATA"),
        ("POST", "Deals", {"data": [{"Deal_Name": "A", "Stage": "Qualification", "Contact_Name": {"id": "5"}}]}, 400,
         "INVALID_DATA"),
        ("POST", "Contacts/upsert", {"data": [{"Last_Name": "A"}], "duplicate_check_fields": ["Phone"]}, 400,
         "INVALID_DATA"),
        ("POST", "Notes", {"data": [{}]}, 400, "MANDATORY_NOT_FOUND"),
        ("PUT", "Contacts/5", {"data": [{"Last_Name": "A"}]}, 400, "INVALID_DATA"),
    ],
)  # fmt: skip
def test_it_is_strict(account, method, path, body, status, wanted):
    """What Zoho refuses is refused in its words."""
    answer = account.call(method, path, json=body)
    assert (answer.status_code, code(answer)) == (status, wanted)


def test_batches_come_out_mixed(account):
    """Some records are written, others not: the status is 207, and each has its own answer."""
    data = [{"Last_Name": "A", "Email": "a@example.com"}, {"Email": "b@example.com"}]
    answer = account.call("POST", "Contacts/upsert", json={"data": data})
    assert answer.status_code == 207
    assert [item["code"] for item in answer.json()["data"]] == ["SUCCESS", "MANDATORY_NOT_FOUND"]
    assert account.call("POST", "Contacts", json={"data": data[:1]}).status_code == 201


def test_upserts_look_for_duplicates_as_documented(account):
    """By the system's field unless another is named, then by every unique one; several holders are none."""

    def upsert(record, checks=None):
        body = {"data": [{"Last_Name": "A", **record}], **({"duplicate_check_fields": checks} if checks else {})}
        return account.call("POST", "Contacts/upsert", json=body).json()["data"][0]

    first = upsert({"Email": "a@example.com", REF: "r-1"})
    assert (first["action"], first["duplicate_field"]) == ("insert", None)
    assert upsert({"Email": "A@example.com"})["duplicate_field"] == "Email"
    assert upsert({"Email": "b@example.com", REF: "r-1"}, ["Email"])["duplicate_field"] == REF
    assert upsert({"Email": "b@example.com", REF: "r-2"}, [REF])["action"] == "insert"
    several = upsert({"Email": "b@example.com"})
    assert (several["code"], "duplicate_record" in several["details"]) == ("DUPLICATE_DATA", False)
    taken = account.call("POST", "Contacts", json={"data": [{"Last_Name": "B", REF: "r-1"}]}).json()["data"][0]
    assert taken["details"]["duplicate_record"]["id"] == first["details"]["id"]


def test_deals_are_merged_by_name_when_nothing_else_is_named(account):
    """The trap that a connector must not step into."""
    for _ in range(2):
        account.call("POST", "Deals/upsert", json={"data": [{"Deal_Name": "New bike", "Stage": "Qualification"}]})
    assert len(account.records()["deals"]) == 1


def test_the_search_lags_and_lists_do_not(account):
    """What was just written is read and listed, not found."""
    account.behave(lag_s=60)
    account.call("POST", "Contacts", json={"data": [{"Last_Name": "A", "Email": "a@example.com"}]})
    assert account.call("GET", "Contacts/search?email=a@example.com").status_code == 204
    listed = account.call("GET", "Contacts?fields=Email").json()
    assert [item["Email"] for item in listed["data"]] == ["a@example.com"]
    account.behave()
    assert account.call("GET", "Contacts/search?email=A@example.com").status_code == 200
    assert account.call("GET", "Contacts/search?criteria=(Email:equals:a@ex)").status_code == 200
    assert account.call("GET", "Contacts/search?word=nobody").status_code == 204


def test_limits_are_told_and_kept(account):
    """Every answer says what is left; one call too many is refused."""
    account.behave(limit_min=1)
    first = account.call("GET", "Contacts?fields=id")
    assert first.status_code == 204
    assert first.headers["x-ratelimit-remaining"] == "0"
    second = account.call("GET", "Contacts?fields=id")
    assert (second.status_code, code(second)) == (429, "TOO_MANY_REQUESTS")


def test_what_has_changed_can_be_asked_for(account):
    """Nothing since then is 304."""
    account.control("POST", "contacts", {"name": "A B"})
    headers = {"Authorization": f"Zoho-oauthtoken {account.sign_in().json()['access_token']}"}
    later = {**headers, "If-Modified-Since": "2026-01-01T00:00:00+00:00"}
    assert account.call("GET", "Contacts?fields=id", headers=later).status_code == 304
    earlier = {**headers, "If-Modified-Since": "2020-01-01T00:00:00+00:00"}
    assert account.call("GET", "Contacts?fields=id", headers=earlier).status_code == 200
