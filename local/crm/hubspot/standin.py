"""The stand-in: its account, its doorkeeper and its paths together."""

import time
from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import BaseRoute

from local.crm.hubspot import associations, errors, metadata, objects
from local.crm.hubspot.call import Paths, shown
from local.crm.hubspot.gate import Gate
from local.crm.hubspot.properties import Property
from local.crm.hubspot.store import Store
from local.crm.vendor import Json, Settings


class StandIn:
    """HubSpot, as far as a lead needs it."""

    name = "hubspot"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = Settings()
        self._gate = Gate(lambda: self.settings, clock)
        self._store = Store(lambda: self.settings, clock)

    def routes(self) -> list[BaseRoute]:
        """Return the paths."""
        paths = Paths(self._store, self._gate)
        return [
            *paths.token_routes(),
            *associations.routes(paths),
            *metadata.routes(paths),
            *objects.routes(paths),
        ]

    def reset(self) -> None:
        """Forget every record, property, token and setting."""
        self.settings = Settings()
        self._gate.reset()
        self._store.reset()

    def put_contact(self, body: Json) -> str:
        """Add a contact of long ago. A property the account does not have is made, as a text."""
        first, _, last = str(body.get("name", "")).rpartition(" ")
        given = {"email": body.get("email"), "phone": body.get("phone"), "firstname": first or last}
        given |= {"lastname": last if first else ""}
        given |= {name: value for name, value in body.items() if name not in ("name", "properties")}
        given |= body.get("properties") or {}
        known = self._store.schema("contacts")
        for name in given:
            known.setdefault(name, Property(name, own=True))
        values = {name: value for name, value in given.items() if value not in ("", None)}
        return self._store.create("contacts", values, index=False).id

    def records(self) -> Json:
        """Return everything."""
        return self._store.summary()

    def expire_tokens(self) -> None:
        """End every token given so far."""
        self._gate.expire()

    def failed(self, kind: str) -> Response:
        """Return HubSpot's own form of an error."""
        wait_s = self.settings.extra.get("retry_after_s", 1)
        options = "x was not one of the allowed options: [bikes, repairs, rental]"
        made = {
            "error": errors.HubSpotError(500, "internal error", "INTERNAL_ERROR"),
            "unavailable": errors.HubSpotError(503, "Service Unavailable", "SERVICE_UNAVAILABLE"),
            "limited": errors.limited("TEN_SECONDLY_ROLLING", wait_s),
            "expired": errors.expired(),
            "forbidden": errors.lacks("crm.objects.contacts.write"),
            "refused": errors.invalid_values([("interest", "INVALID_OPTION", options)]),
        }
        return shown(made[kind])
