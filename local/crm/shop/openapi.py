"""The shop's own description, as a framework would write it: OpenAPI 3.1 with shared schemas."""

from collections.abc import Mapping

from local.crm.shop.data import NOTE, ORDER, PET, Json, Property

_TYPES: dict[str, Json] = {
    "email": {"type": "string", "format": "email"},
    "phone": {"type": "string", "format": "phone"},
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "choice": {"type": "string"},
}
_KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def describe(base: str, prefix: str, customer: Mapping[str, Property]) -> Json:
    """Return the document; `prefix` is what of the base URL is a path."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "The shop", "version": "1"},
        "servers": [{"url": base}],
        "security": [{"bearer": []}, {"key": []}, {"basic": []}, {"oauth": ["customers", "orders"]}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "basic": {"type": "http", "scheme": "basic"},
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {"tokenUrl": f"{prefix}/token", "scopes": {"customers": "", "orders": ""}}
                    },
                },
            },
            "schemas": {
                "CustomerInput": _schema(customer),
                "Customer": _stored("CustomerInput"),
                "OrderInput": _schema(ORDER),
                "Order": _stored("OrderInput"),
                "NoteInput": _schema(NOTE),
                "Note": _stored("NoteInput"),
                "PetInput": _schema(PET),
                "Pet": _stored("PetInput"),
                "Exists": _object(error={"type": "string"}, existing=_object(id={"type": "string"})),
                "Problem": _object(message={"type": "string"}, errors={"type": "object"}),
            },
        },
    }


def _paths() -> Json:
    return {
        "/ping": {"get": _operation("ping", "meta", answers={"200": _answer(_object(shop={"type": "string"}))})},
        "/customers": {
            "get": _operation("listCustomers", "customers", [_filter("email"), _filter("phone")], _many("Customer")),
            "post": _operation("createCustomer", "customers", [_KEY], _made("Customer"), takes="CustomerInput"),
        },
        "/customers/{id}": {
            "parameters": [_ID],
            "get": _operation("getCustomer", "customers", answers=_one("Customer")),
            "patch": _operation("updateCustomer", "customers", answers=_one("Customer"), takes="CustomerInput"),
        },
        "/customers/{id}/notes": {
            "parameters": [_ID],
            "get": _operation("listNotes", "notes", answers=_many("Note")),
            "post": _operation("addNote", "notes", [_KEY], _made("Note"), takes="NoteInput"),
        },
        "/orders": {
            "get": _operation("listOrders", "orders", [_filter("customer_id")], _many("Order")),
            "post": _operation("createOrder", "orders", [_KEY], _made("Order"), takes="OrderInput"),
        },
        "/orders/{id}": {
            "parameters": [_ID],
            "patch": _operation("updateOrder", "orders", answers=_one("Order"), takes="OrderInput"),
        },
        "/pets": {
            "get": _operation("listPets", "pets", [_filter("customer_id")], _many("Pet")),
            "post": _operation("createPet", "pets", [_KEY], _made("Pet"), takes="PetInput"),
        },
    }


def _operation(
    name: str, tag: str, parameters: list[Json] | None = None, answers: Json | None = None, takes: str = ""
) -> Json:
    body = {"requestBody": {"required": True, **_content(_reference(takes))}} if takes else {}
    problem = {"422": _answer(_reference("Problem"))} if takes else {}
    return {
        "operationId": name,
        "tags": [tag],
        "parameters": parameters or [],
        **body,
        "responses": {**(answers or {}), **problem},
    }


def _filter(name: str) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


def _schema(properties: Mapping[str, Property]) -> Json:
    required = [name for name, item in properties.items() if item.required]
    known = {
        name: {
            **_TYPES[item.type],
            **({"enum": list(item.options)} if item.options else {}),
            **({"title": item.title} if item.title else {}),
        }
        for name, item in properties.items()
    }
    return {"type": "object", "properties": known, "additionalProperties": False, "required": required}


def _stored(name: str) -> Json:
    return {"allOf": [{**_object(id={"type": "string", "readOnly": True})}, _reference(name)]}


def _made(name: str) -> Json:
    conflict = {} if name in ("Note", "Pet") else {"409": _answer(_reference("Exists"))}
    return {"201": _one(name)["200"], **conflict}


def _one(name: str) -> Json:
    return {"200": _answer(_object(**{name.lower(): _reference(name)}))}


def _many(name: str) -> Json:
    return {"200": _answer(_object(**{f"{name.lower()}s": {"type": "array", "items": _reference(name)}}))}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def _answer(schema: Json) -> Json:
    return {"description": "", **_content(schema)}
