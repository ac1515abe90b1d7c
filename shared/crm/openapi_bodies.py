"""Which property of an API means what: request bodies as templates, answers as expressions. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.crm.openapi_document import Document, Node, expression, joined, listed, plain, words

_DEPTH: Final = 3
_MAX_OPTIONS: Final = 100
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,119}")
# Objects that only wrap what is meant.
_WRAPPERS: Final = frozenset(("data", "attribute", "property", "field", "body", "payload", "profile", "item", "result"))
CONTACT_NOUNS: Final = ("contact", "customer", "person", "lead", "client", "subscriber")
DEAL_NOUNS: Final = ("deal", "order", "opportunity", "booking", "sale")
NOTE_NOUNS: Final = ("note", "comment")
_NOUNS: Final = frozenset((*CONTACT_NOUNS, *DEAL_NOUNS, *NOTE_NOUNS))

_REF: Final = ("ref", "reference", "externalid", "externalref", "externalreference", "clientreference", "foreignid")
_CONTACT_ID: Final = tuple(f"{noun}{end}" for noun in CONTACT_NOUNS for end in ("id", "uuid", ""))
Roles = Mapping[str, tuple[str, ...]]
"""From a template to the names (`joined`) that a property of its meaning may have."""
CONTACT_ROLES: Final[Roles] = {
    "contact.email": ("email", "emailaddress", "mail", "primaryemail"),
    "contact.phone": ("phone", "phonenumber", "telephone", "mobile", "mobilephone", "tel", "telephonenumber"),
    "contact.first_name": ("firstname", "givenname", "forename", "fname"),
    "contact.last_name": ("lastname", "surname", "familyname", "lname"),
    "contact.name": ("name", "fullname", "displayname", "customername", "contactname", "personname"),
    "ref": _REF,
}
DEAL_ROLES: Final[Roles] = {
    "deal.title": ("title", "name", "subject", "dealname", "ordername", "dealtitle", "ordertitle"),
    "contact_id": _CONTACT_ID,
    "deal.amount": ("amount", "value", "total", "price", "dealvalue", "totalamount"),
    "deal.currency": ("currency", "currencycode"),
    "deal.pipeline": ("pipeline", "pipelineid"),
    "deal.stage": ("stage", "stageid"),
    "ref": _REF,
}
NOTE_ROLES: Final[Roles] = {
    "note.text": ("text", "body", "content", "note", "comment", "message", "description"),
    "contact_id": _CONTACT_ID,
    "deal_id": tuple(f"{noun}id" for noun in DEAL_NOUNS),
    "note.at": ("createdat", "writtenat", "timestamp", "occurredat", "notedat"),
    "ref": _REF,
}


@dataclass
class Body:
    """A request's body as it is being suggested: its template, further properties, and what remains to be said."""

    document: Document
    roles: Roles
    values: str = ""
    fields: list[dict[str, Any]] = field(default_factory=list)
    roles_met: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)

    def template(self, schema: Node, depth: int = _DEPTH) -> dict[str, Any]:
        """Return the template of an object; what is neither known nor required is left out."""
        found = {}
        required = schema.get("required", [])
        for name, item in self.document.properties(schema):
            if item.get("readOnly") is True or item.get("deprecated") is True:
                continue
            value = self._value(name, item, depth)
            value = fixed(item) if value is None and name in required else value
            if value is not None:
                found[name] = value
            elif name in required:
                self.unknown.append(plain(name))
        return found

    def _value(self, name: str, item: Node, depth: int) -> Any:  # noqa: ANN401 - any JSON
        kind = item.get("type")
        role = self._role(name)
        if kind == "object":
            return self._object(name, item, depth)
        if kind == "array":
            return self._array(role, item)
        if role:
            self.roles_met.add(role)
            # Our ids are texts; whole numbers are what such an API counts its records by.
            return output(f"{role} | plus: 0" if kind == "integer" and role.endswith("id") else role)
        return self._further(name, item)

    def _role(self, name: str) -> str:
        """Return what a property means; the first of several that mean the same has it."""
        short = joined(name)
        return next((role for role, names in self.roles.items() if short in names and role not in self.roles_met), "")

    def _object(self, name: str, item: Node, depth: int) -> dict[str, Any] | None:
        if "contact_id" in self.roles and joined(name) in CONTACT_NOUNS:
            has_id = "id" in item.get("properties", {}) and "contact_id" not in self.roles_met
            self.roles_met |= {"contact_id"} if has_id else set()
            return {"id": "{{ contact_id }}"} if has_id else None
        if depth and wraps(name):
            return self.template(item, depth - 1) or None
        return None

    def _array(self, role: str, item: Node) -> list[Any] | None:
        if role not in ("contact.email", "contact.phone"):
            return None
        inner = self.document.schema(item.get("items"))
        key = first_name(inner, ("value", "email", "number", "phone", "address"))
        if inner.get("type") == "string" or key:
            self.roles_met.add(role)
            return [{key: output(role)} if key else output(role)]
        return None

    def _further(self, name: str, item: Node) -> str | None:
        """Return the template of a property of the business's own, and list it."""
        known = any(name == other["name"] for other in self.fields)
        if not self.values or known or name.lower() in ("id", "uuid") or not _NAME.fullmatch(name):
            return None
        kind = remote_type(item)
        if kind == "other":
            return None
        options = [str(option)[:200] for option in listed(item.get("enum")) if isinstance(option, str | int)]
        label = item.get("title")
        self.fields.append(
            {
                "name": name,
                "label": plain(label) if isinstance(label, str) else name,
                "type": kind,
                **({"options": options[:_MAX_OPTIONS]} if options else {}),
            }
        )
        return output(f"{self.values}.{name}")


