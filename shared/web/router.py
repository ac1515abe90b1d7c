"""A table of routes: what is answered, who may, and what goes in and out. Dispatch and OpenAPI both read it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar

from flask import Request, Response
from pydantic import TypeAdapter
from werkzeug.exceptions import MethodNotAllowed as WerkzeugMethodNotAllowed
from werkzeug.exceptions import NotFound as WerkzeugNotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from shared import logs
from shared.domain.errors import MethodNotAllowed, NotFound, PlatformError
from shared.web.bodies import read_json, read_query
from shared.web.call import Call, Reply, address_of
from shared.web.credentials import Principal
from shared.web.problems import problem_response
from shared.web.request_id import request_id_of

_log = logging.getLogger(__name__)
_Services = TypeVar("_Services")

Handler = Callable[[_Services, Call], Reply | Response]
Authenticate = Callable[[Request, str], Principal]
"""From a request and its address to who calls."""

MAX_BODY = 64 * 1024


@dataclass(frozen=True)
class Route(Generic[_Services]):
    """One method of one path.

    `scope` None is public, `also` are further scopes that a key must have, `platform` says that no business's key will
    do; `body` and `query` are the types they are validated as; `result` is the type of the successful answer, `form`
    and `json_form` describe a body that the handler reads itself (uploads): all for the documentation.
    """

    method: str
    path: str
    handler: Handler[_Services]
    summary: str
    scope: str | None = None
    also: tuple[str, ...] = ()
    platform: bool = False
    body: Any = None
    query: Any = None
    result: Any = None
    status: int = 200
    media_types: tuple[str, ...] = ("application/json",)
    max_body: int = MAX_BODY
    errors: tuple[int, ...] = ()
    form: dict[str, Any] | None = None
    json_form: Any = None

    @property
    def body_adapter(self) -> TypeAdapter[Any] | None:
        """What validates the body."""
        return _adapter(self.body) if self.body else None

    @property
    def query_adapter(self) -> TypeAdapter[Any] | None:
        """What validates the query."""
        return _adapter(self.query) if self.query else None


@cache  # built with the first request that needs it: not at start, and not per request
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any type
    return TypeAdapter(kind)


class Router(Generic[_Services]):
    """Answers requests from the table; every error leaves as problem+json.

    Args:
        routes: the table.
        services: handed to every handler.
        trusted_proxies: how many proxies in front append to X-Forwarded-For.
        authenticate: who calls a route that has a scope.
    """

    def __init__(
        self,
        routes: Sequence[Route[_Services]],
        services: _Services,
        trusted_proxies: int = 0,
        authenticate: Authenticate | None = None,
    ) -> None:
        self._services = services
        self._trusted_proxies = trusted_proxies
        self._authenticate = authenticate
        self._routes = tuple(routes)
        rules = [Rule(route.path, methods=[route.method], endpoint=str(n)) for n, route in enumerate(routes)]
        self._map = Map(rules, strict_slashes=False)

    def dispatch(self, request: Request) -> Response:
        """Return the response for a request; never raises."""
        request_id = request_id_of(request)
        call = Call(request, request_id, address_of(request, self._trusted_proxies))
        with logs.bound(request_id=request_id):
            try:
                response = self._answer(call)
            except PlatformError as error:
                level = logging.ERROR if error.status >= 500 else logging.INFO  # noqa: PLR2004 - HTTP's classes
                logs.event(_log, "refused", min(level, logging.WARNING), status=error.status, code=error.code)
                response = problem_response(error, request_id)
            except Exception:  # noqa: BLE001 - the edge: nothing of it may reach the caller
                logs.event(_log, "request_failed", logging.ERROR)
                response = problem_response(
                    PlatformError("This is our fault and has been logged. Please try again."), request_id
                )
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    def _answer(self, call: Call) -> Response:
        route, path = self._match(call.request)
        call = replace(call, path=path)
        if route.scope:
            assert self._authenticate is not None, "a route with a scope needs an authenticator"  # noqa: S101
            principal = self._authenticate(call.request, call.address)
            for scope in (route.scope, *route.also):
                principal.authorise(scope, path.get("business_id"))
            if route.platform:
                principal.authorise("platform", None)
            call = replace(call, principal=principal)
        if route.query_adapter:
            call = replace(call, query=read_query(call.request, route.query_adapter))
        if route.body_adapter:
            call = replace(call, body=read_json(call.request, route.body_adapter, route.max_body))
        answer = route.handler(self._services, call)
        return answer.response() if isinstance(answer, Reply) else answer

    def _match(self, request: Request) -> tuple[Route[_Services], dict[str, str]]:
        adapter = self._map.bind("", path_info=request.path, default_method=request.method)
        try:
            endpoint, path = adapter.match()
        except WerkzeugMethodNotAllowed as error:
            raise MethodNotAllowed(sorted(error.valid_methods or ())) from None
        except (WerkzeugNotFound, RequestRedirect):
            raise NotFound("There is nothing at this path.") from None
        return self._routes[int(endpoint)], {name: str(value) for name, value in path.items()}
