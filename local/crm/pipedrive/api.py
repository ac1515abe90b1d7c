"""The routes: version 2 for persons and deals, and what the control plane asks for. v1.py has the others."""

import base64
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.crm.pipedrive import records
from local.crm.pipedrive.gate import Gate, mismatch, refusal
from local.crm.pipedrive.records import Records, Row
from local.crm.pipedrive.v1 import Version1, read_body, within
from local.crm.vendor import Json, Settings

_Handler = Callable[[Request], Awaitable[Response]]
_LISTING = (
    "ids", "owner_id", "org_id", "updated_since", "updated_until", "sort_by", "sort_direction", "include_fields",
    "custom_fields", "limit", "cursor",
)  # fmt: skip
_FILTERS = {"persons": ("owner_id", "org_id"), "deals": ("owner_id", "person_id", "org_id", "pipeline_id", "stage_id")}
_OWN_FILTERS = {"persons": ("deal_id",), "deals": ("person_id", "pipeline_id", "stage_id", "status")}
_SEARCH = ("term", "fields", "exact_match", "organization_id", "include_fields", "limit", "cursor")
_SEARCHED = ("custom_fields", "email", "notes", "phone", "name")
_BAD = "ERR_SCHEMA_VALIDATION_FAILED"
_MAX_PAGE, _PAGE, _MAX_CUSTOM = 500, 100, 15


