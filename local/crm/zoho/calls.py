"""What each path does, once a call is let in."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.crm.vendor import Json, Settings
from local.crm.zoho import errors
from local.crm.zoho.gate import Gate, module_scopes
from local.crm.zoho.schema import modules
from local.crm.zoho.store import Record, Store

Answer = tuple[int, Json | None]
MOST, MOST_FIELDS, MOST_LISTED = 100, 50, 2000
_TRIGGERS = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")
_WRITE_KEYS = ("data", "trigger", "process", "lar_id", "skip_feature_execution", "apply_feature_execution")
_SORTS = ("id", "Created_Time", "Modified_Time")
_RELATED = {("Contacts", "Deals"): "Contact_Name", ("Contacts", "Pets"): "Person"}
_PHONES = ("Phone", "Mobile", "Home_Phone", "Other_Phone")


@dataclass(frozen=True)
class Call:
    """One call. `body` is None when there was none, or none that is JSON."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None


class Calls:
    """Answers calls below /crm/v8."""

    def __init__(self, store: Store, gate: Gate, settings: Callable[[], Settings]) -> None:
        self._store = store
        self._gate = gate
        self._settings = settings

    def answer(self, call: Call, parts: list[str]) -> Answer:
        """Find out what the path means and do it."""
        if parts[:1] == ["settings"]:
            return self._metadata(call, parts)
        module = parts[0]
        if module not in modules():
            raise errors.no_such_module()
        self._gate.demand(*module_scopes(module))
        if len(parts) > 1 and parts[1] not in ("search", "upsert") and not re.fullmatch(r"\d{1,30}", parts[1]):
            raise errors.no_such_path()
        match parts[1:]:
            case []:
                return _by(call, GET=lambda: self._list(call, module), POST=lambda: self._insert(call, module))
            case ["search"]:
                return _by(call, GET=lambda: self._search(call, module))
            case ["upsert"]:
                return _by(call, POST=lambda: self._upsert(call, module))
            case [record_id]:
                return self._one(call, module, record_id)
            case [record_id, related]:
                return self._related(call, module, record_id, related)
        raise errors.no_such_path()

    def _metadata(self, call: Call, parts: list[str]) -> Answer:
        if parts != ["settings", "fields"]:
            raise errors.no_such_path()
        if call.method != "GET":
            raise errors.ZohoError(400, "NOT_SUPPORTED", "the stand-in makes no fields")
        self._gate.demand("ZohoCRM.settings.fields.ALL", "ZohoCRM.settings.ALL")
        module = call.query.get("module", "")
        if not module:
            raise errors.lacking("module")
        return 200, {"fields": [item.meta() for item in self._store.fields(module).values()]}

    def _list(self, call: Call, module: str) -> Answer:
        if module == "Notes" and self._settings().extra.get("not_admin"):
            raise errors.ZohoError(403, "NOT_SUPPORTED", "This API is supported only for admin users")
        found = self._store.of(module)
        since = call.headers.get("if-modified-since")
        if since:
            found = [item for item in found if item.modified >= _moment(since)]
            if not found:
                return 304, None
        return self._page(call, [item.shown() for item in found])

    def _page(self, call: Call, found: list[Json]) -> Answer:
        """Return one page of a listing."""
        names = _fields(call)
        if not names:
            raise errors.lacking("fields")
        sort_by, order = call.query.get("sort_by", "id"), call.query.get("sort_order", "desc")
        if sort_by not in _SORTS or order not in ("asc", "desc"):
            raise errors.invalid("sort_by", "sort_by")
        found = sorted(found, key=lambda item: (item[sort_by], item["id"]), reverse=order == "desc")
        page, most = _number(call, "page", 1, MOST_LISTED), _number(call, "per_page", 200, 200)
        most = min(most, int(self._settings().extra.get("page", most)))
        if page * most > MOST_LISTED:
            raise errors.ZohoError(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "use page_token", limit=MOST_LISTED)
        start = (page - 1) * most
        shown = [_only(item, names) for item in found[start : start + most]]
        if not shown:
            return 204, None
        info = {
            "per_page": most, "count": len(shown), "page": page, "sort_by": sort_by, "sort_order": order,
            "more_records": start + most < len(found), "next_page_token": None, "previous_page_token": None,
            "page_token_expiry": None,
        }  # fmt: skip
        return 200, {"data": shown, "info": info}

    def _search(self, call: Call, module: str) -> Answer:
        self._gate.demand("ZohoSearch.securesearch.READ")
        # Given together they do not add up: the first of these is taken.
        given = [(name, call.query[name]) for name in ("criteria", "email", "phone", "word") if name in call.query]
        if not given:
            names = ["criteria", "email", "phone", "word"]
            raise errors.ZohoError(400, "EXPECTED_PARAM_MISSING", "one of the params is needed", param_names=names)
        kind, value = given[0]
        if len(value) < 2:  # noqa: PLR2004 - Zoho's own limit
            raise errors.invalid(kind, kind)
        known = self._store.fields(module)
        fits = _finder(kind, value, {name: item.type for name, item in known.items()})
        found = [_only(item, _fields(call)) for item in self._store.searched(module) if fits(item)]
        if not found:
            return 204, None
        return 200, {"data": found, "info": {"per_page": 200, "count": len(found), "page": 1, "more_records": False}}

    def _one(self, call: Call, module: str, record_id: str) -> Answer:
        if call.method == "GET":
            found = self._store.get(module, record_id)
            return (200, {"data": [_only(found.shown(), _fields(call))]}) if found else (204, None)
        if call.method not in ("PUT", "DELETE"):
            raise _wrong_method()

        def change(given: Json, path: str) -> Json:
            there = self._there(module, record_id)
            if call.method == "DELETE":
                there.deleted = True
                return _success("record deleted", {"id": record_id})
            self._store.update(there, given, path)
            return _success("record updated", there.saved())

        if call.method == "DELETE":
            return self._answers([_tried(change, {}, "$.data[0]")], 200)
        return self._written(call, change, 200)

    def _there(self, module: str, record_id: str) -> Record:
        """Return a record to be changed; the refusal is the record's, not the call's."""
        found = self._store.records.get(record_id)
        if found is None or found.module != module or found.deleted:
            raise errors.ZohoError(400, "INVALID_DATA", "the id given seems to be invalid", id=record_id)
        return found

    def _insert(self, call: Call, module: str) -> Answer:
        def insert(given: Json, path: str) -> Json:
            parent = given.get("Parent_Id") if module == "Notes" else None
            if module == "Notes":
                kept = {name: value for name, value in given.items() if name != "Parent_Id"}
                made = self._store.insert(module, kept, path, parent=self._parent(parent, path))
            else:
                made = self._store.insert(module, given, path)
            self._run_workflows(call, made)
            return _success("record added", made.saved())

        return self._written(call, insert, 201)

    def _parent(self, given: object, path: str) -> tuple[str, str]:
        module = given.get("module") if isinstance(given, dict) else None
        if not isinstance(given, dict) or not isinstance(module, dict):
            raise errors.needed("Parent_Id", f"{path}.Parent_Id")
        there = self._there(str(module.get("api_name")), str(given.get("id")))
        return there.module, there.id

    def _upsert(self, call: Call, module: str) -> Answer:
        if module == "Notes":
            raise errors.ZohoError(400, "INVALID_MODULE", "The given module is not supported in API")
        checks = call.body.get("duplicate_check_fields") if isinstance(call.body, dict) else None
        if checks is not None:
            if not isinstance(checks, list):
                raise errors.invalid(
                    "duplicate_check_fields", "$.duplicate_check_fields", expected_data_type="jsonarray"
                )
            self._store.check_fields(module, checks)

        def upsert(given: Json, path: str) -> Json:
            record, known_by, is_new = self._store.upsert(module, given, path, checks)
            self._run_workflows(call, record)
            said = {"duplicate_field": known_by or None, "action": "insert" if is_new else "update"}
            return _success("record added" if is_new else "record updated", record.saved()) | said

        return self._written(call, upsert, 200, ("duplicate_check_fields",))

    def _related(self, call: Call, module: str, record_id: str, related: str) -> Answer:
        found = self._store.get(module, record_id)
        if found is None:
            raise errors.no_such_id()
        if related == "Notes":
            self._gate.demand(*module_scopes("Notes"))
            return _by(
                call,
                GET=lambda: self._page(call, [n.shown() for n in self._store.of("Notes") if n.parent[1] == record_id]),
                POST=lambda: self._note(call, found),
            )
        name = _RELATED.get((module, related))
        if name is None or call.method != "GET":
            raise errors.ZohoError(400, "INVALID_DATA", "the relation name given is invalid", resource_path_index=2)
        self._gate.demand(*module_scopes(related))
        linked = [item for item in self._store.of(related) if item.values.get(name) == {"id": record_id}]
        return self._page(call, [item.shown() for item in linked])

    def _note(self, call: Call, parent: Record) -> Answer:
        def note(given: Json, path: str) -> Json:
            made = self._store.insert("Notes", given, path, parent=(parent.module, parent.id))
            return _success("record added", made.saved())

        return self._written(call, note, 201)

    def _written(
        self, call: Call, write: Callable[[Json, str], Json], status: int, more: tuple[str, ...] = ()
    ) -> Answer:
        """Write every record of a body by itself."""
        records = _records(call.body, (*_WRITE_KEYS, *more))
        return self._answers([_tried(write, item, f"$.data[{index}]") for index, item in enumerate(records)], status)

    def _answers(self, said: list[Json], status: int) -> Answer:
        failed = [item["status"] == "error" for item in said]
        if all(failed):
            status = 202 if self._settings().extra.get("soft_errors") else 400
        elif any(failed):
            status = 207
        return status, {"data": said}

    def _run_workflows(self, call: Call, record: Record) -> None:
        if "workflow" in call.body.get("trigger", _TRIGGERS):
            self._store.workflows.append(record.id)


