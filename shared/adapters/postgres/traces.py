"""All that Postgres keeps of sessions and of visitors: counted, and erased in one transaction.

The one list of such tables. Counts of analytics are not among them: nobody is in those.
"""

import hashlib
from collections.abc import Sequence

from shared.adapters.postgres.database import Database, Transaction
from shared.adapters.postgres.personal import VISITORS, Sealing

OF_SESSIONS = (
    "gaps", "conversations", "turns", "events", "exposures", "experiment_talks", "widget_events", "feedback",
    "handoffs", "crm_outbox", "calls",
)  # fmt: skip
"""The tables with a column `session_id`; gaps first, which would go uncounted with their conversations."""

Counts = dict[str, int]

# Speech is made while a call lasts. One whose end was not told lasts an hour at most, and is recorded until then.
_TASKS = (
    "INSERT INTO erase_tasks (business_id, call_id, kind, since, until, next_at)"
    " SELECT business_id, id, kind, started_at - interval '1 minute',"
    " coalesce(ended_at, started_at + interval '60 minutes') + interval '5 minutes',"
    " CASE WHEN ended_at IS NULL THEN started_at + interval '65 minutes' ELSE now() END"
    " FROM calls, unnest(ARRAY['recording', 'speech']) AS kind"
    " WHERE business_id = %s AND session_id = ANY(%s) AND (kind = 'speech' OR recording <> '' OR ended_at IS NULL)"
    " ON CONFLICT (business_id, call_id, kind) DO NOTHING"
)


def mark_of(business_id: str, session_id: str) -> str:
    """Return what an erased session is known by: its id may be an address, and must not stay."""
    return hashlib.sha256(f"{business_id}\x1f{session_id}".encode("utf-8", "surrogatepass")).hexdigest()


class TraceStore:
    """Counts and erases by session, and by the business's own id of a visitor.

    Args:
        sealing: knows by what a visitor is found.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    def count(self, business_id: str, session_ids: Sequence[str], user_ids: Sequence[str] = ()) -> Counts:
        """Return how many rows each table has of these sessions and visitors; tables without one are left out."""
        parts = " UNION ALL ".join(
            f"SELECT '{table}' AS store, count(*) AS n FROM {table} WHERE business_id = %s AND session_id = ANY(%s)"
            for table in OF_SESSIONS
        )
        parts += " UNION ALL SELECT 'visitors', count(*) FROM visitors WHERE business_id = %s AND user_id = ANY(%s)"
        asked = [value for _ in OF_SESSIONS for value in (business_id, list(session_ids))]
        with self._database.tenant(business_id) as tx:
            rows = tx.run(parts, *asked, business_id, self._visitors(business_id, user_ids))
        return {row["store"]: row["n"] for row in rows if row["n"]}

    def existing(self, business_id: str, session_ids: Sequence[str]) -> set[str]:
        """Return those of these sessions of which anything is kept."""
        parts = " UNION ".join(
            f"SELECT session_id FROM {table} WHERE business_id = %s AND session_id = ANY(%s)" for table in OF_SESSIONS
        )
        asked = [value for _ in OF_SESSIONS for value in (business_id, list(session_ids))]
        with self._database.tenant(business_id) as tx:
            return {row["session_id"] for row in tx.run(parts, *asked)}

    def erase(self, business_id: str, session_ids: Sequence[str], user_ids: Sequence[str] = ()) -> Counts:
        """Remove every row of these sessions and visitors; return how many of each table. A second time: none.

        What lies outside of the database, recordings and spoken words of calls, is put down as a task.
        """
        if not session_ids and not user_ids:
            return {}
        sessions, users = list(session_ids), self._visitors(business_id, user_ids)
        with self._database.tenant(business_id) as tx:
            tx.run(_TASKS, business_id, sessions)
            tx.run(
                "INSERT INTO erased (business_id, mark) SELECT %s, unnest(%s::text[]) ON CONFLICT (business_id, mark)"
                " DO UPDATE SET at = now()", business_id, sorted(mark_of(business_id, one) for one in sessions),
            )  # fmt: skip
            counts = {table: _deleted(tx, table, "session_id", business_id, sessions) for table in OF_SESSIONS}
            counts["visitors"] = _deleted(tx, "visitors", "user_id", business_id, users)
        return {store: n for store, n in counts.items() if n}

    def crm_contacts(self, business_id: str, session_ids: Sequence[str]) -> list[str]:
        """Return the ids under which the business's own CRM has these sessions' people."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "SELECT DISTINCT remote_id FROM crm_outbox WHERE business_id = %s AND session_id = ANY(%s)"
                " AND kind = 'contact' AND remote_id <> '' ORDER BY remote_id", business_id, list(session_ids),
            )  # fmt: skip
        return [row["remote_id"] for row in rows]

    def _visitors(self, business_id: str, user_ids: Sequence[str]) -> list[str]:
        return [form for one in user_ids for form in self._sealing.found_by(VISITORS, "user_id", business_id, one)]


def _deleted(tx: Transaction, table: str, column: str, business_id: str, values: list[str]) -> int:
    row = tx.one(
        f"WITH gone AS (DELETE FROM {table} WHERE business_id = %s AND {column} = ANY(%s) RETURNING 1)"
        " SELECT count(*) AS n FROM gone", business_id, values,
    )  # fmt: skip
    return int(row["n"]) if row else 0
