"""Calls of the REST API, as values: answered one at a time, alone or as parts of a composite call."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.crm.salesforce import search, soql
from local.crm.salesforce.errors import ApiError, SeveralError, not_found
from local.crm.salesforce.schema import Kind
from local.crm.salesforce.store import Row, Rules, Store
from local.crm.vendor import Json

PREFIX = re.compile(r"/services/data/(v(\d{2,3})\.0)(?:/|$)")
MAX_PARTS = 25
# A value in a path that ends like a file's name is never found: the real host takes it for a static page.
_FILES = (".inc", ".exe", ".php", ".jsp")
_REFERENCE = re.compile(r"@\{(\w+)\.([\w.\[\]]+)\}")
_BODY_SINCE = 46


@dataclass(frozen=True)
class Call:
    """One call: `path` below the version, decoded piece by piece."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    version: str = "v66.0"

    @property
    def record(self) -> Json:
        """The body as a record."""
        if not isinstance(self.body, dict):
            raise ApiError(
                400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body."
            )
        return self.body

    @property
    def rules(self) -> Rules:
        """What the duplicate rule header says."""
        said = self.headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower().split(";")
        return Rules("allowsave=true" in said, "includerecorddetails=true" in said)


@dataclass(frozen=True)
class Answer:
    """A status and what is sent with it, None for nothing."""

    status: int
    body: Any = None


def parse(target: str, method: str = "GET") -> Call:
    """Read a URL or path; ApiError 404 for one outside the API."""
    parts = urlsplit(target)
    match = PREFIX.match(parts.path)
    if not match or not 20 <= int(match[2]) <= 67:  # noqa: PLR2004 - the versions there are
        raise not_found()
    pieces = tuple(unquote(piece) for piece in parts.path[match.end() :].strip("/").split("/"))
    return Call(method, pieces, dict(parse_qsl(parts.query, keep_blank_values=True)), version=match[1])


