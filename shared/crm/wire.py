"""What a connector says and hears: HTTP as values. The driver (adapters/crm/) does the sending."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from shared.crm.failure import CrmError

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Request:
    """One call.

    Args:
        does: what for, in plain words ("find the contact"): for messages to the owner and for logs.
        url: absolute, without the query.
        query: appended, encoded.
        json: the body; or `form`, urlencoded. None of both: no body.
        repeatable: whether the driver may send it again when nobody knows whether it arrived. Reads are; so is what
            has the same effect twice.
        reads: a POST that changes nothing, such as a search.
        pace: "search" for calls that have a narrower limit of their own.
        signed: whether the driver adds the account's credentials (not to the call that fetches a token).
    """

    does: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    repeatable: bool = False
    reads: bool = False
    pace: str = ""
    signed: bool = True

    @property
    def writes(self) -> bool:
        """Whether the call changes the CRM: what a dry run shows instead of sending it."""
        return self.method != "GET" and not self.reads and self.signed

    @property
    def target(self) -> str:
        """The URL with its query."""
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.query)}" if self.query else self.url

    def body(self) -> tuple[bytes, str]:
        """Return the body and its content type, both empty without one."""
        if self.form is not None:
            return urlencode(self.form).encode(), "application/x-www-form-urlencoded"
        if self.json is None:
            return b"", ""
        return json.dumps(self.json, ensure_ascii=False, separators=(",", ":")).encode(), "application/json"


@dataclass(frozen=True)
class Response:
    """An answer. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:  # noqa: ANN401 - whatever the CRM sends
        """Return the body's JSON; CrmError `malformed` when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise CrmError("malformed", "the CRM's answer cannot be read") from None

    def object(self) -> dict[str, Any]:
        """Return the body as a JSON object; CrmError `malformed` when it is none."""
        found = self.json()
        if not isinstance(found, dict):
            raise CrmError("malformed", "the CRM's answer cannot be read")
        return found

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's success class


Steps = Generator[Request, Response, _Result]
"""Yields requests, is sent their responses, returns what came of it."""
