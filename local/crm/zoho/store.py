"""One account's records, in memory, with what the search index knows of them."""

import datetime as dt
import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from local.crm.vendor import Json, Settings
from local.crm.zoho import errors
from local.crm.zoho.schema import SYSTEM_CHECK, Field, accepted, modules, schema

LONG_AGO = dt.datetime(2024, 3, 1, 9, 0, tzinfo=dt.UTC)
_FIRST_ID = 4_876_876_000_000_300_000
_USER = {"name": "Patricia Boyle", "id": "4876876000000327001"}


@dataclass
class Record:
    """One record. `versions` are (when, values): a search sees the last that is old enough."""

    id: str
    module: str
    created: dt.datetime
    modified: dt.datetime
    values: Json = field(default_factory=dict)
    versions: list[tuple[float, Json]] = field(default_factory=list)
    parent: tuple[str, str] = ("", "")
    deleted: bool = False

    def shown(self) -> Json:
        """The record as it is read."""
        return {**self.values, **self._system()}

    def indexed(self, when: float) -> Json | None:
        """What the search index had at that time, None for nothing yet."""
        found = next((values for at, values in reversed(self.versions) if at <= when), None)
        return None if found is None else {**found, **self._system()}

    def saved(self) -> Json:
        """The details of an answer to a write."""
        return {**self._system(), "Created_By": _USER, "Modified_By": _USER}

    def _system(self) -> Json:
        return {"id": self.id, "Created_Time": stamp(self.created), "Modified_Time": stamp(self.modified)}


