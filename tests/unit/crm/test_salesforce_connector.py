"""The Salesforce connector, driven by hand: what it asks, and what it makes of every answer."""

import base64
import datetime as dt
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.crm import connector as protocol
from shared.crm import salesforce_answers as answers
from shared.crm.connector import Exists, Token
from shared.crm.failure import CrmError
from shared.crm.salesforce import Connector, Credentials, Settings
from shared.crm.salesforce_bodies import literal, written
from shared.crm.wire import Request, Response
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Saved

HOST = "https://acme.my.salesforce.com"
DATA = f"{HOST}/services/data/v66.0"
NOW = dt.datetime(2026, 11, 23, 10, 5, tzinfo=dt.UTC)
ANA_ID = "003Fk00000000aBIAQ"
OTHER_ID = "003Fk00000000bCIAQ"
DEAL_ID = "006Fk00000000cDIAQ"
DATED = {"date": "Mon, 23 Nov 2026 10:05:00 GMT"}
ANA = Contact(
    "c-4f1d",
    Identity("ana@example.com", "+34600111222"),
    "Ana María López",
    {"Budget__c": 1200.0, "Start_Date__c": dt.date(2026, 12, 1), "Newsletter__c": True, "Interest__c": "Repairs"},
)
NOTE = Note("n-1", "Visitor: hello", ANA_ID, NOW, DEAL_ID)


def make(credentials=None, **settings):
    """A connector."""
    secret = credentials or {"client_id": " id\n", "client_secret": "secret "}
    return Connector(Settings.model_validate({"domain_url": HOST, **settings}), Credentials.model_validate({**secret}))


def accepts(connector: protocol.Connector) -> protocol.Connector:
    """Type-checked: what is given is a connector."""
    return connector


def said(status, body=None, **headers):
    """An answer."""
    return Response(status, headers, b"" if body is None else json.dumps(body).encode())


def error(status, code, message="", fields=None, **more):
    """Salesforce's form of an error."""
    return said(status, [{**more, "message": message, "errorCode": code, **({"fields": fields} if fields else {})}])


def play(steps, *responses):
    """Run a generator against these answers; return its calls and its result."""
    calls = []
    answered = iter(responses)
    try:
        calls.append(next(steps))
        while (response := next(answered, None)) is not None:
            calls.append(steps.send(response))
    except StopIteration as stop:
        assert len(calls) == len(responses)
        return calls, stop.value
    raise AssertionError(f"asked for more than was answered: {calls[-1]}")


def failed(steps, *responses):
    """Run a generator to its error."""
    with pytest.raises(CrmError) as caught:
        play(steps, *responses)
    return caught.value


MADE = said(201, {"id": ANA_ID, "success": True, "errors": []})
NONE_FOUND = said(200, {"totalSize": 0, "done": True, "records": []})


def test_it_is_a_connector():
    """It has what the protocol asks for; its account is its host."""
    connector = accepts(make())
    assert connector.account() == "acme.my.salesforce.com"
    assert not connector.unique_email
    assert connector.has_objects
    assert connector.pace.all.count == 20
    assert connector.standard() == {"name": "Name", "email": "Email", "phone": "Phone"}


