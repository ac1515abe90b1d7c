"""The one error body: application/problem+json (RFC 9457). No stack trace, no secret, no other tenant's name."""

import json
import math
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from shared.domain.errors import (
    Conflict,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    PlatformError,
    RateLimited,
    TooLarge,
)
from shared.web.request_id import request_id_of

MEDIA_TYPE = "application/problem+json"


def problem(error: PlatformError, request_id: str) -> dict[str, Any]:
    """Return the error as the public sees it."""
    body: dict[str, Any] = {
        "type": f"urn:chatbot:problem:{error.code.replace('_', '-')}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
    }
    if isinstance(error, Invalid):
        body["errors"] = [{"loc": list(item.loc), "msg": item.msg} for item in error.errors]
    if isinstance(error, Conflict) and error.existing:
        body["existing"] = error.existing
    return body


def problem_response(error: PlatformError, request_id: str) -> Response:
    """Return the HTTP response for an error, with the headers its kind promises."""
    body = json.dumps(problem(error, request_id), ensure_ascii=False)
    # An iterator, not a string: the runtime then does not read a body that is too large before it answers.
    response = Response(iter([body.encode()]) if isinstance(error, TooLarge) else body, error.status)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Cache-Control"] = "no-store"
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, RateLimited):
        response.headers.update(rate_headers(error.limit, 0, error.reset_s))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, TooLarge):
        response.headers["Connection"] = "close"
    if isinstance(error, Conflict) and error.location:
        response.headers["Location"] = error.location
    if error.status == 401:  # noqa: PLR2004 - RFC 9110 asks for the scheme
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def runtime_error(error: HTTPException) -> Response:
    """Return our error for one the runtime answers before a function is called: paths it does not pass on."""
    if error.code == HTTPStatus.NOT_FOUND:
        return problem_response(NotFound("There is nothing at this path."), request_id_of(request))
    return problem_response(Malformed("The request cannot be read."), request_id_of(request))


def rate_headers(limit: int, remaining: int, reset_s: float) -> dict[str, str]:
    """Return the RateLimit headers of a window."""
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(max(0, remaining)),
        "RateLimit-Reset": str(max(0, math.ceil(reset_s))),
    }
