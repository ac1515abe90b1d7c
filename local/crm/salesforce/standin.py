"""The stand-in: Salesforce's host, its control plane's side, and what the records look like to a test."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.crm.salesforce.calls import Api, Call, parse
from local.crm.salesforce.errors import ApiError, named
from local.crm.salesforce.oauth import Refusal, Tokens
from local.crm.salesforce.schema import KINDS
from local.crm.salesforce.store import Store
from local.crm.vendor import Json, Settings

DAILY_CALLS = 15_000
_METHODS = ["GET", "POST", "PATCH", "DELETE", "PUT"]
_SHOWN = ("Contact", "Lead", "Opportunity", "OpportunityContactRole", "Task", "RecordType", "Account")


class StandIn:
    """One account of Salesforce, in memory."""

    name = "salesforce"

    def __init__(self) -> None:
        self.settings = Settings()
        self._tokens = Tokens()
        self._store = Store(self._current)
        self._calls = 0

    def routes(self) -> list[BaseRoute]:
        """Salesforce's paths."""
        return [
            Route("/services/oauth2/token", self._token, methods=["POST"]),
            Route("/services/data/{rest:path}", self._data, methods=_METHODS),
        ]

    def reset(self) -> None:
        """Forget everything."""
        self.settings = Settings()
        self._tokens = Tokens()
        self._store = Store(self._current)
        self._calls = 0

    def put_contact(self, body: Json) -> str:
        """Add a contact, or a lead with `object`, as if somebody had typed it in long ago."""
        kind = KINDS[str(body.get("object") or "Contact")]
        *first, last = str(body.get("name") or "").split() or ["Somebody"]
        values = {"LastName": last, "FirstName": " ".join(first) or None}
        values |= {"Email": body.get("email") or None, "Phone": body.get("phone") or None}
        apart = ("email", "phone", "name", "object", "properties", "values")
        given = {**{name: value for name, value in body.items() if name not in apart}}
        given |= body.get("properties") or {}
        given |= body.get("values") or {}
        known = {item.name: value for name, value in given.items() if (item := kind.find(name))}
        company = {"Company": "Somewhere"} if kind.name == "Lead" else {}
        return self._store.add(kind.name, {**company, **values, **known}, long_ago=True).id

    def records(self) -> Json:
        """Everything, in the form of all stand-ins."""
        rows = {name: [row.values for row in self._store.rows(name)] for name in KINDS}
        roles = rows["OpportunityContactRole"]
        return {
            "contacts": [
                {
                    "id": row["Id"],
                    "email": row.get("Email") or "",
                    "phone": row.get("Phone") or row.get("MobilePhone") or "",
                    "name": row["Name"],
                    "values": _filled(row),
                }
                for row in (*rows["Contact"], *rows["Lead"])
            ],
            "deals": [
                {
                    "id": row["Id"],
                    "title": row["Name"],
                    "contacts": [role["ContactId"] for role in roles if role["OpportunityId"] == row["Id"]],
                    "values": _filled(row),
                }
                for row in rows["Opportunity"]
            ],
            "notes": [
                {
                    "id": row["Id"],
                    "text": row.get("Description") or "",
                    "contacts": [row["WhoId"]] if row.get("WhoId") else [],
                    "deals": [row["WhatId"]] if row.get("WhatId") else [],
                }
                for row in rows["Task"]
            ],
            "objects": [
                {
                    "id": row["Id"],
                    "object": name,
                    "contacts": [row["Contact__c"]] if row.get("Contact__c") else [],
                    "values": _filled(row),
                }
                for name in KINDS
                if name not in _SHOWN
                for row in rows[name]
            ],
        }

    def expire_tokens(self) -> None:
        """End every token given so far."""
        self._tokens.expire()

    def failed(self, kind: str) -> Response:
        """Salesforce's own form of an error."""
        status, body = named(kind)
        return JSONResponse(body, status)

    def _current(self) -> Settings:
        return self.settings

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        # Also below a path, where the stand-in is one of several.
        base = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}".rstrip("/")
        try:
            authorization = request.headers.get("authorization", "")
            return JSONResponse(self._tokens.give(form, authorization, base, self.settings.extra))
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)

    async def _data(self, request: Request) -> Response:
        body = await request.body()
        if not self._tokens.accepts(request.headers.get("authorization", "")):
            return self.failed("expired")
        allowed = int(self.settings.extra.get("api_calls") or DAILY_CALLS)
        if self._calls >= allowed:
            return self.failed("limited")
        self._calls += 1
        headers = {"Sforce-Limit-Info": f"api-usage={self._calls}/{allowed}"}
        try:
            answer = self._api().answer(_call(request, body))
        except ApiError as error:
            return JSONResponse(error.body, error.status, headers)
        if answer.body is None:
            return Response(status_code=answer.status, headers=headers)
        return JSONResponse(answer.body, answer.status, headers)

    def _api(self) -> Api:
        return Api(self._store)


def _call(request: Request, body: bytes) -> Call:
    path = request.scope["raw_path"].decode() if request.scope.get("raw_path") else request.url.path
    target = path[path.index("/services/data") :]
    call = parse(f"{target}?{request.url.query}", request.method)
    return replace(
        call, body=_read(request, body), headers={name.lower(): value for name, value in request.headers.items()}
    )


def _read(request: Request, body: bytes) -> Any:  # noqa: ANN401 - JSON
    if not body:
        return None
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content type is not supported; use application/json")
    try:
        return json.loads(body)
    except ValueError:
        raise ApiError(400, "JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]") from None


def _filled(row: Json) -> Json:
    return {name: value for name, value in row.items() if value not in (None, "")}