@pytest.mark.parametrize(
    "settings",
    [
        {"domain_url": "https://login.salesforce.com"},
        {"domain_url": f"{HOST}?x=1"},
        {"domain_url": "acme"},
        {"domain_url": HOST, "api_version": "66"},
        {"domain_url": HOST, "object": "Account"},
        {"domain_url": HOST, "ref_field": "Chatbot_Ref"},
        {"domain_url": HOST, "unknown": 1},
        {},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings):
    """The login host is no account, and a custom field's name ends in __c."""
    with pytest.raises(ValidationError):
        Settings.model_validate(settings)


@pytest.mark.parametrize(
    "parts",
    [
        {"client_id": "id"},
        {"client_id": "", "client_secret": "s"},
        {"client_id": "id", "username": "u"},
        {"client_id": "id", "private_key": "k"},
        {"client_id": "id", "client_secret": "s", "username": "u", "private_key": "k"},
        {"client_id": "id", "client_secret": "s", "username": "u"},
    ],
)
def test_credentials_are_a_complete_combination(parts):
    """A secret alone, or a user with a key: nothing in between."""
    with pytest.raises(ValidationError):
        Credentials.model_validate(parts)


def test_every_setting_is_explained():
    """Owners see the schema: each setting has a description."""
    for model in (Settings, Credentials):
        assert all(item.description for item in model.model_fields.values())


def test_signing_in_with_a_secret():
    """The client credentials flow, with the secret in the header and not in the body."""
    given_token = said(200, {"access_token": "00D!t", "instance_url": "https://eu5.salesforce.com/"})
    (call,), token = play(make().sign_in(NOW), given_token)
    assert call.target == f"{HOST}/services/oauth2/token"
    assert call.form == {"grant_type": "client_credentials"}
    assert base64.b64decode(call.headers["Authorization"].removeprefix("Basic ")) == b"id:secret"
    assert not call.signed
    assert call.repeatable
    assert not call.writes
    assert token == Token("00D!t", None, "https://eu5.salesforce.com")


def test_signing_in_with_a_key():
    """The JWT bearer flow: an assertion for three minutes from the moment handed in."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    for written_key in (pem, pem.replace("\n", "\\n")):
        connector = make({"client_id": "id", "username": "bot@example.com", "private_key": written_key})
        call = next(connector.sign_in(NOW))
        assert call.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(
            call.form["assertion"], key.public_key(), ["RS256"], audience="https://login.salesforce.com",
            options={"verify_exp": False},
        )  # fmt: skip
        assert claims == {
            "iss": "id",
            "sub": "bot@example.com",
            "aud": "https://login.salesforce.com",
            "exp": int(NOW.timestamp()) + 180,
        }
        assert "Authorization" not in call.headers


def test_a_key_that_is_none_is_said_so():
    """A private key that cannot be read is a matter of the credentials, and is not shown."""
    connector = make({"client_id": "id", "username": "u", "private_key": "no key of mine"})
    why = failed(connector.sign_in(NOW))
    assert why.category == "unauthorised"
    assert "no key of mine" not in why.detail


@pytest.mark.parametrize(
    ("status", "body", "category"),
    [
        (400, {"error": "invalid_client_id", "error_description": "client identifier invalid"}, "unauthorised"),
        (400, {"error": "invalid_client", "error_description": "invalid client credentials"}, "unauthorised"),
        (400, {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}, "unauthorised"),
        (400, {"error": "invalid_grant", "error_description": "request not supported on this domain"}, "unauthorised"),
        (400, {"error": "invalid_grant", "error_description": "login rate exceeded"}, "limited"),
        (400, {"error": "unknown_error", "error_description": "retry your request"}, "unavailable"),
        (503, {"error": "server_error"}, "unavailable"),
        (502, None, "unavailable"),
        (429, None, "limited"),
        (404, None, "refused"),
        (301, None, "refused"),
        (403, None, "unauthorised"),
    ],
)
def test_why_no_token_was_given(status, body, category):
    """The token call's errors have a form of their own."""
    assert failed(make().sign_in(NOW), said(status, body)).category == category


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"access_token": 1, "instance_url": HOST},
        {"access_token": "t"},
        {"access_token": "t", "instance_url": "elsewhere"},
        {"access_token": "t", "instance_url": "http://acme.my.salesforce.com"},
    ],
)
def test_a_token_without_a_safe_place_is_none(body):
    """A token is not sent to what is no URL, nor to plain http where the account is at https."""
    assert failed(make().sign_in(NOW), said(200, body)).category == "malformed"


def test_calls_go_to_the_instance():
    """A signed call carries the token and is made where the account lives."""
    request = Request("x", "GET", f"{DATA}/query", headers={"a": "b"}, query={"q": "SELECT"})
    signed = make().authorised(request, Token("t", base_url="https://eu5.salesforce.com"))
    assert signed.target == "https://eu5.salesforce.com/services/data/v66.0/query?q=SELECT"
    assert signed.headers == {"a": "b", "Authorization": "Bearer t"}
    assert make().authorised(request, Token("t")).url == request.url


