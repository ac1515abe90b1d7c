"""One account's records, in memory: properties with their history for the search index, and links between them."""

import copy
import datetime as dt
import html
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from local.crm.hubspot import errors
from local.crm.hubspot.properties import Property, accepted, defaults, stamp
from local.crm.vendor import Json, Settings

BUILT_IN = {"contacts": ("CONTACT", "0-1"), "deals": ("DEAL", "0-3"), "notes": ("NOTE", "0-46")}
_ALIASES = {
    alias: kind for kind, (label, code) in BUILT_IN.items() for alias in (kind, label.lower(), code)
}  # fmt: skip
LONG_AGO = dt.datetime(2024, 3, 1, 9, 0, tzinfo=dt.UTC)
PIPELINES = (
    ("sales-2", "Wholesale", 1, (("w-open", "Open", 0), ("w-done", "Done", 1))),
    ("default", "Sales Pipeline", 0, (
        ("qualifiedtobuy", "Qualified To Buy", 1), ("appointmentscheduled", "Appointment Scheduled", 0),
        ("closedwon", "Closed Won", 2), ("closedlost", "Closed Lost", 3),
    )),
)  # fmt: skip


@dataclass
class Record:
    """One record. `versions` are (when, properties): a search sees the last that is old enough."""

    id: str
    kind: str
    created: dt.datetime
    updated: dt.datetime
    values: dict[str, str] = field(default_factory=dict)
    versions: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    archived: bool = False

    def seen_at(self, when: float) -> dict[str, str] | None:
        """What the index had at that time, None for nothing yet."""
        return next((values for at, values in reversed(self.versions) if at <= when), None)


