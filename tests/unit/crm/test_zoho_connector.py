"""The connector for Zoho CRM, driven by hand: golden requests, every refusal, and bodies of any shape."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.crm.connector import Connector as Protocol
from shared.crm.connector import Exists, Token
from shared.crm.failure import CrmError
from shared.crm.wire import Request, Response
from shared.crm.zoho import MAX_PAGES, Connector, Credentials, Settings
from shared.crm.zoho_answers import CREDITS_WAIT_S, has, shown
from shared.crm.zoho_fields import names, native, typed
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Record, RemoteField, Saved, Value
from shared.domain.limits import RateLimit

NOW = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
API = "https://www.zohoapis.com/crm/v8"
KEY = "Chatbot_Ref"
CLIENT = {"client_id": "id-1", "client_secret": "secret-1", "refresh_token": "refresh-1"}
ANA = Contact("c-1", Identity("ana@example.com", "+34600111222"), "Ana María López")
PHONE = replace(ANA, identity=Identity(phone="+34600111222"))
NOTHING = Response(204)
REF_SPEC = {"api_name": KEY, "data_type": "text", "unique": {"case_sensitive": False}}
PROBE = Request("make the contact", "POST", f"{API}/Contacts/upsert")


def connector(key="", **changed):
    return Connector(Settings.model_validate({"ref_field": key, **changed}), Credentials.model_validate(CLIENT))


def said(body, status=200, **headers):
    """An answer of Zoho's."""
    return Response(status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(body).encode())


def rows(*items, more=False):
    return said({"data": list(items), "info": {"more_records": more}})


def wrote(record_id="77", action="insert"):
    return said({"data": [{"code": "SUCCESS", "status": "success", "action": action, "details": {"id": record_id}}]})


def refused(code, status=400, of_record=True, message="no", **details):
    """A refusal, of the record or of the call."""
    error = {"code": code, "details": details, "message": message, "status": "error"}
    return said({"data": [error]} if of_record else error, status)


def duplicate(name, record_id="55"):
    return refused("DUPLICATE_DATA", api_name=name, duplicate_record={"id": record_id})


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


def failed(steps, *answers):
    """Run a generator to its CrmError."""
    with pytest.raises(CrmError) as raised:
        drive(steps, *answers)
    return raised.value


def test_it_is_a_connector():
    """Its shape is the protocol's."""

    def accepts(given_: Protocol) -> Protocol:
        return given_

    made = accepts(connector())
    assert (made.unique_email, made.has_objects) == (False, True)
    assert made.pace.all == RateLimit(10, 1)
    assert "search" in made.pace.by
    assert made.standard() == {"name": "Full_Name", "email": "Email", "phone": "Phone"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_centre": "us"}, {"module": "Accounts"}, {"ref_field": "not a name"}, {"api_url": "ftp://x"},
        {"accounts_url": "https://x?y"}, {"more": 1},
    ],
)  # fmt: skip
def test_settings_are_checked(wrong):
    """What is no data centre, module, name or web address is refused."""
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


@pytest.mark.parametrize("wrong", [{}, {**CLIENT, "client_secret": ""}, {**CLIENT, "more": "x"}])
def test_credentials_are_whole(wrong):
    """All three parts are needed."""
    with pytest.raises(ValidationError):
        Credentials.model_validate(wrong)


def test_settings_and_credentials_say_what_they_are():
    """Everything has a description for owners, and the credentials do not show."""
    for model in (Settings, Credentials):
        assert all(item.get("description") for item in model.model_json_schema()["properties"].values())
    assert "secret-1" not in repr(Credentials.model_validate(CLIENT))


