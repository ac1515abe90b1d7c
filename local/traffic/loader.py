"""Writes simulated traffic in bulk, as a tenant may: COPY into temporary tables, what is new from there, then counts.

`JournalStore.keep` writes the same rows one turn at a time; a test holds the two to each other.
"""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from local.traffic.generate import Month, told
from local.traffic.visits import Told
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import Connect
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.journal import PURPOSE
from shared.adapters.vault import Vault
from shared.domain.errors import Conflict
from shared.domain.events import Event, Talk
from shared.domain.records import Actor

# One COPY and its inserts: a second or two, far below the time that a statement may take.
AT_ONCE = 20_000
_ACTOR = Actor("platform:traffic", "traffic")
_DAY = dt.timedelta(days=1)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

_TABLES = """
CREATE TEMPORARY TABLE sim_events
    (id text, kind text, at timestamptz, session_id text, channel text, data jsonb) ON COMMIT DROP;
CREATE TEMPORARY TABLE sim_talks (session_id text, started_at timestamptz, at timestamptz, channel text, language text,
    page text, state text, ending text, number integer, mood double precision, tags text[], arms jsonb) ON COMMIT DROP;
CREATE TEMPORARY TABLE sim_turns (session_id text, message_id text, number integer, at timestamptz, sealed bytea,
    decisions jsonb) ON COMMIT DROP;
"""
_EVENTS = """
INSERT INTO events SELECT current_setting('app.business_id'), e.* FROM sim_events e ON CONFLICT DO NOTHING
"""
_REST = """
INSERT INTO exposures
SELECT current_setting('app.business_id'), data ->> 'experiment', data ->> 'unit', data ->> 'arm', session_id, at
FROM sim_events WHERE kind = 'exposure' ON CONFLICT DO NOTHING;
INSERT INTO turns SELECT current_setting('app.business_id'), t.* FROM sim_turns t ON CONFLICT DO NOTHING;
INSERT INTO conversations
SELECT current_setting('app.business_id'), t.*, outcome(coalesce(e.reached, '{}'), t.ending), coalesce(e.micros, 0)
FROM sim_talks t LEFT JOIN (
    SELECT session_id, array_agg(DISTINCT r) FILTER (WHERE r IS NOT NULL) AS reached,
        sum((item ->> 'micros')::double precision)::bigint AS micros
    FROM sim_events CROSS JOIN LATERAL reaches(kind, data) r
        LEFT JOIN LATERAL jsonb_array_elements(data -> 'items') item ON kind = 'cost'
    GROUP BY session_id
) e USING (session_id) ON CONFLICT DO NOTHING
"""

Tell = Callable[[str], None]


