"""Zoho's fields: what their metadata says, and values in the form they take. Pure."""

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from shared.domain.crm import Contact, RemoteField, RemoteType, Value

# The longest texts Zoho takes.
FIRST_NAME, LAST_NAME, DEAL_NAME, NOTE_TITLE = 40, 80, 120, 120
TEXT_AREA = 32_000

_KINDS: dict[str, RemoteType] = {
    **dict.fromkeys(("text", "textarea", "email", "phone", "website"), "text"),
    **dict.fromkeys(("integer", "bigint", "double", "currency", "percent"), "number"),
    "date": "date", "datetime": "datetime", "boolean": "yes_no", "picklist": "choice",
}  # fmt: skip
_NUMBERS = ("integer", "bigint", "double", "currency", "percent")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def names(name: str) -> dict[str, str | None]:
    """Return a name in two: Zoho demands the last one."""
    *first, last = name.split() or [""]
    return {"First_Name": " ".join(first)[:FIRST_NAME] or None, "Last_Name": last[:LAST_NAME]}


def contact_body(contact: Contact) -> dict[str, Any]:
    """Return what a contact has, by Zoho's names. A name of one word empties the first name."""
    body: dict[str, Any] = {
        name: native(value) for name, value in contact.values.items() if name not in ("Full_Name", "id")
    }
    if contact.name.strip():
        body |= names(contact.name)
    if contact.identity.email:
        body["Email"] = contact.identity.email
    if contact.identity.phone:
        body["Phone"] = contact.identity.phone
    return body


def mark(ref: str) -> str:
    """Return our key as it is found again: none is the start of another."""
    return f"[{ref}]"


def sign(body: dict[str, Any], ref: str, field: str, *, anew: bool) -> None:
    """Put our key into a deal: into its field, or into the description, which is not replaced only for that."""
    if field:
        body[field] = ref
    elif (anew or "Description" in body) and mark(ref) not in str(body.get("Description")):
        # First, for listings cut long texts short.
        rest = str(body.get("Description", ""))[: TEXT_AREA - 200]
        body["Description"] = f"Chatbot reference: {mark(ref)}\n{rest}".rstrip()


def native(value: Value) -> str | float | bool:
    """Return a value in Zoho's form; whole numbers without a fraction, which its integers refuse."""
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value


def typed(value: Value, spec: Mapping[str, Any]) -> str | float | bool:
    """Return a value in the form its field takes, where a text is one; Zoho says no to the rest."""
    if not isinstance(value, str):
        return native(value)
    kind, text = spec.get("data_type"), value.strip()
    if kind in _NUMBERS:
        return _number(text)
    if kind == "boolean" and text.casefold() in (*_YES, *_NO):
        return text.casefold() in _YES
    return value


def _number(text: str) -> str | float:
    try:
        found = float(text)
    except ValueError:
        return text
    return native(found) if math.isfinite(found) else text


def by_name(specs: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return fields by their API names."""
    return {name: item for item in specs if isinstance(name := item.get("api_name"), str) and name}


def is_unique(spec: Mapping[str, Any]) -> bool:
    """Whether a field is one of Zoho's texts that allow no duplicate values."""
    return bool(spec.get("unique")) and spec.get("data_type") == "text"


def link(specs: Mapping[str, Mapping[str, Any]], module: str) -> str:
    """Return the field that links to a module, "" when there is none."""
    for name, item in specs.items():
        lookup = item.get("lookup")
        target = lookup.get("module") if item.get("data_type") == "lookup" and isinstance(lookup, dict) else None
        if isinstance(target, dict) and target.get("api_name") == module:
            return name
    return ""


def options(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values of a choice in use, as they are written."""
    listed = spec.get("pick_list_values")
    used = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    texts = [item.get("actual_value") for item in used if item.get("type") != "unused"]
    return tuple(text for text in texts if isinstance(text, str) and text and text != "-None-")


def remote_field(name: str, spec: Mapping[str, Any]) -> RemoteField:
    """Return a field as owners see it."""
    label = spec.get("field_label") or spec.get("display_label")
    kind = _KINDS.get(str(spec.get("data_type")), "other")
    fixed = any(spec.get(flag) is True for flag in ("read_only", "field_read_only", "virtual_field"))
    return RemoteField(
        name,
        label if isinstance(label, str) else name,
        kind,
        options(spec) if kind == "choice" else (),
        read_only=fixed or kind == "other",
        required=spec.get("system_mandatory") is True,
    )
