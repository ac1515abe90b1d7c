"""What is still version 1 of the API: notes, fields, and the user behind the credentials."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.crm.pipedrive import records
from local.crm.pipedrive.fields import TYPES, described
from local.crm.pipedrive.gate import refusal
from local.crm.pipedrive.records import Records, Row
from local.crm.vendor import Json, Settings

_Handler = Callable[[Request], Awaitable[Response]]
_NOTES_QUERY = (
    "user_id", "lead_id", "deal_id", "person_id", "org_id", "project_id", "start", "limit", "sort", "start_date",
    "end_date", "updated_since",
)  # fmt: skip
_FIELD_BODY = ("name", "field_type", "options", "add_visible_flag")
_MAX_PAGE, _PAGE = 500, 100


class Version1:
    """The routes of version 1, on the account that the stand-in has at the time."""

    def __init__(self, held: Callable[[], Records], settings: Callable[[], Settings]) -> None:
        self._held = held
        self._settings = settings

    def routes(self) -> list[tuple[str, str, _Handler]]:
        """Path, method and handler of each."""
        return [
            ("/api/v1/users/me", "GET", self._me),
            ("/api/v1/notes", "GET", self._list_notes),
            ("/api/v1/notes", "POST", self._make_note),
            ("/api/v1/notes/{id}", "PUT", self._change_note),
            ("/api/v1/personFields", "GET", self._fields("person")),
            ("/api/v1/personFields", "POST", self._new_field("person")),
            ("/api/v1/dealFields", "GET", self._fields("deal")),
            ("/api/v1/dealFields", "POST", self._new_field("deal")),
        ]

    @property
    def _is_admin(self) -> bool:
        return not self._settings().extra.get("not_admin")

    async def _me(self, _: Request) -> Response:
        access = [{"app": "sales", "admin": self._is_admin}, {"app": "global", "admin": self._is_admin}]
        user = {"id": records.USER, "name": "Bot Owner", "email": "owner@example.com", "active_flag": True}
        company = {"company_id": 1, "company_name": "Example", "company_domain": "example"}
        return JSONResponse(
            {"success": True, "data": {**user, **company, "is_admin": int(self._is_admin), "access": access}}
        )

    async def _list_notes(self, request: Request) -> Response:
        query = dict(request.query_params)
        if any(name not in _NOTES_QUERY for name in query):
            return refusal(400, "Unknown parameter")
        rows = list(self._held().notes.values())
        for name in ("deal_id", "person_id", "org_id"):
            rows = [row for row in rows if name not in query or str(row.values.get(name)) == query[name]]
        if "updated_since" in query:
            since = dt.datetime.fromisoformat(query["updated_since"])
            rows = [row for row in rows if row.updated >= since]
        return self._page([_note(row) for row in rows], query)

    async def _make_note(self, request: Request) -> Response:
        body = await read_body(request)
        held = self._held()
        why = "no JSON object" if body is None else records.wrong(body, records.NOTE, {}, "content")
        if body is None or why:
            return refusal(400, f"Bad request: {why}")
        if not any(body.get(name) for name in ("deal_id", "person_id", "org_id", "lead_id", "project_id")):
            return refusal(400, "At least one of the fields deal_id, person_id, org_id must be set")
        for name, table in (("person_id", held.persons), ("deal_id", held.deals)):
            if name in body and (body[name] not in table or table[body[name]].values["is_deleted"]):
                return refusal(404, f"{name}: Not found")
        values = {"person_id": None, "deal_id": None, **body, "content": records.sanitised(body["content"])}
        return JSONResponse({"success": True, "data": _note(held.notes[held.add(held.notes, values)])}, 201)

    async def _change_note(self, request: Request) -> Response:
        key = request.path_params["id"]
        row = self._held().notes.get(int(key)) if key.isdigit() else None
        body = await read_body(request)
        if row is None:
            return refusal(404, "Note not found")
        why = "no JSON object" if body is None else records.wrong(body, records.NOTE, {})
        if body is None or why:
            return refusal(400, f"Bad request: {why}")
        self._held().change(row, body)
        return JSONResponse({"success": True, "data": _note(row)})

    def _fields(self, kind: str) -> _Handler:
        async def listed(request: Request) -> Response:
            query = dict(request.query_params)
            if any(name not in ("start", "limit") for name in query):
                return refusal(400, "Unknown parameter")
            return self._page(self._held().fields.listed(kind), query)

        return listed

    def _new_field(self, kind: str) -> _Handler:
        async def made(request: Request) -> Response:
            body = await read_body(request)
            if not self._is_admin:
                return refusal(403, "You do not have permissions to do this.")
            if body is None or any(name not in _FIELD_BODY for name in body) or not isinstance(body.get("name"), str):
                return refusal(400, "Bad request: name is required and unknown keys are not allowed")
            if body.get("field_type") not in TYPES:
                return refusal(400, "Bad request: field_type is invalid")
            labels = tuple(str(item["label"]) for item in body.get("options") or ())
            field = self._held().fields.add(kind, body["name"], body["field_type"], labels)
            return JSONResponse({"success": True, "data": described(field)[0]}, 201)

        return made

    def _page(self, items: list[Json], query: dict[str, str]) -> Response:
        start, limit = query.get("start", "0"), query.get("limit", str(_PAGE))
        if not start.isdigit() or not limit.isdigit() or not 1 <= int(limit) <= _MAX_PAGE:
            return refusal(400, "Invalid pagination")
        size = min(int(limit), self._settings().extra.get("page", int(limit)))
        first, last = int(start), int(start) + size
        pagination: Json = {"start": first, "limit": size, "more_items_in_collection": last < len(items)}
        pagination |= {"next_start": last} if last < len(items) else {}
        # An empty list is null here.
        return JSONResponse(
            {"success": True, "data": items[first:last] or None, "additional_data": {"pagination": pagination}}
        )


async def read_body(request: Request) -> Any:  # noqa: ANN401 - None, or a JSON object
    """The body where it is a JSON object and says so."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return None
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def within(at: dt.datetime, *, v2: bool) -> str:
    """A moment as each version of the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ" if v2 else "%Y-%m-%d %H:%M:%S")


def _note(row: Row) -> Json:
    return {
        **row.values, "active_flag": True, "user_id": records.USER,
        "add_time": within(row.added, v2=False), "update_time": within(row.updated, v2=False),
    }  # fmt: skip
