"""The connector for a business's own API, driven by hand: golden requests, every refusal, and bodies of any shape."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.crm.connector import Connector as Protocol
from shared.crm.connector import Exists, Token
from shared.crm.failure import CrmError
from shared.crm.http import Connector, Credentials, Settings, check, split_name
from shared.crm.wire import Request, Response
from shared.domain.crm import Check, Contact, CustomRecord, Deal, Identity, Note, Record, Saved
from shared.domain.limits import RateLimit

NOW = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
ANA = Contact(
    "c-1", Identity("ana@example.com", "+34600111222"), "Ana María López", {"age": 41.0, "since": dt.date(2026, 1, 2)}
)
OPERATIONS: dict[str, dict[str, Any]] = {
    "find_contact": {
        "method": "GET", "path": "/people",
        "query": {"email": "{{ contact.email }}", "tel": "{{ contact.phone }}"},
        "list": "data", "id": "id", "fields": {"email": "mail", "phone": "tel", "name": "names.full"},
    },
    "read_contact": {
        "method": "GET", "path": "/people/{{ id }}", "record": "data",
        "fields": {"email": "mail", "phone": "tel", "name": "names.full", "values": {"age": "extra.age"}},
    },
    "create_contact": {
        "method": "POST", "path": "/people", "headers": {"X-Shop": "{{ extra.shop }}"},
        "body": {
            "mail": "{{ contact.email }}", "tel": "{{ contact.phone }}", "first": "{{ contact.first_name }}",
            "last": "{{ contact.last_name }}", "age": "{{ contact.values.age }}", "since": "{{ contact.values.since }}",
            "gone": "{{ contact.values.gone }}", "from": "chat",
        },
        "id": "data.id", "conflict": {"id": "message", "pattern": "ID: {id}."},
    },
    "update_contact": {
        "method": "PATCH", "path": "/people/{{ id }}",
        "body": {"mail": "{{ contact.email }}", "age": "{{ contact.values.age }}"},
    },
    "save_deal": {
        "method": "POST", "path": "/deals", "id": "id",
        "body": {"who": "{{ contact_id }}", "title": "{{ deal.title }}", "sum": "{{ deal.amount }}", "key": "{{ref}}"},
        "conflict": {"id": "id"},
    },
    "save_note": {
        "method": "POST", "path": "/people/{{ contact_id }}/notes", "encoding": "form",
        "body": {"text": "{{ note.text }}", "at": "{{ note.at }}", "deal": "{{ deal_id }}"},
    },
    "list_notes": {"method": "GET", "path": "/people/{{ contact_id }}/notes", "id": "id"},
    "save_record": {"method": "PUT", "path": "/{{ record.object }}/{{ ref }}", "body": "{{ record.values }}"},
}  # fmt: skip
BASE = {
    "base_url": "https://api.example.com/v1/",
    "auth": {"type": "bearer"},
    "operations": OPERATIONS,
    "extra": {"shop": "s-7"},
    "error_message": "message",
    "rate": "10/second",
}


def connector(changes=None, without=(), **operations):
    known = {name: item for name, item in {**OPERATIONS, **operations}.items() if name not in without}
    return Connector(
        Settings.model_validate({**BASE, "operations": known, **(changes or {})}),
        Credentials.model_validate({"api_key": "topsecret"}),
    )


def answer(status=200, body=None, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, names, b"" if body is None else json.dumps(body).encode())


def run(steps, *answers):
    """Return the requests made and what came of them."""
    made, waiting = [], list(answers)
    try:
        request = next(steps)
        while True:
            made.append(request)
            request = steps.send(waiting.pop(0))
    except StopIteration as stop:
        assert not waiting
        return made, stop.value


def refused(steps, *answers):
    with pytest.raises(CrmError) as raised:
        run(steps, *answers)
    return raised.value


def test_it_is_a_connector():
    """It has what every connector has."""

    def accepts(found: Protocol) -> Protocol:
        return found

    found = accepts(connector())
    assert found.pace.all == RateLimit(10, 1)
    assert (found.account(), found.unique_email, found.has_objects) == ("api.example.com/v1", False, True)
    assert found.standard() == {"name": "name", "email": "email", "phone": "phone"}


def test_a_create_says_what_is_known_in_its_own_types():
    """A golden request: types kept, the empty left out, our key in its header, headers of the owner."""
    (made,), saved = run(connector().create(ANA, None), answer(201, {"data": {"id": 7}}))
    assert saved == Saved("7")
    assert made == Request(
        does="make the contact",
        method="POST",
        url="https://api.example.com/v1/people",
        headers={"Accept": "application/json", "Idempotency-Key": "c-1", "X-Shop": "s-7"},
        json={
            "mail": "ana@example.com", "tel": "+34600111222", "first": "Ana María", "last": "López", "age": 41,
            "since": "2026-01-02", "from": "chat",
        },
        repeatable=False,
    )  # fmt: skip
    assert made.writes


def test_a_find_looks_for_the_address_and_adopts_no_stranger():
    """What an API returns beside the person looked for is somebody else; a number is compared by its digits."""
    listed = {"data": [{"id": "a", "mail": "ANA@example.com"}, {"id": "b", "mail": "bo@example.com"}, {"id": "c"}, 5]}
    (made,), found = run(connector().find(ANA.identity), answer(200, listed))
    assert made.target == "https://api.example.com/v1/people?email=ana%40example.com"
    assert made.repeatable
    assert not made.writes
    assert found == (Record("a", "ANA@example.com", "", "", {"email": "ANA@example.com", "phone": "", "name": ""}),)
    listed = {"data": [{"id": "a", "tel": "0600 111-222"}, {"id": "b", "tel": "222"}, {"id": "c", "tel": None}]}
    (made,), found = run(connector().find(Identity(phone="+34600111222")), answer(200, listed))
    assert made.query == {"tel": "+34600111222"}
    assert [item.id for item in found] == ["a"]


def test_nothing_is_found_where_nothing_is():
    """404, 204 and an empty list are no contact; without an address or an operation nothing is asked."""
    for told in (answer(404), answer(204), answer(200, {"data": []})):
        assert run(connector().find(ANA.identity), told)[1] == ()
    assert run(connector().find(Identity())) == ([], ())
    assert run(connector(without=("find_contact",)).find(ANA.identity)) == ([], ())


def test_a_read_gives_texts_of_every_value():
    """Values are where the settings say or under their own name; numbers and yes or no are text."""
    body = {"data": {"mail": "a@b.c", "names": {"full": " Ana  L "}, "extra": {"age": 41.0}, "vip": True, "no": None}}
    (made,), found = run(connector().read("7", ("age", "vip", "no", "none")), answer(200, body))
    assert made.url == "https://api.example.com/v1/people/7"
    assert (found.email, found.name) == ("a@b.c", "Ana L")
    assert {name: found.values[name] for name in ("age", "vip", "no", "none")} == {
        "age": "41", "vip": "true", "no": "", "none": ""
    }  # fmt: skip
    assert run(connector().read("7", ()), answer(404))[1] is None
    assert run(connector(without=("read_contact",)).read("7", ())) == ([], Record("7"))


def test_a_conflict_names_who_is_there():
    """The id is read from the sentence; where it is not in it, the contact is looked for."""
    told = answer(409, {"message": "Contact exists. Existing ID: 99."})
    assert run(connector().create(ANA, None), told)[1] == Exists("99")
    listed = answer(200, {"data": [{"id": 12, "mail": "ana@example.com"}, {"id": 9, "mail": "ana@example.com"}]})
    _, found = run(connector().create(ANA, None), answer(409, {"message": "no"}), listed)
    assert found == Exists("9")
    assert refused(connector().create(ANA, None), answer(409), answer(404)).category == "unavailable"
    lonely = connector(without=("find_contact",))
    assert refused(lonely.create(ANA, None), answer(409)).category == "refused"


def test_an_earlier_create_is_looked_for_first():
    """With `since` the person is searched, then a listing is looked through for our key, and only then made again."""
    listing = {"method": "GET", "path": "/people", "query": {"after": "{{ since }}"}, "list": "data", "id": "id"}
    found = connector(list_contacts=listing)
    there = answer(200, {"data": [{"id": "x", "mail": "ana@example.com"}]})
    assert run(found.create(ANA, NOW), there)[1] == Exists("x")
    made, got = run(found.create(ANA, NOW), answer(204), answer(200, {"data": [{"id": "y", "k": ["c-1"]}]}))
    assert got == Exists("y")
    assert made[1].query == {"after": "2026-11-02T09:30:00+00:00"}
    made, got = run(found.create(ANA, NOW), answer(204), answer(200, {"data": []}), answer(201, {"data": {"id": "z"}}))
    assert got == Saved("z")
    keyed = connector(create_contact={**OPERATIONS["create_contact"], "idempotent": True})
    (only,), _ = run(keyed.create(ANA, NOW), answer(201, {"data": {"id": "z"}}))
    assert only.repeatable


def test_an_api_that_refuses_duplicates_may_be_asked_again():
    """Only with an address: without one nothing would refuse the second."""
    found = connector({"refuses_duplicates": True})
    assert found.unique_email
    assert run(found.create(ANA, None), answer(201, {"data": {"id": 1}}))[0][0].repeatable
    nameless = Contact("c-2", Identity(phone="+34600111222"))
    assert not run(found.create(nameless, None), answer(201, {"data": {"id": 1}}))[0][0].repeatable


def test_an_update_writes_only_what_it_has():
    """Nothing to write is no call; a contact that is gone is told from a refusal."""
    (made,), there = run(connector().update("7", Contact("c-1", Identity(), values={"age": 5.0})), answer(200, {}))
    assert there
    assert (made.method, made.json, made.repeatable) == ("PATCH", {"age": 5}, True)
    assert "Idempotency-Key" not in made.headers
    assert run(connector().update("7", Contact("c-1", Identity(), "Ana"))) == ([], True)
    assert run(connector(without=("update_contact",)).update("7", ANA)) == ([], True)
    assert run(connector().update("7", ANA), answer(404))[1] is False
    assert refused(connector().update("7", ANA), answer(409)).category == "refused"


def test_deals_notes_and_records():
    """A deal that is there is adopted, a note is a form with our key at its end, a record is put under it."""
    deal = Deal("d-1", "Garden", "7", 10.5)
    (made,), saved = run(connector().save_deal(deal, None), answer(201, {"id": "d"}))
    assert made.json == {"who": "7", "title": "Garden", "sum": 10.5, "key": "d-1"}
    assert made.repeatable
    assert saved == Saved("d")
    assert run(connector().save_deal(deal, NOW), answer(409, {"id": 5}))[1] == Saved("5", created=False)
    note = Note("n-1", "Hello", "7", NOW)
    (made,), _ = run(connector().save_note(note, None), answer(200))
    assert made.form == {"text": "Hello\n\nn-1", "at": "2026-11-02T09:30:00+00:00"}
    assert not made.repeatable
    listed = answer(200, [{"id": 3, "text": "other"}, {"id": 4, "text": "Hello\n\nn-1"}])
    assert run(connector().save_note(note, NOW), listed)[1] == Saved("4", created=False)
    assert len(run(connector().save_note(note, NOW), answer(200, []), answer(200))[0]) == 2
    record = CustomRecord("r-1", "pets", {"name": "Rex", "age": 3.0}, "7")
    (made,), _ = run(connector().save_record(record, None), answer(200))
    assert (made.method, made.url) == ("PUT", "https://api.example.com/v1/pets/r-1")
    assert made.json == {"name": "Rex", "age": 3}
    assert made.repeatable


def test_what_is_not_described_is_refused():
    """The message names the operation."""
    bare = connector({"operations": {}})
    for steps, name in (
        (bare.create(ANA, None), "create_contact"),
        (bare.save_deal(Deal("d", "t", "7"), None), "save_deal"),
        (bare.save_note(Note("n", "t", "7", NOW), None), "save_note"),
        (bare.save_record(CustomRecord("r", "pets", {}, "7"), None), "save_record"),
    ):
        error = refused(steps)
        assert (error.category, error.detail) == ("refused", f"no operation '{name}' is described")


def test_checks_say_what_works():
    """A refusal is a Check; what is not described is named."""
    (made,), checks = run(connector().check(), answer(200, {"data": []}))
    assert made.query == {"email": "nobody@example.invalid"}
    assert checks[0] == Check("connection", ok=True)
    assert checks[1].ok
    assert "not described: list_contacts, update_deal" in checks[1].detail
    told = answer(403, {}, www_authenticate='Bearer scope="a b"')
    assert run(connector().check(), told)[1][0].missing_scopes == ("a", "b")
    assert run(connector({"operations": {}}).check())[1][0].ok is False
    pinging = connector(ping={"method": "GET", "path": "/ping"})
    assert run(pinging.check(), answer(401))[1][0].detail == "the API does not accept the credentials"


def test_fields_are_those_of_the_settings():
    """No metadata: what the settings list, and nothing where they list nothing."""
    listed = {
        "contact_fields": [{"name": "age", "type": "number"}, {"name": "kind", "type": "choice", "options": ["a"]}]
    }
    found = run(connector(listed).fields("contact"))[1]
    assert [(item.name, item.label, item.type, item.options) for item in found] == [
        ("age", "age", "number", ()),
        ("kind", "kind", "choice", ("a",)),
    ]
    assert run(connector(listed).fields("deal")) == ([], ())
    assert run(connector().prepare()) == ([], {})


@pytest.mark.parametrize(
    ("told", "category", "wait"),
    [
        (answer(401), "unauthorised", None),
        (answer(403), "forbidden", None),
        (answer(404), "missing", None),
        (answer(410), "missing", None),
        (answer(400), "refused", None),
        (answer(422), "refused", None),
        (answer(302, location="https://elsewhere.example"), "refused", None),
        (answer(408), "unavailable", None),
        (answer(425), "unavailable", None),
        (answer(500), "unavailable", None),
        (answer(503, retry_after="7"), "unavailable", 7),
        (answer(429, retry_after="30"), "limited", 30),
        (answer(429), "limited", None),
        (answer(429, retry_after="soon"), "limited", None),
        (answer(429, retry_after="-5"), "limited", None),
        (answer(429, retry_after="99999999"), "limited", 86400),
        (answer(429, retry_after="Mon, 02 Nov 2026 09:31:00 GMT", date="Mon, 02 Nov 2026 09:30:00 GMT"), "limited", 60),
        (answer(429, retry_after="Mon, 02 Nov 2026 09:31:00 GMT"), "limited", None),
    ],
)  # fmt: skip
def test_every_status_has_its_category(told, category, wait):
    """By the status alone, whatever the body is; how long to wait by seconds or by a date."""
    error = connector().failure(Request("make the contact", "POST", "https://x.example"), told)
    assert (error.category, error.retry_after_s) == (category, wait)


def test_success_is_no_failure_and_may_be_narrowed():
    """2xx is fine, unless the owner says which of them."""
    assert connector().failure(Request("x", "GET", ""), answer(204)) is None
    strict = connector(update_contact={**OPERATIONS["update_contact"], "success": [200]})
    assert refused(strict.update("7", ANA), answer(202)).category == "refused"


def test_a_described_conflict_is_no_failure():
    """The generator reads who is there; the same status is a refusal where nobody described it."""
    made, changed = Request("make the contact", "POST", ""), Request("update the contact", "PATCH", "")
    assert connector().failure(made, answer(409)) is None
    assert connector().failure(changed, answer(409)).category == "refused"
    assert connector(without=("create_contact",)).failure(made, answer(409)).category == "refused"


def test_a_refusal_explains_itself_only_where_the_owner_says_so():
    """The text is one short line without control characters and without our key."""
    request = Request("make the contact", "POST", "https://x.example")
    told = answer(422, {"message": "bad\nvalue \x00 for topsecret " + "x" * 500})
    detail = connector().failure(request, told).detail
    assert detail.startswith("the API answered 422 (make the contact): bad value for *** xxx")
    assert len(detail) < 250
    assert connector({"error_message": None}).failure(request, told).detail == "the API answered 422 (make the contact)"


@pytest.mark.parametrize("body", [b"<html>oops", b" <!doctype html>", b"{", b"[]", b"null", b"7", b'"x"', b"[" * 9000])
def test_answers_of_another_shape_are_malformed(body):
    """A web page, half an answer or another type is never taken for a record that was made."""
    for steps in (connector().create(ANA, None), connector().read("7", ())):
        assert refused(steps, Response(200, {}, body)).category == "malformed"


def test_a_wrong_path_to_the_id_is_not_tried_again():
    """The record has been made: a repeat would make another, and only the owner can put the path right."""
    assert refused(connector().create(ANA, None), answer(201, {"made": {"number": 7}})).category == "refused"


def test_a_web_page_is_no_success_even_where_nothing_is_read():
    """A login page in front of the API answers 200 to everything."""
    assert refused(connector().update("7", ANA), Response(200, {}, b"<html>")).category == "malformed"
    page = Response(200, {"content-type": "text/html"}, b"Welcome")
    assert refused(connector().save_note(Note("n", "t", "7", NOW), None), page).category == "malformed"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "data", "mail", "tel", "names", "full", "message"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.sampled_from([200, 201, 204, 302, 400, 404, 409, 422, 500]), _JSON.map(json.dumps) | st.text(max_size=20))
def test_no_answer_raises_anything_but_crm_errors(status, body):
    """Whatever an API sends to whatever call."""
    told = Response(status, {}, body.encode())
    found = connector()
    for steps in (
        found.find(ANA.identity),
        found.read("7", ("age",)),
        found.create(ANA, NOW),
        found.update("7", ANA),
        found.save_deal(Deal("d", "t", "7"), NOW),
        found.save_note(Note("n", "t", "7", NOW), NOW),
        found.check(),
    ):
        try:
            request = next(steps)
            while True:
                found.failure(request, told)
                request = steps.send(told)
        except (StopIteration, CrmError):
            continue


@given(st.dictionaries(st.sampled_from(["retry-after", "date", "www-authenticate"]), st.text(max_size=30)))
def test_no_header_breaks_failure(headers):
    """Headers are anybody's text."""
    for status in (401, 403, 429, 503):
        connector().failure(Request("x", "GET", "", signed=False), Response(status, headers, b"\xff"))
        connector().failure(Request("x", "GET", ""), Response(status, headers))