class Store:
    """The account."""

    def __init__(self, settings: Callable[[], Settings], clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.records: dict[str, Record] = {}
        self.merged: dict[str, str] = {}
        self.links: dict[tuple[str, str], None] = {}
        self._schemas: dict[str, dict[str, Property]] = {}
        self._last_id = 100

    def kind(self, name: str) -> str:
        """Return the object a path's name means."""
        custom = self.settings().extra.get("objects", ["p_pets"])
        found = _ALIASES.get(name.lower()) or (name if name in custom else None)
        if found is None:
            raise errors.HubSpotError(400, f"Unable to infer object type from: {name}")
        return found

    def schema(self, kind: str) -> dict[str, Property]:
        """Return an object's properties."""
        return self._schemas.setdefault(kind, defaults(kind))

    def get(self, kind: str, record_id: str, key: str = "", *, archived: bool = False) -> Record:
        """Return a record by its id or by a unique property. The id of one that was merged leads to the survivor."""
        if key and key != "hs_object_id":
            found = self.holder(kind, self.unique(kind, key), record_id)
        else:
            found = self.records.get(self.merged.get(record_id, record_id))
        if found is None or found.kind != kind or found.archived != archived:
            raise errors.missing()
        return found

    def unique(self, kind: str, name: str) -> str:
        """Return a property's name when it can identify records."""
        known = self.schema(kind).get(name)
        if known is None:
            raise errors.invalid_values([(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')])
        if not known.unique:
            raise errors.not_unique(type_id(kind), name)
        return name

    def holder(self, kind: str, name: str, value: str) -> Record | None:
        """Return the record that has a value of a unique property; letters' case does not matter."""
        return next((item for item in self.of(kind) if item.values.get(name, "").lower() == value.lower()), None)

    def of(self, kind: str, *, archived: bool = False) -> Iterator[Record]:
        """Yield an object's records."""
        return (item for item in self.records.values() if item.kind == kind and item.archived == archived)

    def create(self, kind: str, given: Mapping[str, object], *, index: bool = True) -> Record:
        """Make a record. `index` False: as if it had been there long ago."""
        kept = self._checked(kind, given)
        if kind == "deals":
            kept = self._staged(kept)
        record_id = str(self._last_id + 1)
        self._must_be_free(kind, record_id, kept, creating=True)
        self._last_id += 1
        now = dt.datetime.now(dt.UTC) if index else LONG_AGO
        made = Record(record_id, kind, now, now)
        self.records[record_id] = made
        self._write(made, kept, now, self.clock() if index else float("-inf"))
        return made

    def update(self, found: Record, given: Mapping[str, object]) -> Record:
        """Change a record's properties."""
        if not given:
            raise errors.HubSpotError(400, "No properties found to update, please provide at least one.")
        kept = self._checked(found.kind, given)
        self._must_be_free(found.kind, found.id, kept, creating=False)
        if found.kind == "deals" and {"dealstage", "pipeline"} & kept.keys():
            self._staged({**found.values, **kept})
        self._write(found, kept, dt.datetime.now(dt.UTC), self.clock())
        return found

    def merge(self, first: Record, second: Record) -> Record:
        """Make one record of two, with an id of its own; both old ids lead to it."""
        values = {**second.values, **{name: value for name, value in first.values.items() if value}}
        self.records.pop(first.id)
        self.records.pop(second.id)
        writable = {name: value for name, value in values.items() if not self.schema(first.kind)[name].read_only}
        made = self.create(first.kind, writable)
        made.values["hs_merged_object_ids"] = f"{first.id};{second.id}"
        old = {first.id, second.id}
        self.merged |= dict.fromkeys(old, made.id)
        self.merged |= {key: made.id for key, to in self.merged.items() if to in old}
        self.links = {(made.id if a in old else a, made.id if b in old else b): None for a, b in self.links}
        return made

    def link(self, one: Record, other: Record) -> None:
        """Associate two records, in both directions; again changes nothing."""
        self.links |= {(one.id, other.id): None, (other.id, one.id): None}

    def unlink(self, one: Record, other: Record) -> None:
        """Take the association away."""
        self.links.pop((one.id, other.id), None)
        self.links.pop((other.id, one.id), None)

    def linked(self, record_id: str, kind: str) -> list[str]:
        """Return the ids of a kind that a record is associated with."""
        others = (self.records[to] for start, to in self.links if start == record_id and to in self.records)
        return [item.id for item in others if item.kind == kind and not item.archived]

    def snapshot(self) -> tuple[dict[str, Record], dict[tuple[str, str], None]]:
        """Return a copy of the records, to go back to."""
        return copy.deepcopy(self.records), dict(self.links)

    def restore(self, kept: tuple[dict[str, Record], dict[tuple[str, str], None]]) -> None:
        """Go back to a copy."""
        self.records, self.links = kept

    def summary(self) -> Json:
        """Everything, in the form all stand-ins have."""

        def linked(item: Record) -> Json:
            return {"id": item.id, "contacts": self.linked(item.id, "contacts")}

        custom = [item for item in self.records.values() if item.kind not in BUILT_IN and not item.archived]
        return {
            "contacts": [_contact(item) for item in self.of("contacts")],
            "deals": [
                {**linked(item), "title": item.values.get("dealname", ""), "values": dict(item.values)}
                for item in self.of("deals")
            ],
            "notes": [
                {**linked(item), "text": _plain(item.values.get("hs_note_body", "")),
                 "deals": self.linked(item.id, "deals")}
                for item in self.of("notes")
            ],
            "objects": [{**linked(item), "object": item.kind, "values": dict(item.values)} for item in custom],
        }  # fmt: skip

    def _checked(self, kind: str, given: Mapping[str, object]) -> dict[str, str]:
        kept = accepted(self.schema(kind), given.items())
        if len(kept.get("hs_note_body", "")) > 65_536:  # noqa: PLR2004 - HubSpot's limit
            raise errors.invalid_values([("hs_note_body", "PROPERTY_VALUE_TOO_LONG", "hs_note_body is too long")])
        return kept

    def _staged(self, kept: dict[str, str]) -> dict[str, str]:
        """Return a deal's properties with its pipeline, checking that the stage belongs to it."""
        pipeline = kept.get("pipeline") or "default"
        stages = {name: [stage for stage, _, _ in found] for name, _, _, found in PIPELINES}
        if pipeline not in stages:
            problem = ("pipeline", "INVALID_OPTION", f"{pipeline} was not one of the allowed options: {list(stages)}")
            raise errors.invalid_values([problem])
        stage = kept.get("dealstage", "")
        if stage and stage not in stages[pipeline]:
            text = f"{stage} is not a valid stage ID for the deal pipeline {pipeline}."
            raise errors.invalid_values([("dealstage", "INVALID_OPTION", text)])
        return {**kept, "pipeline": pipeline}

    def _must_be_free(self, kind: str, record_id: str, kept: Mapping[str, str], *, creating: bool) -> None:
        extra = self.settings().extra
        for name, known in self.schema(kind).items():
            value = kept.get(name)
            found = self.holder(kind, name, value) if known.unique and value else None
            if found is None or found.id == record_id:
                continue
            if name == "email" and (creating or extra.get("patch_conflict")):
                raise errors.contact_exists(found.id, anonymous=bool(extra.get("anonymous_conflict")))
            raise errors.value_taken(label(kind), name, value or "", record_id, found.id)

    def _write(self, found: Record, kept: Mapping[str, str], now: dt.datetime, indexed: float) -> None:
        found.updated = now
        made, changed = ("hs_createdate", "hs_lastmodifieddate") if found.kind != "contacts" else (
            "createdate", "lastmodifieddate")  # fmt: skip
        made = "createdate" if found.kind != "notes" else made
        found.values |= {"hs_object_id": found.id, made: stamp(found.created), changed: stamp(now), **kept}
        found.values = {name: value for name, value in found.values.items() if value}
        found.versions.append((indexed, dict(found.values)))


def label(kind: str) -> str:
    """Return what HubSpot's errors call an object."""
    return BUILT_IN.get(kind, (kind.upper(), ""))[0]


def type_id(kind: str) -> str:
    """Return an object's number."""
    return BUILT_IN.get(kind, ("", kind))[1]


def _contact(item: Record) -> Json:
    name = " ".join(filter(None, (item.values.get("firstname"), item.values.get("lastname"))))
    return {
        "id": item.id, "email": item.values.get("email", ""), "phone": item.values.get("phone", ""), "name": name,
        "values": dict(item.values),
    }  # fmt: skip


def _plain(body: str) -> str:
    """Return a note as people read it."""
    return html.unescape(re.sub(r"<[^>]*>", "", body.replace("<br>", "\n")))
