"""The fields of Pipedrive's persons and deals: what they take, and how a value of each type is written and read."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.crm.failure import CrmError
from shared.domain.crm import RemoteField, RemoteType, Value

CUSTOM = re.compile(r"[0-9a-f]{40}")
# What a person or a deal has beside custom fields that a mapped value may go to, as the field's type at Pipedrive.
OWN = {
    "contact": {"org_id": "org", "owner_id": "user"},
    "deal": {"org_id": "org", "owner_id": "user", "expected_close_date": "date", "probability": "double"},
}
# Filled from the person's identity: no mapping is needed.
IDENTITY = ("name", "email", "phone")
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,119}|[0-9a-f]{40}")
_SUBFIELD = re.compile(r"[0-9a-f]{40}_.*")
_TYPES: dict[str, RemoteType] = {
    "varchar": "text", "varchar_auto": "text", "text": "text", "phone": "text", "address": "text", "time": "text",
    "double": "number", "int": "number", "monetary": "number", "date": "date", "enum": "choice", "set": "choice",
}  # fmt: skip
_LENGTHS = {"varchar": 255, "varchar_auto": 255, "phone": 255, "text": 65_000, "address": 255, "time": 16}
_IDS = ("user", "org", "people")
_YES = ("yes", "true", "1")
_NO = ("no", "false", "0")


@dataclass(frozen=True)
class FieldSpec:
    """One field. `options` are ids by label, in Pipedrive's order."""

    key: str
    label: str
    type: str
    required: bool = False
    options: Mapping[str, int] = field(default_factory=dict)

    def remote(self, kind: str) -> RemoteField:
        """Return it as the platform shows it. Options are labels; `written` turns them into Pipedrive's ids."""
        custom = bool(CUSTOM.fullmatch(self.key)) and (self.type in _TYPES or self.type in _IDS)
        ours = custom or self.key in OWN[kind] or (kind == "contact" and self.key in IDENTITY)
        return RemoteField(
            name=self.key, label=self.label, type=_TYPES.get(self.type, "other"), options=tuple(self.options),
            read_only=not ours, required=self.required,
        )  # fmt: skip

    def written(self, value: Value, currency: str = "") -> Any:  # noqa: ANN401 - whatever JSON the type wants
        """Return a value in the form that version 2 of the API wants; CrmError when the field cannot take it."""
        if self.type in ("enum", "set"):
            return self._chosen(value)
        if self.type == "date":
            return self._date(value)
        if self.type in _IDS:
            return int(self._number(value))
        if self.type in ("double", "int", "monetary"):
            number = self._number(value)
            return number if self.type != "monetary" else {"value": number} | _known("currency", currency)
        if self.type not in _LENGTHS:
            raise self._refused()
        text = shown(value)[: _LENGTHS[self.type]]
        return {"value": text} if self.type in ("address", "time") else text

    def read(self, value: object) -> str:
        """Return a value of Pipedrive as text: an option by its label."""
        labels = {str(number): label for label, number in self.options.items()}
        if isinstance(value, list):
            return ", ".join(filter(None, (self.read(item) for item in value)))
        text = shown(value)
        return labels.get(text, text)

    def _chosen(self, value: Value) -> int | list[int]:
        text = shown(value)
        # A label may have a comma of its own.
        parts = [text] if self._option(value) is not None or self.type == "enum" else re.split(r"[,;]", text)
        found = [self._option(value if len(parts) == 1 else part.strip()) for part in parts]
        ids = [number for number in found if number is not None]
        if len(ids) != len(found):
            raise self._refused()
        return ids[0] if self.type == "enum" else ids

    def _option(self, value: Value) -> int | None:
        by_label = {label.casefold(): number for label, number in self.options.items()}
        if isinstance(value, bool):
            return next((by_label[word] for word in (_YES if value else _NO) if word in by_label), None)
        text = shown(value).casefold()
        ids = {str(number): number for number in self.options.values()}
        return by_label.get(text, ids.get(text))

    def _number(self, value: Value) -> float:
        try:
            number = math.nan if isinstance(value, bool | dt.date) else float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._refused()
        return int(number) if number.is_integer() else number

    def _date(self, value: Value) -> str:
        if isinstance(value, dt.datetime):
            return value.date().isoformat()
        try:
            return value.isoformat() if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise self._refused() from None

    def _refused(self) -> CrmError:
        wants = {"enum": "one of its options", "set": "its options", "date": "a date"}.get(self.type, "")
        wants = wants or ("a number" if _TYPES.get(self.type) == "number" or self.type in _IDS else "")
        return CrmError("refused", f"Pipedrive's field '{self.label}' takes {wants or 'nothing a visitor can say'}")


def spec(item: Mapping[str, Any]) -> FieldSpec | None:
    """Return a field of the metadata; None for parts of other fields and for deleted ones."""
    key, label, kind = item.get("key"), item.get("name"), item.get("field_type")
    if not (isinstance(key, str) and _PROPERTY.fullmatch(key) and isinstance(kind, str)):
        return None
    if _SUBFIELD.fullmatch(key) or item.get("active_flag") is False:
        return None
    options = item.get("options")
    return FieldSpec(
        key, label if isinstance(label, str) else key, kind, item.get("mandatory_flag") is True,
        _options(options) if isinstance(options, list) else {},
    )  # fmt: skip


def written(
    kind: str, values: Mapping[str, Value], specs: Mapping[str, FieldSpec], currency: str = ""
) -> dict[str, Any]:
    """Return what to write for mapped values; CrmError when a field is unknown or cannot take its value."""
    own = {key: FieldSpec(key, key, kind_of) for key, kind_of in OWN[kind].items()}
    body: dict[str, Any] = {}
    for key, value in values.items():
        found = specs.get(key) if CUSTOM.fullmatch(key) else own.get(key)
        if found is None:
            raise CrmError("refused", f"Pipedrive has no field '{key}' that could be written: choose another for it")
        place = body if key in own else body.setdefault("custom_fields", {})
        place[key] = found.written(value, currency)
    return body


def shown(value: object) -> str:
    """Return a value as text, "" for nothing; a value in parts by what it is mainly."""
    if isinstance(value, Mapping):
        return " ".join(filter(None, (shown(value.get(part)) for part in ("value", "currency", "until"))))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float) else ""


def _options(listed: list[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in listed:
        number = item.get("id") if isinstance(item, dict) else None
        # System fields have options with ids of other kinds: nothing is written to those.
        if isinstance(number, int) and not isinstance(number, bool) and isinstance(item.get("label"), str):
            found.setdefault(item["label"], number)
    return found


def _known(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}
