"""Deletes what a business has kept for long enough, some rows a transaction; makes and drops the events' months."""

from dataclasses import dataclass

from shared.adapters.postgres.database import Database

BATCH = 1000
EVERY_S = 3600
_MONTHS_AHEAD = 3


@dataclass(frozen=True)
class Days:
    """For how many days a business keeps what."""

    conversations: int
    events: int
    handoffs: int
    recordings: int
    leads: int = 30
    """Entries of the outbox that have arrived: what is in the CRM is the CRM's."""
    marks: int = 30
    """Marks of erased sessions: longer than any instance lives that still knew of one."""


@dataclass(frozen=True)
class _Rule:
    """Rows of a table that go: when `old` holds, where {cutoff} is a moment by which `days` have passed since."""

    table: str
    key: str
    old: str
    days: str


# Conversations first, with what hangs on them; then what has none, or lies in one that goes on for years.
_RULES = (
    _Rule("conversations", "session_id", "started_at < {cutoff} AND last_at < {cutoff}", "conversations"),
    _Rule("turns", "session_id, message_id", "at < {cutoff}", "conversations"),
    _Rule("gaps", "session_id, message_id", "at < {cutoff}", "conversations"),
    _Rule(
        "gap_groups",
        "id",
        "decided_at < {cutoff} AND NOT EXISTS (SELECT 1 FROM gaps"
        " WHERE gaps.business_id = gap_groups.business_id AND group_id = gap_groups.id)",
        "conversations",
    ),
    _Rule("feedback", "session_id, message_id", "at < {cutoff}", "conversations"),
    _Rule("widget_events", "id", "at < {cutoff}", "conversations"),
    _Rule("visitors", "user_id", "updated_at < {cutoff}", "conversations"),
    _Rule("events", "id", "at < {cutoff}", "events"),
    _Rule("exposures", "experiment, unit", "at < {cutoff}", "events"),
    _Rule("experiment_talks", "experiment, unit, session_id", "at < {cutoff}", "events"),
    _Rule("handoffs", "id", "coalesce(closed_at, claimed_at, requested_at) < {cutoff}", "handoffs"),
    _Rule("crm_outbox", "id", "status IN ('delivered', 'cancelled') AND lease = '' AND updated_at < {cutoff}", "leads"),
    _Rule("crm_outbox", "id", "lease = '' AND updated_at < {cutoff}", "conversations"),
    _Rule("erased", "mark", "at < {cutoff}", "marks"),
)

# A recording's task says what is to be deleted at Twilio; the calls of a batch have one for what was spoken in them.
_RECORDINGS = (
    "INSERT INTO erase_tasks (business_id, call_id, kind, since, until)"
    " SELECT business_id, id, 'recording', started_at, coalesce(ended_at, started_at) FROM calls"
    " WHERE business_id = %s AND recording <> '' AND started_at < now() - make_interval(days => %s)"
    " ON CONFLICT DO NOTHING RETURNING call_id"
)
_CALLS = (
    "WITH old AS (DELETE FROM calls WHERE business_id = %s AND id IN (SELECT id FROM calls WHERE business_id = %s"
    "  AND started_at < now() - make_interval(days => %s) ORDER BY started_at LIMIT %s)"
    "  RETURNING business_id, id, started_at, ended_at, recording),"
    " recorded AS (INSERT INTO erase_tasks (business_id, call_id, kind, since, until)"
    "  SELECT business_id, id, 'recording', started_at, coalesce(ended_at, started_at) FROM old WHERE recording <> ''"
    "  ON CONFLICT DO NOTHING),"
    " spoken AS (INSERT INTO erase_tasks (business_id, call_id, kind, since, until)"
    "  SELECT business_id, min(id), 'speech', min(started_at), max(coalesce(ended_at, started_at))"
    "  + interval '5 minutes' FROM old GROUP BY business_id ON CONFLICT DO NOTHING)"
    " SELECT count(*) AS n FROM old"
)


class RetentionStore:
    """Whose turn it is, and what goes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def businesses_due(self, limit: int) -> list[str]:
        """Return businesses that were not looked at for an hour, the longest waiting first, each to one caller."""
        with self._database.platform() as tx:
            tx.run(
                "INSERT INTO retention_runs (business_id) SELECT id FROM businesses WHERE status = 'active'"
                " AND NOT EXISTS (SELECT 1 FROM retention_runs r WHERE r.business_id = id) ON CONFLICT DO NOTHING"
            )
            rows = tx.run(
                "UPDATE retention_runs SET next_at = now() + make_interval(secs => %s) WHERE business_id IN"
                " (SELECT r.business_id FROM retention_runs r JOIN businesses b ON b.id = r.business_id"
                "  AND b.status = 'active' WHERE r.next_at <= now() ORDER BY r.next_at LIMIT %s"
                "  FOR UPDATE OF r SKIP LOCKED) RETURNING business_id",
                EVERY_S, limit,
            )  # fmt: skip
        return [row["business_id"] for row in rows]

    def again_soon(self, business_id: str) -> None:
        """Let a business have its turn with the next round: more of it is old than one turn deletes."""
        with self._database.tenant(business_id) as tx:
            tx.run("UPDATE retention_runs SET next_at = now() WHERE business_id = %s", business_id)

    def clean(self, business_id: str, days: Days, batch: int = BATCH) -> dict[str, int]:
        """Delete up to `batch` old rows of each kind; return how many of each went, the tables without one left out."""
        gone: dict[str, int] = {}
        with self._database.tenant(business_id) as tx:
            gone["recordings"] = len(tx.run(_RECORDINGS, business_id, days.recordings))
        with self._database.tenant(business_id) as tx:
            row = tx.one(_CALLS, business_id, business_id, days.conversations, batch)
            gone["calls"] = row["n"] if row else 0
        for rule in _RULES:
            gone[rule.table] = gone.get(rule.table, 0) + self._cleaned(
                business_id, rule, getattr(days, rule.days), batch
            )
        return {name: n for name, n in gone.items() if n}

    def keep_months(self, events_days: int) -> int:
        """Make the events' months to come; drop those that every business has outlived. Return how many were dropped.

        Args:
            events_days: of a business that has not said for how long.
        """
        with self._database.platform() as tx:
            tx.run("SET LOCAL lock_timeout = '2s'")  # a turn must not wait for it: it is tried again
            tx.run("SELECT make_event_months(now()::date, (now() + make_interval(months => %s))::date)", _MONTHS_AHEAD)
            row = tx.one(
                "SELECT drop_event_months((now() - make_interval(days => coalesce(max("
                "coalesce((config -> 'retention' ->> 'events_days')::integer, %s)), %s)))::date) AS n FROM businesses",
                events_days, events_days,
            )  # fmt: skip
        return int(row["n"]) if row else 0

    def _cleaned(self, business_id: str, rule: _Rule, days: int, batch: int) -> int:
        old = rule.old.format(cutoff="(now() - make_interval(days => %s))")
        values = [days] * old.count("%s")
        # As an array it is worked out once; by its keys the rows are found in every month by the index there is.
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                f"WITH gone AS (DELETE FROM {rule.table} WHERE business_id = %s AND {old} AND ({rule.key}) IN"
                f" (SELECT {rule.key} FROM {rule.table} WHERE business_id = %s AND {old} LIMIT %s) RETURNING 1)"
                " SELECT count(*) AS n FROM gone",
                business_id, *values, business_id, *values, batch,
            )  # fmt: skip
        return int(row["n"]) if row else 0
