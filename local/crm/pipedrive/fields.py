"""The account's fields: those it has from the start, those that are added, and what a value of each must look like."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.crm.vendor import Json

TYPES = (
    "address", "date", "daterange", "double", "enum", "monetary", "org", "people", "phone", "set", "text", "time",
    "timerange", "user", "varchar", "varchar_auto",
)  # fmt: skip
_TEXT_LENGTH = {"varchar": 255, "varchar_auto": 255, "phone": 255, "text": 65_535}
_SYSTEM = {
    "person": (
        ("name", "Name", "varchar", True), ("label_ids", "Labels", "set", False), ("phone", "Phone", "phone", False),
        ("email", "Email", "varchar", False), ("add_time", "Person created", "date", False),
        ("org_id", "Organization", "org", False), ("owner_id", "Owner", "user", False),
    ),
    "deal": (
        ("title", "Title", "varchar", True), ("value", "Value", "monetary", False),
        ("currency", "Currency of Value", "varchar", False), ("person_id", "Contact person", "people", False),
        ("stage_id", "Stage", "double", False), ("expected_close_date", "Expected close date", "date", False),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class CustomField:
    """One field that was added to the account."""

    id: int
    key: str
    name: str
    type: str
    options: tuple[tuple[int, str], ...] = ()

    def wrong(self, value: Any) -> str:  # noqa: ANN401 - JSON
        """Why a value is not taken, "" when it is; null empties the field."""
        check = _CHECKS.get(self.type)
        return "" if value is None or check is None else check(self, value)


@dataclass
class Fields:
    """The fields of persons and deals."""

    custom: dict[str, list[CustomField]] = field(default_factory=lambda: {"person": [], "deal": []})
    last_id: int = 9000

    def __post_init__(self) -> None:
        for name, kind, options in (
            ("Budget", "double", ()),
            ("Start date", "date", ()),
            ("Newsletter", "enum", ("Yes", "No")),
            ("Interest", "enum", ("bikes", "repairs", "rental")),
        ):
            self.add("person", name, kind, options)

    def add(self, kind: str, name: str, type_: str, labels: tuple[str, ...] = ()) -> CustomField:
        """Add a field; a second one of the same name is another field."""
        twins = sum(item.name == name for item in self.custom[kind])
        seed = f"{'deal ' if kind == 'deal' else ''}{name}{twins or ''}"
        self.last_id += 1
        number = self.last_id
        options = tuple((self.last_id * 10 + place, label) for place, label in enumerate(labels))
        made = CustomField(number, hashlib.sha1(seed.encode()).hexdigest(), name, type_, options)  # noqa: S324
        self.custom[kind].append(made)
        return made

    def by_key(self, kind: str) -> dict[str, CustomField]:
        """The added fields of a kind of record."""
        return {item.key: item for item in self.custom[kind]}

    def listed(self, kind: str) -> list[Json]:
        """All fields, as version 1 of the API shows them."""
        system = [
            _shown(number, key, name, type_) | {"edit_flag": False, "mandatory_flag": required}
            for number, (key, name, type_, required) in enumerate(_SYSTEM[kind], 1)
        ]
        return system + [shown for item in self.custom[kind] for shown in described(item)]


def described(item: CustomField) -> list[Json]:
    """A field as version 1 shows it; one of money has a second entry for its currency."""
    options = [{"id": number, "label": label} for number, label in item.options] or None
    shown = _shown(item.id, item.key, item.name, item.type) | {"options": options}
    if item.type != "monetary":
        return [shown]
    return [shown, _shown(None, f"{item.key}_currency", f"Currency of {item.name}", "varchar")]


def _shown(number: int | None, key: str, name: str, type_: str) -> Json:
    return {
        "id": number, "key": key, "name": name, "order_nr": number or 0, "field_type": type_, "active_flag": True,
        "edit_flag": True, "add_visible_flag": True, "mandatory_flag": False, "options": None,
    }  # fmt: skip


def _text(item: CustomField, value: object) -> str:
    if not isinstance(value, str):
        return "Expected string"
    return "Too long" if len(value) > _TEXT_LENGTH[item.type] else ""


def is_number(value: object) -> bool:
    """Whether a JSON value is a number: a text of digits and true are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_id(value: object) -> bool:
    """Whether a JSON value is an id."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_date(value: object) -> bool:
    """Whether a JSON value is a date."""
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _chosen(item: CustomField, value: object) -> str:
    ids = {number for number, _ in item.options}
    if not is_id(value):
        return "Expected number"
    return "" if value in ids else "Is not an option of the field"


def _several(item: CustomField, value: object) -> str:
    if not isinstance(value, list):
        return "Expected array"
    return next(filter(None, (_chosen(item, part) for part in value)), "")


def _parts(allowed: dict[str, Callable[[object], bool]]) -> Callable[[CustomField, Any], str]:
    def check(_: CustomField, value: Any) -> str:  # noqa: ANN401 - JSON
        if not isinstance(value, dict) or "value" not in value:
            return "Expected object with value"
        wrong = [name for name, part in value.items() if name not in allowed or not allowed[name](part)]
        return f"Invalid part {wrong[0]}" if wrong else ""

    return check


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_CHECKS: dict[str, Callable[[CustomField, Any], str]] = {
    **dict.fromkeys(_TEXT_LENGTH, _text),
    "double": lambda _, value: "" if is_number(value) else "Expected number",
    "date": lambda _, value: "" if is_date(value) else "Expected date in format YYYY-MM-DD",
    "enum": _chosen,
    "set": _several,
    "monetary": _parts({"value": is_number, "currency": _is_text}),
    "time": _parts({"value": _is_text, "timezone_id": is_id, "timezone_name": _is_text}),
    "address": _parts({"value": _is_text}),
    "timerange": _parts({"value": _is_text, "until": _is_text}),
    "daterange": _parts({"value": is_date, "until": is_date}),
    **dict.fromkeys(("user", "org", "people"), lambda _, value: "" if is_id(value) else "Expected number"),
}
