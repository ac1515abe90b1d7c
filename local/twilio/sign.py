"""Twilio's request signature, written from its description."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

HEADER = "X-Twilio-Signature"


def signature(token: str, url: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """Return the header's value for a request to `url` (as sent, with its query) with these form fields.

    A websocket handshake and a GET have no fields. A name given twice is signed with its different values, sorted.
    """
    fields = "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(token.encode(), (url + fields).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