@pytest.mark.parametrize(
    ("data_centre", "accounts", "api"),
    [
        ("com", "https://accounts.zoho.com", "https://www.zohoapis.com"),
        ("com.au", "https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
        ("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    ],
)
def test_a_data_centre_has_its_own_hosts(data_centre, accounts, api):
    """Canada's accounts have another name than the others'."""
    found = Settings.model_validate({"data_centre": data_centre})
    assert (found.accounts, found.api) == (accounts, api)


def test_an_account_is_named_without_its_secret():
    """Another grant is another account; the name tells nothing of it."""
    one = connector().account()
    other = Connector(
        Settings.model_validate({}), Credentials.model_validate({**CLIENT, "refresh_token": "refresh-2"})
    ).account()
    assert one != other
    assert one == connector(KEY).account()
    assert "refresh" not in one


def test_signing_in_tells_where_the_account_lives():
    """The token is asked for with a form, and calls go to the host that came with it."""
    made = connector(data_centre="eu")
    body = {"access_token": "t-1", "expires_in": 3600, "api_domain": "https://www.zohoapis.eu/"}
    (request,), token = drive(made.sign_in(NOW), said(body))
    assert (request.method, request.url) == ("POST", "https://accounts.zoho.eu/oauth/v2/token")
    assert request.form == {**CLIENT, "grant_type": "refresh_token"}
    assert not request.signed
    assert not request.writes
    assert token == Token("t-1", NOW + dt.timedelta(hours=1), "https://www.zohoapis.eu")
    elsewhere = replace(token, base_url="https://sandbox.zohoapis.eu")
    call = made.authorised(Request("read", "GET", "https://www.zohoapis.eu/crm/v8/Contacts"), elsewhere)
    assert call.url == "https://sandbox.zohoapis.eu/crm/v8/Contacts"
    assert call.headers == {"Authorization": "Zoho-oauthtoken t-1"}


def test_a_configured_host_is_kept():
    """Where the owner says where the API is, Zoho is not asked."""
    made = connector(api_url="http://127.0.0.1:9/zoho/", accounts_url="http://127.0.0.1:9/zoho")
    body = {"access_token": "t-1", "expires_in": 60, "api_domain": "https://www.zohoapis.com"}
    (request,), token = drive(made.sign_in(NOW), said(body))
    assert request.url == "http://127.0.0.1:9/zoho/oauth/v2/token"
    assert token.base_url == ""


@pytest.mark.parametrize(
    ("answer", "category", "words"),
    [
        (said({"error": "invalid_code"}), "unauthorised", "data centre than 'com'"),
        (said({"error": "invalid_client"}), "unauthorised", "data centre than 'com'"),
        (said({"error": "invalid_client_secret"}), "unauthorised", "secret"),
        (said({"error": "invalid_code"}, 400), "unauthorised", "data_centre"),
        (said({"error": "Access Denied", "error_description": "too many requests"}, 400), "limited", "no more tokens"),
        (said({}, 429), "limited", "no more tokens"),
        (said({"error": "general_error"}), "unavailable", "right now"),
        (Response(503), "unavailable", "right now"),
        (said({}), "malformed", "cannot be read"),
        (said({"access_token": "t", "expires_in": "soon"}), "malformed", "cannot be read"),
        (said({"access_token": "t\n", "expires_in": 9}), "malformed", "cannot be read"),
        (said({"access_token": "t", "expires_in": 9, "api_domain": "http://evil.example"}), "malformed", "read"),
        (Response(200, {}, b"<html>"), "malformed", "cannot be read"),
    ],
)
def test_refused_sign_ins_are_told_apart(answer, category, words):
    """Zoho refuses with a status of success; the usual reason is another data centre."""
    error = failed(connector().sign_in(NOW), answer)
    assert error.category == category
    assert words in error.detail
    assert "refresh-1" not in error.detail


def test_people_are_found_by_address_or_number():
    """One search by the address, or by the number where there is none; what only resembles it is left out."""
    person = {"id": "7", "First_Name": "Ana", "Last_Name": "López", "Email": "Ana@example.com", "Mobile": "34600111222"}
    other = {"id": "8", "Last_Name": "B", "Email": "x-ana@example.com"}
    (request,), found = drive(connector().find(ANA.identity), rows(person, other))
    assert request.target.startswith(f"{API}/Contacts/search?email=ana%40example.com&fields=")
    assert (request.pace, request.repeatable) == ("search", True)
    assert [(item.id, item.name, item.phone) for item in found] == [("7", "Ana López", "34600111222")]
    (request,), found = drive(connector(module="Leads").find(PHONE.identity), rows(person, other))
    assert request.url == f"{API}/Leads/search"
    assert request.query["phone"] == "+34600111222"
    assert [item.id for item in found] == ["7"]
    assert drive(connector().find(ANA.identity), NOTHING)[1] == ()
    assert drive(connector().find(ANA.identity), refused("INVALID_DATA", of_record=False))[1] == ()
    assert drive(connector().find(Identity())) == ([], ())


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("+442079460321", "(020) 7946 0321", True), ("+442079460321", "00442079460321", True),
        ("+442079460321", "+442079460322", False), ("+442079460321", "60321", False), ("", "", False),
    ],
)  # fmt: skip
def test_numbers_are_compared_by_their_digits(left, right, same):
    """With the country or without; too few digits are nobody's."""
    assert has({"Phone": right}, "", left) is same


def test_a_contact_is_read_with_its_properties():
    """Values are texts; names that are only a stand-in for none are none."""
    item = {
        "id": "7", "Last_Name": "ana@example.com", "Email": "ana@example.com", "Budget": 12.0, "Newsletter": True,
        "Account_Name": {"name": "Ajax", "id": "9"}, "Tags": ["a", "b"], "Empty": None,
    }  # fmt: skip
    wanted = ("Budget", "Newsletter", "Account_Name", "Tags", "Empty")
    (request,), record = drive(connector().read("7", wanted), rows(item))
    assert request.url == f"{API}/Contacts/7"
    assert set(wanted) <= set(request.query["fields"].split(","))
    standard = {"Full_Name": "", "Email": "ana@example.com", "Phone": ""}
    values = {"Budget": "12", "Newsletter": "true", "Account_Name": "Ajax", "Tags": "a; b", "Empty": "", **standard}
    assert record == Record("7", "ana@example.com", "", "", values)
    many = tuple(f"F{number}" for number in range(60))
    assert drive(connector().read("7", many), NOTHING)[0][0].query == {}


@pytest.mark.parametrize(
    "answer",
    [
        NOTHING,
        Response(404),
        refused("INVALID_DATA", of_record=False, resource_path_index=1),
        refused("INVALID_DATA", of_record=False, message="the id given seems to be invalid"),
    ],
)
def test_a_contact_that_is_gone_is_none(answer):
    """In each of the forms in which Zoho says so; an id that cannot be one is not asked for."""
    assert drive(connector().read("7", ()), answer)[1] is None
    assert drive(connector().read("../Deals", ())) == ([], None)


def test_a_person_with_an_address_is_upserted_by_it():
    """The newest people are looked at first; the upsert can be repeated and starts no workflow."""
    values: dict[str, Value] = {"Budget": 1200.0, "Start_Date": dt.date(2026, 12, 1), "Newsletter": True}
    (listing, upsert), made = drive(connector(KEY).create(replace(ANA, values=values), None), NOTHING, wrote())
    assert (listing.method, listing.url) == ("GET", f"{API}/Contacts")
    assert listing.query["sort_by"] == "Created_Time"
    assert (upsert.method, upsert.url, upsert.repeatable) == ("POST", f"{API}/Contacts/upsert", True)
    assert upsert.json == {
        "data": [
            {
                "Budget": 1200, "Start_Date": "2026-12-01", "Newsletter": True, "First_Name": "Ana María",
                "Last_Name": "López", "Email": "ana@example.com", "Phone": "+34600111222",
            }
        ],
        "trigger": [],
        "duplicate_check_fields": ["Email"],
    }  # fmt: skip
    assert made == Saved("77")
    again = drive(connector().create(ANA, NOW), NOTHING, wrote(action="update"))[1]
    assert again == Saved("77", created=False)


def test_a_person_without_an_address_is_upserted_by_our_key():
    """Our key is a field that allows no duplicates; the number stands in for an unknown name."""
    asked, made = drive(connector(KEY).create(replace(PHONE, name=""), None), NOTHING, wrote())
    assert asked[1].json["duplicate_check_fields"] == [KEY]
    assert asked[1].json["data"] == [{"Phone": "+34600111222", "Last_Name": "+34600111222", KEY: "c-1"}]
    assert asked[1].repeatable
    assert made == Saved("77")
    (only,), _ = drive(connector(KEY).create(Contact("c-2", Identity()), None), wrote())
    assert only.json["data"] == [{"Last_Name": "-", KEY: "c-2"}]
    assert "'ref_field'" in failed(connector().create(Contact("c-2", Identity()), None)).detail


def test_without_our_key_a_number_is_looked_for_in_the_list():
    """The insert is not repeated; what an earlier attempt made is found however many were made since."""
    asked, made = drive(connector().create(PHONE, None), rows({"id": "1", "Phone": "+1"}, more=True), wrote())
    assert [item.method for item in asked] == ["GET", "POST"]
    assert asked[1].url == f"{API}/Contacts"
    assert not asked[1].repeatable
    assert made == Saved("77")
    new = {"id": "1", "Phone": "+1", "Created_Time": "2026-11-02T15:00:00+05:30"}
    mine = {"id": "2", "Phone": "+34600111222", "Created_Time": "2026-11-02T15:00:00+05:30"}
    asked, there = drive(connector().create(PHONE, NOW), rows(new, more=True), rows(mine))
    assert [item.query["page"] for item in asked] == ["1", "2"]
    assert there == Exists("2")
    old = {**new, "Created_Time": "2026-11-02T14:58:00+05:30"}
    asked, _ = drive(connector().create(PHONE, NOW), rows(old, more=True), wrote())
    assert [item.method for item in asked] == ["GET", "POST"]
    endless = [rows(new, more=True)] * MAX_PAGES
    assert failed(connector().create(PHONE, NOW), *endless).category == "unavailable"


def test_who_has_a_unique_value_already_is_named():
    """The id is in the refusal, whatever the status; several holders, or one Zoho hides, are ambiguous."""
    old_form = refused("DUPLICATE_DATA", 202, api_name="Phone", id="55")
    for answer in (duplicate("Phone"), old_form):
        assert drive(connector().create(ANA, None), NOTHING, answer)[1] == Exists("55")
    errors = [{"details": {"api_name": name, "duplicate_record": {"id": "55"}}} for name in ("Phone", "Email")]
    both = refused("MULTIPLE_OR_MULTI_ERRORS", errors=errors)
    assert drive(connector().create(ANA, None), NOTHING, both)[1] == Exists("55")
    errors[0]["details"]["duplicate_record"] = {"id": "56"}
    two = refused("MULTIPLE_OR_MULTI_ERRORS", errors=errors)
    for answer in (two, refused("DUPLICATE_DATA", api_name="Email", more_records=True)):
        error = failed(connector().create(ANA, None), NOTHING, answer)
        assert error.category == "ambiguous"
        assert "merge them" in error.detail


def test_an_update_sets_only_what_is_there():
    """A name of one word empties the first name; an address that is another's stays there."""
    (request,), kept = drive(connector().update("7", replace(ANA, name="Cher", identity=Identity())), wrote("7"))
    assert (request.method, request.url, request.repeatable) == ("PUT", f"{API}/Contacts/7", True)
    assert request.json["data"] == [{"First_Name": None, "Last_Name": "Cher"}]
    assert kept is True
    asked, kept = drive(connector().update("7", ANA), duplicate("Email"), wrote("7"))
    assert "Email" in asked[0].json["data"][0]
    assert "Email" not in asked[1].json["data"][0]
    assert kept is True
    assert drive(connector().update("7", Contact("c", Identity()))) == ([], True)
    assert drive(connector().update("x/7", ANA)) == ([], False)
    gone = refused("INVALID_DATA", 200, message="the id given seems to be invalid", id="7")
    assert drive(connector().update("7", ANA), gone)[1] is False
    assert failed(connector().update("7", ANA), duplicate("Budget")).category == "ambiguous"


def test_a_deal_is_upserted_by_our_key():
    """Never by its name; the contact's own list shows first whether it is there."""
    deal = Deal("d-1", "Ana (Cycles)", "7", 250.0, pipeline="Wholesale", stage="New", values={"Bikes": 2.0})
    (listing, upsert), made = drive(connector(KEY).save_deal(deal, None), NOTHING, wrote())
    assert listing.url == f"{API}/Contacts/7/Deals"
    assert upsert.url == f"{API}/Deals/upsert"
    assert upsert.repeatable
    assert upsert.json["duplicate_check_fields"] == [KEY]
    assert upsert.json["data"] == [
        {
            "Bikes": 2, "Deal_Name": "Ana (Cycles)", "Amount": 250, KEY: "d-1", "Contact_Name": {"id": "7"},
            "Stage": "New", "Pipeline": "Wholesale",
        }
    ]  # fmt: skip
    assert made == Saved("77")
    twin = drive(connector(KEY).save_deal(deal, NOW), NOTHING, duplicate(KEY))[1]
    assert twin == Saved("55", created=False)
    other = failed(connector(KEY).save_deal(deal, NOW), NOTHING, duplicate("Deal_Name"))
    assert other.category == "ambiguous"


def test_a_deal_that_is_there_stays_in_its_stage():
    """It is updated by its id, without stage, pipeline and contact."""
    deal = Deal("d-1", "Ana (Cycles)", "7", stage="New", pipeline="Wholesale")
    there = rows({"id": "3", KEY: "d-10"}, {"id": "4", KEY: "d-1"})
    (_, update), kept = drive(connector(KEY).save_deal(deal, None), there, wrote("4"))
    assert (update.method, update.url) == ("PUT", f"{API}/Deals/4")
    assert update.json["data"] == [{"Deal_Name": "Ana (Cycles)", KEY: "d-1"}]
    assert kept == Saved("4", created=False)


def test_without_our_key_a_deal_is_known_by_its_description():
    """The first stage of the metadata is taken when none is named; people's words in the description stay."""
    deal = Deal("d-1", "Ana (Cycles)", "7")
    options = [{"actual_value": "-None-"}, {"actual_value": "Old", "type": "unused"}, {"actual_value": "New"}]
    stages = said({"fields": [{"api_name": "Stage", "data_type": "picklist", "pick_list_values": options}]})
    stranger = rows({"id": "3", "Description": "Chatbot reference: [d-10]"})
    (_, _, insert), made = drive(connector().save_deal(deal, None), stranger, stages, wrote())
    assert insert.url == f"{API}/Deals"
    assert not insert.repeatable
    assert insert.json["data"][0]["Stage"] == "New"
    assert insert.json["data"][0]["Description"] == "Chatbot reference: [d-1]"
    assert made.created
    ours = rows({"id": "4", "Description": "Chatbot reference: [d-1]\nhands off"})
    (_, update), kept = drive(connector().save_deal(deal, NOW), ours, wrote("4"))
    assert update.json["data"] == [{"Deal_Name": "Ana (Cycles)"}]
    assert not kept.created
    (_, update), _ = drive(connector().save_deal(replace(deal, values={"Description": "x"}), NOW), ours, wrote("4"))
    assert update.json["data"][0]["Description"] == "Chatbot reference: [d-1]\nx"
    assert failed(connector().save_deal(deal, None), NOTHING, said({"fields": []})).category == "refused"


def test_deals_need_contacts():
    """Leads have none, and an id of another CRM is none."""
    deal = Deal("d-1", "Ana", "7")
    assert "set 'module' to Contacts" in failed(connector(module="Leads").save_deal(deal, None)).detail
    assert failed(connector().save_deal(replace(deal, contact_id="00Q1"), None)).category == "refused"
    gone = refused("INVALID_DATA", of_record=False, resource_path_index=1)
    assert failed(connector().save_deal(deal, None), gone).category == "missing"


def test_a_note_has_our_key_in_its_title():
    """It is written at once, and after a lost attempt only when the contact's list does not have it."""
    note = Note("n-1", "Wants a bike", "7", NOW, deal_id="9")
    (request,), made = drive(connector().save_note(note, None), wrote("5"))
    assert (request.method, request.url, request.repeatable) == ("POST", f"{API}/Contacts/7/Notes", False)
    assert request.json == {"data": [{"Note_Title": "Chat [n-1]", "Note_Content": "Wants a bike"}]}
    assert made == Saved("5")
    there = rows({"id": "4", "Note_Title": "Chat [n-10]"}, {"id": "6", "Note_Title": "Chat [n-1]"})
    assert drive(connector().save_note(note, NOW), there)[1] == Saved("6", created=False)
    assert drive(connector().save_note(note, NOW), NOTHING, wrote("5"))[1] == Saved("5")
    many = [rows({"id": "4", "Note_Title": None}, more=True)] * MAX_PAGES
    assert failed(connector().save_note(note, NOW), *many).category == "unavailable"


def test_a_custom_record_is_upserted_by_our_key():
    """Texts become what the fields take; the module's link to people is found in its metadata."""
    specs = [
        REF_SPEC, {"api_name": "Age", "data_type": "integer"}, {"api_name": "Fed", "data_type": "boolean"},
        {"api_name": "Owner_Of", "data_type": "lookup", "lookup": {"module": {"api_name": "Contacts"}}},
    ]  # fmt: skip
    record = CustomRecord("r-1", "Pets", {"Name": "Rex", "Age": "3", "Fed": "Yes"}, "7")
    (_, upsert), made = drive(connector(KEY).save_record(record, None), said({"fields": specs}), wrote())
    assert upsert.url == f"{API}/Pets/upsert"
    assert upsert.json["data"] == [{"Name": "Rex", "Age": 3, "Fed": True, "Owner_Of": {"id": "7"}, KEY: "r-1"}]
    assert made == Saved("77")
    assert "'ref_field'" in failed(connector().save_record(record, None)).detail
    plain = said({"fields": [{**REF_SPEC, "unique": {}}]})
    assert f"API name '{KEY}' in Pets" in failed(connector(KEY).save_record(record, None), plain).detail


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("1.5", "double", 1.5), ("12", "currency", 12), ("many", "integer", "many"), ("inf", "double", "inf"),
        ("no", "boolean", False), ("perhaps", "boolean", "perhaps"), ("x", "text", "x"), (2.0, "text", 2),
    ],
)  # fmt: skip
def test_texts_become_what_a_field_takes(value, kind, wanted):
    """What cannot is left for Zoho to refuse."""
    assert typed(value, {"data_type": kind}) == wanted


