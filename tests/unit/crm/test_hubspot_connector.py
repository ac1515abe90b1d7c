"""The HubSpot connector, driven by hand: golden requests, every refusal, and bodies of any shape."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.crm.connector import Connector as Protocol
from shared.crm.connector import Exists, Token
from shared.crm.failure import CrmError
from shared.crm.hubspot import Connector, Credentials, Settings
from shared.crm.hubspot_answers import instant, note_body, value_text
from shared.crm.wire import Request, Response
from shared.domain.crm import Contact, CustomRecord, Deal, Identity, Note, Record, RemoteField, Saved
from shared.domain.limits import RateLimit

API = "https://api.hubapi.com"
NOW = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
PRIVATE = Credentials.model_validate({"access_token": " pat-na1-secret\n"})
OAUTH = Credentials.model_validate({"client_id": "cid", "client_secret": "very-secret", "refresh_token": "refresh"})
ANA = Contact(
    "c-1", Identity("ana@example.com", "+34600111222"), "Ana María López",
    {"budget": 1200.0, "start_date": dt.date(2026, 12, 1), "newsletter": True, "company": ""},
)  # fmt: skip
BY_PHONE = Contact("c-2", Identity(phone="+34600111222"), "Ana", {"interest": "bikes"})
NOTE = Note("n-1", "Wants a bike & <fast>\nCall her", "7", NOW, "9")
DEAL = Deal("d-1", "Bike for Ana", "7", 99.5, "EUR")
RECORD = {"id": "7", "properties": {"email": "ana@example.com", "firstname": "Ana", "lastname": None}}
FAILED = {"status": "error", "correlationId": "4f6f0b1e"}
NO_KEY = {**FAILED, "message": "Unable to perform update/upsert by non-unique 0-1 property chatbot_ref"}
CONFLICT = {**FAILED, "message": "Contact already exists. Existing ID: 42", "category": "CONFLICT"}
LACKS = {
    **FAILED, "category": "MISSING_SCOPES", "message": "This app hasn't been granted all required scopes",
    "errors": [{"message": "One or more", "context": {"requiredGranularScopes": [
        "crm.objects.deals.write", "crm.objects.deals.sensitive.write.v2"]}}],
}  # fmt: skip


def connector(credentials=PRIVATE, **changes):
    """A connector with the default settings, changed."""
    return Connector(Settings.model_validate(changes), credentials)


def said(body: object = None, status: int = 200, **headers: str) -> Response:
    """An answer in JSON."""
    return Response(status, {k.replace("_", "-"): v for k, v in headers.items()}, json.dumps(body).encode())


def taken(name: str, value: str = "x@y.z", holder: str = "42") -> dict[str, Any]:
    """HubSpot's refusal of a second record with the value of a unique property."""
    where = f"portalId=1, objectTypeId=ObjectTypeId{{legacyObjectType=CONTACT}}, propertyName={name}, value={value}"
    message = f"Cannot set PropertyValueCoordinates{{{where}}} on 5. {holder} already has that value."
    return {**FAILED, "message": message, "category": "VALIDATION_ERROR"}


def invalid(name: str, code: str) -> dict[str, Any]:
    """HubSpot's refusal of a value."""
    listed = [{"isValid": False, "message": "secret-value is wrong", "error": code, "name": name}]
    message = f"Property values were not valid: {json.dumps(listed)}"
    detail = {"message": "secret-value is wrong", "code": code, "context": {"propertyName": [name]}}
    return {**FAILED, "message": message, "errors": [detail], "category": "VALIDATION_ERROR"}


def played(steps, *answers):
    """Run a generator against answers; return what it returned and the requests it made."""
    asked: list[Request] = []
    try:
        asked.append(next(steps))
        for answer in answers:
            request = steps.send(answer)
            asked.append(request)
    except StopIteration as stop:
        assert len(asked) == len(answers), "answers were left over"
        return stop.value, asked
    raise AssertionError(f"one more call than expected: {asked[-1]}")


def refused(steps, *answers):
    """Run a generator that fails."""
    with pytest.raises(CrmError) as caught:
        played(steps, *answers)
    return caught.value


def failure(response: Response, *, signed: bool = True):
    """What is wrong with an answer."""
    found = connector().failure(Request("try", "GET", API, signed=signed), response)
    assert found is not None
    return found


def accepts(candidate: Protocol) -> Protocol:
    """Type-checks that a connector is one."""
    return candidate


