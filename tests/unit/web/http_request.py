"""Requests as the runtime hands them over, without a server."""

from typing import Any

from flask import Request
from werkzeug.test import EnvironBuilder


def http_request(path: str = "/", method: str = "GET", **builder: Any) -> Request:
    """Return a request; keywords are those of werkzeug's EnvironBuilder, `environ` sets variables at the end."""
    environ = builder.pop("environ", {})
    return Request({**EnvironBuilder(path=path, method=method, **builder).get_environ(), **environ})


def json_request(body: bytes | str, path: str = "/", method: str = "POST", **builder: Any) -> Request:
    """Return a request with a JSON body."""
    data = body.encode() if isinstance(body, str) else body
    return http_request(path, method, **{"content_type": "application/json", "data": data, **builder})
