"""The error bodies of the real API, as exceptions; it must not know about HTTP servers."""

from typing import Any

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

_MESSAGES = {
    429: "You exceeded your current quota, please check your plan and billing details.",
    500: "An internal error has occurred. Please retry.",
    503: "The model is overloaded. Please try again later.",
    504: "The request timed out. Please try again.",
}

_RPC = "type.googleapis.com/google.rpc."


class ApiError(Exception):
    """One error answer: HTTP code, message and google.rpc details."""

    def __init__(self, code: int, message: str = "", details: list[dict[str, Any]] | None = None) -> None:
        self.code = code
        self.message = message or _MESSAGES.get(code, "The request could not be served.")
        self.details = details or []
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """The JSON body, `{"error": {"code", "message", "status", "details"?}}`."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": STATUS_NAMES.get(self.code, "UNKNOWN"),
        }
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message: str) -> ApiError:
    """400 INVALID_ARGUMENT."""
    return ApiError(400, message)


def unregistered() -> ApiError:
    """403 for a call without an API key."""
    return ApiError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def unauthenticated() -> ApiError:
    """401 for a Vertex call with neither a bearer token nor a key."""
    return ApiError(
        401,
        "Request is missing required authentication credential. Expected OAuth 2 access token, "
        "login cookie or other valid authentication credential.",
    )


def model_not_found(model: str, version: str, method: str) -> ApiError:
    """404 for a model that is unknown, retired, or cannot do `method`."""
    return ApiError(
        404,
        f"models/{model} is not found for API version {version}, or is not supported for {method}. "
        "Call ListModels to see the list of available models and their supported methods.",
    )


def publisher_model_not_found(resource: str) -> ApiError:
    """404 as Vertex words it; `resource` is the full name of the model."""
    return ApiError(
        404,
        f"Publisher Model `{resource}` was not found or your project does not have access to it. "
        "Please ensure you are using a valid model version.",
    )


def unknown_field(name: str) -> ApiError:
    """400 for a field the API does not have."""
    message = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    violation = {"description": message}
    return ApiError(400, message, [{"@type": _RPC + "BadRequest", "fieldViolations": [violation]}])


def injected(code: int, retry_delay: str | None) -> ApiError:
    """The error a test asked for; `retry_delay` such as "18s" adds a RetryInfo."""
    details: list[dict[str, Any]] = []
    if retry_delay is not None:
        details.append({"@type": _RPC + "RetryInfo", "retryDelay": retry_delay})
    return ApiError(code, details=details)
