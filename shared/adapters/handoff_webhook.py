"""Tells a business's own system what happened: one signed POST, through the client that tenants' URLs go through."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from shared.once import once

if TYPE_CHECKING:
    from shared.adapters.egress import EgressClient

TIMEOUT_S = 3.0
EVENT = "handoff.requested"
DELIVERED = ""


class HandoffWebhook:
    """Posts payloads.

    Args:
        allow: `host:port` pairs that may be reached although their address is private.
        secret_of: from a business's id to what its webhooks are signed with.
        now: seconds since 1970.
    """

    def __init__(
        self, allow: Iterable[str], secret_of: Callable[[str], str], now: Callable[[], float] = time.time
    ) -> None:
        self._allow = tuple(allow)
        self._secret_of = secret_of
        self._now = now

    def post(self, business_id: str, url: str, id_: str, payload: dict[str, Any], event: str = EVENT) -> str:
        """Send a payload about the thing `id_`; return `DELIVERED` (nothing), or why not in words for the owner."""
        from shared.adapters.egress import EgressRefused, FetchFailed

        # Sorted: the database does not keep the order, and sent again the same words are to have the same key.
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        body = text.encode("utf-8", "replace")
        headers = {
            "content-type": "application/json",
            "user-agent": "ChatbotPlatform/1.0",
            "x-chatbot-signature": signature(self._secret_of(business_id), body, int(self._now())),
            "x-chatbot-event": event,
            # The same words again are the same delivery; more that is known of the visitor is a new one.
            "idempotency-key": f"{id_}-{hashlib.sha256(body).hexdigest()[:12]}",
        }
        try:
            status = self._egress.post(url, body, headers, deadline_s=TIMEOUT_S)
        except (EgressRefused, FetchFailed) as error:
            return str(error)
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP's success class
            return DELIVERED
        redirected = 300 <= status < 400  # noqa: PLR2004 - HTTP's redirect class
        return f"the server answered {status}" + (", and redirects are not followed" if redirected else "")

    @once
    def _egress(self) -> "EgressClient":
        from shared.adapters.egress import EgressClient

        return EgressClient(self._allow, timeout_s=TIMEOUT_S)


def signature(secret: str, body: bytes, at: int) -> str:
    """Return the signature header: the time, and HMAC-SHA256 over the time, a dot and the body."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"