class Api:
    """Answers calls from the store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def answer(self, call: Call) -> Answer:
        """Answer a call, errors included."""
        try:
            return self._answer(call)
        except ApiError as error:
            return Answer(error.status, error.body)
        except SeveralError as error:
            return Answer(300, [f"/services/data/{call.version}/sobjects/{call.path[1]}/{key}" for key in error.urls])

    def _answer(self, call: Call) -> Answer:
        if call.path[0] == "sobjects" and len(call.path) > 1:
            return self._sobject(call, self.store.kind(call.path[1]), call.path[2:])
        actions: dict[tuple[str, str], Callable[[Call], Answer]] = {
            ("GET", "sobjects"): self._objects,
            ("GET", "query"): self._query,
            ("GET", "search"): self._sosl,
            ("GET", "parameterizedSearch"): self._parameterised,
            ("POST", "parameterizedSearch"): self._parameterised,
            ("GET", "limits"): lambda _: Answer(200, {"DailyApiRequests": {"Max": 15000, "Remaining": 14000}}),
            ("POST", "composite"): self._composite,
        }
        action = actions.get((call.method, "/".join(call.path)))
        if action is None:
            raise not_found()
        return action(call)

    def _sobject(self, call: Call, kind: Kind, rest: tuple[str, ...]) -> Answer:
        actions: dict[tuple[str, int], Callable[..., Answer]] = {
            ("GET", 0): self._about,
            ("POST", 0): self._create,
            ("GET", 1): self._describe if rest == ("describe",) else self._get,
            ("PATCH", 1): self._update,
            ("DELETE", 1): self._delete,
            ("GET", 2): self._get_by_key,
            ("PATCH", 2): self._upsert,
        }
        action = actions.get((call.method, len(rest)))
        if action is None:
            message = f"HTTP Method '{call.method}' not allowed. Allowed are HEAD,GET,POST"
            raise ApiError(405, "METHOD_NOT_ALLOWED", message)
        return action(call, kind, *rest)

    def _objects(self, _: Call) -> Answer:
        kinds = [kind.summary(writable=self.store.writable(kind)) for kind in self.store.visible()]
        return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": kinds})

    def _about(self, _: Call, kind: Kind) -> Answer:
        summary = kind.summary(writable=self.store.writable(kind))
        return Answer(200, {"objectDescribe": summary, "recentItems": []})

    def _describe(self, _: Call, kind: Kind, __: str) -> Answer:
        return Answer(200, kind.describe(writable=self.store.writable(kind)))

    def _create(self, call: Call, kind: Kind) -> Answer:
        row = self.store.create(kind, call.record, call.rules)
        return Answer(201, {"id": row.id, "success": True, "errors": []})

    def _get(self, call: Call, kind: Kind, key: str) -> Answer:
        return self._shown(call, kind, self.store.get(kind, key))

    def _get_by_key(self, call: Call, kind: Kind, name: str, value: str) -> Answer:
        found = None if value.endswith(_FILES) else self.store.by_key(kind, name, value)
        if found is None:
            raise not_found()
        return self._shown(call, kind, found)

    def _update(self, call: Call, kind: Kind, key: str) -> Answer:
        self.store.update(kind, self.store.get(kind, key, deleted=True), call.record)
        return Answer(204)

    def _delete(self, _: Call, kind: Kind, key: str) -> Answer:
        self.store.delete(self.store.get(kind, key, deleted=True))
        return Answer(204)

    def _upsert(self, call: Call, kind: Kind, name: str, value: str) -> Answer:
        if value.endswith(_FILES):
            raise not_found()
        row = self.store.by_key(kind, name, value)
        known = kind.find(name)
        assert known is not None
        if any(given.lower() == name.lower() for given in call.record):
            message = f"The {known.name} field should not be specified in the sobject data."
            raise ApiError(400, "INVALID_FIELD", message, [known.name])
        if row is None:
            row = self.store.create(kind, {**call.record, known.name: value}, call.rules)
            return Answer(201, {"id": row.id, "success": True, "errors": [], "created": True})
        self.store.update(kind, row, call.record)
        if self.store.switch("upsert_without_body") or int(call.version[1:].partition(".")[0]) < _BODY_SINCE:
            return Answer(204)
        return Answer(200, {"id": row.id, "success": True, "errors": [], "created": False})

    def _shown(self, call: Call, kind: Kind, row: Row) -> Answer:
        names = [name for name in call.query.get("fields", "").split(",") if name]
        shown = names or [item.name for item in kind.fields.values()]
        values = {}
        for name in shown:
            item = kind.find(name.strip())
            if item is None:
                raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind.name}")
            values[item.name] = row.values.get(item.name)
        return Answer(200, {"attributes": _attributes(call, kind, row.id), **values})

    def _query(self, call: Call) -> Answer:
        query = soql.parse(call.query.get("q", ""), self.store.kind)
        rows = query.run(row.values for row in self.store.rows(query.kind.name))
        records = [
            {"attributes": _attributes(call, query.kind, row["Id"]), **{name: row.get(name) for name in query.fields}}
            for row in ([] if query.counts else rows)
        ]
        return Answer(200, {"totalSize": len(rows), "done": True, "records": records})

    def _sosl(self, call: Call) -> Answer:
        return self._searched(call, search.sosl(self.store, call.query.get("q", "")))

    def _parameterised(self, call: Call) -> Answer:
        body = call.record if call.method == "POST" else _parameters(call.query)
        return self._searched(call, search.parameterised(self.store, body))

    def _searched(self, call: Call, found: list[tuple[Kind, Json]]) -> Answer:
        records = [{"attributes": _attributes(call, kind, str(row.get("Id", ""))), **row} for kind, row in found]
        return Answer(200, {"searchRecords": records})

    def _composite(self, call: Call) -> Answer:
        parts = call.record.get("compositeRequest")
        if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_PARTS:
            message = f"The composite request must have 1 to {MAX_PARTS} subrequests"
            raise ApiError(400, "PROCESSING_ERROR", message)
        before = self.store.snapshot()
        known: dict[str, Any] = {}
        answers: list[Json] = []
        for part in parts:
            answer = self._part(part, known)
            reference = str(part.get("referenceId"))
            known[reference] = answer.body
            answers.append(_part_answer(reference, answer))
        if call.record.get("allOrNone") and any(item["httpStatusCode"] >= 300 for item in answers):  # noqa: PLR2004
            self.store.restore(before)
            answers = [item if item["httpStatusCode"] >= 300 else _halted(item) for item in answers]  # noqa: PLR2004
        return Answer(200, {"compositeResponse": answers})

    def _part(self, part: Json, known: dict[str, Any]) -> Answer:
        try:
            call = parse(_filled(str(part.get("url", "")), known), str(part.get("method", "GET")))
            headers = {name.lower(): value for name, value in (part.get("httpHeaders") or {}).items()}
            return self.answer(replace(call, body=_filled(part.get("body"), known), headers=headers))
        except ApiError as error:
            return Answer(error.status, error.body)


def _attributes(call: Call, kind: Kind, key: str) -> Json:
    return {"type": kind.name, "url": f"/services/data/{call.version}/sobjects/{kind.name}/{key}"}


def _parameters(query: dict[str, str]) -> Json:
    body: Json = {"q": query.get("q"), "in": query.get("in", "ALL")}
    if query.get("fields"):
        body["fields"] = query["fields"].split(",")
    if query.get("sobject"):
        name = query["sobject"]
        own = {part: query[f"{name}.{part}"] for part in ("where", "limit") if f"{name}.{part}" in query}
        fields = query.get(f"{name}.fields")
        body["sobjects"] = [{"name": name, **own, **({"fields": fields.split(",")} if fields else {})}]
    return body


def _filled(value: Any, known: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Put what earlier parts answered where `@{reference.path}` stands."""
    if isinstance(value, dict):
        return {name: _filled(item, known) for name, item in value.items()}
    if not isinstance(value, str):
        return value

    def one(match: re.Match[str]) -> str:
        found = known.get(match[1])
        if match[1] not in known:
            message = f"Invalid reference specified. No value for {match[1]}.{match[2]} found"
            raise ApiError(400, "PROCESSING_HALTED", message)
        for step in re.findall(r"\w+", match[2]):
            found = found[int(step)] if isinstance(found, list) and step.isdigit() else (found or {}).get(step)
        return str(found)

    return _REFERENCE.sub(one, value)


def _part_answer(reference: str, answer: Answer) -> Json:
    return {"body": answer.body, "httpHeaders": {}, "httpStatusCode": answer.status, "referenceId": reference}


def _halted(part: Json) -> Json:
    message = "The transaction was rolled back since another operation in the same transaction failed."
    error = [{"errorCode": "PROCESSING_HALTED", "message": message}]
    return _part_answer(part["referenceId"], Answer(400, error))