def test_an_address_is_found_by_a_query():
    """The exact address, quoted; the oldest first; the result as records."""
    row = {
        "attributes": {"type": "Contact"}, "Id": ANA_ID, "Name": "Ana López", "FirstName": "Ana", "LastName": "López",
        "Email": "ana@example.com", "Phone": None, "MobilePhone": "+34600111222",
    }  # fmt: skip
    identity = Identity("o'neil\\@example.com", "+34600111222")
    (call,), found = play(make().find(identity), said(200, {"records": [row]}))
    assert call.method == "GET"
    assert call.repeatable
    assert call.url == f"{DATA}/query"
    assert call.query["q"] == (
        "SELECT Id, Name, FirstName, LastName, Email, Phone, MobilePhone FROM Contact "
        r"WHERE Email = 'o\'neil\\@example.com' ORDER BY CreatedDate LIMIT 5"
    )
    assert (found[0].id, found[0].name, found[0].phone) == (ANA_ID, "Ana López", "+34600111222")
    assert found[0].values["Phone"] == ""


def test_a_number_is_found_by_a_search():
    """Of what the search returns only the same number counts, however it is written."""
    rows = [
        {"Id": ANA_ID, "LastName": "López", "Phone": "600 111 222"},
        {"Id": OTHER_ID, "LastName": "Ruiz", "Phone": "+34 600 111 223", "MobilePhone": None},
    ]
    (call,), found = play(make().find(Identity(phone="+34600111222")), said(200, {"searchRecords": rows}))
    assert call.url == f"{DATA}/parameterizedSearch"
    assert (call.json["q"], call.json["in"], call.json["sobjects"]) == ("34600111222", "PHONE", [{"name": "Contact"}])
    assert call.reads
    assert call.repeatable
    assert [record.id for record in found] == [ANA_ID]


def test_nobody_is_looked_for_without_an_identity():
    """No address and no number: no call."""
    with pytest.raises(StopIteration) as stop:
        next(make().find(Identity()))
    assert stop.value.value == ()


def test_converted_leads_are_left_out():
    """A converted lead can no longer be written to: it is not found."""
    call = next(make(object="Lead").find(Identity("a@b.example")))
    assert "FROM Lead WHERE Email = 'a@b.example' AND IsConverted = false ORDER" in call.query["q"]


def test_reading_a_contact():
    """Standard fields and those asked for, each once, as text."""
    row = {"Id": ANA_ID, "LastName": "[not provided]", "FirstName": None, "Budget__c": 5.0, "Newsletter__c": False}
    (call,), record = play(make().read(ANA_ID, ("Budget__c", "Email")), said(200, row))
    assert call.url == f"{DATA}/sobjects/Contact/{ANA_ID}"
    assert call.query == {"fields": "Id,Name,FirstName,LastName,Email,Phone,MobilePhone,Budget__c"}
    assert (record.name, record.values["Budget__c"], record.values["Newsletter__c"]) == ("", "5", "false")


@pytest.mark.parametrize(
    "gone",
    [
        error(404, "NOT_FOUND", "The requested resource does not exist"),
        error(400, "MALFORMED_ID", "Contact ID: id value of incorrect type: 00Q"),
    ],
)
def test_a_contact_that_is_gone_is_none(gone):
    """Deleted, or an id of another kind of record: not there."""
    assert play(make().read("00Q/1", ()), gone)[1] is None
    assert play(make().update("00Q/1", ANA), gone)[1] is False
    assert next(make().read("00Q/1", ())).url.endswith("/00Q%2F1")