def test_it_is_a_connector():
    """The class has what the protocol says, with HubSpot's limits."""
    one = accepts(connector(requests_per_10s=150))
    assert one.pace.all == RateLimit(150, 10)
    assert one.pace.by == {"search": RateLimit(4, 1)}
    assert one.unique_email
    assert one.has_objects
    assert one.standard() == {"name": "firstname", "email": "email", "phone": "phone"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"access_token": ""},
        {"client_id": "c", "client_secret": "s"},
        {"access_token": "t", "client_id": "c", "client_secret": "s", "refresh_token": "r"},
        {"access_token": "t", "refresh_token": "r"},
        {"token": "t"},
    ],
)
def test_credentials_are_one_complete_kind(given):
    """Half an OAuth app, both kinds at once, or nothing is refused."""
    with pytest.raises(ValidationError):
        Credentials.model_validate(given)


def test_the_kind_of_app_shows_in_the_credentials():
    """Nobody has to say which of both it is; a pasted token loses its blanks."""
    assert (PRIVATE.auth, OAUTH.auth) == ("private_app", "oauth")
    assert PRIVATE.secret("access_token") == "pat-na1-secret"
    assert "very-secret" not in repr(OAUTH)


@pytest.mark.parametrize("prefix", ["/crm/v2", "/crm/2026-3", "crm/v3", "/crm/v3/", "/x/../v3"])
def test_only_known_forms_of_prefix_are_taken(prefix):
    """A prefix that cannot be one is refused when it is set."""
    with pytest.raises(ValidationError):
        Settings.model_validate({"api_prefix": prefix})


def test_settings_explain_themselves():
    """Owners read a description of each setting."""
    shown = Settings.model_json_schema()["properties"]
    assert all(item.get("description") for item in shown.values())
    assert shown["base_url"]["default"] == API


def test_the_account_is_named_without_its_secrets():
    """Different credentials are counted apart, and none of them can be read from the name."""
    names = {connector(PRIVATE).account(), connector(OAUTH).account()}
    assert len(names) == 2
    assert not any("secret" in name or "refresh" in name for name in names)


def test_a_private_app_signs_in_at_once():
    """The token is the credential: no call, no end."""
    result, asked = played_at_once(connector().sign_in(NOW))
    assert (result, asked) == (Token("pat-na1-secret"), [])


def played_at_once(steps):
    """Run a generator that asks nothing."""
    with pytest.raises(StopIteration) as stop:
        next(steps)
    return stop.value.value, []


def test_an_oauth_app_fetches_a_token():
    """The refresh token goes into the form of the token's path, which is not signed itself."""
    answer = said({"access_token": "a1", "expires_in": 1800, "refresh_token": "refresh"})
    token, asked = played(connector(OAUTH).sign_in(NOW), answer)
    assert token == Token("a1", NOW + dt.timedelta(seconds=1800))
    assert (asked[0].method, asked[0].url, asked[0].signed) == ("POST", f"{API}/oauth/v3/token", False)
    assert asked[0].form == {
        "grant_type": "refresh_token", "client_id": "cid", "client_secret": "very-secret", "refresh_token": "refresh",
    }  # fmt: skip
    assert not asked[0].writes


def test_a_new_refresh_token_is_handed_on():
    """HubSpot may replace it; the old one is not handed on as if it were new."""
    token, _ = played(
        connector(OAUTH).sign_in(NOW), said({"access_token": "a", "expires_in": 1, "refresh_token": "r2"})
    )
    assert token.refresh == "r2"


@pytest.mark.parametrize(
    "body", [{}, {"access_token": ""}, {"access_token": "a\r\nX: y"}, {"access_token": 7}, [], "x"]
)
def test_a_token_that_is_none_is_malformed(body):
    """Nothing that cannot stand in a header is taken for a token."""
    assert refused(connector(OAUTH).sign_in(NOW), said(body)).category == "malformed"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}, "refresh token"),
        ({"status": "BAD_CLIENT_SECRET", "message": "missing or invalid client secret"}, "client"),
        ({"error": "invalid_grant"}, "refresh token"),
        (None, "refresh token"),
    ],
)
def test_refused_sign_ins_are_unauthorised(body, word):
    """The owner reads which part is not accepted."""
    error = refused(connector(OAUTH).sign_in(NOW), said(body, 400))
    assert error.category == "unauthorised"
    assert word in error.detail


def test_calls_are_signed_with_the_bearer_token():
    """Nothing else of the request changes."""
    request = Request("x", "GET", f"{API}/crm/v3/objects/contacts", headers={"X": "1"})
    signed = connector().authorised(request, Token("t1"))
    assert signed.headers == {"X": "1", "Authorization": "Bearer t1"}
    assert (signed.url, signed.method) == (request.url, "GET")


