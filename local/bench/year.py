"""A busy business's year for the benchmark of analytics: two weeks of simulated traffic, and 25 copies of them before.

Copies are made inside the database, events and counts alike; that both agree is checked at the end.
"""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pg8000.dbapi

from local.stack.platform import Platform
from local.stack.servers import OWNER
from local.traffic.businesses import PROFILES
from local.traffic.generate import Month
from local.traffic.loader import Loader
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.vault import Vault

BUSINESS = "bench-year"
DAYS, COPIES = 14, 26
_PAGES, _INTENTS = 300, 40
_AT_ONCE = 2

_EVENTS = """
INSERT INTO events SELECT business_id, session_id || '+{n}' || substr(id, length(session_id) + 1), kind,
    at - interval '{days} days', session_id || '+{n}', channel, data
FROM base_events
"""
_CONVERSATIONS = """
INSERT INTO conversations (business_id, session_id, started_at, last_at, channel, language, page, state, ending, turns,
    mood, tags, arms, reached, micros)
SELECT business_id, session_id || '+{n}', started_at - interval '{days} days', last_at - interval '{days} days',
    channel, language, page, state, ending, turns, mood, tags, arms, reached, micros FROM base_conversations;
INSERT INTO exposures SELECT business_id, experiment, unit || '+{n}', arm, session_id || '+{n}',
    at - interval '{days} days' FROM base_exposures;
"""
_COUNTS = """
INSERT INTO counts SELECT business_id, metric, hour - interval '{days} days', channel, key, n, total FROM base_counts;
"""
# As the trigger on counts does it row by row.
_DAYS = """
DELETE FROM count_days;
INSERT INTO count_days SELECT business_id, metric, date_trunc('day', hour, 'UTC'), channel, key, sum(n), sum(total)
FROM counts GROUP BY 1, 2, 3, 4, 5
"""
_OF_ROWS = """
SELECT (SELECT count(*) FROM events WHERE business_id = %s AND kind = 'turn'),
    (SELECT count(*) FROM conversations WHERE business_id = %s AND 'resolved' = ANY(reached))
"""
_OF_COUNTS = """
SELECT coalesce(sum(n) FILTER (WHERE metric = 'turns'), 0)::bigint,
    coalesce(sum(n) FILTER (WHERE metric = 'reached' AND key = 'resolved'), 0)::bigint
FROM {table} WHERE business_id = %s
"""
_BASES = ("events", "conversations", "exposures", "counts")


def load(platform: Platform, events: int, today: dt.date, tell: Callable[[str], None]) -> Month:
    """Load `events` of a year that ends yesterday, and return its last two weeks. Turns are not kept but for these."""
    profile = replace(
        PROFILES[0], id=BUSINESS,
        pages={f"/page-{n}": 1 / (n + 1) for n in range(_PAGES)},
        intents={**PROFILES[0].intents, **{f"topic_{n}": 2 / (n + 1) for n in range(_INTENTS)}},
    )  # fmt: skip
    month = Month(profile, events // COPIES, DAYS, 1, today)
    settings = platform.function_env("admin")
    loader = Loader(connect_by_url(settings["DATABASE_URL"], "bench"), Vault([settings["SECRETS_KEY"]]))
    loader.prepare(month)
    loader.load(month, tell)
    _copy(platform, month, tell)
    return month


def _copy(platform: Platform, month: Month, tell: Callable[[str], None]) -> None:
    """Copy it back through the year. Indexes are dropped meanwhile and made again: an hour's work would be minutes'."""
    owner = connect(platform)
    first = month.begin - dt.timedelta(days=DAYS * (COPIES - 1) + 1)
    run(owner, "SELECT make_event_months(%s, %s)", first.date(), month.until)
    for name in _BASES:
        base = f"CREATE UNLOGGED TABLE base_{name} AS SELECT * FROM {name} WHERE business_id = %s"  # noqa: S608 - ours
        run(owner, base, BUSINESS)
    tell("copying events")
    indexes = run(owner, "SELECT indexname, indexdef FROM pg_indexes WHERE tablename ~ '^events_[0-9]'")
    for name, _ in indexes:
        run(owner, f"DROP INDEX {name}")
    copies = [{"n": n, "days": DAYS * n} for n in range(1, COPIES)]
    _all(platform, [_EVENTS.format(**values) for values in copies])
    tell("making indexes")
    _all(platform, [definition for _, definition in indexes])
    tell("copying conversations and counts")
    _all(platform, ["".join(part.format(**values) for values in copies) for part in (_CONVERSATIONS, _COUNTS)])
    _all(platform, [_DAYS])
    for name in _BASES:
        run(owner, f"DROP TABLE base_{name}")
    tell("vacuuming")
    parts = [
        name for (name,) in run(owner, "SELECT relname FROM pg_class WHERE relname ~ '^events_[0-9]{4}_[0-9]{2}$'")
    ]
    _all(platform, [f"VACUUM (ANALYZE, INDEX_CLEANUP off) {name}" for name in ("counts", "conversations", *parts)])
    _all(platform, ["VACUUM ANALYZE count_days", "ANALYZE events"])
    agree(owner)
    owner.close()


def agree(owner: Any) -> None:  # noqa: ANN401 - pg8000
    """Pass when the counts are what the rows are; RuntimeError else."""
    [rows] = run(owner, _OF_ROWS, BUSINESS, BUSINESS)
    for table in ("counts", "count_days"):
        [counted] = run(owner, _OF_COUNTS.format(table=table), BUSINESS)
        if counted != rows:
            raise RuntimeError(f"{table} has {counted} turns and resolved conversations, and there are {rows}")


def connect(platform: Platform) -> Any:  # noqa: ANN401 - pg8000
    """Return a connection of the database's owner, whom row-level security does not hold."""
    connection = pg8000.dbapi.connect(
        OWNER, host="127.0.0.1", port=platform.ports.postgres, database=platform.database, ssl_context=False
    )
    connection.autocommit = True
    return connection


def run(connection: Any, sql: str, *parameters: object) -> list[Any]:  # noqa: ANN401 - pg8000
    """Execute a statement and return its rows."""
    cursor = connection.cursor()
    cursor.execute(sql, parameters)
    return list(cursor.fetchall()) if cursor.description else []


def _all(platform: Platform, statements: list[str]) -> None:
    """Run statements of the owner's, two at a time, without triggers: foreign keys would be looked at row by row."""

    def one(statement: str) -> None:
        connection = connect(platform)
        try:
            run(connection, "SET maintenance_work_mem = '256MB'")
            run(connection, "SET work_mem = '128MB'")
            run(connection, "SET session_replication_role = replica")
            connection.cursor().execute(statement)
        finally:
            connection.close()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(one, statements))