def test_values_cannot_leave_their_place():
    """A path, a header and a query keep what they are, whatever the visitor wrote."""
    found = connector(read_contact={**OPERATIONS["read_contact"], "headers": {"X-Id": "{{ id }}"}})
    assert refused(found.read("a\r\nX-Evil: 1", ())).category == "refused"
    assert refused(found.read("..", ())).category == "refused"
    assert refused(connector().read("", ())).category == "refused"
    (made,), _ = run(connector().read("a/b?c#d", ()), answer(404))
    assert made.url == "https://api.example.com/v1/people/a%2Fb%3Fc%23d"
    (made,), _ = run(connector().find(Identity("a&b=c@x.example")), answer(404))
    assert made.target.endswith("?email=a%26b%3Dc%40x.example")


AUTH = {
    "none": ({}, {}),
    "header": ({"name": "Api-Key", "prefix": "Token "}, {"Api-Key": "Token topsecret"}),
    "bearer": ({}, {"Authorization": "Bearer topsecret"}),
    "basic": ({}, {"Authorization": "Basic " + base64.b64encode("me:pä:ss".encode()).decode()}),
    "oauth_client_credentials": ({"token_url": "https://id.example.com/t"}, {"Authorization": "Bearer tok"}),
}
SECRETS = Credentials.model_validate(
    {
        "api_key": "topsecret",
        "username": "me",
        "password": "pä:ss",
        "client_id": "a b",
        "client_secret": "c/d",
        "signing_secret": "sign",
    }
)


