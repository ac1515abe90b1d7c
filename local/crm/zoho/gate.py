"""Who may call: tokens, scopes and limits."""

import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping

from local.crm.vendor import Json, Settings
from local.crm.zoho import errors

CLIENT, SECRET, REFRESH = "zo-client", "zo-secret", "zo-refresh"
HERE = "com"
LASTS_S = 3600
_WINDOW_S, _LIMIT = 60.0, 500
_SCOPES = ("ZohoCRM.modules.ALL", "ZohoCRM.settings.fields.ALL", "ZohoSearch.securesearch.READ")


class Gate:
    """The account's doorkeeper."""

    def __init__(self, settings: Callable[[], Settings], clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget every token and call."""
        self._tokens: dict[str, float] = {}
        self._given = 0
        self._calls: deque[float] = deque()

    def expire(self) -> None:
        """End every token given so far."""
        self._tokens = {}

    def token(self, form: Mapping[str, str], base_url: str) -> tuple[int, Json]:
        """Return status and body of an answer to a request for a token: refusals are successes to Zoho."""
        extra = self._settings().extra
        if self._given >= extra.get("tokens", float("inf")):
            text = "You have made too many requests continuously. Please try again after some time."
            return 400, {"error_description": text, "error": "Access Denied", "status": "failure"}
        if form.get("grant_type") != "refresh_token":
            return 200, {"error": "unsupported_grant_type"}
        if form.get("client_id") != CLIENT:
            return 200, {"error": "invalid_client"}
        if form.get("client_secret") != SECRET:
            return 200, {"error": "invalid_client_secret"}
        if form.get("refresh_token") != REFRESH or not self._is_here():
            return 200, {"error": "invalid_code"}
        made = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        self._tokens[made] = self._clock() + LASTS_S
        self._given += 1
        scopes = [scope for scope in _SCOPES if scope not in extra.get("missing_scopes", [])]
        return 200, {
            "access_token": made, "scope": " ".join(scopes), "api_domain": base_url, "token_type": "Bearer",
            "expires_in": LASTS_S,
        }  # fmt: skip

    def admit(self, header: str) -> None:
        """Let a call in by its token, and count it."""
        scheme, _, token = header.partition(" ")
        if scheme != "Zoho-oauthtoken" or not token:
            raise errors.ZohoError(401, "AUTHENTICATION_FAILURE", "Authentication failed")
        if not self._is_here() or self._tokens.get(token, 0.0) <= self._clock():
            raise errors.bad_token()
        now = self._clock()
        while self._calls and self._calls[0] <= now - _WINDOW_S:
            self._calls.popleft()
        if len(self._calls) >= self._limit():
            raise errors.too_many()
        self._calls.append(now)

    def demand(self, *scopes: str) -> None:
        """Refuse a token that lacks one of these scopes."""
        missing = self._settings().extra.get("missing_scopes", [])
        if any(scope in missing for scope in scopes):
            raise errors.scope_mismatch()

    def headers(self, wait_s: float | None = None) -> dict[str, str]:
        """Return what every answer tells of the limits."""
        if wait_s is None:
            wait_s = _WINDOW_S - (self._clock() - self._calls[0]) if self._calls else _WINDOW_S
        return {
            "X-RATELIMIT-LIMIT": str(self._limit()),
            "X-RATELIMIT-REMAINING": str(max(0, self._limit() - len(self._calls))),
            "X-RATELIMIT-RESET": str(round((time.time() + wait_s) * 1000)),
        }

    def _limit(self) -> int:
        return int(self._settings().extra.get("limit_min", _LIMIT))

    def _is_here(self) -> bool:
        return bool(self._settings().extra.get("data_centre", HERE) == HERE)


def module_scopes(module: str) -> tuple[str, str]:
    """Return the scopes of a module's records, the one for all and its own."""
    return "ZohoCRM.modules.ALL", f"ZohoCRM.modules.{module.lower()}.ALL"