class Store:
    """The account."""

    def __init__(self, settings: Callable[[], Settings], clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.records: dict[str, Record] = {}
        self.workflows: list[str] = []
        self._own: dict[str, dict[str, Field]] = {}
        self._ids = itertools.count(_FIRST_ID)

    def fields(self, module: str) -> dict[str, Field]:
        """Return a module's fields; ZohoError when there is no such module."""
        if module not in modules():
            raise errors.no_such_module()
        return {**schema(module, self._settings().extra), **self._own.get(module, {})}

    def add_field(self, module: str, name: str) -> None:
        """Make a field of texts unless there is one."""
        if name not in self.fields(module):
            self._own.setdefault(module, {})[name] = Field(name, custom=True)

    def get(self, module: str, record_id: str) -> Record | None:
        """Return a record, None when it was deleted; ZohoError when it never was."""
        self.fields(module)
        found = self.records.get(record_id)
        if found is None or found.module != module:
            raise errors.no_such_id()
        return None if found.deleted else found

    def of(self, module: str) -> list[Record]:
        """Return a module's records, the newest last."""
        return [item for item in self.records.values() if item.module == module and not item.deleted]

    def insert(
        self, module: str, given: Json, path: str, *, parent: tuple[str, str] = ("", ""), is_old: bool = False
    ) -> Record:
        """Make a record. `is_old`: as if it had been there long ago."""
        known = self.fields(module)
        kept = self._accepted(known, given, path)
        for name, item in known.items():
            if item.mandatory and name != "Parent_Id" and kept.get(name) in (None, ""):
                raise errors.needed(name, f"{path}.{name}")
        self._must_be_free(module, kept, path, "")
        now = LONG_AGO if is_old else dt.datetime.now(dt.UTC)
        made = Record(str(next(self._ids)), module, now, now, parent=parent)
        self.records[made.id] = made
        self._write(made, kept, now, float("-inf") if is_old else self._clock())
        return made

    def update(self, found: Record, given: Json, path: str) -> Record:
        """Change a record."""
        if self._settings().extra.get("locked"):
            raise errors.ZohoError(400, "RECORD_LOCKED", "the record is locked", id=found.id)
        known = self.fields(found.module)
        kept = self._accepted(known, given, path)
        empty = next((name for name in kept if known[name].mandatory and kept[name] in (None, "")), "")
        if empty:
            raise errors.needed(empty, f"{path}.{empty}")
        self._must_be_free(found.module, kept, path, found.id)
        self._write(found, kept, dt.datetime.now(dt.UTC), self._clock())
        return found

    def upsert(self, module: str, given: Json, path: str, checks: list[str] | None) -> tuple[Record, str, bool]:
        """Make or update a record; return it, the field it was known by, and whether it was made."""
        for name, item in self.fields(module).items():
            if item.mandatory and given.get(name) in (None, ""):
                raise errors.needed(name, f"{path}.{name}")
        for name in self._order(module, checks):
            holders = self._holders(module, name, given.get(name))
            if len(holders) > 1:
                raise errors.duplicate(name, f"{path}.{name}", module, "")
            if holders:
                return self.update(holders[0], given, path), name, False
        return self.insert(module, given, path), "", True

    def check_fields(self, module: str, checks: Iterable[object]) -> None:
        """Refuse to look for duplicates in fields that are not made for it."""
        for index, name in enumerate(checks):
            known = self.fields(module).get(str(name))
            if name != SYSTEM_CHECK.get(module) and (known is None or not known.unique):
                raise errors.invalid("duplicate_check_fields", f"$.duplicate_check_fields[{index}]")

    def searched(self, module: str) -> list[Json]:
        """Return a module's records as the search index has them."""
        when = self._clock() - self._settings().search_lag_s
        found = (item.indexed(when) for item in self.of(module))
        return [values for values in found if values is not None]

    def summary(self) -> Json:
        """Everything, in the form all stand-ins have, and whose workflows ran."""
        return {
            "contacts": [_contact(item) for module in ("Contacts", "Leads") for item in self.of(module)],
            "deals": [
                {**_linked(item, "Contact_Name"), "title": item.values["Deal_Name"]} for item in self.of("Deals")
            ],
            "notes": [_note(item) for item in self.of("Notes")],
            "objects": [{**_linked(item, "Person"), "object": item.module} for item in self.of("Pets")],
            "workflows": list(self.workflows),
        }

    def _order(self, module: str, checks: list[str] | None) -> list[str]:
        """Return where duplicates are looked for: what was named, then every field that allows none."""
        unique = [name for name, item in self.fields(module).items() if item.unique]
        first = [SYSTEM_CHECK[module]] if checks is None and module in SYSTEM_CHECK else checks or []
        return list(dict.fromkeys((*first, *unique)))

    def _holders(self, module: str, name: str, value: object) -> list[Record]:
        if value in (None, ""):
            return []
        return [item for item in self.of(module) if _same(item.values.get(name), value)]

    def _must_be_free(self, module: str, kept: Mapping[str, object], path: str, own_id: str) -> None:
        for name, item in self.fields(module).items():
            holders = self._holders(module, name, kept.get(name)) if item.unique else []
            others = [holder for holder in holders if holder.id != own_id]
            if others:
                raise errors.duplicate(name, f"{path}.{name}", module, others[0].id)

    def _accepted(self, known: Mapping[str, Field], given: Json, path: str) -> Json:
        kept: Json = {}
        for name, value in given.items():
            if name not in known:
                raise errors.invalid(name, f"{path}.{name}")
            kept[name] = accepted(known[name], value, f"{path}.{name}", self._is_there)
        return kept

    def _is_there(self, module: str, record_id: str) -> bool:
        found = self.records.get(record_id)
        return found is not None and found.module == module and not found.deleted

    def _write(self, found: Record, kept: Json, now: dt.datetime, indexed: float) -> None:
        found.modified = now
        values = {**found.values, **kept}
        if found.module in ("Contacts", "Leads"):
            parts = (values.get("First_Name"), values.get("Last_Name"))
            values["Full_Name"] = " ".join(str(part) for part in parts if part)
        found.values = {name: value for name, value in values.items() if value is not None}
        found.versions.append((indexed, dict(found.values)))


def stamp(at: dt.datetime) -> str:
    """Return a moment as Zoho writes it, in the time zone of the user."""
    return at.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))).isoformat(timespec="seconds")


def _same(left: object, right: object) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.strip().casefold() == right.strip().casefold()
    return left == right


def _contact(item: Record) -> Json:
    values = item.values
    return {
        "id": item.id, "email": values.get("Email", ""), "phone": values.get("Phone", ""),
        "name": values["Full_Name"], "values": dict(values), "module": item.module,
    }  # fmt: skip


def _linked(item: Record, name: str) -> Json:
    target = item.values.get(name)
    return {"id": item.id, "contacts": [target["id"]] if target else [], "values": dict(item.values)}


def _note(item: Record) -> Json:
    module, parent = item.parent
    text = "\n".join(filter(None, (item.values.get("Note_Content"), item.values.get("Note_Title"))))
    return {
        "id": item.id, "text": text, "contacts": [] if module == "Deals" else [parent],
        "deals": [parent] if module == "Deals" else [],
    }  # fmt: skip