def test_values_have_zohos_form():
    """Moments with their zone and without fractions, days as they are, whole numbers whole."""
    assert native(dt.datetime(2026, 11, 2, 9, 30, 1, 5)) == "2026-11-02T09:30:01+00:00"  # noqa: DTZ001 - that is the case
    assert native(dt.date(2026, 11, 2)) == "2026-11-02"
    assert [native(3.0), native(3.5), native(True), native("x")] == [3, 3.5, True, "x"]
    assert isinstance(native(3.0), int)
    assert names("Ana López") == {"First_Name": "Ana", "Last_Name": "López"}
    assert len(names("a" * 99 + " " + "b" * 99)["Last_Name"] or "") == 80
    assert shown(float("inf")) == "inf"


def test_fields_are_read_from_the_metadata():
    """Types, options, what is fixed and what is demanded; what has no name is left out."""
    specs = [
        {"api_name": "Last_Name", "field_label": "Last Name", "data_type": "text", "system_mandatory": True},
        {"api_name": "Id", "data_type": "bigint", "read_only": True},
        {"api_name": "Owner", "data_type": "ownerlookup", "display_label": "Owner of it"},
        {"api_name": "Kind", "data_type": "picklist", "pick_list_values": [{"actual_value": "a"}, {}, 5]},
        {"data_type": "text"}, {"api_name": 5},
    ]  # fmt: skip
    (request,), found = drive(connector().fields("deal"), said({"fields": specs}))
    assert request.target == f"{API}/settings/fields?module=Deals"
    assert found == (
        RemoteField("Last_Name", "Last Name", "text", required=True),
        RemoteField("Id", "Id", "number", read_only=True),
        RemoteField("Owner", "Owner of it", "other", read_only=True),
        RemoteField("Kind", "Kind", "choice", ("a",)),
    )
    (request,), found = drive(connector(module="Leads").fields("contact"), NOTHING)
    assert request.query == {"module": "Leads"}
    assert found == ()


