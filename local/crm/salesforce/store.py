"""The account's records: made, changed, found by id or external id, and checked as Salesforce checks them."""

import copy
import datetime as dt
import re
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from local.crm.salesforce.errors import ApiError, SeveralError, no_column, not_found
from local.crm.salesforce.schema import KINDS, REF_FIELD, Field, Kind, without
from local.crm.salesforce.values import ID_LENGTHS, kept, stamp
from local.crm.vendor import Json, Settings

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# What was there before a test is older than any index's lag.
LONG_AGO = dt.timedelta(days=30)


@dataclass
class Row:
    """One record. `versions` are its values since when: a search sees an older one."""

    kind: str
    id: str
    values: Json
    created: dt.datetime
    deleted: bool = False
    versions: list[tuple[float, Json]] = field(default_factory=list)

    def seen(self, before: float) -> Json | None:
        """The values an index knows that is as old as this."""
        known = [values for since, values in self.versions if since <= before]
        return known[-1] if known and not self.deleted else None


@dataclass(frozen=True)
class Rules:
    """What the duplicate rule header of a call says."""

    allow_save: bool = False
    details: bool = False


class Store:
    """Everything in the account."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._rows: dict[str, Row] = {}
        self._count = 0
        for name in ("Shop", "Workshop"):
            self.add("RecordType", {"Name": name}, long_ago=True)

    def switch(self, name: str) -> object:
        """The value of a switch, None when it is not set."""
        return self._settings().extra.get(name)

    def kind(self, name: str) -> Kind:
        """The object of this name as the integration's user sees it; ApiError 404 when it does not."""
        found = next((kind for key, kind in KINDS.items() if key.lower() == name.lower()), None)
        if found is None or found.name in self._listed("hidden_objects"):
            raise not_found()
        return without(found, REF_FIELD) if found.name in self._listed("without_ref_field") else found

    def visible(self) -> list[Kind]:
        """The objects that the integration's user sees."""
        return [self.kind(name) for name in KINDS if name not in self._listed("hidden_objects")]

    def writable(self, kind: Kind) -> bool:
        """Whether the integration's user may change records of this kind."""
        return kind.name not in self._listed("read_only_objects")

    def rows(self, kind: str) -> Iterator[Row]:
        """The records of a kind, oldest first."""
        return (row for row in self._rows.values() if row.kind == kind and not row.deleted)

    def found_by_search(self, kind: str) -> Iterator[Json]:
        """The records of a kind as the index knows them."""
        before = time.monotonic() - self._settings().search_lag_s
        return (values for row in self.rows(kind) if (values := row.seen(before)) is not None)

    def get(self, kind: Kind, key: str, *, deleted: bool = False) -> Row:
        """The record of this id; ApiError when there is none, which for a deleted one may be said."""
        if len(key) in ID_LENGTHS and key.isalnum() and not key.startswith(kind.prefix):
            raise ApiError(400, "MALFORMED_ID", f"{kind.name} ID: id value of incorrect type: {key}", ["Id"])
        row = self._rows.get(key[:15]) if len(key) in ID_LENGTHS else None
        if row is None:
            raise not_found()
        if row.deleted:
            raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted", []) if deleted else not_found()
        return row

    def by_key(self, kind: Kind, name: str, value: str) -> Row | None:
        """The record with this external id, None without one; SeveralError when there are more."""
        known = kind.find(name)
        if known is None or not known.external:
            message = f"Provided external ID field does not exist or is not accessible: {name}"
            raise ApiError(404, "NOT_FOUND", message)
        same = [row for row in self.rows(kind.name) if str(row.values.get(known.name)).lower() == value.lower()]
        if len(same) > 1:
            raise SeveralError([row.id for row in same])
        return same[0] if same else None

    def create(self, kind: Kind, body: Json, rules: Rules) -> Row:
        """Make a record; ApiError when it breaks a rule."""
        values = self._checked(kind, body)
        for item in kind.fields.values():
            if item.required and values.get(item.name) is None:
                kept(item, None)
        self._refuse_duplicates(kind, values, rules)
        self._refuse_taken(kind, values, "")
        return self.add(kind.name, values)

    def update(self, kind: Kind, row: Row, body: Json) -> None:
        """Change a record; ApiError when that breaks a rule."""
        if row.values.get("IsConverted"):
            raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
        values = self._checked(kind, body)
        self._refuse_taken(kind, values, row.id)
        self._note(row, {**row.values, **values})

    def add(self, kind: str, values: Json, *, long_ago: bool = False) -> Row:
        """Add a record without any check."""
        self._count += 1
        short = f"{KINDS[kind].prefix}Fk0000{_base62(self._count)}"
        age = LONG_AGO if long_ago else dt.timedelta()
        created = dt.datetime.now(dt.UTC) - age
        row = Row(kind, short + _suffix(short), {}, created)
        defaults = {item.name: item.default for item in KINDS[kind].fields.values()}
        self._rows[short] = row
        self._note(row, {**defaults, **values, "Id": row.id, "CreatedDate": stamp(created)}, age.total_seconds())
        return row

    def delete(self, row: Row) -> None:
        """Put a record into the recycle bin."""
        row.deleted = True

    def snapshot(self) -> object:
        """The state, to come back to."""
        return copy.deepcopy((self._rows, self._count))

    def restore(self, state: object) -> None:
        """Come back to a state."""
        assert isinstance(state, tuple)
        self._rows, self._count = state

    def _listed(self, name: str) -> list[str]:
        found = self.switch(name)
        return found if isinstance(found, list) else []

    def _note(self, row: Row, values: Json, age_s: float = 0) -> None:
        now = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age_s)
        values = {**values, "LastModifiedDate": stamp(now)}
        if row.kind in ("Contact", "Lead"):
            values["Name"] = " ".join(filter(None, (values.get("FirstName"), values.get("LastName"))))
        row.values = values
        row.versions.append((time.monotonic() - age_s, values))

    def _checked(self, kind: Kind, body: Json) -> Json:
        if not self.writable(kind):
            raise ApiError(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", [])
        values: Json = {}
        for name, value in body.items():
            if name == "attributes":
                continue
            item = kind.find(name)
            if item is None:
                raise no_column(name, kind.name)
            if item.read_only:
                message = (
                    f"Unable to create/update fields: {item.name}. Please check the security settings of this field"
                )
                raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, [item.name])
            values[item.name] = self._reference(item, kept(item, value)) if item.to else kept(item, value)
        if (values.get("Budget__c") or 0) < 0:
            raise ApiError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Budget must not be negative", ["Budget__c"])
        if kind.name == "Task" and values.get("WhatId") and str(values.get("WhoId")).startswith("00Q"):
            raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", "Related To ID: a lead's task has none", ["WhatId"])
        return values

    def _reference(self, item: Field, value: object) -> object:
        if not isinstance(value, str):
            return value
        kind = next((KINDS[name] for name in item.to if value.startswith(KINDS[name].prefix)), None)
        if kind is None or len(value) not in ID_LENGTHS:
            raise ApiError(400, "MALFORMED_ID", f"{item.label}: id value of incorrect type: {value}", [item.name])
        row = self._rows.get(value[:15])
        if row is None:
            raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        if row.deleted:
            raise ApiError(400, "ENTITY_IS_DELETED", "entity is deleted", [])
        return row.id

    def _refuse_taken(self, kind: Kind, values: Json, own: str) -> None:
        for item in kind.fields.values():
            wanted = values.get(item.name)
            if not item.unique or wanted is None:
                continue
            for row in self.rows(kind.name):
                if row.id != own and str(row.values.get(item.name)).lower() == str(wanted).lower():
                    # The id stands here in its short form.
                    message = f"duplicate value found: {item.name} duplicates value on record with id: {row.id[:15]}"
                    raise ApiError(400, "DUPLICATE_VALUE", message, [])

    def _refuse_duplicates(self, kind: Kind, values: Json, rules: Rules) -> None:
        rule = self.switch("duplicate_rule")
        if not rule or kind.name not in ("Contact", "Lead") or (rules.allow_save and rule != "block"):
            return
        same = [row for row in self.rows(kind.name) if _alike(row.values, values)]
        if not same:
            return
        key = str(self.switch("duplicate_key") or "duplicateResult")
        more: Json = {key: _duplicates(kind.name, same, rules, allow_save=rule != "block")}
        raise ApiError(400, "DUPLICATES_DETECTED", "Use one of these records?", **more)


