"""The ASGI app: Live's paths on websockets, its control plane, and everything else to the REST stand-in."""

import json
import re
import time
import uuid

from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from local.gemini.control import ControlError
from local.gemini.errors import ApiError, unauthenticated, unregistered
from local.live.canned import Canned
from local.live.connection import Connection
from local.live.control import OF_SESSIONS, Control, Settings, parse_fault
from local.live.journal import Record
from local.live.link import Place, World
from local.live.service import Service
from local.live.session import Session

CONTROL = "/control/live"
_PATHS = (
    re.compile(
        r"/{1,2}ws/google\.ai\.generativelanguage\.(?P<version>v1|v1beta|v1alpha)\.GenerativeService"
        r"[./]BidiGenerateContent(?P<constrained>Constrained)?"
    ),
    re.compile(r"/{1,2}ws/google\.cloud\.aiplatform\.(?P<version>v1|v1beta1)\.LlmBidiService/BidiGenerateContent"),
)


class LiveApp:
    """Serves Live; `rest` gets what is not Live's, with its own start and end."""

    def __init__(self, rest: ASGIApp | None = None, settings: Settings | None = None) -> None:
        self._service = Service(World(Control(settings or Settings())))
        self._control = _control(self._service)
        self._rest = rest or Starlette(routes=[Route("/health", _health)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "websocket":
            await self._live(scope, receive, send)
        elif scope["type"] == "http" and _is_control(scope["path"]):
            await self._control(scope, receive, send)
        elif scope["type"] == "lifespan":
            try:
                await self._rest(scope, receive, send)
            finally:
                self._service.close()
        else:
            await self._rest(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        try:
            place = _place(scope)
        except ApiError as error:
            await _refuse(send, error)
            return
        if fault := self._service.world.control.take(lambda item: item.kind == "refuse_handshake"):
            await _refuse(send, ApiError(fault.status, fault.reason))
            return
        await send({"type": "websocket.accept"})
        record = self._service.journal.add(Record(uuid.uuid4().hex[:16], scope["path"], time.time()))
        canned = self._service.world.control.settings.speech == "canned"
        link = (Canned if canned else Session)(self._service.world, record, place)
        await Connection(self._service, link, receive, send).run()


def _is_control(path: str) -> bool:
    return path == CONTROL or path.startswith(f"{CONTROL}/")


def _place(scope: Scope) -> Place:
    """Where the client wants to go. Raises ApiError."""
    match = next(filter(None, (path.fullmatch(scope["path"]) for path in _PATHS)), None)
    if match is None:
        raise ApiError(404, f"Not found: {scope['path']}")
    if scope["scheme"] != "wss":
        raise ApiError(400, "Live is served over TLS only: use wss.")
    vertex = "aiplatform" in scope["path"]
    _authorise(scope, vertex=vertex, constrained=bool(match.groupdict().get("constrained")))
    return Place(match["version"], vertex=vertex)


def _authorise(scope: Scope, *, vertex: bool, constrained: bool) -> None:
    """Any key or token will do, but there has to be one. Raises ApiError 403, or 401 on Vertex paths."""
    headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
    said = headers.get("authorization", "")
    token = said.startswith("Token auth_tokens/") or query.get("access_token", "").startswith("auth_tokens/")
    key = headers.get("x-goog-api-key") or query.get("key")
    if (token if constrained else key) or (vertex and said.startswith("Bearer ")):
        return
    raise unauthenticated() if vertex else unregistered()


async def _refuse(send: Send, error: ApiError) -> None:
    headers = [(b"content-type", b"application/json; charset=UTF-8")]
    await send({"type": "websocket.http.response.start", "status": error.code, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": json.dumps(error.body()).encode()})


def _control(service: Service) -> Starlette:
    control = service.world.control

    async def settings(request: Request) -> Response:
        if request.method == "PUT":
            control.put(await _json(request))
        elif request.method == "DELETE":
            control.reset()
        return JSONResponse(control.settings.body())

    async def sessions(request: Request) -> Response:
        if request.method == "DELETE":
            service.journal.clear()
        return JSONResponse([entry | {"open": entry["id"] in service.running} for entry in service.journal.body()])

    async def command(request: Request) -> Response:
        """Something to do now to one session, or to all that run; gives how many that were."""
        fault = parse_fault(await _json(request), "command", OF_SESSIONS)
        name = request.path_params["session"]
        wanted = {key: nudge for key, nudge in service.running.items() if name in {"all", key}}
        for nudge in wanted.values():
            nudge(fault)
        return JSONResponse({"sessions": len(wanted)}, 200 if wanted or name == "all" else 404)

    async def handles(_: Request) -> Response:
        service.world.handles.clear()
        return JSONResponse({})

    return Starlette(
        routes=[
            Route(CONTROL, settings, methods=["GET", "PUT", "DELETE"]),
            Route(f"{CONTROL}/sessions", sessions, methods=["GET", "DELETE"]),
            Route(f"{CONTROL}/sessions/{{session}}", command, methods=["POST"]),
            Route(f"{CONTROL}/handles", handles, methods=["DELETE"]),
        ],
        exception_handlers={ControlError: _control_error},
    )


async def _json(request: Request) -> object:
    try:
        body: object = json.loads(await request.body())
    except ValueError as error:
        raise ControlError(f"body: not JSON: {error}") from error
    return body


async def _control_error(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok", "live": True})