def test_making_a_contact():
    """Name in two parts, our key, dates and numbers in the CRM's form; the CRM refuses a second one."""
    (call,), saved = play(make().create(ANA, None), MADE)
    assert call.url == f"{DATA}/sobjects/Contact"
    assert call.json == {
        "FirstName": "Ana María",
        "LastName": "López",
        "Email": "ana@example.com",
        "Phone": "+34600111222",
        "Budget__c": 1200,
        "Start_Date__c": "2026-12-01",
        "Newsletter__c": True,
        "Interest__c": "Repairs",
        "Chatbot_Ref__c": "c-4f1d",
    }
    assert call.headers == {"Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=true"}
    assert call.repeatable
    assert saved == Saved(ANA_ID)


def test_what_salesforce_requires_is_there():
    """A contact without a name gets the placeholder of its own web forms, a lead a company."""
    nobody = Contact("c-1", Identity("a@b.example"))
    assert next(make().create(nobody, None)).json["LastName"] == "[not provided]"
    lead = next(make(object="Lead", lead_company="Web").create(nobody, NOW))
    assert lead.json["Company"] == "Web"
    assert lead.url.endswith("/sobjects/Lead")
    one_word = next(make().create(Contact("c-1", Identity("a@b.example"), "Cher"), None)).json
    assert (one_word["LastName"], "FirstName" in one_word) == ("Cher", False)


@pytest.mark.parametrize(
    "message",
    [
        "duplicate value found: Chatbot_Ref__c duplicates value on record with id: 003Fk00000000aB",
        f"duplicate value found: Chatbot_Ref__c duplicates value on record with id: {answers.long_id(ANA_ID[:15])}",
    ],
)
def test_a_second_contact_with_our_key_is_the_first(message):
    """The refusal names the record, by its short id or its long one."""
    _, made = play(make().create(ANA, NOW), error(400, "DUPLICATE_VALUE", message))
    assert made == Exists(answers.long_id("003Fk00000000aB"))


def test_a_refusal_that_names_nothing_is_looked_after():
    """`<unknown>`: our key is looked up; if it is not ours that is taken, the contact is refused."""
    hidden = error(
        400, "DUPLICATE_VALUE", "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
    )
    (_, call), made = play(make().create(ANA, NOW), hidden, said(200, {"Id": ANA_ID}))
    assert call.target == f"{DATA}/sobjects/Contact/Chatbot_Ref__c/c-4f1d?fields=Id"
    assert made == Exists(ANA_ID)
    other = error(
        400, "DUPLICATE_VALUE", "duplicate value found: No__c duplicates value on record with id: 003Fk00000000aB"
    )
    why = failed(make().create(ANA, NOW), other, error(404, "NOT_FOUND", "no"))
    assert (why.category, why.detail) == (
        "refused",
        "another record of Salesforce has the same value in the field 'No__c'",
    )


def matched(*records, key="duplicateResult", kind="Contact"):
    """A duplicate rule's refusal."""
    rows = [{"record": {"attributes": {"type": kind}, **record}} for record in records]
    return error(
        400, "DUPLICATES_DETECTED", "Use one of these records?", **{key: {"matchResults": [{"matchRecords": rows}]}}
    )


def test_what_a_duplicate_rule_found_is_taken():
    """One match is the contact, under the old spelling too; among several ours; else nobody can tell."""
    assert play(make().create(ANA, None), matched({"Id": ANA_ID}))[1] == Exists(ANA_ID)
    assert play(make().create(ANA, None), matched({"Id": ANA_ID}, key="duplicateResut"))[1] == Exists(ANA_ID)
    ours = matched({"Id": OTHER_ID}, {"Id": ANA_ID, "Chatbot_Ref__c": "c-4f1d"})
    assert play(make().create(ANA, NOW), ours)[1] == Exists(ANA_ID)
    for several in (matched({"Id": OTHER_ID}, {"Id": ANA_ID}), matched({"Id": OTHER_ID}, kind="Lead"), matched()):
        assert failed(make().create(ANA, None), several).category == "ambiguous"


def test_an_update_writes_what_is_known():
    """Empty parts are left as they are; a one-word name leaves no first name behind."""
    known = Contact("c-4f1d", Identity(phone="+34600111222"), "Cher")
    (call,), there = play(make().update(ANA_ID, known), said(204))
    assert (call.method, call.url) == ("PATCH", f"{DATA}/sobjects/Contact/{ANA_ID}")
    assert call.json == {"FirstName": None, "LastName": "Cher", "Phone": "+34600111222"}
    assert there is True
    with pytest.raises(StopIteration) as stop:
        next(make().update(ANA_ID, Contact("c-4f1d", Identity())))
    assert stop.value.value is True


