"""Who may call, and how often: tokens, scopes and limits."""

import secrets
from collections import deque
from collections.abc import Callable, Mapping

from local.crm.hubspot import errors
from local.crm.hubspot.store import BUILT_IN
from local.crm.vendor import Json, Settings

PRIVATE_TOKEN = "pat-local"  # noqa: S105 - the stand-in's own
CLIENT = ("hs-client", "hs-secret")
REFRESH = "hs-refresh"
LASTS_S = 1800
_DAILY, _BURST, _WINDOW_S = 250_000, 100, 10.0


class Gate:
    """The account's doorkeeper."""

    def __init__(self, settings: Callable[[], Settings], clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget every token and call."""
        self._tokens: dict[str, float] = {}
        self._refresh = REFRESH
        self._static = True
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._today = 0

    def expire(self) -> None:
        """End every token given so far."""
        self._tokens = dict.fromkeys(self._tokens, float("-inf"))
        self._static = self._static and not self._settings().extra.get("expire_static")

    def admit(self, header: str, *, search: bool) -> Mapping[str, str]:
        """Count a call by its token and return the headers of its answer, or refuse it."""
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or not token:
            raise errors.unauthenticated()
        if token == PRIVATE_TOKEN:
            if not self._static:
                raise errors.expired()
        elif token not in self._tokens:
            raise errors.unauthenticated()
        elif self._tokens[token] <= self._clock():
            raise errors.expired()
        return self._counted(search=search)

    def _counted(self, *, search: bool) -> Mapping[str, str]:
        now, extra = self._clock(), self._settings().extra
        for calls, window_s in ((self._calls, _WINDOW_S), (self._searches, 1.0)):
            while calls and calls[0] <= now - window_s:
                calls.popleft()
        wait_s = extra.get("retry_after_s", 1)
        if len(self._calls) >= extra.get("limit_10s", float("inf")):
            raise errors.limited("TEN_SECONDLY_ROLLING", wait_s)
        if search and len(self._searches) >= extra.get("search_1s", float("inf")):
            raise errors.limited("SECONDLY", wait_s)
        self._calls.append(now)
        self._today += 1
        if search:
            self._searches.append(now)
            return {}  # HubSpot does not tell the limits of searches
        most = int(extra.get("limit_10s", _BURST))
        return {
            "X-HubSpot-RateLimit-Daily": str(_DAILY),
            "X-HubSpot-RateLimit-Daily-Remaining": str(_DAILY - self._today),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(0, most - len(self._calls))),
        }

    def token(self, form: Mapping[str, str]) -> Json:
        """Give an access token for a refresh token, or refuse."""
        if form.get("grant_type") != "refresh_token":
            raise _refused("BAD_GRANT_TYPE", "missing or unknown grant type", "unsupported_grant_type")
        if form.get("client_id") != CLIENT[0]:
            raise _refused("BAD_CLIENT_ID", "missing or invalid client id", "invalid_client")
        if form.get("client_secret") != CLIENT[1]:
            raise _refused("BAD_CLIENT_SECRET", "missing or invalid client secret", "invalid_client")
        if form.get("refresh_token") != self._refresh:
            raise _refused("BAD_REFRESH_TOKEN", "missing or invalid refresh token", "invalid_grant")
        if self._settings().extra.get("rotate_refresh"):
            self._refresh = f"hs-refresh-{secrets.token_hex(4)}"
        made = f"hs-access-{secrets.token_hex(8)}"
        self._tokens[made] = self._clock() + LASTS_S
        return {
            "token_type": "bearer", "refresh_token": self._refresh, "access_token": made, "expires_in": LASTS_S,
            "hub_id": errors.PORTAL, "user_id": 71, "scopes": ["oauth"], "token_use": "access_token",
        }  # fmt: skip

    def demand(self, *alternatives: str) -> None:
        """Refuse unless one of these scopes was granted."""
        withheld = self._settings().extra.get("missing_scopes", [])
        if all(scope in withheld for scope in alternatives):
            raise errors.lacks(*alternatives)


def scope(kind: str, access: str, area: str = "objects") -> str:
    """Return the scope for records (objects) or definitions (schemas). Notes go with contacts."""
    part = {"notes": "contacts"}.get(kind, kind if kind in BUILT_IN else "custom")
    return f"crm.{area}.{part}.{access}"


def _refused(status: str, message: str, code: str) -> errors.HubSpotError:
    """Refuse in the token path's own form."""
    error = errors.HubSpotError(400, message, error=code, error_description=message)
    error.extra["status"] = status
    return error