@pytest.mark.parametrize("kind", AUTH)
def test_calls_carry_their_proof(kind):
    """Each way to authorise puts its header, and none on a call that is not to be signed."""
    options, headers = AUTH[kind]
    found = Connector(Settings.model_validate({**BASE, "auth": {"type": kind, **options}}), SECRETS)
    request = Request("x", "GET", "https://api.example.com/v1/people", headers={"A": "b"})
    assert found.authorised(request, Token("tok")).headers == {"A": "b", **headers}
    unsigned = Request("x", "POST", "https://id.example.com/t", signed=False)
    assert found.authorised(unsigned, Token("tok")) == unsigned


def test_signatures_cover_what_is_sent():
    """HMAC over the time, the method, the path and the very bytes of the body; the time is the token."""
    auth = {"type": "hmac", "algorithm": "sha512", "encoding": "base64", "prefix": "v1=",
            "signs": "{{ method }} {{ path }}?{{ query }} {{ timestamp }} {{ body }}"}  # fmt: skip
    found = Connector(Settings.model_validate({**BASE, "auth": auth}), SECRETS)
    assert run(found.sign_in(NOW))[0] == []
    token = run(found.sign_in(NOW))[1]
    assert token == Token(str(int(NOW.timestamp())), NOW + dt.timedelta(seconds=60))
    request = Request("x", "POST", "https://api.example.com/v1/ñ", query={"a": "b c"}, json={"é": "x" * 400_000})
    signed = found.authorised(request, token)
    text = f"POST /v1/ñ?a=b+c {token.value} ".encode() + request.body()[0]
    code = base64.b64encode(hmac.new(b"sign", text, hashlib.sha512).digest()).decode()
    assert signed.headers == {"X-Signature": f"v1={code}", "X-Timestamp": token.value}


