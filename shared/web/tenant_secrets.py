"""Secrets of a business, derived from the platform's keys: none is stored, and one tells nothing of another."""

import hashlib
import hmac
from collections.abc import Sequence


class TenantSecrets:
    """Derives and checks.

    Args:
        keys: the platform's keys (SECRETS_KEY), newest first; the newest derives, all are accepted.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(key.encode() for key in keys)

    def identity(self, business_id: str) -> str:
        """Return what the business's own site signs its users' ids with."""
        return _derived(self._keys[0], "identity", business_id)

    def handoff(self, business_id: str) -> str:
        """Return what we sign hand-off webhooks of the business with."""
        return _derived(self._keys[0], "handoff", business_id)

    def subject(self, business_id: str, kind: str, value: str) -> str:
        """Return what stands for a person in the proof that their data are gone: nobody can tell the value from it."""
        return user_hash_of(_derived(self._keys[0], "subject", business_id), f"{kind}:{value}")

    def verify_identity(self, business_id: str, user_id: str, user_hash: str) -> bool:
        """Say whether the business's own site vouches for this user id: its hash is right by any of the keys."""
        given = user_hash.lower().encode("utf-8", "surrogatepass")
        right = [
            hmac.compare_digest(user_hash_of(_derived(key, "identity", business_id), user_id).encode(), given)
            for key in self._keys
        ]  # a list: how long it takes does not tell which key fits
        return bool(user_id) and any(right)


def user_hash_of(identity_secret: str, user_id: str) -> str:
    """Return the hex HMAC-SHA256 by which a business's site vouches for a user id."""
    return hmac.new(identity_secret.encode(), user_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _derived(key: bytes, purpose: str, business_id: str) -> str:
    return hmac.new(key, f"{purpose}:{business_id}".encode(), hashlib.sha256).hexdigest()
