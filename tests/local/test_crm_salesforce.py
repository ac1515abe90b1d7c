"""Salesforce's stand-in over real HTTP, and the connector against it: one record of each, whatever goes wrong."""

import datetime as dt
import threading
import time
from dataclasses import replace

import httpx2
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.crm.app import create_app
from local.crm.salesforce import StandIn
from local.crm.vendor import Vendor
from local.stack.ports import free_ports
from shared.crm.connector import Exists
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.salesforce import Connector, Credentials, Settings
from shared.crm.wire import Response
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved

DATA = "/services/data/v66.0"
SECRET = {"client_id": "sf-client", "client_secret": "sf-secret"}
REF = "Chatbot_Ref__c"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ANA = Contact(
    "c-4f1d",
    Identity("ana@example.com", "+34600111222"),
    "Ana María López",
    {"Budget__c": 1200.0, "Start_Date__c": dt.date(2026, 12, 1), "Newsletter__c": True, "Interest__c": "Repairs"},
)


class Account:
    """A running stand-in, and a driver as small as one can be."""

    def __init__(self, base):
        self.base = base
        self.client = httpx2.Client(timeout=10)

    def call(self, method, path, token=None, **arguments):
        """Call the API itself."""
        headers = {"Authorization": f"Bearer {token or self.token()}", **arguments.pop("headers", {})}
        return self.client.request(method, f"{self.base}{DATA}{path}", headers=headers, **arguments)

    def token(self):
        """A good token."""
        return self.sign_in().json()["access_token"]

    def sign_in(self, form=None, auth=("sf-client", "sf-secret")):
        """Ask for a token."""
        form = form or {"grant_type": "client_credentials"}
        return self.client.post(f"{self.base}/services/oauth2/token", data=form, auth=auth)

    def query(self, soql):
        """Run a query; the records, without their attributes, or the error's code."""
        answer = self.call("GET", "/query", params={"q": soql})
        if answer.status_code != 200:
            return answer.json()[0]["errorCode"]
        return [{k: v for k, v in row.items() if k != "attributes"} for row in answer.json()["records"]]

    def control(self, method, name, body=None):
        """Call the control plane."""
        answer = self.client.request(method, f"{self.base}/_{name}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def records(self):
        """What is in the account."""
        return self.control("GET", "records")

    def put(self, **contact):
        """Add a contact of long ago."""
        return self.control("POST", "contacts", contact)["id"]

    def behave(self, lag_s=0, **extra):
        """Set how it behaves."""
        self.control("PUT", "settings", {"search_lag_s": lag_s, "extra": extra})

    def lose(self, path, method="POST"):
        """Let the answer to the next such call be lost, though it is applied."""
        self.control("PUT", "faults", [{"kind": "lost", "method": method, "path": path}])

    def connector(self, credentials=None, **settings):
        """A connector of this account."""
        where = Settings.model_validate({"domain_url": self.base, **settings})
        return Connector(where, Credentials.model_validate(credentials or SECRET))

    def run(self, connector, steps):
        """Run a generator as the driver does: what it would deal with itself is raised."""
        token = last(connector.sign_in(dt.datetime.now(dt.UTC)), self.send)

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
    running = uvicorn.Server(uvicorn.Config(create_app(["salesforce"]), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    found = Account(f"http://127.0.0.1:{port}/salesforce")
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


def refused(account, connector, steps):
    """The error that steps end in."""
    with pytest.raises(CrmError) as caught:
        account.run(connector, steps)
    return caught.value


def test_it_is_a_vendor():
    """The stand-in has what the control plane asks for."""

    def accepts(vendor: Vendor) -> Vendor:
        return vendor

    assert accepts(StandIn()).name == "salesforce"


# The stand-in by itself.


def test_who_gets_a_token(account):
    """The right client at the right host; each refusal in the token call's own form."""
    good = account.sign_in().json()
    assert good["instance_url"] == account.base
    assert "expires_in" not in good
    assert account.sign_in(auth=("sf-client", "x")).json()["error"] == "invalid_client"
    assert account.sign_in(auth=("x", "sf-secret")).json()["error"] == "invalid_client_id"
    assert account.sign_in({"grant_type": "password"}).json()["error"] == "unsupported_grant_type"
    account.behave(wrong_domain=True)
    answer = account.sign_in()
    assert (answer.status_code, answer.json()["error_description"]) == (400, "request not supported on this domain")


def test_calls_need_a_token_that_is_good(account):
    """None, a wrong one and an ended one are answered alike."""
    token = account.token()
    assert account.call("GET", "/sobjects", token).headers["sforce-limit-info"] == "api-usage=1/15000"
    account.control("POST", "expire")
    for bad in (token, "x"):
        answer = account.call("GET", "/sobjects", bad)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"LastName": "x", "Foo__c": 1}, "INVALID_FIELD", None),
        ({"LastName": "x" * 81}, "STRING_TOO_LONG", ["LastName"]),
        ({"LastName": "x", "Email": "nobody"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ({"LastName": "x", "Interest__c": "Skis"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Interest__c"]),
        ({"LastName": "x", "Budget__c": "much"}, "JSON_PARSER_ERROR", None),
        ({"LastName": "x", "Start_Date__c": "1.12.2026"}, "JSON_PARSER_ERROR", None),
        ({"LastName": "x", "Callback_At__c": "2026-12-01T10:00:00"}, "JSON_PARSER_ERROR", None),
        ({"LastName": 5}, "JSON_PARSER_ERROR", None),
        ({"LastName": "x", "Newsletter__c": "yes"}, "JSON_PARSER_ERROR", None),
        ({"LastName": "x", "Budget__c": -1}, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Budget__c"]),
        ({"LastName": "x", "Id": "003"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Id"]),
        ({"LastName": "x", "AccountId": "003Fk0000000000"}, "MALFORMED_ID", ["AccountId"]),
        ({"LastName": "x", "AccountId": "001Fk0000zzzzzz"}, "INVALID_CROSS_REFERENCE_KEY", []),
    ],
)
def test_what_a_contact_may_not_be(account, body, code, fields):
    """Each field is checked as Salesforce checks it, and nothing is kept."""
    answer = account.call("POST", "/sobjects/Contact", json=body)
    (said,) = answer.json()
    assert (answer.status_code, said["errorCode"], said.get("fields")) == (400, code, fields)
    assert account.records()["contacts"] == []


def test_records_come_and_go(account):
    """Made, read under capitals of any kind, changed, deleted; what is gone says so."""
    body = {"lastname": "López", "Budget__c": "12.5", "Callback_At__c": "2026-12-01T10:00:00+02:00"}
    made = account.call("POST", "/sobjects/Contact/", json=body)
    key = made.json()["id"]
    assert (made.status_code, len(key)) == (201, 18)
    path = f"/sobjects/Contact/{key}"
    read = account.call("GET", f"{path[:-3]}?fields=LastName,Budget__c,callback_at__c,Email").json()
    assert read["attributes"] == {"type": "Contact", "url": f"{DATA}{path}"}
    assert read["Callback_At__c"] == "2026-12-01T08:00:00.000+0000"
    assert (read["Budget__c"], read["Email"]) == (12.5, None)
    assert account.call("PATCH", path, json={"Budget__c": None}).status_code == 204
    assert account.call("GET", path).json()["Budget__c"] is None
    assert account.call("GET", f"{path}?fields=Foo").json()[0]["errorCode"] == "INVALID_FIELD"
    assert account.call("PATCH", path.replace("003", "00Q"), json={}).json()[0]["errorCode"] == "MALFORMED_ID"
    assert account.call("DELETE", path).status_code == 204
    for method, code in (("GET", "NOT_FOUND"), ("PATCH", "ENTITY_IS_DELETED"), ("DELETE", "ENTITY_IS_DELETED")):
        answer = account.call(method, path, json={} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, code)


def test_what_is_not_served(account):
    """Unknown objects, versions, methods and kinds of content."""
    assert account.call("GET", "/sobjects/Unicorn/describe").status_code == 404
    assert account.call("PUT", "/sobjects/Contact").status_code == 405
    token = {"Authorization": f"Bearer {account.token()}"}
    assert account.client.get(f"{account.base}/services/data/v99.0/sobjects", headers=token).status_code == 404
    form = account.client.post(f"{account.base}{DATA}/sobjects/Contact", headers=token, data={"LastName": "x"})
    assert form.status_code == 415


def test_upserts(account):
    """201, then 200 (204 before version 46); the key is not repeated, is an external id, and matches once."""
    path = f"/sobjects/Opportunity/{REF}/d%2F1"
    body = {"Name": "Service", "StageName": "Prospecting", "CloseDate": "2026-12-23"}
    made = account.call("PATCH", path, json=body)
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = account.call("PATCH", path, json={"Name": "Full service"})
    assert (again.status_code, again.json()["id"], again.json()["created"]) == (200, made.json()["id"], False)
    account.behave(upsert_without_body=True)
    last_one = account.call("PATCH", path, json={"Amount": 95})
    assert (last_one.status_code, last_one.content) == (204, b"")
    assert account.call("GET", f"{path}?fields=Name,Amount").json()["Amount"] == 95
    assert account.call("PATCH", path, json={REF: "d/1"}).json()[0]["errorCode"] == "INVALID_FIELD"
    assert account.call("PATCH", "/sobjects/Opportunity/Name/x", json=body).status_code == 404
    assert account.call("PATCH", f"/sobjects/Opportunity/{REF}/acme.inc", json=body).status_code == 404
    keys = [account.put(name=name, Legacy_Id__c="7") for name in ("A", "B")]
    several = account.call("PATCH", "/sobjects/Contact/Legacy_Id__c/7", json={"Title": "x"})
    assert (several.status_code, several.json()) == (300, [f"{DATA}/sobjects/Contact/{key}" for key in keys])


def test_unique_values_are_kept_so(account):
    """The refusal names the field and the record."""
    key = account.put(name="Ana", Customer_No__c="K7")
    (said,) = account.call("POST", "/sobjects/Contact", json={"LastName": "x", "Customer_No__c": "k7"}).json()
    assert said == {
        "message": f"duplicate value found: Customer_No__c duplicates value on record with id: {key[:15]}",
        "errorCode": "DUPLICATE_VALUE",
        "fields": [],
    }


def test_duplicate_rules(account):
    """A warning can be passed over, a block cannot; the matches come with their fields when asked for."""
    key = account.put(name="Ana", email="ana@example.com")
    body = {"LastName": "López", "Email": "ANA@example.com"}
    account.behave(duplicate_rule=True)
    (said,) = account.call("POST", "/sobjects/Contact", json=body).json()
    (match,) = said["duplicateResult"]["matchResults"][0]["matchRecords"]
    assert (said["errorCode"], match["record"]["Id"], "Email" in match["record"]) == ("DUPLICATES_DETECTED", key, False)
    details = {"Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=true"}
    (said,) = account.call("POST", "/sobjects/Contact", json=body, headers=details).json()
    record = said["duplicateResult"]["matchResults"][0]["matchRecords"][0]["record"]
    assert record["Email"] == "ana@example.com"
    allowed = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert account.call("POST", "/sobjects/Contact", json=body, headers=allowed).status_code == 201
    account.behave(duplicate_rule="block", duplicate_key="duplicateResut")
    blocked = account.call("POST", "/sobjects/Contact", json=body, headers=allowed)
    assert "duplicateResut" in blocked.json()[0]


def test_queries(account):
    """Conditions, order and limits, compared by the fields' types; quotes and escapes as they should be."""
    for name, email, budget in (("O'Neil", "o'neil@example.com", 5), ("Zoe", None, 50), ("Ana", "a@b.example", 500)):
        account.put(name=name, email=email, Budget__c=budget)
    names = "SELECT LastName FROM Contact WHERE"
    assert account.query(rf"{names} email = 'O\'NEIL@example.com'") == [{"LastName": "O'Neil"}]
    assert account.query(f"{names} Budget__c > 5 AND (Email = null OR LastName LIKE 'an%') ORDER BY LastName") == [
        {"LastName": "Ana"},
        {"LastName": "Zoe"},
    ]
    assert account.query(f"{names} Budget__c IN (5, 50) ORDER BY Budget__c DESC LIMIT 1") == [{"LastName": "Zoe"}]
    assert account.query(f"{names} NOT LastName IN ('Ana', 'Zoe')") == [{"LastName": "O'Neil"}]
    assert len(account.query(f"{names} CreatedDate >= 2020-01-01T00:00:00Z")) == 3
    assert account.query(f"{names} CreatedDate > 2099-01-01T00:00:00.000+0200") == []
    count = account.call("GET", "/query", params={"q": "SELECT COUNT() FROM Contact"}).json()
    assert (count["totalSize"], count["records"]) == (3, [])


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Contact WHERE Email = 'o'neil'", "MALFORMED_QUERY"),
        (r"SELECT Id FROM Contact WHERE Email = 'a\qb'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Email = 'a' OR Phone = 'b' AND Title = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Foo = 'a'", "INVALID_FIELD"),
        ("SELECT Foo FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Unicorn", "INVALID_TYPE"),
        ("SELECT Id FROM Contact WHERE CreatedDate >= '2020-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Budget__c = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Phone = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE Description = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE WhoId = 'a'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Email =", "MALFORMED_QUERY"),
        ("SELECT Id", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ],
)
def test_queries_that_cannot_be_run(account, soql, code):
    """Each mistake has its own error."""
    assert account.query(soql) == code


def test_searches_lag_behind(account):
    """What was written just now is read and queried, not yet searched; what is old is found."""
    account.put(name="Zoe Ruiz", email="zoe@example.com", phone="+34600111222")
    account.behave(lag_s=60)
    account.call("POST", "/sobjects/Contact", json={"LastName": "Neu", "Phone": "+34600111222"})
    body = {"q": "34600111222", "in": "PHONE", "fields": ["Id", "Name"], "sobjects": [{"name": "Contact"}]}
    found = account.call("POST", "/parameterizedSearch", json=body).json()["searchRecords"]
    assert [row["Name"] for row in found] == ["Zoe Ruiz"]
    query = "?q=34600111222&sobject=Contact&Contact.fields=Name&in=PHONE"
    assert len(account.call("GET", f"/parameterizedSearch/{query}").json()["searchRecords"]) == 1
    sosl = "FIND {zoe@example.com} IN EMAIL FIELDS RETURNING Contact(Id, Name WHERE Phone != null LIMIT 5), Lead"
    assert len(account.call("GET", "/search", params={"q": sosl}).json()["searchRecords"]) == 1
    account.behave()
    assert len(account.call("POST", "/parameterizedSearch", json=body).json()["searchRecords"]) == 2
    bad = account.call("GET", "/search", params={"q": "zoe"})
    assert (bad.status_code, bad.json()[0]["errorCode"]) == (400, "MALFORMED_SEARCH")


def test_composite_calls(account):
    """Later parts quote earlier ones; all or none; no more than twenty-five."""

    def part(name, path, body):
        return {"method": "POST", "url": f"{DATA}/sobjects/{path}", "referenceId": name, "body": body}

    contact = part("c", "Contact", {"LastName": "López"})
    deal = part("d", "Opportunity", {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-12-23"})
    role = part("r", "OpportunityContactRole", {"ContactId": "@{c.id}", "OpportunityId": "@{d.id}"})
    parts = {"allOrNone": True, "compositeRequest": [contact, deal, role]}
    answers = account.call("POST", "/composite", json=parts).json()["compositeResponse"]
    assert [item["httpStatusCode"] for item in answers] == [201, 201, 201]
    (known,) = account.records()["deals"]
    assert known["contacts"] == [answers[0]["body"]["id"]]
    bad = {"allOrNone": True, "compositeRequest": [contact, part("x", "Contact", {})]}
    codes = [
        item["body"][0]["errorCode"]
        for item in account.call("POST", "/composite", json=bad).json()["compositeResponse"]
    ]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert len(account.records()["contacts"]) == 1
    assert account.call("POST", "/composite", json={"compositeRequest": [contact] * 26}).status_code == 400


def test_an_account_without_calls_left(account):
    """The day's limit is a 403 of its own."""
    account.behave(api_calls=1)
    token = account.token()
    assert account.call("GET", "/limits", token).status_code == 200
    answer = account.call("GET", "/limits", token)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


# The connector against it.


def test_signing_in_with_a_key(account):
    """An assertion for this user, signed with this key, and no other."""
    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    account.behave(jwt_public_key=public.decode(), wrong_domain=True)

    def connector(private, username="bot@example.com", **settings):
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        given = {"client_id": "sf-client", "username": username, "private_key": pem.decode()}
        return account.connector(given, **settings)

    good = connector(key)
    assert account.run(good, good.find(Identity("a@b.example"))) == ()
    for bad in (
        connector(other),
        connector(key, "eve@example.com"),
        connector(key, login_audience="https://x.example"),
    ):
        assert refused(account, bad, bad.check()).category == "unauthorised"
    with pytest.raises(CrmError) as late:
        last(good.sign_in(LONG_AGO), account.send)
    assert late.value.category == "unauthorised"


def test_a_wrong_domain_is_said(account):
    """Client credentials at a login host: the owner is told which URL to give."""
    account.behave(wrong_domain=True)
    connector = account.connector()
    assert "My Domain" in refused(account, connector, connector.check()).detail


def test_a_contact_is_made_once(account):
    """Made, made again, found, read."""
    connector = account.connector()
    saved = account.run(connector, connector.create(ANA, None))
    assert saved == Saved(saved.id)
    assert account.run(connector, connector.create(ANA, None)) == Exists(saved.id)
    (found,) = account.run(connector, connector.find(Identity("ANA@example.com")))
    assert (found.id, found.name, found.phone) == (saved.id, "Ana María López", "+34600111222")
    read = account.run(connector, connector.read(saved.id, tuple(ANA.values)))
    assert {name: read.values[name] for name in ANA.values} == {
        "Budget__c": "1200",
        "Start_Date__c": "2026-12-01",
        "Newsletter__c": "true",
        "Interest__c": "Repairs",
    }
    assert account.run(connector, connector.find(Identity(phone="+34600111222")))[0].id == saved.id


@pytest.mark.parametrize("rule", [False, True])
@pytest.mark.parametrize("kind", ["Contact", "Lead"])
def test_a_lost_contact_is_not_made_twice(account, kind, rule):
    """The answer is lost, the search lags, a duplicate rule may meddle: one record."""
    connector = account.connector(object=kind)
    account.behave(lag_s=60, duplicate_rule=rule)
    account.lose(f"sobjects/{kind}$")
    begun = dt.datetime.now(dt.UTC)
    assert refused(account, connector, save_contact(connector, ANA)).category == "unavailable"
    saved = account.run(connector, save_contact(connector, replace(ANA, overwrite=True), since=begun))
    assert not saved.created
    (known,) = account.records()["contacts"]
    assert (known["id"], known["values"][REF]) == (saved.id, "c-4f1d")
    by_phone = Contact("c-2", Identity(phone="+34600999888"), "Cher")
    account.lose(f"sobjects/{kind}$")
    assert refused(account, connector, connector.create(by_phone, None)).category == "unavailable"
    assert isinstance(account.run(connector, connector.create(by_phone, begun)), Exists)
    assert len(account.records()["contacts"]) == 2


def test_somebody_known_is_adopted(account):
    """By address; by what a duplicate rule found; two matches are for the owner to merge."""
    connector = account.connector()
    key = account.put(name="Ana López", email="ana@example.com")
    saved = account.run(connector, save_contact(connector, ANA))
    assert saved == Saved(key, created=False)
    (known,) = account.records()["contacts"]
    assert (known["name"], known["phone"], known["values"]["Budget__c"]) == ("Ana López", "+34600111222", 1200)
    account.behave(duplicate_rule=True)
    assert account.run(connector, connector.create(ANA, None)) == Exists(key)
    account.put(name="Ana L", email="ana@example.com")
    assert refused(account, connector, connector.create(ANA, None)).category == "ambiguous"


def test_a_placeholder_is_no_name(account):
    """A contact made without a name gets the name that is told later."""
    connector = account.connector()
    nobody = Contact("c-9", Identity("a@b.example"))
    saved = account.run(connector, save_contact(connector, nobody))
    account.run(connector, save_contact(connector, replace(nobody, name="Zoe Ruiz"), known_id=saved.id))
    (known,) = account.records()["contacts"]
    assert known["name"] == "Zoe Ruiz"


def test_a_contact_that_is_gone(account):
    """Reading it is None, updating it False, saving it makes a new one."""
    connector = account.connector()
    saved = account.run(connector, connector.create(ANA, None))
    account.call("DELETE", f"/sobjects/Contact/{saved.id}")
    assert account.run(connector, connector.read(saved.id, ())) is None
    assert account.run(connector, connector.update(saved.id, ANA)) is False
    again = account.run(connector, save_contact(connector, ANA, known_id=saved.id))
    assert again.created
    assert again.id != saved.id


def test_an_update_changes_what_it_names(account):
    """The rest stays as it is."""
    connector = account.connector()
    key = account.put(name="Ana López", email="ana@example.com", Title="Doctor")
    change = Contact("c-1", Identity(), "Ana Ruiz", {"Budget__c": 7.5})
    assert account.run(connector, connector.update(key, change)) is True
    (known,) = account.records()["contacts"]
    assert (known["name"], known["values"]["Title"], known["values"]["Budget__c"]) == ("Ana Ruiz", "Doctor", 7.5)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"Interest__c": "Skis"}, "Interest__c"),
        ({"Foo__c": 1.0}, "Foo__c"),
        ({"Budget__c": -1.0}, "Budget__c"),
        ({"Title": "x" * 200}, "Title"),
    ],
)
def test_refusals_name_the_field(account, values, field):
    """The owner reads which field is the trouble."""
    connector = account.connector()
    why = refused(account, connector, connector.create(replace(ANA, values=values), None))
    assert why.category == "refused"
    assert f"'{field}'" in why.detail


DEAL = Deal("d-1", "Full service", "", 95.0, "EUR", values={"Source_Page__c": "/prices"})


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("lost", ["", "Opportunity/", "OpportunityContactRole$"])
def test_a_deal_is_made_once_and_linked(account, old, lost):
    """Whichever answer is lost: one opportunity, one role; later changes leave the stage alone."""
    connector = account.connector()
    account.behave(lag_s=60, upsert_without_body=old)
    key = account.run(connector, connector.create(ANA, None)).id
    deal = replace(DEAL, contact_id=key)
    begun = dt.datetime.now(dt.UTC)
    if lost:
        account.lose(lost, "PATCH" if lost.endswith("/") else "POST")
        assert refused(account, connector, connector.save_deal(deal, None)).category == "unavailable"
    saved = account.run(connector, connector.save_deal(deal, begun if lost else None))
    assert saved.created is not bool(lost)
    account.call("PATCH", f"/sobjects/Opportunity/{saved.id}", json={"StageName": "Qualification"})
    changed = replace(deal, amount=120.0, stage="Prospecting")
    assert account.run(connector, connector.save_deal(changed, None)) == Saved(saved.id, created=False)
    (known,) = account.records()["deals"]
    assert (known["id"], known["title"], known["contacts"]) == (saved.id, "Full service", [key])
    assert (known["values"]["Amount"], known["values"]["StageName"]) == (120, "Qualification")
    today = dt.datetime.now(dt.UTC).date()
    days = (dt.date.fromisoformat(known["values"]["CloseDate"]) - today).days
    assert days in (29, 30)  # midnight may pass between


def test_a_leads_deal(account):
    """No role, but the lead's id in the description; a note is on the lead alone."""
    connector = account.connector(object="Lead", lead_company="Website visitor")
    key = account.run(connector, connector.create(ANA, None)).id
    saved = account.run(connector, connector.save_deal(replace(DEAL, contact_id=key), None))
    account.run(connector, connector.save_note(Note("n-1", "hello", key, dt.datetime.now(dt.UTC), saved.id), None))
    records = account.records()
    assert records["contacts"][0]["values"]["Company"] == "Website visitor"
    assert records["deals"][0]["values"]["Description"] == f"Lead: {key}"
    assert (records["notes"][0]["contacts"], records["notes"][0]["deals"]) == ([key], [])


def test_a_note_is_written_once(account):
    """Lost and asked for again: found by its key; another note of the same text is another note."""
    connector = account.connector()
    key = account.run(connector, connector.create(ANA, None)).id
    deal = account.run(connector, connector.save_deal(replace(DEAL, contact_id=key), None)).id
    begun = dt.datetime.now(dt.UTC)
    note = Note("n-1", "Visitor: 'hello' \\ <b>", key, begun, deal)
    account.lose("sobjects/Task")
    assert refused(account, connector, connector.save_note(note, None)).category == "unavailable"
    assert not account.run(connector, connector.save_note(note, begun)).created
    (known,) = account.records()["notes"]
    assert known["text"].startswith(note.text)
    assert (known["contacts"], known["deals"]) == ([key], [deal])
    assert account.run(connector, connector.save_note(replace(note, ref="n-2"), begun)).created


def test_a_record_of_another_kind_is_made_once(account):
    """By our key, linked to its contact."""
    connector = account.connector()
    key = account.run(connector, connector.create(ANA, None)).id
    record = CustomRecord("r-1", "Pet__c", {"Name": "Rex", "Species__c": "Dog", "Weight__c": "12.5"}, key)
    account.lose("Pet__c", "PATCH")
    assert refused(account, connector, connector.save_record(record, None)).category == "unavailable"
    saved = account.run(connector, connector.save_record(record, dt.datetime.now(dt.UTC)))
    (known,) = account.records()["objects"]
    assert (known["id"], known["object"], known["contacts"]) == (saved.id, "Pet__c", [key])
    assert known["values"]["Weight__c"] == 12.5
    unknown = replace(record, object="Unicorn__c")
    assert refused(account, connector, connector.save_record(unknown, None)).category == "missing"


def test_the_accounts_fields(account):
    """From its own description."""
    connector = account.connector()
    by_name = {item.name: item for item in account.run(connector, connector.fields("contact"))}
    assert by_name["Interest__c"].options == ("Bikes", "Repairs", "Rental")
    assert by_name["LastName"].required
    assert by_name["CreatedDate"].read_only
    assert by_name["Newsletter__c"].type == "yes_no"
    deal = {item.name for item in account.run(connector, connector.fields("deal")) if item.required}
    assert deal == {"Name", "StageName", "CloseDate"}


def test_preparing_and_checking(account):
    """All is well; without our field, without a right, with no calls left, it is said what to do."""
    connector = account.connector()
    assert account.run(connector, connector.prepare()) == {}
    assert all(check.ok for check in account.run(connector, connector.check()))
    account.behave(without_ref_field=["Opportunity"], read_only_objects=["Task"])
    assert "Make a field" in refused(account, connector, connector.prepare()).detail
    deal = refused(account, connector, connector.save_deal(replace(DEAL, contact_id="x"), None))
    assert deal.category == "refused"
    wrong = [check.name for check in account.run(connector, connector.check()) if not check.ok]
    assert wrong == ["our key on Opportunity", "Task"]
    account.behave(hidden_objects=["Opportunity"])
    wrong = [check.name for check in account.run(connector, connector.check()) if not check.ok]
    assert wrong == ["Opportunity"]


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("error", "unavailable"),
        ("unavailable", "unavailable"),
        ("limited", "limited"),
        ("expired", "unauthorised"),
        ("forbidden", "forbidden"),
        ("refused", "refused"),
        ("malformed", "malformed"),
        ("drop", "unavailable"),
    ],
)
def test_every_fault_has_its_category(account, kind, category):
    """What the stand-in can do wrong, the connector tells apart; nothing is made."""
    connector = account.connector()
    account.control("PUT", "faults", [{"kind": kind, "path": "sobjects/Contact"}])
    assert refused(account, connector, connector.create(ANA, None)).category == category
    assert account.records()["contacts"] == []
