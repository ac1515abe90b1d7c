"""The shop over real HTTP, and the connector for a business's own API against it, described by hand and by import."""

import datetime as dt
import hashlib
import hmac
import threading
import time

import httpx2
import pytest
import uvicorn

from local.crm.app import create_app
from local.crm.shop import StandIn
from local.crm.vendor import Vendor
from local.stack.ports import free_ports
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.http import Connector, Credentials, Settings
from shared.crm.openapi_import import suggest
from shared.crm.wire import Response
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved

AT = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
ANA = Contact(
    ref="c-4f1d",
    identity=Identity("ana@example.com", "+34600111222"),
    name="Ana María López",
    values={"company": "Flores", "budget": 1200.0, "newsletter": True, "visit_at": AT},
)
KEY = {"Authorization": "Bearer shop-key"}


class Shop:
    """A running shop, and a driver as small as one can be."""

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
        """What the shop has."""
        return self.control("GET", "records")

    def draft(self):
        """What is suggested for the shop's own description."""
        return suggest(self.client.get(f"{self.base}/openapi.json").json())

    def connector(self, *changes, **credentials):
        """The connector with the imported settings: each change is (path, value), None takes away."""
        settings = self.draft().settings
        for path, value in changes:
            *parents, last = path.split(".")
            place = settings
            for parent in parents:
                place = place[parent]
            if value is None:
                del place[last]
            else:
                place[last] = value
        return Connector(
            Settings.model_validate(settings), Credentials.model_validate(credentials or {"api_key": "shop-key"})
        )

    def run(self, connector, steps, now=None):
        """Run a generator: failures of a call are raised, as no retry is wanted here."""
        now = now or dt.datetime.now(dt.UTC)
        token = self.last(connector.sign_in(now), self.send)
        return self.last(steps, lambda request: self.send(connector.authorised(request, token)))

    def last(self, steps, send):
        """Run a generator to its end."""
        try:
            request = next(steps)
            while True:
                request = steps.send(send(request))
        except StopIteration as stop:
            return stop.value

    def send(self, request):
        """Send a request as it is."""
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
    running = uvicorn.Server(uvicorn.Config(create_app(["shop"]), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    shop = Shop(f"http://127.0.0.1:{port}/shop")
    for _ in range(200):
        try:
            shop.client.get(f"http://127.0.0.1:{port}/health")
            break
        except httpx2.TransportError:
            time.sleep(0.05)
    yield shop
    shop.client.close()
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def shop(server):
    server.control("POST", "reset")
    return server


LAX = [
    ("operations.create_contact.idempotent", None),
    ("operations.create_contact.conflict", None),
    ("refuses_duplicates", None),
    ("idempotency_header", "X-Nobody-Reads-This"),
]


def test_an_imported_description_needs_no_hand(shop):
    """The shop's own document gives settings that are valid as they are, with nothing left to say."""
    draft = shop.draft()
    assert draft.notes == ()
    assert draft.settings["base_url"] == shop.base
    assert Settings.model_validate(draft.settings).refuses_duplicates


def test_a_lead_arrives_with_all_that_is_known(shop):
    """A contact is made once with its values in their own types, and a second delivery adopts it."""
    connector = shop.connector()
    made = shop.run(connector, save_contact(connector, ANA))
    again = shop.run(connector, save_contact(connector, ANA))
    assert made.created
    assert again.id == made.id
    (stored,) = shop.records()["contacts"]
    assert stored["name"] == ANA.name
    assert stored["values"] == {"company": "Flores", "budget": 1200, "newsletter": True, "visit_at": AT.isoformat()}


def test_a_contact_that_was_there_is_filled_and_not_changed(shop):
    """The 409 names who is there; only what is empty is written."""
    there = shop.control("POST", "contacts", {"email": "Ana@Example.com", "name": "Ana L", "company": "Old"})["id"]
    connector = shop.connector()
    assert shop.run(connector, save_contact(connector, ANA)) == Saved(there, created=False)
    (stored,) = shop.records()["contacts"]
    assert (stored["name"], stored["phone"], stored["values"]["company"]) == ("Ana L", "+34600111222", "Old")
    assert stored["values"]["budget"] == 1200


@pytest.mark.parametrize("changes", [(), LAX[:1], LAX[1:3]], ids=["all", "conflict alone", "key alone"])
def test_a_lost_create_is_not_made_twice(shop, changes):
    """An answer that never came, with an index that lags: the next attempt finds what the first has made."""
    connector = shop.connector(*changes)
    shop.control("PUT", "settings", {"search_lag_s": 60})
    shop.control("PUT", "faults", [{"kind": "lost", "method": "POST", "path": "^/customers$"}])
    with pytest.raises(CrmError):
        shop.run(connector, save_contact(connector, ANA))
    kept = shop.run(connector, save_contact(connector, ANA, since=AT))
    assert [item["id"] for item in shop.records()["contacts"]] == [kept.id]


def test_a_careless_api_is_looked_through_before_a_contact_is_made_again(shop):
    """Without keys and conflicts, `since` makes the connector look through a listing that does not lag."""
    listing = {"method": "GET", "path": "/customers", "list": "customers", "id": "id"}
    connector = shop.connector(*LAX, ("operations.list_contacts", listing))
    shop.control("PUT", "settings", {"search_lag_s": 60, "extra": {"duplicates": True, "keys": False}})
    shop.control("PUT", "faults", [{"kind": "lost", "method": "POST", "path": "^/customers$"}])
    shop.control("POST", "contacts", {"email": "other@example.com"})
    with pytest.raises(CrmError):
        shop.run(connector, connector.create(ANA, None))
    kept = shop.run(connector, save_contact(connector, ANA, since=AT))
    assert [item["id"] for item in shop.records()["contacts"] if item["email"] == ANA.identity.email] == [kept.id]


def test_a_conflict_that_names_nobody_is_found_or_waited_for(shop):
    """When a 409 does not say which record is there, a search does, once the index has it."""
    connector = shop.connector(("operations.create_contact.idempotent", None), ("idempotency_header", "X-Other"))
    shop.control("PUT", "settings", {"search_lag_s": 60, "extra": {"silent": True}})
    made = shop.run(connector, connector.create(ANA, None))
    with pytest.raises(CrmError) as raised:
        shop.run(connector, connector.create(ANA, None))
    assert raised.value.category == "unavailable"
    shop.control("PUT", "settings", {"extra": {"silent": True}})
    assert shop.run(connector, connector.create(ANA, None)).id == made.id


def test_contacts_are_found_read_and_updated(shop):
    """By address whatever its case, by number however it is written; an update leaves the rest alone."""
    there = shop.control("POST", "contacts", {"email": "bo@example.com", "phone": "0600 111 222", "name": "Bo"})["id"]
    connector = shop.connector()
    assert [item.id for item in shop.run(connector, connector.find(Identity("BO@example.com")))] == [there]
    assert shop.run(connector, connector.find(Identity("no@example.com"))) == ()
    assert shop.run(connector, connector.update(there, Contact("r", Identity(), values={"budget": 5.5})))
    found = shop.run(connector, connector.read(there, ("budget",)))
    assert (found.name, found.email, found.values["budget"]) == ("Bo", "bo@example.com", "5.5")
    assert shop.run(connector, connector.read("C-none", ())) is None
    assert not shop.run(connector, connector.update("C-none", ANA))


def test_an_id_cannot_reach_another_path(shop):
    """An id with a slash, a query or dots is one segment, or nothing that is sent."""
    connector = shop.connector()
    assert shop.run(connector, connector.read("a/notes?x=1", ())) is None
    with pytest.raises(CrmError) as raised:
        shop.run(connector, connector.read("..", ()))
    assert raised.value.category == "refused"


@pytest.mark.parametrize("idempotent", [True, False])
def test_deals_and_notes_are_made_once(shop, idempotent):
    """A deal has its contact, a note both; repeated after a lost answer there is still one of each."""
    changes = () if idempotent else [(f"operations.{name}.idempotent", None) for name in ("save_deal", "save_note")]
    connector = shop.connector(*changes, *(() if idempotent else [LAX[-1]]))
    contact = shop.run(connector, connector.create(ANA, None)).id
    deal = Deal("d-77aa", "Ana wants a garden", contact, 990.0, "EUR", stage="open")
    lost = [{"kind": "lost", "method": "POST", "path": path} for path in ("/orders$", "/notes$")]
    shop.control("PUT", "faults", lost)
    with pytest.raises(CrmError):
        shop.run(connector, connector.save_deal(deal, None))
    saved = shop.run(connector, connector.save_deal(deal, AT))
    note = Note("n-12bb", "She called.", contact, AT, saved.id)
    with pytest.raises(CrmError):
        shop.run(connector, connector.save_note(note, None))
    shop.run(connector, connector.save_note(note, AT))
    records = shop.records()
    assert [(item["id"], item["contacts"]) for item in records["deals"]] == [(saved.id, [contact])]
    assert records["deals"][0]["values"]["amount"] == 990
    assert [item["contacts"] for item in records["notes"]] == [[contact]]
    assert records["notes"][0]["text"].startswith("She called.")


def test_a_deal_that_is_there_is_updated(shop):
    """The same key again changes the deal it knows."""
    connector = shop.connector(("operations.save_deal.idempotent", None), LAX[-1])
    contact = shop.run(connector, connector.create(ANA, None)).id
    shop.run(connector, connector.save_deal(Deal("d-1", "A", contact, 1.0), None))
    again = shop.run(connector, connector.save_deal(Deal("d-1", "B", contact, 2.0), None))
    assert not again.created
    assert [item["title"] for item in shop.records()["deals"]] == ["B"]


def test_records_of_other_kinds(shop):
    """A pet is made by a template that an owner wrote, and belongs to its owner."""
    pets = {
        "method": "POST", "path": "/{{ record.object }}", "id": "pet.id",
        "body": {"name": "{{ record.values.name }}", "customer_id": "{{ contact_id }}", "reference": "{{ ref }}"},
    }  # fmt: skip
    listing = {
        "method": "GET",
        "path": "/pets",
        "query": {"customer_id": "{{ contact_id }}"},
        "list": "pets",
        "id": "id",
    }
    connector = shop.connector(("operations.save_record", pets), ("operations.list_records", listing), LAX[-1])
    assert connector.has_objects
    contact = shop.run(connector, connector.create(ANA, None)).id
    pet = CustomRecord("p-9", "pets", {"name": "Rex"}, contact)
    first = shop.run(connector, connector.save_record(pet, None))
    assert shop.run(connector, connector.save_record(pet, AT)).id == first.id
    assert [(item["object"], item["contacts"]) for item in shop.records()["objects"]] == [("pets", [contact])]


def test_fields_prepare_and_check(shop):
    """What the document lists is offered, nothing is prepared, and a check says what is described."""
    connector = shop.connector()
    fields = {item.name: item for item in shop.run(connector, connector.fields("contact"))}
    assert fields["source"].options == ("web", "phone", "fair")
    assert fields["visit_at"].type == "datetime"
    assert shop.run(connector, connector.prepare()) == {}
    connected, described = shop.run(connector, connector.check())
    assert connected.ok
    assert described.ok
    assert "save_note" in described.detail
    wrong = shop.connector(api_key="wrong")
    assert not shop.run(wrong, wrong.check())[0].ok


AUTHS = {
    "header": ({"type": "header", "name": "X-Api-Key"}, {"api_key": "shop-key"}),
    "bearer": ({"type": "bearer"}, {"api_key": "shop-key"}),
    "basic": ({"type": "basic"}, {"username": "shop", "password": "secret"}),
    "oauth": (
        {"type": "oauth_client_credentials", "token_url": "", "scope": "customers"},
        {"client_id": "shop-client", "client_secret": "shop-secret"},
    ),
    "oauth body": (
        {"type": "oauth_client_credentials", "token_url": "", "in": "body"},
        {"client_id": "shop-client", "client_secret": "shop-secret"},
    ),
    "hmac": ({"type": "hmac"}, {"signing_secret": "shop-signing"}),
}


def signed_by(shop, kind):
    auth, credentials = AUTHS[kind]
    auth = {**auth, "token_url": f"{shop.base}/token"} if "token_url" in auth else auth
    return shop.connector(("auth", auth), **credentials)


@pytest.mark.parametrize("kind", AUTHS)
def test_every_way_to_authorise_works(shop, kind):
    """A contact with letters of other alphabets is made and found, whichever way calls are authorised."""
    connector = signed_by(shop, kind)
    contact = Contact("c-1", Identity("zoë@example.com"), "Zoë Ñandú")
    made = shop.run(connector, connector.create(contact, None))
    assert [item.id for item in shop.run(connector, connector.find(contact.identity))] == [made.id]


@pytest.mark.parametrize("kind", AUTHS)
def test_wrong_credentials_are_unauthorised(shop, kind):
    """Whichever way, a wrong secret is told from every other failure."""
    right = signed_by(shop, kind)
    settings, secrets = right._settings, AUTHS[kind][1]
    wrong = Connector(settings, Credentials.model_validate(dict.fromkeys(secrets, "wrong")))
    with pytest.raises(CrmError) as raised:
        shop.run(wrong, wrong.create(ANA, None))
    assert raised.value.category == "unauthorised"
    assert shop.records()["contacts"] == []


def test_tokens_expire_and_old_signatures_are_refused(shop):
    """An expired token and a signature of ten minutes ago are both a 401."""
    connector = signed_by(shop, "oauth")
    token = shop.last(connector.sign_in(AT), shop.send)
    shop.control("POST", "expire")
    answer = shop.send(connector.authorised(next(connector.find(ANA.identity)), token))
    assert answer.status == 401
    connector = signed_by(shop, "hmac")
    with pytest.raises(CrmError) as raised:
        shop.run(connector, connector.find(ANA.identity), dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10))
    assert raised.value.category == "unauthorised"


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("error", "unavailable"), ("unavailable", "unavailable"), ("limited", "limited"), ("expired", "unauthorised"),
        ("forbidden", "forbidden"), ("refused", "refused"), ("malformed", "malformed"),
    ],
)  # fmt: skip
def test_every_fault_has_its_category(shop, kind, category):
    """What the shop says when something is wrong is understood."""
    connector = shop.connector()
    shop.control("PUT", "faults", [{"kind": kind}])
    with pytest.raises(CrmError) as raised:
        shop.run(connector, connector.create(ANA, None))
    assert raised.value.category == category
    assert raised.value.retry_after_s == (1 if kind == "limited" else None)
    assert raised.value.missing_scopes == (("customers", "orders") if kind == "forbidden" else ())


