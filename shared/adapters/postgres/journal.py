"""The `Journal` port on Postgres: a turn's events, its counts and the conversation in one call of `keep_events`."""

import base64
import json
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from shared.adapters.postgres.database import Database
from shared.adapters.postgres.sealed_gaps import GAP_PURPOSE, packed
from shared.adapters.postgres.traces import mark_of
from shared.adapters.vault import Vault
from shared.domain.errors import DatabaseUnavailable
from shared.domain.events import Event, Gap, Talk
from shared.domain.tenant import Tenant
from shared.logs import event as log_event

_log = logging.getLogger(__name__)

PURPOSE = "turn"
# Of turns that wait for a database that is away: a few minutes of a busy instance.
WAITING = 2000
_SAID = ("question", "html", "answer")

_KEEP = "SELECT keep_events(%s, %s::jsonb, %s::jsonb)"
# Most turns have no gap, and send nothing of it.
_KEEP_GAP = (
    "INSERT INTO gaps (business_id, session_id, message_id, at, channel, language, space, sealed)"
    " SELECT current_setting('app.business_id'), %s, %s, %s::timestamptz, %s, %s, %s, decode(%s, 'base64')"
)
_ONCE = " ON CONFLICT DO NOTHING"
# What waited comes too late when its session has been erased meanwhile.
_IN_TIME = (
    " WHERE NOT EXISTS (SELECT 1 FROM erased WHERE business_id = current_setting('app.business_id')"
    " AND mark = %s AND at >= %s::timestamptz)"
)


@dataclass(frozen=True)
class _Entry:
    """What is to be kept: for `keep_events`, and of which session it is, said when."""

    business_id: str
    values: tuple[str, str, str | None]
    gap: tuple[str, ...]
    mark: str
    at: str

    @property
    def now(self) -> tuple[str, tuple[str | None, ...]]:
        """The statements that keep it, and their values."""
        if not self.gap:
            return _KEEP, self.values
        return f"{_KEEP}; {_KEEP_GAP}{_ONCE}", (*self.values, *self.gap)

    @property
    def late(self) -> tuple[str, tuple[str | None, ...]]:
        """The same, unless the session has been erased since."""
        when = (self.mark, self.at)
        if not self.gap:
            return f"{_KEEP}{_IN_TIME}", (*self.values, *when)
        return f"{_KEEP}{_IN_TIME}; {_KEEP_GAP}{_IN_TIME}{_ONCE}", (*self.values, *when, *self.gap, *when)


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
        gap = self._gap(tenant.id, talk, talk.gap) if talk and talk.gap else ()
        entry = _Entry(tenant.id, values, gap, mark_of(tenant.id, of.session_id), of.at.isoformat())
        if not self._written(entry.business_id, *entry.now):
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
                if not self._written(entry.business_id, *entry.late):
                    self._waiting.appendleft(entry)
                    return
        finally:
            self._catching_up.release()

    def _written(self, business_id: str, statement: str, values: Sequence[str | None]) -> bool:
        """Write; False when the database is away. What it refuses will not get better by waiting, and is dropped."""
        try:
            self._database.tenant_once(business_id, statement, *values)
        except DatabaseUnavailable:
            return False
        except Exception:  # noqa: BLE001 - a visitor's answer does not fail because it could not be counted
            log_event(_log, "journal_refused", logging.ERROR, business_id=business_id)
        return True

    def _sealed(self, business_id: str, talk: Talk) -> dict[str, Any]:
        assert self._vault is not None, "a conversation is kept sealed, or not at all"  # noqa: S101
        row = asdict(replace(talk, gap=None))
        said = json.dumps({name: row.pop(name) for name in _SAID}, ensure_ascii=False).encode()
        row["sealed"] = base64.b64encode(self._vault.seal(business_id, PURPOSE, said)).decode()
        del row["gap"]
        return row

    def _gap(self, business_id: str, talk: Talk, gap: Gap) -> tuple[str, ...]:
        assert self._vault is not None, "a question is kept sealed, or not at all"  # noqa: S101
        sealed = base64.b64encode(self._vault.seal(business_id, GAP_PURPOSE, packed(gap))).decode()
        return (talk.session_id, talk.message_id, talk.at.isoformat(), talk.channel, talk.language, gap.space, sealed)


def _row(one: Event) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "at": one.at.isoformat(), "session_id": one.session_id, "channel": one.channel,
        "data": one.data,
    }  # fmt: skip
