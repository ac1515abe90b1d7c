"""The stand-in: its account and its doorkeeper behind Zoho's paths."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.crm.vendor import Json, Settings
from local.crm.zoho import errors
from local.crm.zoho.calls import Call, Calls
from local.crm.zoho.gate import Gate
from local.crm.zoho.store import Store

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class StandIn:
    """Zoho CRM, as far as a lead needs it."""

    name = "zoho"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = Settings()
        self._gate = Gate(lambda: self.settings, clock)
        self._store = Store(lambda: self.settings, clock)
        self._calls = Calls(self._store, self._gate, lambda: self.settings)

    def routes(self) -> list[BaseRoute]:
        """Return the paths."""
        return [
            Route("/oauth/v2/token", self._token, methods=["POST"]),
            Route("/crm/v8/{rest:path}", self._answer, methods=_METHODS),
            Route("/crm/{rest:path}", self._unknown, methods=_METHODS),
        ]

    def reset(self) -> None:
        """Forget every record, field, token and setting."""
        self.settings = Settings()
        self._gate.reset()
        self._store.reset()

    def put_contact(self, body: Json) -> str:
        """Add a contact of long ago (a lead with `module`). A field the account does not have is made, as a text."""
        first, _, last = str(body.get("name") or "-").rpartition(" ")
        given = {"First_Name": first, "Last_Name": last, "Email": body.get("email"), "Phone": body.get("phone")}
        own = ("name", "email", "phone", "module", "properties")
        given |= {name: value for name, value in body.items() if name not in own}
        given |= body.get("properties") or {}
        module = str(body.get("module", "Contacts"))
        for name in given:
            self._store.add_field(module, name)
        values = {name: value for name, value in given.items() if value not in ("", None)}
        return self._store.insert(module, values, "$", is_old=True).id

    def records(self) -> Json:
        """Return everything, and as `workflows` the ids of the records whose writing ran workflow rules."""
        return self._store.summary()

    def expire_tokens(self) -> None:
        """End every token given so far."""
        self._gate.expire()

    def failed(self, kind: str) -> Response:
        """Return Zoho's own form of an error. It says 401 where a scope is missing."""
        refused = errors.invalid("Interest", "$.data[0].Interest", expected_data_type="picklist").body()
        made = {
            "error": errors.ZohoError(500, "INTERNAL_ERROR", "Internal Server Error"),
            "unavailable": errors.ZohoError(503, "INTERNAL_ERROR", "Service Unavailable"),
            "limited": errors.too_many(),
            "expired": errors.bad_token(),
            "forbidden": errors.scope_mismatch(),
        }
        if kind == "refused":
            return self._shown(400, {"data": [refused]})
        return self._shown(made[kind].status, made[kind].body(), wait_s=1.0 if kind == "limited" else None)

    async def _token(self, request: Request) -> Response:
        given = {**request.query_params, **dict(parse_qsl((await request.body()).decode()))}
        here = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
        status, body = self._gate.token(given, here.rstrip("/"))
        return JSONResponse(body, status)

    async def _answer(self, request: Request) -> Response:
        raw = await request.body()
        try:
            self._gate.admit(request.headers.get("authorization", ""))
            call = Call(request.method, request.query_params, request.headers, _json(raw))
            status, body = self._calls.answer(call, request.path_params["rest"].split("/"))
        except errors.ZohoError as error:
            status, body = error.status, error.body()
        return self._shown(status, body)

    async def _unknown(self, request: Request) -> Response:
        await request.body()
        error = errors.no_such_path()
        return self._shown(error.status, error.body())

    def _shown(self, status: int, body: Json | None, wait_s: float | None = None) -> Response:
        headers = self._gate.headers(wait_s)
        return Response(status_code=status, headers=headers) if body is None else JSONResponse(body, status, headers)


def _json(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return a body; what is no JSON is none to Zoho."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