def _by(call: Call, **handlers: Callable[[], Answer]) -> Answer:
    if call.method not in handlers:
        raise _wrong_method()
    return handlers[call.method]()


def _wrong_method() -> errors.ZohoError:
    return errors.ZohoError(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")


def _tried(write: Callable[[Json, str], Json], given: Json, path: str) -> Json:
    try:
        return write(given, path)
    except errors.ZohoError as error:
        return error.body()


def _success(message: str, details: Json) -> Json:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _records(body: object, keys: tuple[str, ...]) -> list[Json]:
    """Return the records of a body; ZohoError when it is of another form."""
    if not isinstance(body, dict):
        raise errors.ZohoError(400, "INVALID_DATA", "body", expected_data_type="jsonobject")
    unknown = next((name for name in body if name not in keys), "")
    if unknown:
        raise errors.invalid(unknown, f"$.{unknown}")
    found = body.get("data")
    if found is None:
        raise errors.needed("data", "$.data")
    if not isinstance(found, list) or not found or not all(isinstance(item, dict) for item in found):
        raise errors.invalid("data", "$.data", expected_data_type="jsonarray")
    if len(found) > MOST:
        raise errors.invalid("data", "$.data", maximum_length=MOST)
    trigger = body.get("trigger", [])
    if not isinstance(trigger, list) or not set(trigger) <= set(_TRIGGERS):
        raise errors.invalid("trigger", "$.trigger")
    return found


def _fields(call: Call) -> list[str]:
    names = [name for name in call.query.get("fields", "").split(",") if name]
    if len(names) > MOST_FIELDS:
        raise errors.ZohoError(400, "LIMIT_EXCEEDED", "Fields limit exceeded", limit=MOST_FIELDS)
    return names


def _only(item: Json, names: list[str]) -> Json:
    """Return what was asked for; names nobody knows are left out, empty values are null."""
    return {"id": item["id"], **{name: item.get(name) for name in names}} if names else item


def _number(call: Call, name: str, default: int, most: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise errors.invalid(name, name, expected_data_type="integer")
    return int(text)


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise errors.invalid("If-Modified-Since", "If-Modified-Since", expected_data_type="datetime") from None


def _finder(kind: str, value: str, types: Mapping[str, str]) -> Callable[[Json], bool]:
    """Return what a search takes for a match."""
    wanted = value.casefold()
    if kind == "email":
        names = [name for name, of in types.items() if of == "email"]
        return lambda item: any(str(item.get(name, "")).casefold() == wanted for name in names)
    if kind == "phone":
        return lambda item: any(_digits(item.get(name)) == _digits(value) != "" for name in _PHONES)
    if kind == "word":
        return lambda item: any(wanted in str(item[name]).casefold() for name in item if name in types)
    parsed = re.fullmatch(r"\(?(\w+):equals:([^()]+)\)?", value)
    if parsed is None or parsed[1] not in types:
        raise errors.ZohoError(400, "INVALID_QUERY", "Invalid query formed")
    name, text = parsed[1], parsed[2].casefold()
    # "equals" is a "contains" to Zoho.
    return lambda item: text in str(item.get(name, "")).casefold()


def _digits(value: object) -> str:
    return re.sub(r"\D", "", str(value or ""))