def test_the_shop_is_a_stand_in():
    """It has what every stand-in has, and forgets everything when asked."""

    def accepts(found: Vendor) -> Vendor:
        return found

    shop = accepts(StandIn())
    shop.put_contact({"email": "a@example.com", "name": "Ana B", "properties": {"company": "C"}})
    assert shop.records()["contacts"][0]["values"] == {"company": "C"}
    shop.reset()
    assert shop.records() == {"contacts": [], "deals": [], "notes": [], "objects": []}


def test_the_shop_refuses_what_it_does_not_know(shop):
    """Unknown properties, wrong types and missing ones are 422 by name; a foreign content type is 400."""
    answer = shop.call("POST", "/customers", json={"email": "nobody", "age": 3, "budget": "5", "newsletter": 1})
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"email", "age", "budget", "newsletter"}
    assert shop.call("POST", "/customers", json={"first_name": "A"}).status_code == 422
    assert shop.call("POST", "/customers", content=b"{}").status_code == 400
    assert shop.call("POST", "/orders", json={"customer_id": "C-0", "title": "x"}).json()["errors"].keys() == {
        "customer_id"
    }
    assert shop.call("PATCH", "/customers/C-0", json={}).json() == {"error": "not_found"}
    assert shop.call("GET", "/customers?name=x").status_code == 422
    assert shop.call("GET", "/customers", headers={}).headers["www-authenticate"].startswith("Bearer")


