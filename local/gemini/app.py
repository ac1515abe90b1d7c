"""The routes: Gemini's REST paths, Vertex's paths, and the control plane.

Only this module knows paths and headers.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from local.gemini.control import Control, ControlError, Settings
from local.gemini.errors import ApiError, model_not_found, unauthenticated, unregistered
from local.gemini.exchange import ClientGoneError, Exchange
from local.gemini.journal import Entry
from local.gemini.models import find, visible
from local.gemini.service import Call, Service

VERSIONS = ("v1", "v1beta", "v1alpha")
VERTEX_MODELS = (
    "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}:{method}",
    "/{version}/publishers/google/models/{model}:{method}",
)
VERTEX_VERSIONS = ("v1", "v1beta1")
ABOUT = (
    "A local stand-in for the Gemini API: answers are sentences picked from the prompt's passages, "
    "embeddings come from a small local model. No text leaves this machine.\n"
)


class StandIn(Starlette):
    """Lets the endpoints reach the connection itself, so that a fault can cut it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "http":
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            scope["extensions"] = {**(scope.get("extensions") or {}), "connection": transport}
        await super().__call__(scope, receive, send)


def create_app(tokens_per_second: float | None = 200.0) -> StandIn:
    """The ASGI app. `tokens_per_second` is the default writing speed, None for as fast as may be."""
    service = Service(Control(Settings(tokens_per_second=tokens_per_second)))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await service.warm_up()
        yield
        service.close()

    return StandIn(
        routes=[*_model_routes(service), *_control_routes(service)],
        exception_handlers={ApiError: _api_error, ControlError: _control_error, HTTPException: _http_error},
        lifespan=lifespan,
    )


def _model_routes(service: Service) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for version in VERSIONS:
        endpoint = MethodEndpoint(service, version, vertex=False)
        routes += [
            Route(f"/{version}/models/{{model}}:{{method}}", endpoint, methods=["POST"]),
            Route(f"/{version}/models", _list_models, name=version),
            Route(f"/{version}/models/{{model}}", _get_model, name=version),
        ]
    for version in VERTEX_VERSIONS:
        endpoint = MethodEndpoint(service, version, vertex=True)
        routes += [Route(path.replace("{version}", version), endpoint, methods=["POST"]) for path in VERTEX_MODELS]
    return routes


class MethodEndpoint:
    """POST .../models/{model}:{method}."""

    def __init__(self, service: Service, version: str, *, vertex: bool) -> None:
        self._service = service
        self._version = version
        self._vertex = vertex

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the call and keeps its journal entry."""
        call = self._call(scope)
        entry = self._service.journal.add(Entry(call.method, call.model, scope["path"], time.time()))
        async with Exchange(scope, receive, send) as exchange:
            try:
                raw = await exchange.read()
                authorise(scope, vertex=self._vertex)
                await self._service.serve(call, exchange, entry, raw)
            except ApiError as error:
                await exchange.answer_json(error.code, error.body())
            except ClientGoneError:
                entry.cancelled = True
            finally:
                entry.status = exchange.status

    def _call(self, scope: Scope) -> Call:
        params = scope["path_params"]
        path: str = scope["path"]
        return Call(
            method=params["method"],
            model=params["model"],
            version=self._version,
            sse=QueryParams(scope["query_string"]).get("alt") == "sse",
            resource=path.split("/", 2)[2].rpartition(":")[0] if self._vertex else "",
        )


def authorise(scope: Scope, *, vertex: bool) -> None:
    """Any key will do, but there has to be one. Raises ApiError 403, or 401 on Vertex paths."""
    headers = Headers(scope=scope)
    if headers.get("x-goog-api-key") or QueryParams(scope["query_string"]).get("key"):
        return
    if not vertex:
        raise unregistered()
    if not headers.get("authorization", "").startswith("Bearer "):
        raise unauthenticated()


def _version(request: Request) -> str:
    return request.url.path.split("/")[1]


async def _list_models(request: Request) -> Response:
    authorise(request.scope, vertex=False)
    return JSONResponse({"models": [model.body() for model in visible(_version(request))]})


async def _get_model(request: Request) -> Response:
    authorise(request.scope, vertex=False)
    name = request.path_params["model"]
    model = find(name, _version(request))
    if model is None:
        raise model_not_found(name, _version(request), "GetModel")
    return JSONResponse(model.body())


def _control_routes(service: Service) -> list[BaseRoute]:
    async def control(request: Request) -> Response:
        if request.method == "PUT":
            service.control.put(await _json(request))
        elif request.method == "DELETE":
            service.control.reset()
        return JSONResponse(service.control.settings.body())

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            service.journal.clear()
        return JSONResponse(service.journal.body())

    return [
        Route("/", _about),
        Route("/health", _health),
        Route("/control", control, methods=["GET", "PUT", "DELETE"]),
        Route("/control/requests", requests, methods=["GET", "DELETE"]),
    ]


async def _about(_: Request) -> Response:
    return PlainTextResponse(ABOUT)


async def _health(_: Request) -> Response:
    # The server accepts connections only once the model is loaded.
    return JSONResponse({"status": "ok", "embeddings": "all-MiniLM-L6-v2", "answers": "extractive"})


async def _json(request: Request) -> object:
    try:
        body: object = json.loads(await request.body())
    except ValueError as error:
        raise ControlError(f"body: not JSON: {error}") from error
    return body


async def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.code)


async def _control_error(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse(ApiError(error.status_code, error.detail).body(), error.status_code)
