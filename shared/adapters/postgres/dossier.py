"""Everything kept of a person or of a business, as rows of JSON, sealed words opened. Never a secret; reads only."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from shared.adapters.postgres.database import Database, Transaction
from shared.adapters.postgres.people import said_in
from shared.adapters.postgres.personal import FORMS, VISITORS, Sealing
from shared.adapters.postgres.sealed_gaps import opened
from shared.adapters.postgres.traces import OF_SESSIONS

_BATCH = 500
# The platform's own housekeeping, and what only the platform reads.
_INTERNAL = ("erased", "retention_runs", "api_keys")
_HIDDEN = ("nonces", "lease", "lease_until", "digest")
_OPENED = ("turns", "gaps", *FORMS)

# The columns of a table that are shown: bytes are secrets, except what is sealed of people, which is opened.
_COLUMNS = (
    "SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " AND (a.atttypid <> 'bytea'::regtype OR c.relname = ANY(%s))"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    " AND has_table_privilege('chatbot_tenant', c.oid, 'SELECT')"
    " AND (c.relname = 'businesses' OR EXISTS (SELECT 1 FROM pg_attribute b WHERE b.attrelid = c.oid"
    "  AND b.attname = 'business_id' AND NOT b.attisdropped))"
    " GROUP BY c.relname ORDER BY c.relname"
)

Rows = dict[str, list[dict[str, Any]]]


class DossierStore:
    """Reads.

    Args:
        sealing: opens what was said, and what is known of people.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    def of_sessions(self, business_id: str, session_ids: Sequence[str], user_ids: Sequence[str]) -> Rows:
        """Return every row of these sessions and visitors by table; tables without one are left out."""
        found: Rows = {}
        with self._database.tenant(business_id) as tx:
            columns = _tables(tx)
            for table in (*OF_SESSIONS, "visitors"):
                column, chosen = "session_id", list(session_ids)
                if table == "visitors":
                    column, chosen = "user_id", self._visitors(business_id, user_ids)
                rows = tx.run(
                    f"SELECT {', '.join(columns[table])} FROM {table} WHERE business_id = %s AND {column} = ANY(%s)",
                    business_id, chosen,
                )  # fmt: skip
                found[table] = [self._shown(business_id, table, row) for row in rows]
        return {table: rows for table, rows in found.items() if rows}

    def of_business(self, business_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every row of a business with the name of its table, some hundred in memory at a time."""
        with self._database.tenant(business_id) as tx:
            columns = _tables(tx)
        for table, names in columns.items():
            own = "id" if table == "businesses" else "business_id"
            with self._database.tenant(business_id) as tx:
                tx.run(
                    f"DECLARE rows NO SCROLL CURSOR FOR SELECT {', '.join(names)} FROM {table} WHERE {own} = %s",
                    business_id,
                )
                while rows := tx.run(f"FETCH {_BATCH} FROM rows"):
                    for row in rows:
                        yield table, self._shown(business_id, table, row)

    def _visitors(self, business_id: str, user_ids: Sequence[str]) -> list[str]:
        return [form for one in user_ids for form in self._sealing.found_by(VISITORS, "user_id", business_id, one)]

    def _shown(self, business_id: str, table: str, row: dict[str, Any]) -> dict[str, Any]:
        if table in FORMS:
            row = self._sealing.shown(FORMS[table], business_id, row)
        elif table == "turns":
            said = said_in(self._sealing.vault, business_id, row)
            row = {**row, "said": dict(said) if said is not None else None}
            del row["sealed"]
        elif table == "gaps":
            gap = opened(self._sealing.vault, business_id, row["sealed"], row["space"])
            row = {**row, "question": gap.question if gap else None}
            del row["sealed"]
        shown: dict[str, Any] = json.loads(json.dumps(row, default=str))
        return shown


def _tables(tx: Transaction) -> dict[str, list[str]]:
    rows = tx.run(_COLUMNS, list(_OPENED))
    return {
        row["name"]: [f'"{name}"' for name in row["columns"] if name not in _HIDDEN]
        for row in rows if row["name"] not in _INTERNAL
    }  # fmt: skip
