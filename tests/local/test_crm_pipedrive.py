"""Pipedrive's stand-in over real HTTP, and the connector against it: one record of each, whatever goes wrong."""

import datetime as dt
import hashlib
import threading
import time
from dataclasses import replace

import httpx2
import pytest
import uvicorn

from local.crm.app import create_app
from local.crm.pipedrive import StandIn
from local.crm.vendor import Vendor
from local.stack.ports import free_ports
from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.pipedrive import REF_NAME, Connector, Credentials, Settings
from shared.crm.wire import Response
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved

KEY = {"x-api-token": "pd-token"}
APP = {"client_id": "pd-client", "client_secret": "pd-secret", "refresh_token": "pd-refresh"}


def key_of(name):
    """The key of a field of that name."""
    return hashlib.sha1(name.encode()).hexdigest()


BUDGET, START, NEWSLETTER, INTEREST = map(key_of, ("Budget", "Start date", "Newsletter", "Interest"))
ANA = Contact(
    ref="c-4f1d",
    identity=Identity("ana@example.com", "+34600111222"),
    name="Ana María López",
    values={BUDGET: 1200.0, START: dt.date(2026, 12, 1), NEWSLETTER: True, INTEREST: "Repairs"},
)


class Account:
    """A running stand-in, and a driver as small as one can be."""

    def __init__(self, base):
        self.base = base
        self.client = httpx2.Client(timeout=10)

    def call(self, method, path, headers=KEY, **arguments):
        """Call the API itself."""
        return self.client.request(method, f"{self.base}{path}", headers=headers, **arguments)

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

    def lose(self, path, method="POST"):
        """Let the answer to the next such call be lost, though it is applied."""
        self.control("PUT", "faults", [{"kind": "lost", "method": method, "path": path}])

    def connector(self, refs=None, **credentials):
        """A connector of this account; `refs` are settings that `prepare` gave."""
        where = {"base_url": self.base, "accounts_url": self.base}
        settings = Settings.model_validate({**where, **(refs or {})})
        return Connector(settings, Credentials.model_validate(credentials or {"api_token": "pd-token"}))

    def ready(self, **credentials):
        """A connector with its fields prepared."""
        bare = self.connector(**credentials)
        return self.connector(self.run(bare, bare.prepare()), **credentials)

    def run(self, connector, steps, token=None):
        """Run a generator as the driver does: what it would deal with itself is raised."""
        token = token or last(connector.sign_in(dt.datetime.now(dt.UTC)), self.send)

        def send(request):
            response = self.send(connector.authorised(request, token))
            error = connector.failure(request, response)
            if error and error.category in ("unauthorised", "limited", "unavailable"):
                raise error
            return response

        return last(steps, send)

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
    running = uvicorn.Server(uvicorn.Config(create_app(["pipedrive"]), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    found = Account(f"http://127.0.0.1:{port}/pipedrive")
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
    return server


def now():
    return dt.datetime.now(dt.UTC)


def test_the_stand_in_is_a_vendor():
    """It has what the control plane asks of every stand-in."""

    def accepts(vendor: Vendor) -> str:
        return vendor.name

    assert accepts(StandIn()) == "pipedrive"


def test_a_lead_arrives_with_all_that_is_known(account):
    """A person is made once with its values in Pipedrive's own form, and a second delivery adopts it."""
    connector = account.ready()
    made = account.run(connector, save_contact(connector, ANA))
    again = account.run(connector, save_contact(connector, ANA))
    assert made.created
    assert again == Saved(made.id, created=False)
    (stored,) = account.records()["contacts"]
    assert (stored["name"], stored["email"], stored["phone"]) == (ANA.name, "ana@example.com", "+34600111222")
    assert stored["values"][BUDGET] == 1200
    assert stored["values"][START] == "2026-12-01"
    assert isinstance(stored["values"][NEWSLETTER], int)
    assert stored["values"][key_of(REF_NAME)] == "c-4f1d"
    record = account.run(connector, connector.read(made.id, (NEWSLETTER, INTEREST, BUDGET, START)))
    values = {NEWSLETTER: "Yes", INTEREST: "repairs", BUDGET: "1200", START: "2026-12-01"}
    own = {"name": ANA.name, "email": "ana@example.com", "phone": "+34600111222"}
    assert record.values == {**values, **own}


@pytest.mark.parametrize("prepared", [True, False])
@pytest.mark.parametrize("identity", [ANA.identity, Identity(phone="+34600111222")], ids=["e-mail", "phone"])
def test_a_lost_create_is_not_made_twice(account, prepared, identity):
    """An answer that never came, with an index that lags: the next attempt finds in the listing what is there."""
    connector = account.ready() if prepared else account.connector()
    contact = replace(ANA, identity=identity)
    account.behave(lag_s=60, page=1)
    for number in range(3):
        account.control("POST", "contacts", {"email": f"other{number}@example.com"})
        account.call("POST", "/api/v2/persons", json={"name": f"Other {number}"})
    account.lose("/persons$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, contact))
    kept = account.run(connector, save_contact(connector, contact, since=begun))
    named = [item["id"] for item in account.records()["contacts"] if item["name"] == ANA.name]
    assert named == [kept.id]
    assert not kept.created


def test_a_drop_before_the_create_makes_one(account):
    """What was never applied is made by the next attempt."""
    connector = account.ready()
    account.control("PUT", "faults", [{"kind": "drop", "method": "POST", "path": "/persons$"}])
    with pytest.raises(CrmError):
        account.run(connector, save_contact(connector, ANA))
    assert account.run(connector, save_contact(connector, ANA, since=now())).created
    assert len(account.records()["contacts"]) == 1


def test_one_that_somebody_else_made_meanwhile_is_adopted(account):
    """The listing shows a person typed in since with the same address: it is filled, not doubled."""
    connector = account.ready()
    account.behave(lag_s=60)
    begun = now()
    there = account.call("POST", "/api/v2/persons", json={"name": "A. L.", "emails": [{"value": "ANA@example.com"}]})
    number = str(there.json()["data"]["id"])
    assert account.run(connector, connector.create(ANA, begun)) == Exists(number)
    assert account.run(connector, save_contact(connector, ANA, since=begun)) == Saved(number, created=False)
    (stored,) = account.records()["contacts"]
    assert (stored["name"], stored["phone"]) == ("A. L.", "+34600111222")


def test_a_deleted_person_is_not_adopted_again(account):
    """A person deleted since is passed over in the listing, and reads as gone."""
    connector = account.ready()
    begun = now()
    made = account.run(connector, connector.create(ANA, None))
    account.call("DELETE", f"/api/v2/persons/{made.id}")
    assert account.run(connector, connector.read(made.id, ())) is None
    assert account.run(connector, connector.update(made.id, ANA)) is False
    assert account.run(connector, save_contact(connector, ANA, made.id, begun)).id != made.id
    assert len(account.records()["contacts"]) == 1


def test_other_addresses_are_kept(account):
    """A new address or number becomes the main one; those that were there stay."""
    there = account.control("POST", "contacts", {"email": "old@example.com", "phone": "+1555", "name": "Ana"})["id"]
    connector = account.connector()
    contact = Contact("c-1", Identity("new@example.com", "+34600111222"), overwrite=True)
    assert account.run(connector, connector.update(there, contact))
    assert account.run(connector, connector.update(there, contact))
    (stored,) = account.records()["contacts"]
    assert [entry["value"] for entry in stored["values"]["emails"]] == ["new@example.com", "old@example.com"]
    assert [entry["primary"] for entry in stored["values"]["phones"]] == [True, False]
    assert stored["name"] == "Ana"


def test_a_person_is_found_by_address_or_number(account):
    """The search is exact, whatever the case, and does not see what is too new for its index."""
    first = account.control("POST", "contacts", {"email": "Ana@Example.com", "phone": "+34600111222"})["id"]
    account.control("POST", "contacts", {"email": "ana@example.com.au", "phone": "+346001112223"})
    connector = account.connector()
    for identity in (ANA.identity, Identity(phone="+34600111222")):
        (found,) = account.run(connector, connector.find(identity))
        assert (found.id, found.email) == (first, "Ana@Example.com")
    account.behave(lag_s=60)
    account.run(connector, connector.create(Contact("c-2", Identity("new@example.com")), None))
    assert account.run(connector, connector.find(Identity("new@example.com"))) == ()
    assert account.run(connector, connector.find(Identity())) == ()


@pytest.mark.parametrize("prepared", [True, False])
def test_a_lost_deal_is_not_made_twice(account, prepared):
    """The person's deals are looked through: by our key, or by the title where there is none."""
    connector = account.ready() if prepared else account.connector()
    contact = account.run(connector, connector.create(ANA, None)).id
    account.call("POST", "/api/v2/deals", json={"title": "Another", "person_id": int(contact)})
    deal = Deal("d-1", "Ana (Shop)", contact, amount=950.5, currency="EUR", pipeline="2", stage="5")
    account.lose("/deals$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_deal(deal, None))
    kept = account.run(connector, connector.save_deal(deal, begun))
    (stored,) = [item for item in account.records()["deals"] if item["title"] == deal.title]
    assert (stored["id"], stored["contacts"]) == (kept.id, [contact])
    assert stored["values"]["value"] == 950.5
    assert (stored["values"]["pipeline_id"], stored["values"]["stage_id"]) == (2, 5)


def test_a_deal_that_comes_again_is_updated_where_sales_have_put_it(account):
    """The same key updates the deal, and leaves its stage alone."""
    connector = account.ready()
    contact = account.run(connector, connector.create(ANA, None)).id
    deal = Deal("d-1", "Ana (Shop)", contact, amount=100, stage="1")
    made = account.run(connector, connector.save_deal(deal, None))
    account.call("PATCH", f"/api/v2/deals/{made.id}", json={"stage_id": 3})
    again = account.run(connector, connector.save_deal(replace(deal, amount=250), None))
    (stored,) = account.records()["deals"]
    assert again == Saved(made.id, created=False)
    assert (stored["values"]["value"], stored["values"]["stage_id"]) == (250, 3)
    other = account.run(connector, connector.save_deal(replace(deal, ref="d-2"), None))
    assert other.created


def test_a_lost_note_is_not_written_twice(account):
    """A note's text is escaped, carries our key, hangs on both records, and is there once."""
    connector = account.ready()
    contact = account.run(connector, connector.create(ANA, None)).id
    deal = account.run(connector, connector.save_deal(Deal("d-1", "Ana", contact), None)).id
    note = Note("n-77", "Visitor: 1 < 2 & <b>bold</b>\nBot: yes", contact, now(), deal)
    account.behave(page=1)
    account.call("POST", "/api/v1/notes", json={"content": "by hand", "person_id": int(contact)})
    account.lose("/notes$")
    begun = now()
    with pytest.raises(CrmError):
        account.run(connector, connector.save_note(note, None))
    kept = account.run(connector, connector.save_note(note, begun))
    (stored,) = [item for item in account.records()["notes"] if "n-77" in item["text"]]
    assert stored["id"] == kept.id
    assert stored["text"] == "Visitor: 1 < 2 & <b>bold</b>\nBot: yes\n\n[n-77]"
    assert (stored["contacts"], stored["deals"]) == ([contact], [deal])


def test_there_are_no_other_records(account):
    """A custom record is refused before anything is sent."""
    connector = account.connector()
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.save_record(CustomRecord("r-1", "pets", {}, "1"), None))
    assert raised.value.category == "refused"


def test_fields_are_shown_with_their_labels(account):
    """All pages of the metadata are read; options are labels."""
    account.behave(page=3)
    connector = account.connector()
    found = {item.name: item for item in account.run(connector, connector.fields("contact"))}
    assert found[NEWSLETTER].options == ("Yes", "No")
    assert (found[NEWSLETTER].type, found[BUDGET].type, found[START].type) == ("choice", "number", "date")
    assert (found["email"].read_only, found["add_time"].read_only, found["name"].required) == (False, True, True)
    assert {"value", "title"} <= {item.name for item in account.run(connector, connector.fields("deal"))}


def test_the_fields_for_our_key_are_made_once(account):
    """Preparing twice, also after a lost answer, makes one field of each kind."""
    connector = account.connector()
    account.lose("/personFields$")
    with pytest.raises(CrmError):
        account.run(connector, connector.prepare())
    first = account.run(connector, connector.prepare())
    assert first == {"person_ref_field": key_of(REF_NAME), "deal_ref_field": key_of(f"deal {REF_NAME}")}
    assert account.run(connector, connector.prepare()) == first
    shown = account.call("GET", "/api/v1/personFields").json()["data"]
    assert [item["name"] for item in shown].count(REF_NAME) == 1


def test_who_may_not_make_fields_is_told(account):
    """Without an administrator's right the field is not made, and the sentence says who can."""
    account.behave(not_admin=True)
    connector = account.connector()
    with pytest.raises(CrmError, match="only an administrator") as raised:
        account.run(connector, connector.prepare())
    assert raised.value.category == "forbidden"
    checks = {item.name: item for item in account.run(connector, connector.check())}
    assert checks["write contacts"].ok
    assert "only an administrator" in checks["our key on contacts"].detail


def test_a_check_changes_nothing(account):
    """Everything works, and the account is as it was."""
    connector = account.ready()
    before = account.records()
    checks = account.run(connector, connector.check())
    assert [item.name for item in checks if not item.ok] == []
    assert len(checks) == 9
    assert account.records() == before


def test_a_missing_scope_is_named(account):
    """An app that was not given deals writes contacts, and the check says what it lacks."""
    connector = account.ready(**APP)
    token = last(account.connector(**{**APP, "refresh_token": "pd-refresh-1"}).sign_in(now()), account.send)
    account.behave(missing_scopes=["deals:full"])
    checks = {item.name: item for item in account.run(connector, connector.check(), token)}
    failed = [name for name, item in checks.items() if not item.ok]
    assert failed == ["write deals"]
    assert checks["write deals"].missing_scopes == ("deals:full",)


def test_an_app_signs_in_with_a_refresh_token_that_changes(account):
    """Each refresh token is good once; an access token ends when the account says so."""
    connector = account.connector(**APP)
    token = last(connector.sign_in(now()), account.send)
    assert (token.refresh, token.base_url) == ("pd-refresh-1", account.base)
    assert account.run(connector, connector.find(ANA.identity), token) == ()
    account.control("POST", "expire")
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity), token)
    assert raised.value.category == "unauthorised"
    with pytest.raises(CrmError, match="refresh token"):
        last(connector.sign_in(now()), account.send)
    again = account.connector(**{**APP, "refresh_token": token.refresh})
    assert account.run(again, again.find(ANA.identity)) == ()


@pytest.mark.parametrize(
    ("fault", "category"),
    [
        ("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
        ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"),
    ],
)  # fmt: skip
def test_every_fault_has_its_category(account, fault, category):
    """What the stand-in can answer is understood."""
    connector = account.connector()
    account.control("PUT", "faults", [{"kind": fault}])
    with pytest.raises(CrmError) as raised:
        account.run(connector, connector.find(ANA.identity))
    assert raised.value.category == category


def test_limits_are_counted_as_pipedrive_does(account):
    """The eleventh search of two seconds, and the day's budget, are refused with how long to wait."""
    connector = account.connector()
    account.behave(limits=True)
    for _ in range(10):
        account.run(connector, connector.find(ANA.identity))
    with pytest.raises(CrmError) as burst:
        account.run(connector, connector.find(ANA.identity))
    assert (burst.value.category, burst.value.retry_after_s) == ("limited", 1)
    account.behave(daily_calls=1)
    with pytest.raises(CrmError) as daily:
        account.run(connector, connector.find(ANA.identity))
    assert daily.value.retry_after_s == 3600
    account.behave(trial_over=True)
    with pytest.raises(CrmError, match="trial") as over:
        account.run(connector, connector.find(ANA.identity))
    assert over.value.category == "forbidden"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v2/persons", {}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "email": "a@example.com"}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "emails": ["a@example.com"]}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {BUDGET: "12"}}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {NEWSLETTER: "Yes"}}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {START: "1.12.2026"}}, 400),
        ("POST", "/api/v2/persons", {"name": "A", "custom_fields": {"0" * 40: "x"}}, 400),
        ("PATCH", "/api/v2/persons/99999", {"name": "A"}, 404),
        ("POST", "/api/v2/deals", {"value": 1}, 400),
        ("POST", "/api/v2/deals", {"title": "D", "value": "1"}, 400),
        ("POST", "/api/v2/deals", {"title": "D", "person_id": 99999}, 400),
        ("POST", "/api/v2/deals", {"title": "D", "pipeline_id": 2, "stage_id": 1}, 400),
        ("POST", "/api/v1/notes", {"content": "N"}, 400),
        ("POST", "/api/v1/notes", {"person_id": 1}, 400),
        ("GET", "/api/v2/persons?limit=501", None, 400),
        ("GET", "/api/v2/persons?nonsense=1", None, 400),
        ("GET", "/api/v2/persons?updated_since=yesterday", None, 400),
        ("GET", "/api/v2/persons/search?term=a", None, 400),
        ("GET", "/api/v2/persons/search?term=a&exact_match=true", None, 200),
        ("GET", "/v2/persons", None, 404),
    ],
)
def test_the_stand_in_is_strict(account, method, path, body, status):
    """What the real one refuses is refused."""
    answer = account.call(method, path, json=body) if body is not None else account.call(method, path)
    assert answer.status_code == status
    if path.startswith("/api"):
        assert answer.headers["x-ratelimit-limit"] in ("10", "20")


def test_a_stranger_is_not_let_in(account):
    """Neither without a token, nor with an API token in an app's place."""
    for headers in ({}, {"x-api-token": "wrong"}, {"Authorization": "Bearer pd-token"}):
        assert account.call("GET", "/api/v2/persons", headers=headers).status_code == 401


def test_pages_follow_each_other(account):
    """A cursor leads through all persons once; two of the same address are allowed."""
    for _ in range(5):
        account.call("POST", "/api/v2/persons", json={"name": "Twin", "emails": [{"value": "twin@example.com"}]})
    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        body = account.call("GET", "/api/v2/persons", params=query).json()
        seen += [item["id"] for item in body["data"]]
        cursor = body["additional_data"]["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5