def digits(text: object) -> str:
    """Return the digits of a text."""
    return re.sub(r"\D", "", str(text or ""))


def _duplicates(kind: str, same: list[Row], rules: Rules, *, allow_save: bool) -> Json:
    path = f"/services/data/v66.0/sobjects/{kind}"
    matches = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                **(row.values if rules.details else {"Id": row.id}),
                "attributes": {"type": kind, "url": f"{path}/{row.id}"},
            },
        }
        for row in same
    ]
    match = {
        "entityType": kind, "errors": [], "matchEngine": "FuzzyMatchEngine", "matchRecords": matches,
        "rule": f"Standard_{kind}_Match_Rule_v1_1", "size": len(same), "success": True,
    }  # fmt: skip
    return {
        "allowSave": allow_save, "duplicateRule": f"Standard_{kind}_Duplicate_Rule", "duplicateRuleEntityType": kind,
        "errorMessage": "Use one of these records?", "matchResults": [match],
    }  # fmt: skip


def _alike(known: Json, new: Json) -> bool:
    if new.get("Email") and str(known.get("Email") or "").lower() == new["Email"].lower():
        return True
    return bool(digits(new.get("Phone"))) and digits(known.get("Phone")) == digits(new.get("Phone"))


def _base62(number: int) -> str:
    text = ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        text = _DIGITS[rest] + text
    return text


def _suffix(short: str) -> str:
    alphabet = string.ascii_uppercase + "012345"
    return "".join(
        alphabet[sum(2**place for place in range(5) if short[start + place] in string.ascii_uppercase)]
        for start in (0, 5, 10)
    )
