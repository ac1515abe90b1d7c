"""The `Journal` port on Postgres: a turn's events, its counts and the conversation in one call of `keep_events`."""

import base64
import json
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shared.adapters.postgres.database import Database
from shared.adapters.postgres.traces import mark_of
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

_KEEP = "SELECT keep_events(%s, %s::jsonb, %s::jsonb)"
# What waited comes too late when its session has been erased meanwhile.
_KEEP_LATE = (
    f"{_KEEP} WHERE NOT EXISTS (SELECT 1 FROM erased WHERE business_id = current_setting('app.business_id')"
    " AND mark = %s AND at >= %s::timestamptz)"
)


@dataclass(frozen=True)
class _Entry:
    """What is to be kept: for `keep_events`, and of which session it is, said when."""

    business_id: str
    values: tuple[str, str, str | None]
    mark: str
    at: str


class JournalStore:
    """Writes, and reads nothing.

    Args:
        vault: seals what was said; None in a process that keeps events alone.
    """

    def __init__(self, database: Database, vault: Vault | None) -> None:
        self._database = database
        self._vault = vault
        self._waiting: deque[_Entry] = deque(maxlen=WAITING)
        self._catching_up = threading.Lock()

    def keep(self, tenant: Tenant, events: Sequence[Event], talk: Talk | None = None) -> None:
        """See `Journal.keep`."""
        zone = tenant.config.opening_hours.time_zone
        told = None if talk is None else json.dumps(self._sealed(tenant.id, talk), default=str)
        values = (zone, json.dumps([_row(one) for one in events], default=str), told)
        of = talk or next(iter(events), None)
        if of is None:
            return
        entry = _Entry(tenant.id, values, mark_of(tenant.id, of.session_id), of.at.isoformat())
        if not self._written(entry, _KEEP, entry.values):
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
                if not self._written(entry, _KEEP_LATE, (*entry.values, entry.mark, entry.at)):
                    self._waiting.appendleft(entry)
                    return
        finally:
            self._catching_up.release()

    def _written(self, entry: _Entry, statement: str, values: Sequence[str | None]) -> bool:
        """Write; False when the database is away. What it refuses will not get better by waiting, and is dropped."""
        try:
            self._database.tenant_once(entry.business_id, statement, *values)
        except DatabaseUnavailable:
            return False
        except Exception:  # noqa: BLE001 - a visitor's answer does not fail because it could not be counted
            log_event(_log, "journal_refused", logging.ERROR, business_id=entry.business_id)
        return True

    def _sealed(self, business_id: str, talk: Talk) -> dict[str, Any]:
        assert self._vault is not None, "a conversation is kept sealed, or not at all"  # noqa: S101
        row = asdict(talk)
        said = json.dumps({name: row.pop(name) for name in _SAID}, ensure_ascii=False).encode()
        row["sealed"] = base64.b64encode(self._vault.seal(business_id, PURPOSE, said)).decode()
        return row


def _row(one: Event) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "at": one.at.isoformat(), "session_id": one.session_id, "channel": one.channel,
        "data": one.data,
    }  # fmt: skip