def test_find_searches_for_the_address():
    """One group, in the pace of searches, and nothing is changed by it."""
    found, asked = played(connector().find(Identity("ana@example.com", "+34600111222")), said({"results": [RECORD]}))
    assert found == (
        Record("7", "ana@example.com", "", "Ana", {"email": "ana@example.com", "firstname": "Ana", "lastname": ""}),
    )
    (request,) = asked
    assert request.url == f"{API}/crm/v3/objects/contacts/search"
    assert (request.pace, request.reads, request.repeatable, request.writes) == ("search", True, True, False)
    assert request.json["filterGroups"] == [
        {"filters": [{"propertyName": "email", "operator": "EQ", "value": "ana@example.com"}]}
    ]


def test_find_searches_for_each_form_of_a_number():
    """Only without an address; each place and form is a group of its own."""
    found, asked = played(connector().find(Identity(phone="+34600111222")), said({"results": []}))
    filters = [group["filters"][0] for group in asked[0].json["filterGroups"]]
    assert found == ()
    assert [(item["propertyName"], item["value"]) for item in filters] == [
        ("phone", "+34600111222"), ("phone", "34600111222"),
        ("mobilephone", "+34600111222"), ("mobilephone", "34600111222"),
    ]  # fmt: skip


def test_nobody_is_searched_for_without_an_identity():
    """Neither address nor number: no call."""
    assert played_at_once(connector().find(Identity())) == ((), [])


def test_read_asks_for_the_properties():
    """The standard ones beside those wanted, each once."""
    record, asked = played(connector().read("7", ("budget", "email")), said(RECORD))
    assert record.id == "7"
    assert asked[0].target == (
        f"{API}/crm/v3/objects/contacts/7?properties=email%2Cfirstname%2Clastname%2Cphone%2Cmobilephone%2Cbudget"
    )
    assert asked[0].repeatable


@pytest.mark.parametrize("answer", [said(FAILED, 404), said({**RECORD, "archived": True})])
def test_a_contact_that_is_gone_is_none(answer):
    """Deleted, or in the bin: the same to us."""
    assert played(connector().read("7", ()), answer)[0] is None


def test_a_mobile_number_counts_as_the_number():
    """Who has only a mobile number has a number."""
    record, _ = played(connector().read("7", ()), said({"id": 7, "properties": {"mobilephone": "+441", "budget": 3}}))
    assert (record.id, record.phone, record.values["budget"]) == ("7", "+441", "3")


def test_create_writes_what_is_known():
    """Values in HubSpot's form, empty ones left out, the key left out: the address is one. It may be sent again."""
    saved, asked = played(connector().create(ANA, None), said({"id": "9", "properties": {}}, 201))
    assert saved == Saved("9")
    (request,) = asked
    assert (request.method, request.url) == ("POST", f"{API}/crm/v3/objects/contacts")
    assert request.repeatable
    assert request.json == {
        "properties": {
            "email": "ana@example.com", "phone": "+34600111222", "firstname": "Ana María", "lastname": "López",
            "budget": "1200", "start_date": "2026-12-01", "newsletter": "true",
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        said(CONFLICT, 409),
        said(taken("email"), 400),
        said({**FAILED, "message": "7 already has that value? 42 already has that value.", "category": "X"}, 400),
        said(
            {"message": "no id", "errors": [{"message": "A contact with email a already exists. Existing ID: 42"}]}, 409
        ),
    ],
)
def test_the_contact_that_exists_is_named(answer):
    """Whatever way HubSpot says it, its id is read."""
    assert played(connector().create(ANA, None), answer)[0] == Exists("42")


def test_a_conflict_without_an_id_is_looked_up_by_the_address():
    """By a read, which sees at once what was written, and not by a search."""
    found, asked = played(
        connector().create(ANA, NOW), said({**CONFLICT, "message": "Contact exists"}, 409), said(RECORD)
    )
    assert found == Exists("7")
    assert asked[1].target == f"{API}/crm/v3/objects/contacts/ana%40example.com?idProperty=email"


def test_a_visitors_text_is_no_id():
    """What a visitor writes into a value does not choose the contact that is taken for theirs."""
    answer = said(taken("email", value="1 already has that value", holder="42"), 400)
    assert played(connector().create(ANA, None), answer)[0] == Exists("42")


def test_another_unique_value_makes_nobody_the_same_person():
    """Who gives a stranger's customer number is not taken for them."""
    error = refused(connector().create(ANA, None), said(taken("customer_no"), 400))
    assert (error.category, "customer_no" in error.detail) == ("refused", True)


def test_without_an_address_the_key_decides():
    """First whether it is there, by a read; then an upsert, which may be sent again."""
    made = said({"status": "COMPLETE", "results": [{"id": "9", "properties": {}, "new": True}]})
    saved, asked = played(connector().create(BY_PHONE, None), said(FAILED, 404), made)
    assert saved == Saved("9")
    assert asked[0].target == f"{API}/crm/v3/objects/contacts/c-2?idProperty=chatbot_ref"
    assert asked[1].url == f"{API}/crm/v3/objects/contacts/batch/upsert"
    assert asked[1].repeatable
    properties = {"phone": "+34600111222", "firstname": "Ana", "interest": "bikes", "chatbot_ref": "c-2"}
    assert asked[1].json == {"inputs": [{"id": "c-2", "idProperty": "chatbot_ref", "properties": properties}]}


