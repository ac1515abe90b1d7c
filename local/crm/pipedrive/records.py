"""Persons, deals and notes in memory, and what may be written into them."""

import datetime as dt
import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.crm.pipedrive.fields import CustomField, Fields, is_date, is_id, is_number
from local.crm.vendor import Json

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
STAGES = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2}
USER = 77

_Check = Callable[[Any], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_entries(value: object) -> bool:
    kinds = {"value": str, "primary": bool, "label": str}
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and "value" in item
        and all(name in kinds and isinstance(part, kinds[name]) for name, part in item.items())
        for item in value
    )


def _are_ids(value: object) -> bool:
    return isinstance(value, list) and all(is_id(item) for item in value)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


PERSON: dict[str, _Check] = {
    "name": _is_filled, "owner_id": is_id, "org_id": is_id, "add_time": _is_text, "update_time": _is_text,
    "emails": _are_entries, "phones": _are_entries, "visible_to": is_id, "label_ids": _are_ids,
    "marketing_status": _is_text, "custom_fields": _is_object,
}  # fmt: skip
DEAL: dict[str, _Check] = {
    "title": _is_filled, "owner_id": is_id, "person_id": is_id, "org_id": is_id, "pipeline_id": is_id,
    "stage_id": is_id, "value": is_number, "currency": lambda value: bool(re.fullmatch("[A-Z]{3}", str(value))),
    "status": lambda value: value in ("open", "won", "lost"), "probability": is_number, "visible_to": is_id,
    "expected_close_date": is_date, "label_ids": _are_ids, "custom_fields": _is_object,
}  # fmt: skip
NOTE: dict[str, _Check] = {
    "content": _is_filled, "person_id": is_id, "deal_id": is_id, "org_id": is_id, "lead_id": _is_text,
    "project_id": is_id, "user_id": is_id, "add_time": _is_text,
}  # fmt: skip


def wrong(body: Json, allowed: dict[str, _Check], custom: dict[str, CustomField], required: str = "") -> str:
    """Why a body is not taken, in Pipedrive's words; "" when it is."""
    if required and required not in body:
        return f"{required}: Required"
    for name, value in body.items():
        if name not in allowed:
            return f"{name}: Unrecognized key(s) in object"
        if not allowed[name](value):
            return f"{name}: Invalid input"
    for key, value in body.get("custom_fields", {}).items():
        why = custom[key].wrong(value) if key in custom else "Unrecognized key(s) in object"
        if why:
            return f"custom_fields.{key}: {why}"
    return ""


@dataclass
class Row:
    """A person, deal or note. `versions` is what a search may know: since when which texts stood there."""

    values: Json
    added: dt.datetime
    updated: dt.datetime
    versions: list[tuple[float, Json]] = field(default_factory=list)

    def seen(self, lag_s: float) -> Json:
        """The values as an index has them that is so far behind; empty before it has any."""
        until = time.monotonic() - lag_s
        return next((values for at, values in reversed(self.versions) if at <= until), {})


@dataclass
class Records:
    """Everything in the account."""

    fields: Fields = field(default_factory=Fields)
    persons: dict[int, Row] = field(default_factory=dict)
    deals: dict[int, Row] = field(default_factory=dict)
    notes: dict[int, Row] = field(default_factory=dict)
    last_id: int = 100

    def add(self, table: dict[int, Row], values: Json, *, long_ago: bool = False) -> int:
        """Put a record in and return its id."""
        self.last_id += 1
        at = LONG_AGO if long_ago else now()
        row = Row({"id": self.last_id, **values}, at, at)
        row.versions.append((float("-inf") if long_ago else time.monotonic(), dict(row.values)))
        table[self.last_id] = row
        return self.last_id

    def change(self, row: Row, values: Json) -> None:
        """Write into a record; custom fields that are not named stay."""
        custom = {**row.values.get("custom_fields", {}), **values.get("custom_fields", {})}
        row.values = {**row.values, **values} | ({"custom_fields": custom} if custom else {})
        row.updated = now()
        row.versions.append((time.monotonic(), dict(row.values)))


def now() -> dt.datetime:
    """The time, in whole seconds as Pipedrive keeps it."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def person(values: Json) -> Json:
    """A new person from a body: the first address is the main one where none is marked."""
    listed = {part: _marked(values.get(part, [])) for part in ("emails", "phones")}
    standing: Json = {"owner_id": USER, "org_id": None, "visible_to": 3, "label_ids": [], "is_deleted": False}
    return {**standing, "custom_fields": {}, **values, **listed}


def marked(values: Json) -> Json:
    """A changed person's body with one main address and number in each list that is written."""
    return {**values, **{part: _marked(values[part]) for part in ("emails", "phones") if part in values}}


def deal(values: Json) -> Json:
    """A new deal from a body."""
    stage = values.get("stage_id") or min(key for key, at in STAGES.items() if at == values.get("pipeline_id", 1))
    standing: Json = {
        "owner_id": USER,
        "person_id": None,
        "org_id": None,
        "value": 0,
        "currency": "EUR",
        "status": "open",
    }
    standing |= {"is_deleted": False, "is_archived": False, "expected_close_date": None, "custom_fields": {}}
    return {**standing, **values, "stage_id": stage, "pipeline_id": STAGES[stage]}


def sanitised(content: str) -> str:
    """A note's text as Pipedrive keeps it: without scripts."""
    return re.sub(r"<script.*?</script>", "", content, flags=re.DOTALL | re.IGNORECASE)


def plain_text(content: str) -> str:
    """A note as a person reads it."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br\s*/?>", "\n", content)))


def _marked(entries: list[Json]) -> list[Json]:
    main = next((place for place, item in enumerate(entries) if item.get("primary")), 0)
    return [{"label": "work", **item, "primary": place == main} for place, item in enumerate(entries)]
