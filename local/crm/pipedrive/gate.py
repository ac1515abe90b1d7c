"""Who may call: tokens, what an app was given, the limits of calls; and Pipedrive's form of a refusal."""

import base64
import itertools
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.crm.vendor import Settings

API_TOKEN = "pd-token"  # noqa: S105 - made up
CLIENT = ("pd-client", "pd-secret")
FIRST_REFRESH = "pd-refresh"
LIFE_S = 3599
SCOPES = (
    "base", "contacts:read", "contacts:full", "deals:read", "deals:full", "contact-fields:full", "deal-fields:full",
)  # fmt: skip
WINDOW_S, CALLS, SEARCHES = 2.0, 20, 10
_READ = {
    "persons": ("contacts:read", "contacts:full"),
    "deals": ("deals:read", "deals:full"),
    "notes": ("contacts:read", "contacts:full", "deals:read", "deals:full"),
    "personFields": ("contacts:read", "contacts:full", "contact-fields:full", "admin"),
    "dealFields": ("deals:read", "deals:full", "deal-fields:full", "admin"),
    "users": SCOPES,
}
_WRITE = {
    "persons": ("contacts:full",),
    "deals": ("deals:full",),
    "notes": ("contacts:full", "deals:full"),
    "personFields": ("contact-fields:full", "admin"),
    "dealFields": ("deal-fields:full", "admin"),
}


def refusal(status: int, error: str, code: str = "", headers: dict[str, str] | None = None) -> Response:
    """An error: with a code as version 2 writes it, without one as version 1 does."""
    body: dict[str, Any] = {"success": False, "error": error}
    if code:
        return JSONResponse({**body, "code": code}, status, headers)
    body |= {"errorCode": status, "error_info": "Please check developers.pipedrive.com", "data": None}
    return JSONResponse({**body, "additional_data": None}, status, headers)


class Gate:
    """The tokens given so far, and the calls made lately."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._access: dict[str, float] = {}
        self._refresh = FIRST_REFRESH
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._today = 0

    def forget(self) -> None:
        """Make every access token invalid; the refresh token stays."""
        self._access.clear()

    def refused(self, request: Request, settings: Settings) -> Response | None:
        """Why a call is not let in, None when it is."""
        extra = settings.extra
        if extra.get("trial_over"):
            return refusal(
                402, "Company account is not open (possible reason: trial expired, payment details not entered)"
            )
        self._today += 1
        if self._today > extra.get("daily_calls", float("inf")):
            return refusal(429, "Daily API token budget exceeded", headers={"x-daily-requests-left": "0"})
        if extra.get("limits") and not self._in_time(request):
            return self.limited()
        return self._stranger(request) or self._short(request, set(extra.get("missing_scopes", ())))

    def headers(self, request: Request) -> dict[str, str]:
        """What every answer says of the limits."""
        limit, used = (SEARCHES, self._searches) if _is_search(request) else (CALLS, self._calls)
        return {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0, limit - len(used))),
            "x-ratelimit-reset": str(int(WINDOW_S)),
        }

    def limited(self) -> Response:
        """Too many calls in the window."""
        return refusal(429, "request over limit", headers={"retry-after": "1", "x-ratelimit-reset": "1"})

    async def token(self, request: Request) -> Response:
        """POST /oauth/token."""
        kind = request.headers.get("content-type", "").split(";")[0].strip()
        if kind != "application/x-www-form-urlencoded":
            return _no_token(
                400, "invalid_request", "Invalid request: content must be application/x-www-form-urlencoded"
            )
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return _no_token(401, "invalid_client", "Invalid client: client is invalid")
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") != "refresh_token":
            return _no_token(400, "unsupported_grant_type", "Unsupported grant type: grant type is invalid")
        if form.get("refresh_token") != self._refresh:
            return _no_token(400, "invalid_grant", "Invalid grant: refresh token is invalid")
        number = next(self._numbers)
        access, self._refresh = f"pd-access-{number}", f"{FIRST_REFRESH}-{number}"
        self._access[access] = time.monotonic() + LIFE_S
        mounted = request.scope.get("root_path", "").rstrip("/")
        return JSONResponse(
            {
                "access_token": access, "token_type": "Bearer", "refresh_token": self._refresh, "expires_in": LIFE_S,
                "scope": ",".join(SCOPES), "api_domain": f"{request.url.scheme}://{request.url.netloc}{mounted}",
            }
        )  # fmt: skip

    def _in_time(self, request: Request) -> bool:
        now = time.monotonic()
        for limit, used, counts in ((CALLS, self._calls, True), (SEARCHES, self._searches, _is_search(request))):
            while used and used[0] <= now - WINDOW_S:
                used.popleft()
            if not counts:
                continue
            if len(used) >= limit:
                return False
            used.append(now)
        return True

    def _stranger(self, request: Request) -> Response | None:
        """An API token wins where both are sent."""
        if "x-api-token" in request.headers:
            known = request.headers["x-api-token"] == API_TOKEN
            return None if known else refusal(401, "unauthorized access")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            return refusal(401, "unauthorized access")
        lives = self._access.get(token, 0) >= time.monotonic()
        return None if lives else refusal(401, "Invalid token: access token is invalid")

    def _short(self, request: Request, missing: set[str]) -> Response | None:
        """Scopes are an app's; an API token may what its user may."""
        part = _below_root(request).split("/")[3]
        needed = (_READ if request.method == "GET" else _WRITE).get(part, ())
        enough = "x-api-token" in request.headers or set(needed) & (set(SCOPES) - missing)
        return None if enough else mismatch()


def mismatch() -> Response:
    """What an app without the scope is told."""
    return refusal(403, "Scope and URL mismatch")


def _below_root(request: Request) -> str:
    path: str = request.scope["path"]
    return path[len(request.scope.get("root_path", "")) :]


def _is_search(request: Request) -> bool:
    return _below_root(request).endswith("/search")


def _no_token(status: int, error: str, message: str) -> Response:
    return JSONResponse({"success": False, "message": message, "error": error}, status)