class StandIn:
    """One company's account."""

    name = "pipedrive"

    def __init__(self) -> None:
        self.settings = Settings()
        self._records = Records()
        self._gate = Gate()

    def reset(self) -> None:
        """Forget everything."""
        self.settings, self._records, self._gate = Settings(), Records(), Gate()

    def routes(self) -> list[BaseRoute]:
        """The paths."""
        found: list[BaseRoute] = [Route("/oauth/token", self._token, methods=["POST"])]
        for kind in ("persons", "deals"):
            found += [
                self._route(f"/api/v2/{kind}", "GET", self._of(kind, self._list)),
                self._route(f"/api/v2/{kind}", "POST", self._of(kind, self._make)),
                self._route(f"/api/v2/{kind}/{{id}}", "GET", self._of(kind, self._read)),
                self._route(f"/api/v2/{kind}/{{id}}", "PATCH", self._of(kind, self._change)),
                self._route(f"/api/v2/{kind}/{{id}}", "DELETE", self._of(kind, self._delete)),
            ]
        # Before /persons/{id}, which would take it too.
        found.insert(1, self._route("/api/v2/persons/search", "GET", self._search))
        later = Version1(lambda: self._records, lambda: self.settings)
        return found + [self._route(path, method, handler) for path, method, handler in later.routes()]

    def put_contact(self, body: Json) -> str:
        """Add a person as if somebody had typed it in long ago."""
        rest = {key: value for key, value in body.items() if key not in ("email", "phone", "name")}
        custom = {**rest.pop("properties", {}), **rest.pop("values", {})}
        values: Json = {"name": body.get("name") or body.get("email") or body.get("phone") or "Somebody", **rest}
        values |= {
            part: [{"value": body[name], "primary": True, "label": "work"}]
            for part, name in (("emails", "email"), ("phones", "phone"))
            if body.get(name)
        }
        made = records.person({**values, "custom_fields": custom})
        return str(self._records.add(self._records.persons, made, long_ago=True))

    def records(self) -> Json:
        """Everything, in the form of all stand-ins; a deal's values are its own fields and the custom ones by key."""
        held = self._records
        persons = [row.values for row in held.persons.values() if not row.values["is_deleted"]]
        deals = [row.values for row in held.deals.values() if not row.values["is_deleted"]]
        return {
            "contacts": [
                {
                    "id": str(item["id"]),
                    "email": _main(item["emails"]),
                    "phone": _main(item["phones"]),
                    "name": item["name"],
                    "values": {**_filled(item["custom_fields"]), **{p: item[p] for p in ("emails", "phones")}},
                }
                for item in persons
            ],
            "deals": [
                {
                    "id": str(item["id"]),
                    "title": item["title"],
                    "contacts": _texts(item["person_id"]),
                    "values": {**{name: item[name] for name in _DEAL_SHOWN}, **_filled(item["custom_fields"])},
                }
                for item in deals
            ],
            "notes": [
                {
                    "id": str(row.values["id"]),
                    "text": records.plain_text(row.values["content"]),
                    "contacts": _texts(row.values.get("person_id")),
                    "deals": _texts(row.values.get("deal_id")),
                }
                for row in held.notes.values()
            ],
            "objects": [],
        }

    def expire_tokens(self) -> None:
        """Make every access token invalid; the API token is a key and stays."""
        self._gate.forget()

    def failed(self, kind: str) -> Response:
        """Pipedrive's form of an error."""
        answers: dict[str, Callable[[], Response]] = {
            "error": lambda: refusal(500, "Internal server error", "ERR_INTERNAL_SERVER_ERROR"),
            "unavailable": lambda: refusal(503, "Requested service is not available"),
            "limited": self._gate.limited,
            "expired": lambda: refusal(401, "Invalid token: access token is expired"),
            "forbidden": mismatch,
            "refused": lambda: refusal(400, "Validation failed: value: Expected number, received string", _BAD),
        }
        return answers[kind]()

    def _route(self, path: str, method: str, handler: _Handler) -> Route:
        async def checked(request: Request) -> Response:
            answer = self._gate.refused(request, self.settings) or await handler(request)
            for name, value in self._gate.headers(request).items():
                answer.headers.setdefault(name, value)
            return answer

        return Route(path, checked, methods=[method], name=f"{method} {path}")

    async def _token(self, request: Request) -> Response:
        # Not the gate's method itself: a reset puts another gate in its place.
        return await self._gate.token(request)

    def _of(self, kind: str, handler: Callable[[str, Request], Awaitable[Response]]) -> _Handler:
        async def bound(request: Request) -> Response:
            return await handler(kind, request)

        return bound

    def _table(self, kind: str) -> dict[int, Row]:
        return self._records.persons if kind == "persons" else self._records.deals

    async def _list(self, kind: str, request: Request) -> Response:
        query = dict(request.query_params)
        allowed = (*_LISTING, *_OWN_FILTERS[kind])
        why = next((f"{name}: Unrecognized parameter" for name in query if name not in allowed), "")
        page = _MAX_PAGE if why else _limit(query)
        since = _moment(query["updated_since"]) if "updated_since" in query else records.LONG_AGO
        keys = [key for key in query.get("custom_fields", "").split(",") if key]
        if why or page is None or since is None or len(keys) > _MAX_CUSTOM:
            return _invalid(why or "query: Invalid limit, updated_since or custom_fields")
        sort = query.get("sort_by", "id")
        if sort not in ("id", "update_time", "add_time"):
            return _invalid("sort_by: Invalid enum value")
        rows = [row for row in self._table(kind).values() if not row.values["is_deleted"] and row.updated >= since]
        rows = [row for row in rows if _matches(row, query, _FILTERS[kind])]
        rows.sort(key=lambda row: _place(row, sort), reverse=query.get("sort_direction") == "desc")
        return self._page([_shown(row, keys) for row in rows], query, page)

    def _page(self, items: list[Json], query: dict[str, str], page: int, wrap: str = "") -> Response:
        start = _start(query.get("cursor"))
        if start is None:
            return _invalid("cursor: Invalid cursor")
        size = min(page, self.settings.extra.get("page", page))
        more = _cursor(start + size) if start + size < len(items) else None
        data: Any = items[start : start + size]
        return JSONResponse(
            {"success": True, "data": {wrap: data} if wrap else data, "additional_data": {"next_cursor": more}}
        )

    async def _search(self, request: Request) -> Response:
        query = dict(request.query_params)
        exact = query.get("exact_match", "false")
        asked = query.get("fields", ",".join(_SEARCHED)).split(",")
        term, page = query.get("term", "").strip().casefold(), _limit(query)
        if any(name not in _SEARCH for name in query) or exact not in ("true", "false") or page is None:
            return _invalid("query: Invalid parameter")
        if not set(asked) <= set(_SEARCHED) or len(term) < (1 if exact == "true" else 2):
            return _invalid("term: String must contain at least 2 character(s), or fields are invalid")
        seen = [row.seen(self.settings.search_lag_s) for row in self._records.persons.values() if not _gone(row)]
        found = [item for item in seen if item and _found(item, term, asked, exact=exact == "true")]
        return self._page([{"result_score": 1.0, "item": _hit(item)} for item in found], query, page, "items")

    async def _make(self, kind: str, request: Request) -> Response:
        body, why = await self._valid(kind, request, "name" if kind == "persons" else "title")
        if body is None:
            return _invalid(why)
        values = records.person(body) if kind == "persons" else records.deal(body)
        table = self._table(kind)
        return _one(table[self._records.add(table, values)], 201)

    async def _read(self, kind: str, request: Request) -> Response:
        row, refused = self._row(kind, request)
        keys = [key for key in request.query_params.get("custom_fields", "").split(",") if key]
        if len(keys) > _MAX_CUSTOM:
            return _invalid("custom_fields: Too many keys")
        return refused if row is None else JSONResponse({"success": True, "data": _shown(row, keys)})

    async def _change(self, kind: str, request: Request) -> Response:
        row, refused = self._row(kind, request)
        body, why = await self._valid(kind, request)
        if row is None or row.values["is_deleted"]:
            return refused
        if body is None:
            return _invalid(why)
        self._records.change(row, records.marked(body))
        return _one(row)

    async def _delete(self, kind: str, request: Request) -> Response:
        row, refused = self._row(kind, request)
        if row is None:
            return refused
        self._records.change(row, {"is_deleted": True})
        return JSONResponse({"success": True, "data": {"id": row.values["id"]}})

    def _row(self, kind: str, request: Request) -> tuple[Row | None, Response]:
        key = request.path_params["id"]
        if not key.isdigit() or not int(key):
            return None, _invalid("id: Expected positive number")
        return self._table(kind).get(int(key)), refusal(404, "Entity was not found", "ERR_NOT_FOUND")

    async def _valid(self, kind: str, request: Request, required: str = "") -> tuple[Json | None, str]:
        body = await read_body(request)
        if body is None:
            return None, "body: Expected object"
        fields = self._records.fields.by_key("person" if kind == "persons" else "deal")
        why = records.wrong(body, records.PERSON if kind == "persons" else records.DEAL, fields, required)
        why = why or ("" if kind == "persons" else self._dangling(body))
        return (None, why) if why else (body, "")

    def _dangling(self, body: Json) -> str:
        person, stage, pipeline = (body.get(name) for name in ("person_id", "stage_id", "pipeline_id"))
        if person is not None and (person not in self._records.persons or _gone(self._records.persons[person])):
            return "person_id: Entity was not found"
        if stage is not None and stage not in records.STAGES:
            return "stage_id: Entity was not found"
        known = {records.STAGES[stage]} if stage is not None else set(records.STAGES.values())
        if pipeline is not None and pipeline not in known:
            return "pipeline_id: Does not match the stage, or was not found"
        return ""


