"""Drafts from OpenAPI documents: what is found, what is said, and documents that mean no good."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from local.crm.shop.data import CUSTOMER
from local.crm.shop.openapi import describe
from shared.crm.http import Settings
from shared.crm.openapi_import import Suggestion, suggest


def content(schema):
    return {"content": {"application/json": {"schema": schema}}}


def thing(*required, **properties):
    known = {name: item if isinstance(item, dict) else {"type": item} for name, item in properties.items()}
    return {"type": "object", "properties": known, "required": list(required)}


def document(paths, **changes):
    return {"openapi": "3.0.3", "servers": [{"url": "https://api.example.com/v2/"}], "paths": paths, **changes}


def making(schema, **changes):
    return {"post": {"requestBody": content(schema), "responses": {"201": content(thing(id="integer"))}, **changes}}


def drafted(raw):
    """The draft, which must be settings as it is."""
    found = suggest(raw)
    Settings.model_validate({"base_url": "https://x.example", **found.settings})
    return found


def test_the_shops_document_becomes_settings():
    """Everything is found, and nothing is left to say."""
    found = drafted(describe("https://shop.example.com", "", CUSTOMER))
    assert found.notes == ()
    assert set(found.settings["operations"]) == {
        "create_contact", "find_contact", "read_contact", "update_contact", "save_deal", "update_deal", "list_deals",
        "save_note", "list_notes", "ping",
    }  # fmt: skip
    assert found.settings["auth"] == {"type": "bearer"}


def test_names_of_other_apis_are_understood():
    """Camel case, wrappers, lists of addresses, whole-number ids and parents in the path."""
    person = thing(
        "person",
        person=thing(
            "emails", "kind",
            givenName="string", familyName="string", emails={"type": "array", "items": thing(value="string")},
            mobilePhone="string", externalId="string", company=thing(name="string", email="string"),
            kind={"type": "string", "enum": ["lead"]}, shoeSize="integer", id={"type": "integer", "readOnly": True},
        ),
    )  # fmt: skip
    made = {"responses": {"200": content(thing(data=thing(person=thing(personId="integer"))))}}
    paths = {
        "/api/people/create": making(person, **made),
        "/api/people/{personId}/orders": making(thing("subject", subject="string", totalAmount="number")),
        "/api/comments": making(thing("customerId", customerId="integer", body="string")),
    }
    found = drafted(document(paths))
    create = found.settings["operations"]["create_contact"]
    assert create["path"] == "/api/people/create"
    assert create["id"] == "data.person.personId"
    assert create["body"] == {
        "person": {
            "givenName": "{{ contact.first_name }}", "familyName": "{{ contact.last_name }}",
            "emails": [{"value": "{{ contact.email }}"}], "mobilePhone": "{{ contact.phone }}",
            "externalId": "{{ ref }}", "kind": "{{ contact.values.kind }}", "shoeSize": "{{ contact.values.shoeSize }}",
        }
    }  # fmt: skip
    deal = found.settings["operations"]["save_deal"]
    assert deal["path"] == "/api/people/{{ contact_id }}/orders"
    assert deal["body"] == {"subject": "{{ deal.title }}", "totalAmount": "{{ deal.amount }}"}
    note = found.settings["operations"]["save_note"]
    assert note["body"] == {"customerId": "{{ contact_id | plus: 0 }}", "body": "{{ note.text }}"}
    assert "find_contact: no operation was found that finds a contact by e-mail address" in found.notes


def test_what_is_required_and_unknown_is_said():
    """Properties that nothing is known of, and parameters, are named for the owner."""
    schema = thing("email", "tenant", "tags", email="string", tenant={"type": "string", "default": "main"},
                   tags={"type": "array", "items": {"type": "string"}})  # fmt: skip
    parameter = {"name": "X-Region", "in": "header", "required": True, "schema": {"type": "string"}}
    found = drafted(document({"/contacts": making(schema, parameters=[parameter])}))
    notes = " ".join(found.notes)
    assert "create_contact: 'tags' is required" in notes
    assert "header parameter 'X-Region' is required" in notes


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"type": "header", "name": "X-Key"}),
        ({"type": "http", "scheme": "Bearer"}, {"type": "bearer"}),
        ({"type": "http", "scheme": "basic"}, {"type": "basic"}),
        (
            {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}}},
            {"type": "oauth_client_credentials", "token_url": "https://api.example.com/oauth/token", "scope": "w r"},
        ),
        ({"type": "apiKey", "in": "query", "name": "key"}, {"type": "none"}),
        ({"type": "openIdConnect"}, {"type": "none"}),
        ({"type": "apiKey", "in": "header", "name": "Host"}, {"type": "none"}),
        ({"type": "http", "scheme": ["bearer"]}, {"type": "none"}),
    ],
)
def test_security_becomes_auth(scheme, auth):
    """What cannot be used is said."""
    raw = document({}, components={"securitySchemes": {"s": scheme}}, security=[{"s": ["w", "r"]}])
    found = drafted(raw)
    assert found.settings["auth"] == auth
    assert any(note.startswith("auth:") for note in found.notes) == (auth == {"type": "none"})


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        (
            [{"url": "https://{region}.example.com/", "variables": {"region": {"default": "eu"}}}],
            "https://eu.example.com",
        ),
        ([{"url": "/v1"}], None),
        ([{"url": "https://a.example/?x"}], None),
        ([], None),
        ("x", None),
    ],
)
def test_the_server_is_where_the_api_is(servers, base):
    """Variables have their defaults; an address that is not absolute is left for the owner to give."""
    found = drafted(document({}, servers=servers))
    assert found.settings.get("base_url") == base
    assert any(note.startswith("base_url:") for note in found.notes) == (base is None)


def test_references_are_followed_inside_the_document_only():
    """Cycles end, and another document is never fetched, only named."""
    schemas = {
        "Node": {"allOf": [{"$ref": "#/components/schemas/Node"}, thing(email="string", parent={"$ref": "#/x"})]},
        "Loop": {"$ref": "#/components/schemas/Loop"},
        "Person": thing(
            email="string",
            again={"$ref": "#/components/schemas/Person"},
            data={"$ref": "#/components/schemas/Person"},
            far={"$ref": "https://evil.example/x.json#/a"},
            loop={"$ref": "#/components/schemas/Loop"},
        ),
    }
    for name in schemas:
        paths = {"/contacts": making({"$ref": f"#/components/schemas/{name}"})}
        found = drafted(document(paths, components={"schemas": schemas}))
        assert "create_contact" in found.settings["operations"]
    assert any("https://evil.example/x.json" in note for note in drafted(
        document({"/contacts": making(schemas["Person"])}, components={"schemas": schemas})).notes)  # fmt: skip


def bomb():
    """Each schema is made of many of the next one."""
    schemas = {f"S{at}": {"allOf": [{"$ref": f"#/components/schemas/S{at + 1}"}] * 50} for at in range(20)}
    return document({"/contacts": making({"$ref": "#/components/schemas/S0"})}, components={"schemas": schemas})


def deep():
    found: dict[str, object] = {}
    for _ in range(500):
        found = {"x": found}
    return document(found)


@pytest.mark.parametrize(
    "raw",
    [
        [], {}, None, "x", {"swagger": "2.0"}, {"openapi": 3.0},
         {"openapi": "2.0"}, {"openapi": "4.0.0"}, bomb(), deep(),
        document({f"/{at}": [0] * 100 for at in range(2500)}),
    ],
    ids=range(11),
)  # fmt: skip
def test_documents_that_cannot_be_read_are_refused_plainly(raw):
    """Other formats, and documents that would take for ever."""
    with pytest.raises(ValueError, match=r"document"):
        suggest(raw)


def test_a_document_cannot_write_templates():
    """Names and defaults of the document never become code of a template, and notes stay short lines."""
    evil = "{{ contact.email }}{% for i in (1..9) %}"
    schema = thing(evil, "region", email="string", **{evil: "string", "region": {"type": "array", "default": evil}})
    paths = {"/contacts": making(schema), f"/contacts/{evil}": making(schema), "/contacts/a b\n": making(schema)}
    found = drafted(document(paths))
    assert found.settings["operations"]["create_contact"]["path"] == "/contacts"
    assert found.settings["operations"]["create_contact"]["body"] == {"email": "{{ contact.email }}"}
    assert all("\n" not in note and len(note) <= 300 for note in found.notes)


_KEYS = st.sampled_from(
    ["openapi", "paths", "/contacts", "/contacts/{id}", "/orders", "/people/{id}/notes", "get", "post", "patch", "put",
     "requestBody", "content", "application/json", "schema", "$ref", "properties", "items", "type", "allOf", "anyOf",
     "email", "id", "customer_id", "name", "in", "required", "parameters", "responses", "200", "201", "409", "422",
     "servers", "url", "security", "components", "securitySchemes", "schemas", "enum", "message", "data"]
)  # fmt: skip
_VALUES = st.sampled_from(
    ["object", "array", "string", "integer", "3.1.0",
     "#/components/schemas/A", "#/paths", "#/", "email", "query", "header",
     "apiKey", "https://x.example", "createContact"]
)  # fmt: skip
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | _VALUES | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=3), inner, max_size=5),
    max_leaves=30,
)


@settings(max_examples=200)
@given(st.dictionaries(_KEYS, _ANY, max_size=6), st.dictionaries(_KEYS, _ANY, max_size=4))
def test_any_object_gives_a_draft_or_a_value_error(raw, contacts):
    """A draft is JSON and valid settings; everything else is a ValueError."""
    raw = {"openapi": "3.1.0", **raw}
    raw["paths"] = {"/contacts": contacts, **(raw["paths"] if isinstance(raw.get("paths"), dict) else {})}
    try:
        found = drafted(raw)
    except ValidationError:
        raise AssertionError("a draft that the settings refuse") from None
    except ValueError:
        return
    assert isinstance(found, Suggestion)
    assert json.loads(json.dumps(found.settings)) == found.settings