def oauth(**options):
    auth = {"type": "oauth_client_credentials", "token_url": "https://id.example.com/t", **options}
    return Connector(Settings.model_validate({**BASE, "auth": auth}), SECRETS)


def test_tokens_are_asked_for_as_the_standard_has_it():
    """The client's id and secret are form-encoded in the header, or are in the body; the scope is asked for."""
    told = answer(200, {"access_token": "tok", "expires_in": 600})
    (made,), token = run(oauth(scope="a b").sign_in(NOW), told)
    assert token == Token("tok", NOW + dt.timedelta(seconds=600))
    assert made.headers["Authorization"] == "Basic " + base64.b64encode(b"a+b:c%2Fd").decode()
    assert made.form == {"grant_type": "client_credentials", "scope": "a b"}
    assert (made.signed, made.repeatable, made.writes) == (False, True, False)
    (made,), _ = run(oauth(**{"in": "body"}).sign_in(NOW), told)
    assert made.form == {"grant_type": "client_credentials", "client_id": "a b", "client_secret": "c/d"}
    assert "Authorization" not in made.headers


@pytest.mark.parametrize(
    ("body", "expires"),
    [
        ({"access_token": "t"}, None),
        ({"access_token": "t", "expires_in": "60"}, 60),
        ({"access_token": "t", "expires_in": True}, None),
        ({"access_token": "t", "expires_in": 10**20}, 30 * 86400),
        ({"access_token": "t", "expires_in": float("nan")}, None),
    ],
)
def test_a_token_lasts_as_long_as_it_says(body, expires):
    """What is no time is no end; nothing lasts for ever."""
    token = run(oauth().sign_in(NOW), answer(200, body))[1]
    assert token.expires_at == (None if expires is None else NOW + dt.timedelta(seconds=expires))


