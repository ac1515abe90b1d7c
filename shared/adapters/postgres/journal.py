"""The `Journal` port on Postgres: a turn's events, its counts and the conversation in one call of `keep_events`."""

import base64
import json
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from shared.adapters.postgres.database import Database
from shared.adapters.vault import Vault
from shared.domain.errors import DatabaseUnavailable
from shared.domain.events import Event, Talk
from shared.domain.tenant import Tenant
from shared.logs import event as log_event

_log = logging.getLogger(__name__)

PURPOSE = "turn"
# Of turns that wait for a database that is away: a few minutes of a busy instance.
WAITING = 2000
_SAID = ("question", "html", "answer")

Entry = tuple[str, str, str, str | None]


class JournalStore:
    """Writes, and reads nothing.

    Args:
        vault: seals what was said.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._waiting: deque[Entry] = deque(maxlen=WAITING)
        self._catching_up = threading.Lock()

    def keep(self, tenant: Tenant, events: Sequence[Event], talk: Talk | None = None) -> None:
        """See `Journal.keep`."""
        zone = tenant.config.opening_hours.time_zone
        told = None if talk is None else json.dumps(self._sealed(tenant.id, talk), default=str)
        entry = (tenant.id, zone, json.dumps([_row(one) for one in events], default=str), told)
        if not self._written(entry):
            self._waiting.append(entry)
            log_event(_log, "journal_waits", logging.WARNING, waiting=len(self._waiting))
        elif self._waiting:
            self._catch_up()

    def _catch_up(self) -> None:
        """Write what waited; one thread is enough, and whoever fails puts it back."""
        if not self._catching_up.acquire(blocking=False):
            return
        try:
            while self._waiting:
                entry = self._waiting.popleft()
                if not self._written(entry):
                    self._waiting.appendleft(entry)
                    return
        finally:
            self._catching_up.release()

    def _written(self, entry: Entry) -> bool:
        """Write; False when the database is away. What it refuses will not get better by waiting, and is dropped."""
        business_id, *values = entry
        try:
            self._database.tenant_once(business_id, "SELECT keep_events(%s, %s::jsonb, %s::jsonb)", *values)
        except DatabaseUnavailable:
            return False
        except Exception:  # noqa: BLE001 - a visitor's answer does not fail because it could not be counted
            log_event(_log, "journal_refused", logging.ERROR, business_id=business_id)
        return True

    def _sealed(self, business_id: str, talk: Talk) -> dict[str, Any]:
        row = asdict(talk)
        said = json.dumps({name: row.pop(name) for name in _SAID}, ensure_ascii=False).encode()
        row["sealed"] = base64.b64encode(self._vault.seal(business_id, PURPOSE, said)).decode()
        return row


def _row(one: Event) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "at": one.at.isoformat(), "session_id": one.session_id, "channel": one.channel,
        "data": one.data,
    }  # fmt: skip
