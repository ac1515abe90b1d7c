"""simple-salesforce, unchanged, against the stand-in over HTTPS: what it says is what its users' clients understand."""

import datetime as dt
import ipaddress
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id, format_soql

from local.stack.ports import free_ports
from local.stack.process import spawn

REF = "Chatbot_Ref__c"


def certificate(path):
    """Write a certificate of 127.0.0.1 and its key into one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(encoding))
    return path


class AtHome(requests.adapters.HTTPAdapter):
    """Stands for the name service: `acme.my.salesforce.com` is this machine. The client itself is not touched."""

    def __init__(self, host):
        self.host = host
        super().__init__()

    def send(self, request, *arguments, **more):
        """Send a request to where the account is."""
        parts = urlsplit(request.url)
        if parts.hostname.endswith(".salesforce.com"):
            request.url = parts._replace(netloc=self.host).geturl()
        return super().send(request, *arguments, **more)


class Account:
    """The running stand-in."""

    def __init__(self, host, pem):
        self.host = host
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(pem)
        self.session.mount("https://", AtHome(host))

    def control(self, method, name, body=None):
        """Call the control plane."""
        answer = self.session.request(method, f"https://{self.host}/_{name}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def client(self, secret="sf-secret", version="66.0"):
        """A client, signed in through its own client credentials flow."""
        return Salesforce(
            consumer_key="sf-client", consumer_secret=secret, domain="acme.my", session=self.session, version=version
        )


def said(caught):
    """The one error that an answer lists."""
    content: Any = caught.value.content
    (only,) = content
    return only


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("salesforce")
    pem = certificate(folder / "both.pem")
    (port,) = free_ports(1)
    command = [
        sys.executable,
        "-m",
        "local.crm",
        "--only",
        "salesforce",
        "--certificate",
        str(pem),
        "--port",
        str(port),
    ]
    child = spawn("salesforce", command, folder / "log")
    found = Account(f"127.0.0.1:{port}", pem)

    def ready():
        try:
            return found.session.get(f"https://{found.host}/health", timeout=2).ok
        except requests.ConnectionError:
            return False

    child.wait_until(ready)
    yield found
    found.session.close()
    child.kill()  # asked to stop, it would wait for connections that TLS has not quite closed; it keeps nothing


@pytest.fixture
def account(server):
    server.control("POST", "reset")
    return server


def test_signing_in(account):
    """The client's own flow is followed to the instance; a wrong secret is told as it is."""
    client = account.client()
    assert (client.auth_type, client.sf_instance) == ("client-credentials", account.host)
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        account.client("wrong")
    assert refused.value.code == "invalid_client"


def test_an_ended_session_is_renewed(account):
    """401 INVALID_SESSION_ID: the client signs in again by itself; with a bare session it says so."""
    client = account.client()
    ended = client.session_id
    account.control("POST", "expire")
    assert client.query("SELECT Id FROM Contact")["totalSize"] == 0
    assert client.session_id != ended
    bare = Salesforce(session_id=ended, instance_url=f"https://{account.host}", session=account.session)
    with pytest.raises(SalesforceExpiredSession):
        bare.query("SELECT Id FROM Contact")


def test_records_come_and_go(account):
    """Create, get, get by our key, update, delete."""
    client = account.client()
    made = client.Contact.create({"LastName": "López", "Email": "ana@example.com", REF: "c-1"})
    assert made["success"]
    assert client.Contact.get(made["id"])["Email"] == "ana@example.com"
    assert client.Contact.get_by_custom_id(REF, "c-1")["Id"] == made["id"]
    assert client.Contact.update(made["id"], {"FirstName": "Ana"}) == 204
    assert client.Contact.get(made["id"])["Name"] == "Ana López"
    assert client.Contact.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Contact.get(made["id"])


@pytest.mark.parametrize(("version", "second"), [("66.0", 200), ("45.0", 204)])
def test_upserts(account, version, second):
    """201 for a new record; for a known one 200, or 204 of old."""
    client = account.client(version=version)
    key = format_external_id(REF, "d/1")
    body = {"Name": "Service", "StageName": "Prospecting", "CloseDate": "2026-12-23"}
    assert client.Opportunity.upsert(key, body) == 201
    assert client.Opportunity.upsert(key, {"Amount": 95}) == second
    (deal,) = account.control("GET", "records")["deals"]
    assert (deal["title"], deal["values"]["Amount"]) == ("Service", 95)