DEAL = Deal("d-1", "Full service", ANA_ID, 95.0, "EUR", "012Fk000000001", "", {"Source_Page__c": "/prices"})


def test_a_new_deal():
    """Looked for by our key, made with the day the CRM told, linked to its contact."""
    calls, saved = play(
        make().save_deal(DEAL, None),
        Response(404, DATED, error(404, "NOT_FOUND", "The requested resource does not exist").body),
        said(201, {"id": DEAL_ID, "success": True, "errors": [], "created": True}),
        NONE_FOUND,
        said(201, {"id": "00KFk00000000dEIAQ", "success": True, "errors": []}),
    )
    look, upsert, role, link = calls
    assert look.target == f"{DATA}/sobjects/Opportunity/Chatbot_Ref__c/d-1?fields=Id"
    assert (upsert.method, upsert.url) == ("PATCH", f"{DATA}/sobjects/Opportunity/Chatbot_Ref__c/d-1")
    assert upsert.json == {
        "StageName": "Prospecting",
        "CloseDate": "2026-12-23",
        "Name": "Full service",
        "Amount": 95,
        "RecordTypeId": "012Fk000000001",
        "Source_Page__c": "/prices",
    }
    assert upsert.repeatable
    assert role.query["q"] == (
        f"SELECT Id FROM OpportunityContactRole WHERE OpportunityId = '{DEAL_ID}' AND ContactId = '{ANA_ID}' LIMIT 1"
    )
    assert link.json == {"OpportunityId": DEAL_ID, "ContactId": ANA_ID, "IsPrimary": True}
    assert not link.repeatable
    assert saved == Saved(DEAL_ID)


def test_a_deal_that_is_there():
    """Stage and close date are the sales team's by now; no second role; the answer may have no body."""
    calls, saved = play(
        make(multi_currency=True).save_deal(DEAL, NOW),
        said(200, {"Id": DEAL_ID}),
        said(204),
        said(200, {"records": [{"Id": "00KFk00000000dEIAQ"}]}),
    )
    assert not {"StageName", "CloseDate"} & set(calls[1].json)
    assert calls[1].json["CurrencyIsoCode"] == "EUR"
    assert saved == Saved(DEAL_ID, created=False)


def test_a_leads_deal_names_the_lead():
    """A lead has no role in a deal: the deal's description says whose it is."""
    calls, _ = play(make(object="Lead").save_deal(DEAL, None), Response(404, DATED, b"[]"), said(201, {"id": DEAL_ID}))
    assert len(calls) == 2
    assert calls[1].json["Description"] == f"Lead: {ANA_ID}"


def test_a_key_that_several_deals_have():
    """300: nothing was written, and nobody can tell which is meant."""
    assert failed(make().save_deal(DEAL, None), said(300, ["/a", "/b"])).category == "ambiguous"


def test_an_answer_without_a_day_makes_no_deal():
    """A new deal needs a close date: without the day it waits."""
    assert failed(make().save_deal(DEAL, None), error(404, "NOT_FOUND")).category == "malformed"


def test_a_note():
    """A completed task on contact and deal, our key at the end of its text; a lead's task has no deal."""
    (call,), saved = play(make().save_note(NOTE, None), said(201, {"id": "00TFk00000000eFIAQ"}))
    assert call.json == {
        "Subject": "Chat conversation",
        "Status": "Completed",
        "ActivityDate": "2026-11-23",
        "Description": "Visitor: hello\n\n[n-1]",
        "WhoId": ANA_ID,
        "WhatId": DEAL_ID,
    }
    assert not call.repeatable
    assert saved.created
    assert "WhatId" not in next(make(object="Lead").save_note(NOTE, None)).json