def test_the_shop_repeats_its_answer_to_a_key(shop):
    """The same key gives the same customer, and another key the conflict with it."""
    first = shop.call("POST", "/customers", {**KEY, "Idempotency-Key": "k"}, json={"email": "a@example.com"})
    again = shop.call("POST", "/customers", {**KEY, "Idempotency-Key": "k"}, json={"email": "a@example.com"})
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = shop.call("POST", "/customers", {**KEY, "Idempotency-Key": "l"}, json={"email": "A@example.com"})
    assert (other.status_code, other.json()["existing"]) == (409, {"id": first.json()["customer"]["id"]})


def test_the_shops_search_lags_and_its_reads_do_not(shop):
    """What was just written is invisible to a search, and visible to a read and a listing."""
    shop.control("PUT", "settings", {"search_lag_s": 60})
    made = shop.call("POST", "/customers", json={"email": "a@example.com"}).json()["customer"]["id"]
    assert shop.call("GET", "/customers?email=a@example.com").json()["total"] == 0
    assert shop.call("GET", "/customers").json()["total"] == 1
    assert shop.call("GET", f"/customers/{made}").json()["customer"]["email"] == "a@example.com"


def test_the_shop_checks_signatures_over_the_body(shop):
    """A signature of other bytes, and one without a time, are worth nothing."""
    stamp = str(int(time.time()))
    signature = hmac.new(b"shop-signing", f"{stamp}.POST./shop/pets.{{}}".encode(), hashlib.sha256).hexdigest()
    signed = {"X-Timestamp": stamp, "X-Signature": signature, "Content-Type": "application/json"}
    assert shop.call("POST", "/pets", signed, content=b"{}").status_code == 422
    assert shop.call("POST", "/pets", signed, content=b"{ }").status_code == 401
    assert shop.call("POST", "/pets", {**signed, "X-Timestamp": ""}, content=b"{}").status_code == 401