def test_a_contact_with_our_key_exists():
    """It is not written over: that is for the flow, which knows what may be."""
    assert played(connector().create(BY_PHONE, NOW), said(RECORD))[0] == Exists("7")


@pytest.mark.parametrize(
    "answer",
    [
        said({"status": "COMPLETE", "results": [{"id": "9", "properties": {}, "new": False}]}),
        said({"status": "COMPLETE", "results": [], "errors": [taken("chatbot_ref", holder="9")]}, 207),
        said(taken("chatbot_ref", holder="9"), 400),
    ],
)
def test_an_upsert_that_came_second_adopts(answer):
    """Two at once: one record, and it is known that this call did not make it."""
    assert played(connector().create(BY_PHONE, None), said(FAILED, 404), answer)[0] == Saved("9", created=False)


def test_a_207_with_an_error_is_an_error():
    """The status says success; the item does not."""
    item = {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": invalid("interest", "INVALID_OPTION")["message"],
    }
    answer = said({"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [item]}, 207)
    error = refused(connector().create(BY_PHONE, None), said(FAILED, 404), answer)
    assert (error.category, "interest" in error.detail) == ("refused", True)


@pytest.mark.parametrize(
    ("category", "expected"),
    [("OBJECT_NOT_FOUND", "missing"), ("MISSING_SCOPES", "forbidden"), ("RATE_LIMITS", "limited"),
     ("INTERNAL_ERROR", "unavailable"), ("CONFLICT", "refused"), ("NEW_ONE", "refused")],
)  # fmt: skip
def test_an_items_category_tells_what_is_wrong(category, expected):
    """An error inside a batch is judged as one outside would be."""
    answer = said({"results": [], "errors": [{"category": category, "message": "no"}]}, 207)
    assert refused(connector().create(BY_PHONE, None), said(FAILED, 404), answer).category == expected


def test_a_missing_key_property_is_made_on_the_way():
    """The first upsert of an account that was never prepared makes the property and is sent again."""
    made = said({"results": [{"id": "9", "new": True}]})
    saved, asked = played(
        connector().create(BY_PHONE, None), said(NO_KEY, 400), said(NO_KEY, 400), said(FAILED, 404), said({}, 201), made
    )
    assert saved == Saved("9")
    assert [request.method for request in asked] == ["GET", "POST", "GET", "POST", "POST"]
    assert asked[4] == asked[1]


def test_update_sends_only_what_there_is():
    """What is empty in the contact stays as it is in HubSpot; the same patch has the same effect twice."""
    there, asked = played(connector().update("7", Contact("c", Identity(), "Ana")), said(RECORD))
    assert there is True
    assert (asked[0].method, asked[0].url) == ("PATCH", f"{API}/crm/v3/objects/contacts/7")
    assert asked[0].json == {"properties": {"firstname": "Ana"}}
    assert asked[0].repeatable


def test_update_of_nothing_asks_nothing():
    """HubSpot refuses an empty patch; none is sent."""
    assert played_at_once(connector().update("7", Contact("c", Identity()))) == (True, [])


def test_update_of_a_gone_contact_is_false():
    """The flow then makes a new one."""
    assert played(connector().update("7", ANA), said(FAILED, 404))[0] is False


@pytest.mark.parametrize("answer", [said(CONFLICT, 409), said(taken("email"), 400)])
def test_an_address_of_another_contact_is_left_there(answer):
    """A bot never merges: the rest is written without the address."""
    there, asked = played(connector().update("7", ANA), answer, said(RECORD))
    assert there is True
    assert "email" not in asked[1].json["properties"]
    assert asked[1].json["properties"]["phone"] == "+34600111222"


def test_an_address_alone_that_another_has_is_no_failure():
    """Nothing is left to write; the contact is there."""
    assert played(connector().update("7", Contact("c", Identity("a@b.cd"))), said(CONFLICT, 409))[0] is True


PIPELINES = {
    "results": [
        {"id": "late", "displayOrder": 1, "stages": [{"id": "l1", "displayOrder": 0}]},
        {"id": "gone", "displayOrder": 0, "archived": True, "stages": [{"id": "g1", "displayOrder": 0}]},
        {"id": "first", "displayOrder": 0, "stages": [
            {"id": "two", "displayOrder": 1}, {"id": "one", "displayOrder": 0}, {"id": "odd", "displayOrder": -1}]},
    ]
}  # fmt: skip
UPSERTED = {"results": [{"id": "9", "properties": {}, "new": True}]}


def test_a_deal_starts_in_the_first_stage_and_is_linked():
    """The key and the link are such that all of it may be done twice."""
    saved, asked = played(
        connector().save_deal(DEAL, None), said(FAILED, 404), said(PIPELINES), said(UPSERTED), said({"results": []})
    )
    assert saved == Saved("9")
    assert asked[1].url == f"{API}/crm/v3/pipelines/deals"
    assert asked[2].json["inputs"] == [
        {
            "id": "d-1", "idProperty": "chatbot_ref",
            "properties": {
                "dealname": "Bike for Ana", "amount": "99.5", "deal_currency_code": "EUR", "pipeline": "first",
                "dealstage": "one", "chatbot_ref": "d-1",
            },
        }
    ]  # fmt: skip
    link = asked[3]
    assert (link.method, link.url) == ("PUT", f"{API}/crm/v4/objects/deals/9/associations/default/contacts/7")
    assert all(request.repeatable for request in asked)


def test_a_deal_that_is_there_stays_in_its_stage():
    """Sales may have moved it on; the chatbot does not move it back."""
    saved, asked = played(
        connector().save_deal(DEAL, NOW), said({"id": "9", "properties": {}}),
        said({"results": [{"id": "9", "new": False}]}), said({"results": []}),
    )  # fmt: skip
    assert saved == Saved("9", created=False)
    assert not {"pipeline", "dealstage"} & asked[1].json["inputs"][0]["properties"].keys()


@pytest.mark.parametrize(
    ("pipeline", "stage", "expected"),
    [("late", "", ("late", "l1")), ("", "two", ("first", "two")), ("", "l1", ("late", "l1"))],
)
def test_half_a_place_is_completed(pipeline, stage, expected):
    """A pipeline's first stage; the pipeline a stage belongs to."""
    deal = Deal("d", "t", "7", pipeline=pipeline, stage=stage)
    _, asked = played(
        connector().save_deal(deal, None), said(FAILED, 404), said(PIPELINES), said(UPSERTED), said({"results": []})
    )
    properties = asked[2].json["inputs"][0]["properties"]
    assert (properties["pipeline"], properties["dealstage"]) == expected


def test_a_whole_place_is_not_looked_up():
    """Nothing to ask when both are given."""
    deal = Deal("d", "t", "7", pipeline="p", stage="s")
    _, asked = played(connector().save_deal(deal, None), said(FAILED, 404), said(UPSERTED), said({"results": []}))
    assert len(asked) == 3


def test_an_unknown_stage_is_refused():
    """The owner reads that the stage is not there."""
    deal = Deal("d", "t", "7", stage="nowhere")
    assert refused(connector().save_deal(deal, None), said(FAILED, 404), said(PIPELINES)).category == "refused"


def test_a_note_is_written_as_html_with_both_links():
    """HubSpot shows HTML: what the visitor wrote stays text. The first attempt looks for nothing."""
    saved, asked = played(connector().save_note(NOTE, None), said({"id": "11", "properties": {}}, 201))
    assert saved == Saved("11")
    (request,) = asked
    assert request.url == f"{API}/crm/v3/objects/notes"
    assert not request.repeatable
    assert request.json["properties"] == {
        "hs_note_body": "Wants a bike &amp; &lt;fast&gt;<br>Call her<br><br>[n-1]",
        "hs_timestamp": "2026-11-02T09:30:00.000Z",
    }
    assert [(item["to"]["id"], item["types"][0]["associationTypeId"]) for item in request.json["associations"]] == [
        ("7", 202), ("9", 214),
    ]  # fmt: skip


def test_a_note_that_may_be_there_is_looked_for():
    """Through the contact's links, page by page, and the newest notes first."""
    pages = (
        said({"results": [{"toObjectId": 5}, {"toObjectId": 12}], "paging": {"next": {"after": "2"}}}),
        said({"results": [{"toObjectId": "11"}]}),
    )
    bodies = [("12", "no"), ("11", "about n-1<br><br>[n-11]"), ("5", "yes<br><br>[n-1]")]
    notes = said({"results": [{"id": i, "properties": {"hs_note_body": text}} for i, text in bodies]}, 207)
    saved, asked = played(connector().save_note(NOTE, NOW), *pages, notes)
    assert saved == Saved("5", created=False)
    assert asked[0].target == f"{API}/crm/v4/objects/contacts/7/associations/notes?limit=500"
    assert asked[1].query["after"] == "2"
    assert asked[2].json["inputs"] == [{"id": "12"}, {"id": "11"}, {"id": "5"}]
    assert not any(request.writes for request in asked)


def test_a_note_that_is_not_there_is_written():
    """The earlier attempt was lost before it arrived."""
    saved, asked = played(connector().save_note(NOTE, NOW), said({"results": []}), said({"id": "11"}, 201))
    assert (saved, len(asked)) == (Saved("11"), 2)


@given(st.text(alphabet="a&<>\n", max_size=200), st.integers(65_000, 70_000))
def test_a_long_note_keeps_its_key(text, length):
    """Cut to HubSpot's length, never inside an entity or a tag, and the key at its end is whole."""
    body = note_body(Note("n-1", (text * (length // max(1, len(text)) + 1))[:length], "7", NOW))
    assert len(body) <= 65_536
    assert body.endswith("[n-1]")
    plain = body.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").replace("<br>", "")
    assert not set(plain) & set("&<>")


def test_a_custom_record_is_kept_by_its_key_and_linked():
    """In an object of its own."""
    record = CustomRecord("r-1", "2-123", {"name": "Rex", "weight": 4.25}, "7")
    saved, asked = played(connector().save_record(record, None), said(UPSERTED), said({"results": []}))
    assert saved == Saved("9")
    assert asked[0].url == f"{API}/crm/v3/objects/2-123/batch/upsert"
    assert asked[0].json["inputs"][0]["properties"] == {"name": "Rex", "weight": "4.25", "chatbot_ref": "r-1"}
    assert asked[1].url == f"{API}/crm/v4/objects/2-123/9/associations/default/contacts/7"


def test_a_custom_objects_key_goes_into_its_first_group():
    """A custom object has groups of its own."""
    record = CustomRecord("r-1", "p_pets", {"name": "Rex"}, "7")
    groups = said({"results": [{"name": "pets_information"}]})
    _, asked = played(
        connector().save_record(record, None), said(NO_KEY, 400), said(FAILED, 404), groups, said({}, 201),
        said(UPSERTED), said({"results": []}),
    )  # fmt: skip
    assert asked[3].json["groupName"] == "pets_information"


def test_fields_show_what_people_see():
    """Types in our words, options as they are written, hidden ones left out."""
    listed = [
        {"name": "email", "label": "Email", "type": "string", "fieldType": "text"},
        {"name": "budget", "label": "Budget", "type": "number", "fieldType": "number"},
        {"name": "start", "label": "Start", "type": "date"},
        {"name": "met", "label": "", "type": "datetime"},
        {"name": "newsletter", "label": "News", "type": "bool", "options": [{"value": "true"}]},
        {
            "name": "optin",
            "label": "In",
            "type": "enumeration",
            "fieldType": "booleancheckbox",
            "options": [{"value": "true"}],
        },
        {
            "name": "interest",
            "label": "Interest",
            "type": "enumeration",
            "options": [{"value": "bikes"}, {"value": "rental"}],
        },
        {"name": "owner", "label": "Owner", "type": "enumeration", "options": []},
        {"name": "hs_object_id", "label": "Id", "type": "number", "modificationMetadata": {"readOnlyValue": True}},
        {"name": "score", "label": "Score", "type": "number", "calculated": True},
        {"name": "json", "label": "J", "type": "json"},
        {"name": "secret", "label": "S", "type": "string", "hidden": True},
    ]
    found, asked = played(connector().fields("deal"), said({"results": listed}))
    assert asked[0].url == f"{API}/crm/v3/properties/deals"
    assert found == (
        RemoteField("email", "Email", "text"),
        RemoteField("budget", "Budget", "number"),
        RemoteField("start", "Start", "date"),
        RemoteField("met", "met", "datetime"),
        RemoteField("newsletter", "News", "yes_no"),
        RemoteField("optin", "In", "yes_no"),
        RemoteField("interest", "Interest", "choice", ("bikes", "rental")),
        RemoteField("owner", "Owner", "text"),
        RemoteField("hs_object_id", "Id", "number", read_only=True),
        RemoteField("score", "Score", "number", read_only=True),
        RemoteField("json", "J", "other"),
    )


HAS_KEY = {"name": "chatbot_ref", "type": "string", "hasUniqueValue": True}


def test_prepare_makes_the_property_where_it_is_missing():
    """Of contacts and of deals, with unique values; one that somebody made meanwhile is as good."""
    done, asked = played(connector().prepare(), said(FAILED, 404), said(FAILED, 409), said(HAS_KEY))
    assert done == {}
    assert [(request.method, request.url) for request in asked] == [
        ("GET", f"{API}/crm/v3/properties/contacts/chatbot_ref"),
        ("POST", f"{API}/crm/v3/properties/contacts"),
        ("GET", f"{API}/crm/v3/properties/deals/chatbot_ref"),
    ]
    body = asked[1].json
    assert (body["name"], body["hasUniqueValue"], body["groupName"]) == ("chatbot_ref", True, "contactinformation")
    assert (body["type"], body["fieldType"]) == ("string", "text")


@pytest.mark.parametrize("answers", [(said(LACKS, 403),), (said(FAILED, 404), said(FAILED, 403))])
def test_prepare_says_what_permission_is_missing(answers):
    """Or what the owner may do by hand instead."""
    error = refused(connector().prepare(), *answers)
    assert error.category == "forbidden"
    assert error.missing_scopes
    assert "crm.schemas.contacts.write" in error.detail
    assert "by hand" in error.detail


@pytest.mark.parametrize("wrong", [{"hasUniqueValue": False}, {"type": "number"}])
def test_a_property_that_cannot_hold_the_key_is_refused(wrong):
    """Without unique values two records could have one key."""
    error = refused(connector().prepare(), said({**HAS_KEY, **wrong}))
    assert (error.category, "ref_property" in error.detail) == ("refused", True)


def test_check_tries_each_thing_by_itself():
    """Writes go to a record nobody has: not found means permitted."""
    answers = [
        said({"results": []}), said(FAILED, 404), said({"results": []}), said(LACKS, 403),
        said(FAILED, 403), said(FAILED, 400), said(HAS_KEY), said(FAILED, 404),
    ]  # fmt: skip
    checks, asked = played(connector().check(), *answers)
    assert [(item.name, item.ok) for item in checks] == [
        ("contacts: read", True), ("contacts: write", True), ("deals: read", True), ("deals: write", False),
        ("notes: read", False), ("notes: write", True),
        ("contacts: property 'chatbot_ref'", True), ("deals: property 'chatbot_ref'", False),
    ]  # fmt: skip
    assert checks[3].missing_scopes == ("crm.objects.deals.write",)
    assert "by hand" in checks[7].detail
    assert {request.url.rsplit("/", 1)[1] for request in asked if request.method == "PATCH"} == {"0"}


def test_dated_versions_have_their_paths():
    """The version stands after the area there, in associations and the token's path too."""
    one = connector(OAUTH, api_prefix="/crm/2026-03", base_url="http://127.0.0.1:8000/hubspot/")
    base = "http://127.0.0.1:8000/hubspot"
    _, asked = played(one.save_deal(DEAL, None), said(RECORD), said(UPSERTED), said({"results": []}))
    assert [request.url for request in asked] == [
        f"{base}/crm/objects/2026-03/deals/d-1",
        f"{base}/crm/objects/2026-03/deals/batch/upsert",
        f"{base}/crm/objects/2026-03/deals/9/associations/default/contacts/7",
    ]
    assert next(one.sign_in(NOW)).url == f"{base}/oauth/2026-03/token"
    assert next(one.fields("contact")).url == f"{base}/crm/properties/2026-03/contacts"


@pytest.mark.parametrize(
    ("response", "category"),
    [
        (said(FAILED, 400), "refused"), (said(FAILED, 409), "refused"), (said(FAILED, 422), "refused"),
        (said(FAILED, 415), "refused"), (said(FAILED, 401), "unauthorised"), (said(FAILED, 403), "forbidden"),
        (said(FAILED, 404), "missing"), (said(FAILED, 408), "unavailable"), (said(FAILED, 423), "unavailable"),
        (said(FAILED, 429), "limited"), (said(FAILED, 477), "unavailable"), (said(FAILED, 500), "unavailable"),
        (said(FAILED, 504), "unavailable"), (said(FAILED, 302), "malformed"), (Response(0), "unavailable"),
        (said({**FAILED, "context": {"INVALID_OBJECT_IDS": ["CONTACT=1 is not valid"]}}, 400), "missing"),
    ],
)  # fmt: skip
def test_every_status_has_its_category(response, category):
    """What happens next is decided by the category alone."""
    assert failure(response).category == category


@pytest.mark.parametrize("status", [200, 201, 204, 207])
def test_success_is_no_failure(status):
    """Whatever the body is."""
    assert connector().failure(Request("try", "GET", API), Response(status, {}, b"<html>")) is None


@pytest.mark.parametrize(
    ("body", "headers", "wait_s"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {}, 10),
        ({"policyName": "DAILY"}, {}, 3600),
        ({"policyName": "SECONDLY"}, {}, 1),
        ({"message": "You have reached your secondly limit."}, {}, 1),
        ({"message": "You have reached your ten_secondly_rolling limit."}, {}, 10),
        ({}, {"retry_after": "3"}, 3),
        ({"policyName": "DAILY"}, {"retry_after": "120"}, 120),
        ({}, {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 10),
        ({}, {"retry_after": "nan"}, 10),
        (None, {}, 10),
    ],
)
def test_a_limit_says_how_long_to_wait(body, headers, wait_s):
    """By its header, else by which limit it was."""
    assert failure(said(body, 429, **headers)).retry_after_s == wait_s
    assert failure(said(body, 429, **headers), signed=False).retry_after_s == wait_s


def test_a_locked_record_is_tried_again_soon():
    """HubSpot locks records for two seconds while it works on them."""
    assert failure(said(FAILED, 423)).retry_after_s == 2
    assert failure(said(FAILED, 477, retry_after="60")).retry_after_s == 60


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("PROPERTY_DOESNT_EXIST", "has no property 'budget'"),
        ("READ_ONLY_VALUE", "'budget' of HubSpot cannot be written"),
        ("INVALID_OPTION", "'budget' among its options"),
        ("INVALID_EMAIL", "does not accept the value of the property 'budget'"),
        ("INVALID_LONG", "does not accept the value of the property 'budget'"),
    ],
)
def test_a_refused_value_is_named_by_its_property(code, words):
    """Its name is told, the value never is; also where it only stands in the message."""
    body = invalid("budget", code)
    for shape in (
        body,
        {"message": body["message"]},
        {"errors": body["errors"]},
        {"errors": [{"in": "budget", "code": code}]},
    ):
        detail = failure(said(shape, 400)).detail
        assert words in detail
        assert "secret-value" not in detail


def test_missing_scopes_are_told():
    """Those for sensitive data, which do as well, only where there are no others."""
    error = failure(said(LACKS, 403))
    assert error.missing_scopes == ("crm.objects.deals.write",)
    assert "crm.objects.deals.write" in error.detail
    sensitive = {"context": {"missingScopes": ["crm.objects.deals.sensitive.write.v2", 7, "<b>"]}}
    assert failure(said(sensitive, 403)).missing_scopes == ("crm.objects.deals.sensitive.write.v2",)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (0.0, "0"), (1e6, "1000000"), (1234.5, "1234.5"), (3, "3"),
     (dt.date(2026, 1, 2), "2026-01-02"), (NOW, "2026-11-02T09:30:00.000Z"), ("bikes", "bikes")],
)  # fmt: skip
def test_values_are_written_in_hubspots_form(value, text):
    """As texts all of them."""
    assert value_text(value) == text


def test_a_moment_is_written_in_utc():
    """Wherever it was told; without a zone it is taken for UTC."""
    madrid = dt.timezone(dt.timedelta(hours=1))
    assert instant(NOW.astimezone(madrid)) == instant(NOW.replace(tzinfo=None)) == "2026-11-02T09:30:00.000Z"


@pytest.mark.parametrize(
    ("name", "parts"),
    [("Ana María López", {"firstname": "Ana María", "lastname": "López"}), ("Ana", {"firstname": "Ana"}),
     ("  Ana   López ", {"firstname": "Ana", "lastname": "López"}), ("", {})],
)  # fmt: skip
def test_a_name_is_split_at_its_last_word(name, parts):
    """One word is a first name."""
    steps = connector().update("7", Contact("c", Identity(phone="+1"), name))
    assert next(steps).json == {"properties": {"phone": "+1", **parts}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["results", "id", "properties", "errors", "message", "context", "paging", "next", "after", "category",
             "toObjectId", "stages", "name", "options", "type", "hasUniqueValue", "new", "propertyName", "code"]
        ),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=40) | JSON.map(lambda body: json.dumps(body).encode())
ANSWERS = st.lists(
    st.builds(Response, st.sampled_from([200, 201, 204, 207, 302, 400, 401, 403, 404, 409, 429, 500]),
              st.dictionaries(st.just("retry-after"), st.text(max_size=5)), BODIES),
    min_size=8, max_size=8,
)  # fmt: skip
STEPS = [
    lambda c: c.find(ANA.identity), lambda c: c.read("7", ("budget",)), lambda c: c.create(ANA, NOW),
    lambda c: c.create(BY_PHONE, None), lambda c: c.update("7", ANA), lambda c: c.save_deal(DEAL, None),
    lambda c: c.save_note(NOTE, NOW), lambda c: c.fields("contact"), lambda c: c.prepare(), lambda c: c.check(),
    lambda c: c.save_record(CustomRecord("r", "p_pets", {"name": "x"}, "7"), None), lambda c: c.sign_in(NOW),
]  # fmt: skip


@given(st.sampled_from(STEPS), ANSWERS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_bodies_of_any_shape_raise_nothing_but_crm_errors(make, answers):
    """A result, a CrmError, or one more question: never another exception."""
    steps = make(connector(OAUTH))
    try:
        request = next(steps)
        for answer in answers:
            connector().failure(request, answer)
            request = steps.send(answer)
    except (StopIteration, CrmError):
        pass


@given(BODIES, st.sampled_from([300, 400, 401, 403, 409, 429, 500]), st.booleans())
def test_failure_never_raises(body, status, signed):
    """Whatever the body is, there is something to tell."""
    assert failure(Response(status, {}, body), signed=signed).detail
