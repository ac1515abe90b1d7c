"""Credentials: API keys of the admin API and session tokens of visitors. Mints and compares; stores nothing."""

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from shared.domain.errors import Forbidden, NotFound, Unauthenticated
from shared.domain.ids import new_id
from shared.domain.records import SCOPES, Actor, ApiKeyRecord

_KEY = re.compile(r"^(key_[0-9a-f]{27})_([A-Za-z0-9_-]{43})$")
_GUEST = "guest"
_TOKEN_SALT = "session-token"  # noqa: S105 - separates uses of the same key, not a secret


@dataclass(frozen=True)
class Principal:
    """Who calls the admin API: the platform (`business_id` None) or one business."""

    name: str
    business_id: str | None
    scopes: tuple[str, ...]

    def actor(self, request_id: str) -> Actor:
        """Return the caller for the audit log."""
        return Actor(self.name, request_id)

    def authorise(self, scope: str, business_id: str | None) -> None:
        """Pass, or raise NotFound for another tenant's resource and Forbidden for a scope the key lacks.

        Args:
            scope: "read", "write", "analytics", or "platform" for what no business key may do.
            business_id: whose resource it is; None when the route names none.
        """
        if self.business_id is not None and business_id is not None and business_id != self.business_id:
            raise NotFound("There is no such business.")
        if scope == "platform" and self.business_id is None:
            return
        if scope == "platform":
            raise Forbidden("This needs a platform key.", code="wrong_scope")
        if scope not in self.scopes:
            raise Forbidden(f"This key does not have the scope '{scope}'.", code="wrong_scope")


def mint_key() -> tuple[str, str, bytes]:
    """Return a new key's public id, the key itself (shown once) and the hash to store."""
    key_id, secret = new_id("key"), secrets.token_urlsafe(32)
    return key_id, f"{key_id}_{secret}", hash_secret(secret)


def hash_secret(secret: str) -> bytes:
    """Return the stored form of a key's secret. It has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).digest()


def authenticate(
    request: Request, platform_key: str, find: Callable[[str], ApiKeyRecord | None], now: dt.datetime
) -> Principal:
    """Return who calls, by `Authorization: Bearer` or `X-API-Key`; Unauthenticated when nobody known does."""
    given = bearer(request) or request.headers.get("X-API-Key", "").strip()
    if not given:
        raise Unauthenticated("Send an API key as 'Authorization: Bearer <key>' or 'X-API-Key: <key>'.")
    if hmac.compare_digest(given.encode(), platform_key.encode()):
        return Principal("platform:env", None, SCOPES)
    parts = _KEY.match(given)
    record = find(parts[1]) if parts else None
    if not parts or not record or not hmac.compare_digest(record.hash, hash_secret(parts[2])):
        raise Unauthenticated("This API key is not known.")
    if record.revoked_at or (record.expires_at and record.expires_at <= now):
        raise Unauthenticated("This API key is no longer valid.")
    kind = "business" if record.business_id else "platform"
    return Principal(f"{kind}:{record.id}", record.business_id, record.scopes)


def bearer(request: Request) -> str:
    """Return the token of `Authorization: Bearer`, or an empty string."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class SessionTokens:
    """Signed tokens that prove "this browser holds this session". Nothing is stored.

    Args:
        keys: newest first; the newest signs, all are accepted.
        max_age_s: how long a token is good after it was issued.
    """

    def __init__(self, keys: list[str], max_age_s: int) -> None:
        self._serializer = URLSafeTimedSerializer(list(reversed(keys)), salt=_TOKEN_SALT)
        self._max_age_s = max_age_s

    def issue(self, business_id: str, session_id: str, *, guest: bool = False) -> str:
        """Return a token for one session of one business. A guest's proves only that its id was known."""
        return str(self._serializer.dumps([business_id, session_id, *([_GUEST] if guest else [])]))

    def check(self, token: str, business_id: str, session_id: str) -> bool:
        """Return whether it is the token of the session's holder, False for a guest's.

        Raises:
            Unauthenticated: it is missing, forged, old or another session's.
        """
        try:
            holder = self._serializer.loads(token, max_age=self._max_age_s)
        except BadSignature:
            raise Unauthenticated("Send the session's token as 'Authorization: Bearer <session_token>'.") from None
        if holder[:2] != [business_id, session_id]:
            raise Unauthenticated("This token belongs to another session.")
        return bool(holder[2:] != [_GUEST])

    def holds(self, token: str, business_id: str, session_id: str) -> bool:
        """Say whether the token is that of this session's holder."""
        try:
            return self.check(token, business_id, session_id)
        except Unauthenticated:
            return False