def test_several_with_the_same_key(account):
    """300: the client tells which records match."""
    for name in ("A", "B"):
        account.control("POST", "contacts", {"name": name, "Legacy_Id__c": "7"})
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        account.client().Contact.upsert("Legacy_Id__c/7", {"Title": "x"})
    assert len(several.value.content) == 2


def test_queries(account):
    """Quoted by the client's own formatter; counted; all of them."""
    client = account.client()
    for name in ("O'Neil", 'a "b" \\', "Zoe"):
        client.Contact.create({"LastName": name})
        found = client.query(format_soql("SELECT Id, LastName FROM Contact WHERE LastName = {}", name))
        assert [row["LastName"] for row in found["records"]] == [name]
    assert len(client.query_all("SELECT Id FROM Contact ORDER BY LastName")["records"]) == 3
    assert client.query("SELECT COUNT() FROM Contact")["totalSize"] == 3
    with pytest.raises(SalesforceMalformedRequest) as bad:
        client.query("SELECT Id FROM Contact WHERE LastName = 'O'Neil'")
    assert said(bad)["errorCode"] == "MALFORMED_QUERY"


def test_searches(account):
    """SOSL finds an address, and everything by a word; what is too new for the index it does not."""
    account.control("POST", "contacts", {"name": "Ana López", "email": "ana@example.com"})
    account.control("PUT", "settings", {"search_lag_s": 60})
    client = account.client()
    client.Contact.create({"LastName": "Neu", "Email": "ana@example.com"})
    found = client.search("FIND {ana@example.com} IN EMAIL FIELDS RETURNING Contact(Id, Name)")["searchRecords"]
    assert [row["Name"] for row in found] == ["Ana López"]
    assert len(client.quick_search("López")["searchRecords"]) == 1


def test_descriptions(account):
    """Objects and their fields; the calls used are counted."""
    client = account.client()
    fields = {item["name"]: item for item in client.Contact.describe()["fields"]}
    assert fields[REF]["externalId"]
    assert fields[REF]["unique"]
    assert {"Contact", "Lead", "Opportunity", "Pet__c"} <= {item["name"] for item in client.describe()["sobjects"]}
    assert client.Contact.metadata()["objectDescribe"]["name"] == "Contact"
    assert client.limits()["DailyApiRequests"]["Max"] == 15000
    assert client.api_usage["api-usage"].used > 0


def test_duplicates(account):
    """A unique value that is taken, and a duplicate rule: each in its own form."""
    client = account.client()
    made = client.Contact.create({"LastName": "López", "Email": "ana@example.com", REF: "c-1"})
    with pytest.raises(SalesforceMalformedRequest) as taken:
        client.Contact.create({"LastName": "x", REF: "c-1"})
    assert said(taken)["errorCode"] == "DUPLICATE_VALUE"
    assert said(taken)["message"].endswith(made["id"][:15])
    account.control("PUT", "settings", {"extra": {"duplicate_rule": True}})
    with pytest.raises(SalesforceMalformedRequest) as alike:
        client.Contact.create({"LastName": "x", "Email": "ana@example.com"})
    (match,) = said(alike)["duplicateResult"]["matchResults"][0]["matchRecords"]
    assert match["record"]["Id"] == made["id"]
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert client.Contact.create({"LastName": "x", "Email": "ana@example.com"}, headers=header)["success"]


def test_a_deal_is_linked(account):
    """An OpportunityContactRole, alone and as a part of a composite call."""
    client = account.client()
    contact = client.Contact.create({"LastName": "López"})["id"]
    body = {"Name": "Service", "StageName": "Prospecting", "CloseDate": "2026-12-23"}
    deal = client.Opportunity.create(body)["id"]
    client.OpportunityContactRole.create({"OpportunityId": deal, "ContactId": contact, "IsPrimary": True})
    role = {"OpportunityId": "@{deal.id}", "ContactId": contact}
    parts = [
        {"method": "POST", "url": f"/services/data/v66.0/sobjects/{kind}", "referenceId": name, "body": part}
        for name, kind, part in (("deal", "Opportunity", body), ("role", "OpportunityContactRole", role))
    ]
    client.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": parts})
    assert [item["contacts"] for item in account.control("GET", "records")["deals"]] == [[contact], [contact]]


def test_a_used_up_limit(account):
    """403 REQUEST_LIMIT_EXCEEDED is a refusal to the client."""
    client = account.client()
    account.control("PUT", "faults", [{"kind": "limited"}])
    with pytest.raises(SalesforceRefusedRequest) as refused:
        client.query("SELECT Id FROM Contact")
    assert said(refused)["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