def test_a_token_that_is_none_is_malformed_or_refused():
    """A line break in a token never reaches a header; a client that is not accepted is unauthorised."""
    shapes: tuple[Any, ...] = ({}, [], {"access_token": "a\nb"}, {"access_token": 5})
    for body in shapes:
        assert refused(oauth().sign_in(NOW), answer(200, body)).category == "malformed"
    request = next(oauth().sign_in(NOW))
    assert oauth().failure(request, answer(400, {"error": "invalid_client"})).category == "unauthorised"
    assert oauth().failure(request, answer(400, {"error": "invalid_scope"})).category == "forbidden"
    assert oauth().failure(request, answer(503)).category == "unavailable"


@pytest.mark.parametrize(
    ("auth", "missing"),
    [
        ({"type": "none"}, ()),
        ({"type": "header"}, ("api_key",)),
        ({"type": "bearer"}, ("api_key",)),
        ({"type": "basic"}, ("username", "password")),
        ({"type": "oauth_client_credentials", "token_url": "https://x.example"}, ("client_id", "client_secret")),
        ({"type": "hmac"}, ("signing_secret",)),
    ],
)
def test_missing_credentials_are_named(auth, missing):
    """Each way to authorise needs its own."""
    known = Settings.model_validate({**BASE, "auth": auth})
    assert tuple(error.loc[0] for error in check(known, Credentials())) == missing
    assert check(known, SECRETS) == ()


