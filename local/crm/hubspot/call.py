"""One call as the paths see it, and how an answer or an error becomes HTTP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.crm.hubspot import errors
from local.crm.hubspot.gate import Gate, scope
from local.crm.hubspot.store import Store
from local.crm.vendor import Json


@dataclass(frozen=True)
class Call:
    """A call that was let in."""

    store: Store
    gate: Gate
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json = field(default_factory=dict)

    def kind(self, access: str, name: str = "object") -> str:
        """Return the object that the path names, when it may be read or written."""
        found = self.store.kind(self.path[name])
        self.gate.demand(scope(found, access))
        return found

    def inputs(self, most: int = 100) -> list[Json]:
        """Return a batch's inputs."""
        found = self.body.get("inputs")
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise errors.unreadable("Missing required creator property 'inputs'")
        if not 1 <= len(found) <= most:
            raise errors.HubSpotError(400, f"The maximum number of inputs supported in a batch request is {most}")
        return found

    def only(self, *names: str) -> None:
        """Refuse a body with other fields."""
        unknown = [name for name in self.body if name not in names]
        if unknown:
            raise errors.unreadable(f'Unrecognized field "{unknown[0]}"')


Answer = tuple[int, Any]
Handler = Callable[[Call], Answer]


class Paths:
    """Makes routes of handlers: everything but the token's path is behind the gate."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    def route(self, version: str, area: str, rest: str, **handlers: Handler) -> list[Route]:
        """Return a path, /crm/v3/objects/..., and its dated twin, /crm/objects/2026-03/..."""

        async def endpoint(request: Request) -> Response:
            return await self._answer(request, handlers[request.method])

        paths = (f"/crm/{version}/{area}/{rest}", f"/crm/{area}/2026-03/{rest}")
        return [Route(path, endpoint, methods=list(handlers)) for path in paths]

    def token_routes(self) -> list[Route]:
        """Return the token's paths."""

        async def endpoint(request: Request) -> Response:
            try:
                _must_be("application/x-www-form-urlencoded", request)
                form = dict(parse_qsl((await request.body()).decode()))
                return JSONResponse(self._gate.token(form))
            except errors.HubSpotError as error:
                return shown(error)

        return [Route(f"/oauth/{version}/token", endpoint, methods=["POST"]) for version in ("v1", "v3", "2026-03")]

    async def _answer(self, request: Request, handler: Handler) -> Response:
        headers: Mapping[str, str] = {}
        try:
            search = request.url.path.endswith("/search")
            headers = self._gate.admit(request.headers.get("authorization", ""), search=search)
            body = await _body(request)
            call = Call(self._store, self._gate, request.path_params, _query(request), body)
            status, found = handler(call)
        except errors.HubSpotError as error:
            error.headers |= headers
            return shown(error)
        if status == 204:  # noqa: PLR2004 - no content
            return Response(status_code=status, headers=dict(headers))
        return JSONResponse(found, status, headers=dict(headers))


def shown(error: errors.HubSpotError) -> Response:
    """Return an error as HTTP."""
    return JSONResponse(error.body(), error.status, headers=error.headers)


def _query(request: Request) -> dict[str, str]:
    """Return the query; what is given several times is a list, as with commas."""
    given = request.query_params
    return {name: ",".join(given.getlist(name)) for name in given}


async def _body(request: Request) -> Json:
    raw = await request.body()
    if not raw:
        return {}
    _must_be("application/json", request)
    try:
        found = json.loads(raw)
    except ValueError:
        raise errors.unreadable("Unexpected character") from None
    if isinstance(found, list):
        found = {"list": found}  # the types of a link
    if not isinstance(found, dict):
        raise errors.unreadable("Cannot deserialize value from a scalar")
    return found


def _must_be(content_type: str, request: Request) -> None:
    if content_type not in request.headers.get("content-type", ""):
        raise errors.HubSpotError(415, "Unsupported media type")
