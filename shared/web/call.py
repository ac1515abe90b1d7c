"""One HTTP call as the handlers see it, and what they return."""

import json
from dataclasses import dataclass, field
from typing import Any

from flask import Request, Response
from pydantic import BaseModel

from shared.web.credentials import Principal


@dataclass(frozen=True)
class Call:
    """A matched request: `path` holds the path's parameters, `body` and `query` are validated models."""

    request: Request
    request_id: str
    address: str
    path: dict[str, str] = field(default_factory=dict)
    body: Any = None
    query: Any = None
    principal: Principal | None = None

    @property
    def business_id(self) -> str:
        """The business the path names."""
        return self.path["business_id"]

    @property
    def actor(self) -> Principal:
        """Who calls; only routes with a scope have one."""
        assert self.principal is not None  # noqa: S101 - the router authenticates such routes first
        return self.principal


@dataclass(frozen=True)
class Reply:
    """What a handler answers: a model, a JSON value or nothing."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return it as an HTTP response."""
        if self.body is None:
            return Response(status=204 if self.status == 200 else self.status, headers=self.headers)  # noqa: PLR2004
        text = (
            self.body.model_dump_json()
            if isinstance(self.body, BaseModel)
            else json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        )
        return Response(text, self.status, headers=self.headers, content_type="application/json")


def address_of(request: Request, trusted_proxies: int) -> str:
    """Return the caller's network address.

    Each trusted proxy appends the address it saw to X-Forwarded-For; what stands left of those is the caller's own
    claim and is not believed.
    """
    seen = request.remote_addr or ""
    if trusted_proxies:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(chain) >= trusted_proxies:
            seen = chain[-trusted_proxies]
    return seen[:64]
