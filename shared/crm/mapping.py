"""From what a visitor told, by our fields, to a CRM's records: names, types and texts. Pure.

Done when a record is delivered, with the mapping as it is then.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from string import Template
from typing import Any

from shared.domain.crm import (
    Contact,
    CrmConfig,
    CustomRecord,
    Deal,
    Identity,
    Note,
    ObjectConfig,
    RemoteField,
    RemoteType,
    Value,
)
from shared.domain.errors import FieldError
from shared.domain.fields import FieldSpec

# What each of our types may be kept in. Text takes everything, since everything can be written out.
_FITS: dict[str, frozenset[RemoteType]] = {
    "number": frozenset({"number", "text"}),
    "date": frozenset({"date", "datetime", "text"}),
    "yes_no": frozenset({"yes_no", "text"}),
    "choice": frozenset({"choice", "text"}),
}
_TEXT: frozenset[RemoteType] = frozenset({"text", "other"})


def ref_of(*parts: str) -> str:
    """Return our own key of a record: the same for the same parts, and nothing of them can be read from it."""
    return "cp" + hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:30]


def contact_of(business_id: str, payload: Mapping[str, Any], crm: CrmConfig, specs: Mapping[str, FieldSpec]) -> Contact:
    """Return the contact an entry is about."""
    fields = _fields(payload)
    mapped = {name: kept for name, kept in crm.contact.items() if name in specs}
    values = {kept: typed(specs[name], fields[name]) for name, kept in mapped.items() if fields.get(name)}
    overwrite = crm.existing == "overwrite" or bool(payload.get("verified"))
    identity = Identity(fields.get("email", ""), fields.get("phone", ""))
    ref = ref_of(business_id, "contact", str(payload.get("identity", "")))
    return Contact(ref, identity, fields.get("name", ""), values, overwrite)


def deal_of(
    payload: Mapping[str, Any], crm: CrmConfig, specs: Mapping[str, FieldSpec], *, ref: str, contact_id: str,
    business: str,
) -> Deal:  # fmt: skip
    """Return the deal an entry is about. `business` is the business's name, for the title."""
    deal, fields = crm.deal, _fields(payload)
    assert deal is not None  # noqa: S101 - the caller looks whether deals are made at all
    amount = fields.get(deal.amount_field or "", "")
    mapped = {name: kept for name, kept in deal.properties.items() if name in specs}
    return Deal(
        ref=ref,
        title=quoted(deal.title, payload, business) or business,
        contact_id=contact_id,
        amount=float(amount) if amount else None,
        currency=deal.currency or "",
        pipeline=deal.pipeline or "",
        stage=deal.stage or "",
        values={kept: typed(specs[name], fields[name]) for name, kept in mapped.items() if fields.get(name)},
    )


def note_of(payload: Mapping[str, Any], *, ref: str, contact_id: str, deal_id: str) -> Note:
    """Return the note an entry is about."""
    return Note(ref, str(payload["text"]), contact_id, dt.datetime.fromisoformat(payload["at"]), deal_id)


def record_of(
    payload: Mapping[str, Any], item: ObjectConfig, *, ref: str, contact_id: str, business: str
) -> CustomRecord:
    """Return the record of another kind that an entry is about."""
    values = {name: quoted(text, payload, business) for name, text in item.values.items()}
    return CustomRecord(ref, item.object, {name: text for name, text in values.items() if text}, contact_id)


def quoted(text: str, payload: Mapping[str, Any], business: str) -> str:
    """Return a text with what it quotes; what is not known becomes nothing, and leaves no double space."""
    context = {"business": business, "goal": payload.get("goal", ""), "page": payload.get("page", "")}
    known = {**context, **_fields(payload)}
    template = Template(text)
    absent = dict.fromkeys(template.get_identifiers(), "")
    return " ".join(template.safe_substitute({**absent, **known}).split())


def typed(spec: FieldSpec, value: str) -> Value:
    """Return a field's normal form as the value it means; as text when it cannot be read as that."""
    try:
        match spec.type:
            case "number":
                return float(value)
            case "date":
                return dt.date.fromisoformat(value)
            case "yes_no":
                return value == "yes"
    except ValueError:
        return value
    return value


def complaints(
    specs: Mapping[str, FieldSpec], mapping: Mapping[str, str], remote: Iterable[RemoteField], where: tuple[str, ...]
) -> list[FieldError]:
    """Return what is wrong with a mapping, by the CRM's own metadata.

    Args:
        specs: our fields by id.
        mapping: from a field's id to a property.
        remote: the properties there are; empty means the CRM does not tell, and nothing is checked.
        where: the path to the mapping in the configuration.
    """
    there = {field.name: field for field in remote}
    if not there:
        return []
    found = ((name, _complaint(specs[name], there.get(kept), kept)) for name, kept in mapping.items() if name in specs)
    return [FieldError((*where, name), text) for name, text in found if text]


def unknown(name: str | None, remote: Iterable[RemoteField], where: tuple[str, ...]) -> list[FieldError]:
    """Return a complaint when a property that is to be read is not there; a CRM that does not tell has everything."""
    there = {field.name for field in remote}
    return [FieldError(where, f"the CRM has no property '{name}'")] if name and there and name not in there else []


def _complaint(spec: FieldSpec, remote: RemoteField | None, name: str) -> str:
    if remote is None:
        return f"the CRM has no property '{name}'"
    if remote.read_only:
        return f"the property '{name}' cannot be written"
    if remote.type not in _FITS.get(spec.type, _TEXT):
        return f"the field '{spec.id}' is a {spec.type}, the property '{name}' a {remote.type}"
    missing = [choice for choice in spec.choices if remote.type == "choice" and choice not in remote.options]
    if missing:
        return f"the property '{name}' has no option '{missing[0]}' (it has {', '.join(remote.options[:20])})"
    return ""


def _fields(payload: Mapping[str, Any]) -> dict[str, str]:
    fields = payload.get("fields")
    return {str(name): str(value) for name, value in fields.items()} if isinstance(fields, dict) else {}