def test_preparing_sees_that_the_key_can_be_kept():
    """The field must be there and allow no duplicates, in each module that needs it."""
    good, bad = said({"fields": [REF_SPEC]}), said({"fields": [{**REF_SPEC, "unique": {}}]})
    asked, kept = drive(connector(KEY).prepare(), good, good)
    assert [item.query["module"] for item in asked] == ["Contacts", "Deals"]
    assert kept == {}
    assert drive(connector().prepare()) == ([], {})
    assert "in Deals" in failed(connector(KEY).prepare(), good, bad).detail
    assert len(drive(connector(KEY, module="Leads").prepare(), good)[0]) == 1


def test_a_check_writes_nothing():
    """It reads, and writes records that lack what they need; each refusal is told, none is raised."""
    lacks = refused("MANDATORY_NOT_FOUND", api_name="Last_Name")
    soft = refused("MANDATORY_NOT_FOUND", 202, api_name="Deal_Name")
    scope = refused("OAUTH_SCOPE_MISMATCH", 401, of_record=False)
    denied = refused("NO_PERMISSION", 202)
    specs = said({"fields": [REF_SPEC]})
    asked, found = drive(
        connector(KEY).check(), rows({"id": "1"}), lacks, soft, denied, scope, NOTHING, NOTHING, specs, specs
    )
    assert not any(item.writes for item in asked)
    assert {item.name: item.ok for item in found} == {
        "sign-in": True, "read contacts": True, "write contacts": True, "write deals": True, "write notes": False,
        "search for contacts": False, "read deals": True, "read notes": True, "fields": True,
    }  # fmt: skip
    by_name = {item.name: item for item in found}
    assert by_name["search for contacts"].missing_scopes == ("ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ")
    assert "may not write notes" in by_name["write notes"].detail
    (first,) = drive(connector().check(), refused("INVALID_TOKEN", 401, of_record=False))[1]
    assert (first.name, first.ok) == ("sign-in", False)
    few = drive(connector(module="Leads").check(), NOTHING, lacks, lacks, NOTHING, scope)[1]
    assert [item.name for item in few if not item.ok] == ["fields"]
    assert few[-1].missing_scopes == ("ZohoCRM.settings.fields.ALL",)


