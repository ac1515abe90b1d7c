"""Who may call the shop: a key, a password, a token or a signature, whichever is sent."""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

KEY = "shop-key"
USER, PASSWORD = "shop", "secret"
CLIENT, CLIENT_SECRET = "shop-client", "shop-secret"
SIGNING = "shop-signing"
SCOPES = frozenset(("customers", "orders"))
_OLDEST_S = 300
_LASTS_S = 3600


class Doorman:
    """Knows the tokens given out."""

    def __init__(self) -> None:
        self._tokens: set[str] = set()

    def forget(self) -> None:
        """Make every token invalid."""
        self._tokens.clear()

    async def refusal(self, request: Request) -> Response | None:
        """Return what a caller is told who may not call, None for one who may."""
        if request.headers.get("x-api-key") == KEY or await _is_signed(request) or self._is_authorised(request):
            return None
        return unauthorised()

    def _is_authorised(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            return value == KEY or value in self._tokens
        return scheme == "Basic" and _plain(value) == (USER, PASSWORD)

    async def token(self, request: Request) -> Response:
        """Give a token to the client that proves itself (RFC 6749, 4.4)."""
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _no_token("invalid_request", 400)
        form = {key: values[0] for key, values in parse_qs((await request.body()).decode("latin-1")).items()}
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        if scheme == "Basic":
            # Whoever sends both is refused, as the RFC has it.
            name, secret = ("", "") if name else tuple(unquote_plus(part) for part in _plain(value))
        if (name, secret) != (CLIENT, CLIENT_SECRET):
            return _no_token("invalid_client", 401)
        if form.get("grant_type") != "client_credentials":
            return _no_token("unsupported_grant_type", 400)
        if not set(form.get("scope", "").split()) <= SCOPES:
            return _no_token("invalid_scope", 400)
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": _LASTS_S})


def unauthorised() -> Response:
    """The answer to a caller who is not known."""
    return JSONResponse({"message": "Who are you?"}, 401, {"WWW-Authenticate": 'Bearer realm="shop"'})


def _no_token(code: str, status: int) -> Response:
    return JSONResponse({"error": code}, status)


def _plain(value: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, secret


async def _is_signed(request: Request) -> bool:
    """Whether the signature over time, method, path and body is ours, and not an old one sent again."""
    stamp, signature = request.headers.get("x-timestamp", ""), request.headers.get("x-signature", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > _OLDEST_S:
        return False
    path = request.scope["raw_path"].decode("latin-1").split("?")[0]
    signed = f"{stamp}.{request.method}.{path}.".encode() + await request.body()
    wanted = hmac.new(SIGNING.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode())