_DEAL_SHOWN = ("value", "currency", "stage_id", "pipeline_id", "status")


def _gone(row: Row) -> bool:
    return bool(row.values["is_deleted"])


def _invalid(why: str) -> Response:
    return refusal(400, f"Validation failed: {why}", _BAD)


def _limit(query: dict[str, str]) -> int | None:
    text = query.get("limit", str(_PAGE))
    return int(text) if text.isdigit() and 1 <= int(text) <= _MAX_PAGE else None


def _moment(text: str) -> dt.datetime | None:
    """A moment in RFC 3339, which has a zone."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo and "T" in text else None


def _matches(row: Row, query: dict[str, str], filters: tuple[str, ...]) -> bool:
    ids = query.get("ids")
    wanted = all(str(row.values.get(name)) == query[name] for name in filters if name in query)
    return wanted and (ids is None or str(row.values["id"]) in ids.split(","))


def _place(row: Row, sort: str) -> tuple[Any, int]:
    at = {"id": 0, "update_time": row.updated, "add_time": row.added}[sort]
    return at, row.values["id"]


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"from": start}).encode()).decode()


def _start(cursor: str | None) -> int | None:
    if cursor is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(cursor))["from"])
    except (ValueError, KeyError, TypeError):
        return None


def _shown(row: Row, keys: list[str]) -> Json:
    shown = {**row.values, "add_time": within(row.added, v2=True), "update_time": within(row.updated, v2=True)}
    return {**shown, "custom_fields": {k: v for k, v in row.values["custom_fields"].items() if not keys or k in keys}}


def _one(row: Row, status: int = 200) -> Response:
    return JSONResponse({"success": True, "data": _shown(row, [])}, status)


def _found(item: Json, term: str, asked: list[str], *, exact: bool) -> bool:
    texts = {
        "email": [entry["value"] for entry in item["emails"]],
        "phone": [entry["value"] for entry in item["phones"]],
        "name": [item["name"]],
        "custom_fields": [str(value) for value in item["custom_fields"].values() if value is not None],
    }
    listed = [text.casefold() for name in asked for text in texts.get(name, [])]
    return any(term == text if exact else term in text for text in listed)


def _hit(item: Json) -> Json:
    return {
        "id": item["id"], "type": "person", "name": item["name"], "visible_to": item["visible_to"],
        "phones": [entry["value"] for entry in item["phones"]], "emails": [entry["value"] for entry in item["emails"]],
        "owner": {"id": item["owner_id"]}, "organization": None, "custom_fields": [], "notes": [],
    }  # fmt: skip


def _main(entries: list[Json]) -> str:
    return next((item["value"] for item in entries if item["primary"]), "")


def _filled(values: Json) -> Json:
    return {key: value for key, value in values.items() if value is not None}


def _texts(value: object) -> list[str]:
    return [str(value)] if value else []