@pytest.mark.parametrize(
    ("answer", "category", "words"),
    [
        (refused("INVALID_TOKEN", 401, False), "unauthorised", "data_centre"),
        (refused("AUTHENTICATION_FAILURE", 401, False), "unauthorised", "token"),
        (Response(401), "unauthorised", "token"),
        (refused("OAUTH_SCOPE_MISMATCH", 401, False), "forbidden", "scope ZohoCRM.modules.ALL"),
        (refused("NO_PERMISSION", 403, False), "forbidden", "may not make the contact"),
        (refused("AUTHORIZATION_FAILED", 400, False), "forbidden", "may not make the contact"),
        (Response(403), "forbidden", "may not"),
        (refused("TOO_MANY_REQUESTS", 429, False), "limited", "too many"),
        (refused("LIMIT_EXCEEDED", 429, False), "limited", "too many"),
        (refused("INTERNAL_ERROR", 500, False), "unavailable", "right now"),
        (refused("INTERNAL_ERROR"), "unavailable", "right now"),
        (Response(408), "unavailable", "right now"),
        (Response(502, {}, b"<html>"), "unavailable", "right now"),
        (refused("RECORD_LOCKED"), "unavailable", "locked"),
        (refused("RECORD_IN_BLUEPRINT"), "refused", "blueprint"),
        (refused("INVALID_URL_PATTERN", 404, False), "missing", "not in Zoho"),
        (refused("INVALID_MODULE", 400, False, resource_path_index=0), "refused", "no module"),
        (refused("MANDATORY_NOT_FOUND", api_name="Company"), "refused", "demands a value of the field 'Company'"),
        (refused("INVALID_DATA", api_name="Budget", expected_data_type="double"), "refused", "'Budget': it takes a nu"),
        (refused("INVALID_DATA", api_name="Budget"), "refused", "value of the field 'Budget'"),
        (refused("INVALID_DATA", api_name="<b>Ana</b>"), "refused", "does not accept the call (INVALID_DATA)"),
        (refused("DUPLICATE_DATA", api_name="Email"), "ambiguous", "'Email', which allows no duplicates"),
        (refused("Ana López"), "refused", "Zoho refuses it"),
        (Response(302, {"location": "https://accounts.zoho.eu"}), "refused", "another address"),
        (Response(400, {}, b"[]"), "refused", "Zoho refuses it"),
    ],
)
def test_every_error_has_its_category(answer, category, words):
    """A plain sentence that names the field, and none of the visitor's values."""
    error = connector().failure(PROBE, answer)
    assert error is not None
    assert error.category == category
    assert words in error.detail
    assert "Ana" not in error.detail