class Loader:
    """Loads months into one database.

    Args:
        connect: opens connections of a login that may become the platform, such as the admin function's.
        vault: seals what was said.
    """

    def __init__(self, connect: Connect, vault: Vault) -> None:
        self._connect = connect
        self._vault = vault

    def prepare(self, month: Month) -> None:
        """Make the business, unless it is there, and the tables of the months."""
        database = Database(self._connect, size=1)
        try:
            BusinessStore(database).create(month.profile.id, month.profile.config, _ACTOR)
        except Conflict:
            pass  # the run before made it
        finally:
            with database.platform() as tx:
                tx.run("SELECT make_event_months(%s, %s)", (month.begin - _DAY).date(), (month.end + _DAY).date())
            database.close()

    def until(self, month: Month) -> dt.date:
        """Return where the same traffic ended when it was loaded before, else the month's own end.

        So that a second run on another day adds nothing either.
        """
        database, prefix = Database(self._connect, size=1), month.label.rpartition("-")[0]
        try:
            with database.tenant(month.profile.id) as tx:
                row = tx.one("SELECT max(session_id) AS id FROM conversations WHERE session_id LIKE %s", f"{prefix}-%")
        finally:
            database.close()
        if row is None or row["id"] is None:
            return month.until
        return dt.datetime.strptime(row["id"].split("-")[4], "%Y%m%d").date()  # noqa: DTZ007 - a date alone

    def load(self, month: Month, tell: Tell) -> int:
        """Write a month and count it; return how many events were not there before."""
        connection = self._connect()
        try:
            added = seen = 0
            for batch in _batches(month):
                added += self._write(connection, month.profile.id, batch)
                seen += sum(len(one.events) for one in batch)
                tell(f"{month.profile.id}: {seen:,} of {month.events:,} events")
            self._recount(connection, month, tell)
        finally:
            connection.close()
        return added

    def _write(self, connection: Any, business_id: str, batch: list[Told]) -> int:  # noqa: ANN401 - pg8000
        cursor = connection.cursor()
        cursor.execute(_begin(business_id))
        cursor.execute(_TABLES)
        _copy(cursor, "sim_events", (_event(event) for one in batch for event in one.events))
        _copy(cursor, "sim_talks", _talks(batch))
        _copy(cursor, "sim_turns", (self._turn(business_id, one.talk) for one in batch if one.talk))
        cursor.execute(_EVENTS, ())
        added = int(cursor.rowcount)
        cursor.execute(_REST)
        cursor.execute("COMMIT")
        return added

    @staticmethod
    def _recount(connection: Any, month: Month, tell: Tell) -> None:  # noqa: ANN401 - pg8000
        """Count anew, day by day of the business's own clock; visits of the last evening may end a day later."""
        cursor, day = connection.cursor(), month.begin
        while day <= month.end:
            tell(f"{month.profile.id}: counting {day:%d %B}")
            cursor.execute(_begin(month.profile.id))
            cursor.execute("SELECT recount(%s, %s, %s)", (month.profile.zone, day, day + _DAY))
            cursor.execute("COMMIT")
            day += _DAY

    def _turn(self, business_id: str, talk: Talk) -> tuple[object, ...]:
        said = {"question": talk.question, "html": talk.html, "answer": talk.answer}
        sealed = self._vault.seal(business_id, PURPOSE, json.dumps(said, ensure_ascii=False).encode())
        decisions = json.dumps(talk.decisions)
        return talk.session_id, talk.message_id, talk.number, talk.at, f"\\x{sealed.hex()}", decisions


def _begin(business_id: str) -> str:
    """Return what begins a transaction of one tenant; the id is one of ours, and holds no quote."""
    return f"BEGIN; SET LOCAL ROLE chatbot_tenant; SELECT set_config('app.business_id', '{business_id}', true)"


def _batches(month: Month) -> Iterator[list[Told]]:
    """Yield whole sessions, together about so many events."""
    batch: list[Told] = []
    size = 0
    for _, session in groupby(told(month), lambda one: one.events[0].session_id):
        whole = [*session]
        batch += whole
        size += sum(len(one.events) for one in whole)
        if size >= AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _event(event: Event) -> tuple[object, ...]:
    return event.id, event.kind, event.at, event.session_id, event.channel, json.dumps(event.data)


def _talks(batch: list[Told]) -> Iterator[tuple[object, ...]]:
    """Yield each conversation as it stands in the end; where it began is its first turn's to say."""
    for session_id, session in groupby((one.talk for one in batch if one.talk), lambda talk: talk.session_id):
        first, *more = session
        last = more[-1] if more else first
        tags = "{" + ",".join(map(json.dumps, last.tags)) + "}"
        yield (
            session_id, first.started_at, last.at, first.channel, last.language, first.page, last.state, last.ending,
            last.number, last.mood, tags, json.dumps(last.arms),
        )  # fmt: skip


def _copy(cursor: Any, table: str, rows: Iterator[tuple[object, ...]]) -> None:  # noqa: ANN401 - pg8000
    lines = ("\t".join(str(value).translate(_ESCAPES) for value in row) for row in rows)
    cursor.execute(f"COPY {table} FROM STDIN", (), io.BytesIO("".join(f"{line}\n" for line in lines).encode()))