def output(name: str) -> str:
    """Return the template that is a variable's value."""
    return "{{ " + name + " }}"


def wraps(name: str) -> bool:
    """Whether an object of this name only holds what the call is about."""
    return any(word in _WRAPPERS or word in _NOUNS for word in words(name)[-1:])


def fixed(item: Node) -> Any:  # noqa: ANN401 - any JSON
    """Return the only value a property may have, or the one it has by itself; None when it is for us to say."""
    options = listed(item.get("enum"))
    found = item.get("const", item.get("default", options[0] if len(options) == 1 else None))
    # A text is read as a template later on.
    is_plain = isinstance(found, str) and len(found) <= 200 and "{" not in found  # noqa: PLR2004 - a value, not a text
    return found if is_plain or isinstance(found, bool | int | float) else None


def remote_type(item: Node) -> str:
    """Return the kind of a property as mappings know it."""
    if listed(item.get("enum")):
        return "choice"
    form = item.get("format")
    if item.get("type") == "string" and form in ("date", "date-time"):
        return "date" if form == "date" else "datetime"
    kinds = {"string": "text", "number": "number", "integer": "number", "boolean": "yes_no"}
    return kinds.get(str(item.get("type")), "other")


def first_name(schema: Node, names: Iterable[str]) -> str:
    """Return the first of these properties that an object has."""
    return next((name for name in names if name in schema.get("properties", {})), "")


def id_path(document: Document, schema: Node, nouns: tuple[str, ...]) -> tuple[str, ...]:
    """Return where the id of a record is in an answer, () when it is not to be seen."""
    wanted = ("id", "uuid", "guid", *(f"{noun}id" for noun in nouns))
    level: list[tuple[tuple[str, ...], Node]] = [((), schema)]
    for _ in range(_DEPTH):
        for keys, node in level:
            named = {joined(name): name for name, item in document.properties(node) if item.get("type") != "object"}
            found = next((named[name] for name in wanted if name in named), "")
            if found:
                return (*keys, found)
        level = [
            ((*keys, name), item)
            for keys, node in level
            for name, item in document.properties(node)
            if item.get("type") == "object"
        ]
    return ()


def list_path(document: Document, schema: Node) -> tuple[tuple[str, ...], dict[str, Any]] | None:
    """Return where the list is in an answer, and the schema of what it lists."""
    if schema.get("type") == "array":
        return (), document.schema(schema.get("items"))
    level: list[tuple[tuple[str, ...], Node]] = [((), schema)]
    for _ in range(_DEPTH):
        inside = [((*keys, name), item) for keys, node in level for name, item in document.properties(node)]
        for keys, item in inside:
            listing = document.schema(item.get("items")) if item.get("type") == "array" else {}
            if listing.get("type") == "object":
                return keys, listing
        level = [(keys, item) for keys, item in inside if item.get("type") == "object"]
    return None


def contact_fields(document: Document, schema: Node) -> dict[str, Any]:
    """Return where the parts of a contact are in a contact of an answer."""
    found: dict[str, str] = {}
    values: dict[str, str] = {}
    _collect(document, schema, (), found, values)
    parts = {role.split(".")[1]: path for role, path in found.items() if role.startswith("contact.")}
    if "name" not in parts and {"first_name", "last_name"} <= parts.keys():
        parts["name"] = f"join(' ', [{parts['first_name']} || '', {parts['last_name']} || ''])"
    named: dict[str, Any] = {name: parts[name] for name in ("email", "phone", "name") if name in parts}
    nested = {name: path for name, path in values.items() if path != name}
    return {**named, **({"values": nested} if nested else {})}


def _collect(
    document: Document, schema: Node, keys: tuple[str, ...], found: dict[str, str], values: dict[str, str]
) -> None:
    for name, item in document.properties(schema):
        path = expression(*keys, name)
        role = next((role for role, names in CONTACT_ROLES.items() if joined(name) in names), "")
        if item.get("type") == "object":
            if len(keys) < _DEPTH and wraps(name):
                _collect(document, item, (*keys, name), found, values)
        elif item.get("type") == "array":
            key = first_name(document.schema(item.get("items")), ("value", "email", "number", "phone", "address"))
            if role:
                found.setdefault(role, f"{path}[0]" + (f".{key}" if key else ""))
        elif role and role != "ref":
            found.setdefault(role, path)
        elif _NAME.fullmatch(name) and remote_type(item) != "other":
            values.setdefault(name, path)