def test_credentials_are_single_lines_and_never_shown():
    """A line break would be a header of its own; neither repr nor an error shows a secret."""
    for secret in ("a\nb", "", " x", "x\r"):
        with pytest.raises(ValidationError) as raised:
            Credentials.model_validate({"api_key": secret})
        assert "a\nb" not in str(raised.value)
    assert "topsecret" not in repr(SECRETS)
    bearer = Settings.model_validate(BASE)
    assert check(bearer, Credentials.model_validate({"api_key": "schlüssel"}))[0].loc == ("api_key",)


def changed(path, value):
    found = json.loads(json.dumps(BASE))
    *parents, last = path.split(".")
    place = found
    for parent in parents:
        place = place[parent]
    place[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("base_url", "https://api.example.com/v1?x=1", "no query"),
        ("base_url", "https://api.example.com/a/../b", "'..'"),
        ("base_url", "https://me:pw@api.example.com", "user name"),
        ("base_url", "file:///etc", "absolute http"),
        ("operations.find_contact.path", "//evil.example/x", "starts with one"),
        ("operations.find_contact.path", "/x?y", "query"),
        ("operations.find_contact.path", "/{{ contact.name }}", "unknown variable 'contact.name'"),
        ("operations.find_contact.list", "data[", "JMESPath"),
        ("operations.find_contact.method", "PUT", "GET or POST"),
        ("operations.find_contact.id", None, "'id'"),
        ("operations.create_contact.id", None, "'id'"),
        ("operations.create_contact.body", {"a": "{{ contact.oops }}"}, "operations.create_contact.body: unknown var"),
        ("operations.create_contact.body", {"a": "{{ contact.email | oops }}"}, "unknown filter"),
        ("operations.create_contact.method", "GET", "no body"),
        ("operations.create_contact.method", "DELETE", "'GET', 'POST'"),
        ("operations.list_notes.method", "PATCH", "the method is GET or POST"),
        ("operations.create_contact.headers", {"Host": "x"}, "not yours"),
        ("operations.create_contact.headers", {"Authorization": "x"}, "under 'auth'"),
        ("operations.create_contact.headers", {"A b": "x"}, "pattern"),
        ("operations.create_contact.headers", {"X-A": "{{ nobody }}"}, "unknown variable 'nobody'"),
        ("operations.create_contact.conflict", {"status": [401]}, "such as 409"),
        ("operations.create_contact.conflict", {"status": [200]}, "such as 409"),
        ("operations.create_contact.conflict", {"id": "m", "pattern": "ID"}, "{id} once"),
        ("operations.create_contact.success", [429], "neither success"),
        ("operations.update_contact.omit_empty", False, "omit_empty"),
        ("operations.save_note.body", {"a": {"b": "c"}}, "form"),
        ("operations.save_note.body", ["a"], "form"),
        ("operations.fly", {"method": "GET", "path": "/"}, "Extra inputs"),
        ("headers", {"X-A": "{{ extra.none }}"}, "unknown variable 'extra.none'"),
        ("auth", {"type": "hmac", "signs": "{{ secret }}"}, "unknown variable 'secret'"),
        ("auth", {"type": "hmac", "header": "Content-Length"}, "not yours"),
        ("auth", {"type": "header", "name": "a:b"}, "pattern"),
        ("auth", {"type": "oauth_client_credentials", "token_url": "ftp://x"}, "absolute http"),
        ("rate", "often", "not a rate"),
        ("error_message", "a b", "JMESPath"),
        ("error_message", "|".join(["[@,@][]"] * 30), "too much"),
        ("error_message", "|".join(["to_string([@,@])"] * 9), "too much"),
        ("error_message", "join(@, a)", "too much"),
        ("error_message", "join()", "not a JMESPath"),
        ("error_message", "sort_by(a, &b)", "too much"),
        ("error_message", "(" * 300, "not a JMESPath"),
        ("contact_fields", [{"name": "a b"}], "pattern"),
    ],
)
def test_settings_that_cannot_work_are_refused(path, value, reason):
    """Every mistake is found when the settings are saved, and said where it is."""
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate(changed(path, value))
    assert reason in str(raised.value)


def test_settings_are_described_for_owners():
    """The JSON schema has the names owners write and a description of every part."""
    schema = Settings.model_json_schema()
    assert set(schema["required"]) == {"base_url", "auth", "operations"}
    assert "list" in schema["$defs"]["Operation"]["properties"]
    known = Settings.model_validate(BASE)
    assert Settings.model_validate(known.model_dump(mode="json", by_alias=True)) == known


@pytest.mark.parametrize(
    ("name", "parts"), [("Ana María López", ("Ana María", "López")), ("Ana", ("Ana", "")), ("", ("", ""))]
)
def test_names_are_split_at_the_last_word(name, parts):
    """One word is a first name."""
    assert split_name(name) == parts