def test_a_note_after_a_lost_attempt():
    """Tasks since then are read, a little earlier for the clocks; ours is not written twice."""
    rows = [
        {"Id": "00TFk00000000eFIAQ", "Description": None},
        {"Id": "00TFk00000000gHIAQ", "Description": "x\n\n[n-1]"},
    ]
    (call,), saved = play(make().save_note(NOTE, NOW), said(200, {"records": rows}))
    assert call.query["q"] == (
        f"SELECT Id, Description FROM Task WHERE WhoId = '{ANA_ID}' AND CreatedDate >= 2026-11-23T10:00:00Z "
        "ORDER BY CreatedDate DESC LIMIT 200"
    )
    assert saved == Saved("00TFk00000000gHIAQ", created=False)
    calls, _ = play(make().save_note(NOTE, NOW), NONE_FOUND, said(201, {"id": "00TFk00000000eFIAQ"}))
    assert calls[1].method == "POST"


def test_a_long_note_keeps_its_key():
    """The text is cut, not the key by which it is known."""
    call = next(make().save_note(Note("n-1", "x" * 40_000, ANA_ID, NOW), None))
    assert len(call.json["Description"]) < 32_000
    assert call.json["Description"].endswith("[n-1]")


def test_a_record_of_another_kind():
    """An upsert by our key, pointing at the contact where the object has a field for that."""
    described = said(200, {"fields": [{"name": "Contact__c", "referenceTo": ["Contact"], "createable": True}]})
    record = CustomRecord("r-1", "Pet__c", {"Name": "Rex", "Chatbot_Ref__c": "x"}, ANA_ID)
    calls, saved = play(make().save_record(record, None), described, said(201, {"id": "a00Fk00000000hIIAQ"}))
    assert calls[0].url == f"{DATA}/sobjects/Pet__c/describe"
    assert calls[1].url == f"{DATA}/sobjects/Pet__c/Chatbot_Ref__c/r-1"
    assert calls[1].json == {"Name": "Rex", "Contact__c": ANA_ID}
    assert saved.created
    again, saved = play(
        make().save_record(record, NOW), said(200, {"fields": []}), said(204), said(200, {"Id": "a00Fk00000000hIIAQ"})
    )
    assert again[1].json == {"Name": "Rex"}
    assert saved == Saved("a00Fk00000000hIIAQ", created=False)


def test_fields_from_the_description():
    """Types, choices that are active, what must and what cannot be written."""
    may = {"createable": True, "updateable": True, "nillable": True, "defaultedOnCreate": False}
    listed = [
        {**may, "name": "LastName", "label": "Last Name", "type": "string", "nillable": False},
        {**may, "name": "Budget__c", "label": "Budget", "type": "currency"},
        {
            **may, "name": "Interest__c", "label": "Interest", "type": "picklist",
            "picklistValues": [{"active": True, "value": "Bikes"}, {"active": False, "value": "Skis"}, None],
        },
        {"name": "CreatedDate", "type": "datetime", "createable": False, "updateable": False, "nillable": False},
        {**may, "name": "Newsletter__c", "type": "boolean", "nillable": False, "defaultedOnCreate": True},
        {**may, "name": "AccountId", "type": "reference"},
        {"type": "string"},
    ]  # fmt: skip
    (call,), found = play(make().fields("contact"), said(200, {"fields": listed}))
    assert call.url == f"{DATA}/sobjects/Contact/describe"
    by_name = {item.name: item for item in found}
    assert [item.type for item in found] == ["text", "number", "choice", "datetime", "yes_no", "other"]
    assert by_name["Interest__c"].options == ("Bikes",)
    assert by_name["CreatedDate"].read_only
    assert [item.name for item in found if item.required] == ["LastName"]
    assert next(make().fields("deal")).url == f"{DATA}/sobjects/Opportunity/describe"


KEY = {"name": "Chatbot_Ref__c", "externalId": True, "unique": True}
USABLE = {"createable": True, "updateable": True, "queryable": True, "fields": [KEY]}


