"""The id by which a call is found in the logs."""

import re
import secrets

from flask import Request

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._:/+=@-]{8,128}$")


def request_id_of(request: Request) -> str:
    """Return the caller's `X-Request-Id` when it is a sane one, else a new id."""
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.match(given) else f"req_{secrets.token_hex(12)}"
