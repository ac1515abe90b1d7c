"""Which web pages may call chat: the operator's origins, narrowed by each business. No list, nobody."""

from flask import Request, Response

from shared.domain.tenant import Tenant

_ANY = "*"
_ALLOWED_HEADERS = "Authorization, Content-Type, X-Request-Id"
_EXPOSED_HEADERS = "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, ETag"
_PREFLIGHT_MAX_AGE_S = "7200"


def permits(origin: str, platform: tuple[str, ...], tenant: Tenant | None) -> bool:
    """Say whether pages of `origin` may call. Without a tenant (a preflight names none) the operator's list decides."""
    if _ANY not in platform and origin.lower() not in platform:
        return False
    own = tenant.config.allowed_origins if tenant else ()
    return not own or origin.lower() in own


def add_headers(response: Response, origin: str | None, platform: tuple[str, ...], tenant: Tenant | None) -> None:
    """Let a browser show the response to the page, when the page may see it."""
    response.headers.add("Vary", "Origin")
    if origin and permits(origin, platform, tenant):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS


def preflight(request: Request, platform: tuple[str, ...]) -> Response:
    """Answer an OPTIONS call."""
    response = Response(status=204)
    add_headers(response, request.headers.get("Origin"), platform, None)
    if "Access-Control-Allow-Origin" in response.headers:
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = _PREFLIGHT_MAX_AGE_S
    return response