def test_our_key_needs_a_field():
    """It cannot be made over this API: the owner is told what to make, and where it is missing."""
    assert play(make().prepare(), said(200, USABLE), said(200, USABLE))[1] == {}
    not_unique = {**USABLE, "fields": [{**KEY, "unique": False}]}
    why = failed(make().prepare(), said(200, USABLE), said(200, not_unique))
    assert why.category == "refused"
    assert why.detail.startswith("Make a field 'Chatbot_Ref__c' (Text 80, External ID, Unique) on Contact and Opportun")


def test_a_check_says_what_works():
    """Sign-in, each object, our key, and the calls that are left."""
    used = said(200, USABLE, **{"sforce-limit-info": "api-usage=18/5000"})
    _, checks = play(make().check(), said(200, USABLE), said(200, USABLE), used)
    assert all(check.ok for check in checks)
    assert [check.name for check in checks] == [
        "sign-in", "Contact", "our key on Contact", "Opportunity", "our key on Opportunity", "Task", "API calls",
    ]  # fmt: skip


def test_a_check_says_what_does_not():
    """Each refusal is one finding; without a sign-in there is nothing more to try."""
    read_only = {**USABLE, "createable": False, "fields": []}
    spent = error(403, "INSUFFICIENT_ACCESS", "no")
    _, checks = play(make().check(), said(200, read_only), error(404, "NOT_FOUND", "x"), spent)
    assert [check.name for check in checks if check.ok] == ["sign-in"]
    assert "createable" in checks[1].detail
    assert "see Opportunity" in checks[3].detail
    (only,) = play(make().check(), error(401, "INVALID_SESSION_ID"))[1]
    assert (only.name, only.ok) == ("sign-in", False)


