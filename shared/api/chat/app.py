"""The chat function's routes, and CORS around them."""

import json
import threading
from collections.abc import Callable
from typing import Any

from flask import Request, Response

from shared.api.chat import models, origins
from shared.api.chat.conversation import post_chat
from shared.api.chat.services import ChatServices
from shared.api.chat.visitor import delete_session, get_session, post_event, post_feedback
from shared.api.chat.widget import get_config, get_script
from shared.api.health import Health, health_reply, worst
from shared.domain.errors import Forbidden, PlatformError
from shared.domain.tenant import Tenant
from shared.web.bodies import read_body
from shared.web.call import Call, Reply
from shared.web.problems import problem_response
from shared.web.request_id import request_id_of
from shared.web.router import MAX_BODY, Route, Router

_SAFE = ("GET", "HEAD")
_SESSION = "Needs `Authorization: Bearer <session_token>`"


def get_health(services: ChatServices, _call: Call) -> Reply:
    """Say what this instance can reach. Chat serves from its cache, so it is up as long as it answers."""
    found = services.health.report()
    return health_reply(worst(found), found)


def get_openapi(_services: ChatServices, _call: Call) -> Reply:
    """Return this API's OpenAPI document."""
    return Reply(document())


def document() -> dict[str, Any]:
    """Return this API's OpenAPI document."""
    from shared.web.openapi import describe

    return describe("Chat", "What the widget and other clients of an assistant call.", ROUTES)


_CHAT_ERRORS = (401, 403, 404, 409, 429, 503)
ROUTES: tuple[Route[ChatServices], ...] = (
    *(
        Route(
            "POST", path, post_chat, "Send a message",
            body=models.ChatRequest, result=models.ChatAnswer,
            media_types=("application/json", "text/event-stream"), errors=_CHAT_ERRORS,
        )
        for path in ("/chat", "/")
    ),
    Route(
        "GET", "/config", get_config, "Public configuration of the widget",
        query=models.ConfigQuery, result=models.WidgetConfig, errors=(404, 503),
    ),
    Route("GET", "/widget.js", get_script, "The widget", media_types=("text/javascript",)),
    Route(
        "POST", "/events", post_event, "Tell that a visitor opened the widget, clicked or converted",
        body=models.EventRequest, result=models.EventAccepted, status=202, errors=(403, 404, 429, 503),
    ),
    Route(
        "POST", "/feedback", post_feedback, "Thumbs up or down on an answer",
        body=models.FeedbackRequest, status=204, errors=(403, 404, 429, 503),
    ),
    Route(
        "GET", "/session", get_session, f"The visible history. {_SESSION}",
        query=models.SessionQuery, result=models.SessionOut, errors=(401, 403, 404, 503),
    ),
    Route(
        "DELETE", "/session", delete_session, f"Erase a session. {_SESSION}",
        query=models.SessionQuery, status=204, errors=(401, 403, 404, 503),
    ),
    Route("GET", "/health", get_health, "Dependencies and their latency", result=Health),
    Route("GET", "/openapi.json", get_openapi, "This document"),
)  # fmt: skip


class ChatApp:
    """Answers the chat function's requests."""

    def __init__(self, services: ChatServices, trusted_proxies: int, warm_up: Callable[[], None]) -> None:
        self._services = services
        self._router = Router(ROUTES, services, trusted_proxies)
        self._warm_up: Callable[[], None] | None = warm_up

    def handle(self, request: Request) -> Response:
        """Return the response for any request; never raises."""
        platform, origin = self._services.platform_origins, request.headers.get("Origin")
        if request.method == "OPTIONS":
            return origins.preflight(request, platform)
        tenant = self._tenant(request) if origin else None
        if origin and request.method not in _SAFE and not origins.permits(origin, platform, tenant):
            refusal = Forbidden("Pages of this origin may not use this assistant.", code="origin_not_allowed")
            return problem_response(refusal, request_id_of(request))
        response = self._router.dispatch(request)
        self._warm_up_once()
        if "Access-Control-Allow-Origin" not in response.headers:
            origins.add_headers(response, origin, platform, tenant)
        return response

    def _warm_up_once(self) -> None:
        """After the first answer, in the background: at import it would delay that answer by a second."""
        if self._warm_up:
            warm_up, self._warm_up = self._warm_up, None
            threading.Thread(target=warm_up, name="warm-up", daemon=True).start()

    def _tenant(self, request: Request) -> Tenant | None:
        """Return the business the call is for, None when it names none: the route then says what is wrong."""
        try:
            body = json.loads(read_body(request, MAX_BODY)) if request.method not in _SAFE else None
            named = body.get("business_id") if isinstance(body, dict) else request.args.get("business_id")
            return self._services.ports.tenants.get(named) if isinstance(named, str) else None
        except (PlatformError, ValueError, RecursionError):
            return None
