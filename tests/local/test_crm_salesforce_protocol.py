"""Salesforce's stand-in by itself, over real HTTP: it takes and refuses what Salesforce does."""

import pytest

from local.crm.salesforce import StandIn
from local.crm.vendor import Vendor
from tests.crm_vendors import SALESFORCE_DATA, SALESFORCE_REF, SalesforceAccount


@pytest.fixture(scope="module")
def server():
    with SalesforceAccount.opened() as account:
        yield account


@pytest.fixture
def account(server):
    server.reset()
    return server


def test_it_is_a_vendor():
    """The stand-in has what the control plane asks for."""

    def accepts(vendor: Vendor) -> Vendor:
        return vendor

    assert accepts(StandIn()).name == "salesforce"


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
    assert read["attributes"] == {"type": "Contact", "url": f"{SALESFORCE_DATA}{path}"}
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
    form = account.client.post(
        f"{account.base}{SALESFORCE_DATA}/sobjects/Contact", headers=token, data={"LastName": "x"}
    )
    assert form.status_code == 415


def test_upserts(account):
    """201, then 200 (204 before version 46); the key is not repeated, is an external id, and matches once."""
    path = f"/sobjects/Opportunity/{SALESFORCE_REF}/d%2F1"
    body = {"Name": "Service", "StageName": "Prospecting", "CloseDate": "2026-12-23"}
    made = account.call("PATCH", path, json=body)
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = account.call("PATCH", path, json={"Name": "Full service"})
    assert (again.status_code, again.json()["id"], again.json()["created"]) == (200, made.json()["id"], False)
    account.behave(upsert_without_body=True)
    last_one = account.call("PATCH", path, json={"Amount": 95})
    assert (last_one.status_code, last_one.content) == (204, b"")
    assert account.call("GET", f"{path}?fields=Name,Amount").json()["Amount"] == 95
    assert account.call("PATCH", path, json={SALESFORCE_REF: "d/1"}).json()[0]["errorCode"] == "INVALID_FIELD"
    assert account.call("PATCH", "/sobjects/Opportunity/Name/x", json=body).status_code == 404
    assert account.call("PATCH", f"/sobjects/Opportunity/{SALESFORCE_REF}/acme.inc", json=body).status_code == 404
    keys = [account.put(name=name, Legacy_Id__c="7") for name in ("A", "B")]
    several = account.call("PATCH", "/sobjects/Contact/Legacy_Id__c/7", json={"Title": "x"})
    assert (several.status_code, several.json()) == (300, [f"{SALESFORCE_DATA}/sobjects/Contact/{key}" for key in keys])


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
        return {"method": "POST", "url": f"{SALESFORCE_DATA}/sobjects/{path}", "referenceId": name, "body": body}

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