def test_success_is_no_failure():
    """Of any kind."""
    for status in (200, 201, 202, 204, 207):
        assert connector().failure(PROBE, said({"data": []}, status)) is None


@pytest.mark.parametrize(
    ("code", "headers", "wait_s"),
    [
        ("TOO_MANY_REQUESTS", {"retry-after": "7"}, 7),
        ("TOO_MANY_REQUESTS", {"x-ratelimit-reset": "1762075830000", "date": "Sun, 02 Nov 2025 09:30:00 GMT"}, 30),
        ("TOO_MANY_REQUESTS", {"x-ratelimit-reset": "1762075830", "date": "Sun, 02 Nov 2025 09:30:00 GMT"}, 30),
        ("TOO_MANY_REQUESTS", {"x-ratelimit-reset": "1762075830000", "date": "soon"}, None),
        ("TOO_MANY_REQUESTS", {"retry-after": "soon"}, None),
        ("TOO_MANY_REQUESTS", {}, None),
        ("LIMIT_EXCEEDED", {}, CREDITS_WAIT_S),
    ],
)
def test_a_limit_says_how_long(code, headers, wait_s):
    """By a header, or the moment of the reset by Zoho's own clock; used-up credits take a while."""
    answer = replace(refused(code, 429, False), headers=headers)
    error = connector().failure(PROBE, answer)
    assert error is not None
    assert error.retry_after_s == wait_s


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KNOWN = st.sampled_from(
    ["SUCCESS", "DUPLICATE_DATA", "MULTIPLE_OR_MULTI_ERRORS", "INVALID_DATA", "OAUTH_SCOPE_MISMATCH"]
)
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "code": KNOWN | JSON, "message": JSON, "action": JSON, "errors": JSON, "id": st.just("7") | JSON,
        "api_name": st.sampled_from(["Stage", KEY]) | JSON, "Email": JSON, "Last_Name": JSON, "Created_Time": JSON,
        "Phone": JSON, "Note_Title": JSON, "Description": JSON, "data_type": st.just("lookup") | JSON, "unique": JSON,
        "lookup": JSON | st.fixed_dictionaries({"module": JSON}), "pick_list_values": JSON | st.lists(JSON),
        "details": JSON
        | st.fixed_dictionaries({}, optional={"id": st.just("7") | JSON, "api_name": JSON, "duplicate_record": JSON,
                                              "errors": JSON, "resource_path_index": JSON}),
    },
)  # fmt: skip
BODY = JSON | st.fixed_dictionaries(
    {}, optional={"data": JSON | st.lists(ENTRY, max_size=3), "fields": JSON | st.lists(ENTRY, max_size=3),
                  "info": JSON | st.fixed_dictionaries({"more_records": JSON}), "code": KNOWN | JSON,
                  "access_token": JSON, "expires_in": JSON, "api_domain": JSON, "error": JSON}
)  # fmt: skip
ANSWER = st.builds(
    lambda status, body, raw: Response(status, {}, raw if raw is not None else json.dumps(body).encode()),
    st.sampled_from([200, 201, 202, 204, 207, 302, 400, 401, 403, 404, 429, 500]),
    BODY,
    st.none() | st.binary(max_size=20),
)
STEPS = {
    "sign_in": lambda c: c.sign_in(NOW),
    "find": lambda c: c.find(ANA.identity),
    "read": lambda c: c.read("7", ("Budget",)),
    "create": lambda c: c.create(ANA, NOW),
    "create_by_phone": lambda c: c.create(PHONE, NOW),
    "update": lambda c: c.update("7", ANA),
    "save_deal": lambda c: c.save_deal(Deal("d-1", "Ana", "7", 5.0), NOW),
    "save_note": lambda c: c.save_note(Note("n-1", "Hello", "7", NOW), NOW),
    "save_record": lambda c: c.save_record(CustomRecord("r-1", "Pets", {"Age": "3"}, "7"), NOW),
    "fields": lambda c: c.fields("contact"),
    "prepare": lambda c: c.prepare(),
    "check": lambda c: c.check(),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("key", ["", KEY])
@settings(max_examples=25, deadline=None)
@given(answers=st.lists(ANSWER, min_size=1, max_size=3))
def test_bodies_of_any_shape_are_crm_errors(name, key, answers):
    """Whatever comes back, a generator ends or raises CrmError, and `failure` judges it without raising."""
    made = connector(key)
    steps: Any = STEPS[name](made)
    try:
        request = next(steps)
        for number in range(40):
            answer = answers[min(number, len(answers) - 1)]
            made.failure(request, answer)
            request = steps.send(answer)
        pytest.fail("it never ends")
    except (StopIteration, CrmError):
        pass