@pytest.mark.parametrize(
    ("answer", "category", "detail"),
    [
        (error(401, "INVALID_SESSION_ID", "Session expired"), "unauthorised", "sign-in"),
        (error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "limited", "API calls"),
        (error(403, "INSUFFICIENT_ACCESS_OR_READONLY", "no", ["Amount"]), "forbidden", "'Amount'"),
        (error(400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "no"), "forbidden", "permission"),
        (error(403, "API_DISABLED_FOR_ORG", "no"), "forbidden", "permission"),
        (error(404, "NOT_FOUND", "The requested resource does not exist"), "missing", "record"),
        (error(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"), "missing", "record"),
        (error(404, "NOT_FOUND", "Provided external ID field does not exist: X"), "refused", "External ID"),
        (error(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"), "unavailable", "right now"),
        (error(503, "SERVER_UNAVAILABLE", "no"), "unavailable", "right now"),
        (error(500, "UNKNOWN_EXCEPTION", "no"), "unavailable", "right now"),
        (said(408), "unavailable", "right now"),
        (error(400, "DUPLICATES_DETECTED", "Use one"), "ambiguous", "duplicate"),
        (said(300, ["/a", "/b"]), "ambiguous", "duplicate"),
        (said(302), "refused", "My Domain"),
        (error(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "secret", ["Budget__c"]), "refused", "'Budget__c'"),
        (error(400, "REQUIRED_FIELD_MISSING", "are missing: [LastName, Company]"), "refused", "'Company'"),
        (error(400, "INVALID_FIELD", "No such column 'Foo' on sobject of type Contact"), "refused", "'Foo'"),
        (error(400, "INVALID_EMAIL_ADDRESS", "Email: invalid: secret", ["Email"]), "refused", "'Email'"),
        (error(400, "STRING_TOO_LONG", "too large: secret", ["Title"]), "refused", "'Title'"),
        (error(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "secret", ["Interest__c"]), "refused", "'Interest__c'"),
        (error(400, "SOMETHING_NEW", "secret", ["A", "B"]), "refused", "the fields 'A', 'B'"),
        (said(422), "refused", "does not accept"),
    ],
)  # fmt: skip
def test_every_error_has_its_category(answer, category, detail):
    """And a plain text that names fields at most, never a value."""
    why = make().failure(Request("x", "GET", DATA), answer)
    assert why.category == category
    assert detail in why.detail
    assert "secret" not in why.detail


def test_how_long_to_wait():
    """A day's calls are back after hours, too many at once after a minute, a header is believed."""
    request = Request("x", "GET", DATA)
    waits = [
        make().failure(request, answer).retry_after_s
        for answer in (
            error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            error(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
            said(429, None, **{"retry-after": "7"}),
        )
    ]
    assert waits == [3600, 60, 7]


def test_success_is_no_failure():
    """Whatever a successful answer holds."""
    for status in (200, 201, 204, 299):
        assert make().failure(Request("x", "GET", DATA), Response(status, {}, b"<html>")) is None


def test_values_in_the_crms_form():
    """Whole numbers without a point, moments in UTC, dates as dates."""
    zone = dt.timezone(dt.timedelta(hours=2))
    assert written(dt.datetime(2026, 12, 1, 9, 30, tzinfo=zone)) == "2026-12-01T07:30:00Z"
    assert [written(value) for value in (1.5, 3.0, True, "x")] == [1.5, 3, True, "x"]
    assert isinstance(written(3.0), int)


@given(st.text())
def test_a_literal_never_ends_early(text):
    """Whatever is quoted, the only bare quotes are the first and the last character."""
    quoted = literal(text)
    inner = quoted[1:-1].replace("\\\\", "")
    assert quoted[0] == quoted[-1] == "'"
    assert "'" not in inner.replace("\\'", "")
    assert "\n" not in inner
    assert not inner.endswith("\\")


def test_numbers_are_the_same_however_written():
    """A country's code may be missing, a short extension is no number."""
    assert answers.same_number("+442079460321", "(020) 7946 0321")
    assert not answers.same_number("+442079460321", "0321")
    assert not answers.same_number("+442079460321", "+34600111222")
    assert not answers.same_number("+442079460321", "")


def test_short_ids_become_long():
    """The three more characters are Salesforce's own."""
    assert answers.long_id("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert answers.long_id("001D000000IqhSLIAZ") == "001D000000IqhSLIAZ"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(ANA_ID),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("id", "Id", "records", "searchRecords", "fields", "name", "errorCode", "message", "duplicateResult",
                 "matchResults", "matchRecords", "record", "attributes", "error", "access_token", "instance_url")
            ), inner, max_size=4,
        )
        | st.sampled_from(("DUPLICATE_VALUE", "DUPLICATES_DETECTED", "NOT_FOUND", "INVALID_FIELD"))
    ),
    max_leaves=12,
)  # fmt: skip
RESPONSES = st.builds(
    Response,
    st.sampled_from((200, 201, 204, 300, 400, 401, 403, 404, 429, 500)),
    st.sampled_from(({}, DATED, {"date": "x", "sforce-limit-info": "api-usage=a/b", "retry-after": "soon"})),
    st.binary(max_size=20) | st.builds(lambda body: json.dumps(body).encode(), JSON),
)
STEPS = (
    lambda c: c.sign_in(NOW),
    lambda c: c.find(Identity("a@b.example")),
    lambda c: c.find(Identity(phone="+34600111222")),
    lambda c: c.read(ANA_ID, ("Budget__c",)),
    lambda c: c.create(ANA, NOW),
    lambda c: c.update(ANA_ID, ANA),
    lambda c: c.save_deal(DEAL, NOW),
    lambda c: c.save_note(NOTE, NOW),
    lambda c: c.save_record(CustomRecord("r-1", "Pet__c", {"Name": "Rex"}, ANA_ID), NOW),
    lambda c: c.fields("contact"),
    lambda c: c.prepare(),
    lambda c: c.check(),
)


@given(st.sampled_from(STEPS), st.lists(RESPONSES, min_size=8, max_size=8))
def test_nothing_the_crm_says_breaks_it(steps, responses):
    """Whatever comes back, a generator ends with a result or with a CrmError."""
    connector = make()
    running = steps(connector)
    try:
        request = next(running)
        for response in responses:
            found = connector.failure(request, response)
            assert found is None or found.detail
            request = running.send(response)
        raise AssertionError("it never ends")
    except (StopIteration, CrmError):
        pass
