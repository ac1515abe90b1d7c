"""What every stand-in has: routes that speak the CRM's protocol, and records that a test can look at."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.responses import Response
from starlette.routing import BaseRoute

Json = dict[str, Any]


@dataclass
class Settings:
    """How a stand-in behaves beside its faults. `search_lag_s`: how long a search does not see what was written."""

    search_lag_s: float = 0.0
    extra: Json = field(default_factory=dict)


class Vendor(Protocol):
    """One CRM. State is kept in memory, and changed by one request at a time."""

    name: str
    settings: Settings

    def routes(self) -> list[BaseRoute]:
        """Return the CRM's paths, from the root of its host."""
        ...

    def reset(self) -> None:
        """Forget every record, token and setting."""
        ...

    def put_contact(self, body: Json) -> str:
        """Add a contact as if somebody had typed it in long ago: email, phone, name, and properties. Return its id."""
        ...

    def records(self) -> Json:
        """Return everything in one form for all CRMs.

        {"contacts": [{"id", "email", "phone", "name", "values": {...}}],
         "deals": [{"id", "title", "contacts": [ids], "values": {...}}],
         "notes": [{"id", "text", "contacts": [ids], "deals": [ids]}],
         "objects": [{"id", "object", "contacts": [ids], "values": {...}}]}
        """
        ...

    def expire_tokens(self) -> None:
        """Make every token given so far invalid."""
        ...

    def failed(self, kind: str) -> Response:
        """Return the CRM's own form of an error.

        error (500), unavailable (503), limited (429 with its headers), expired (401), forbidden (403, a scope is
        missing), refused (a value is not valid).
        """
        ...
