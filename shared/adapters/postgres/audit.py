"""The audit log in Postgres: who changed what, written in the transaction that makes the change."""

import json
from typing import Any

from shared.adapters.postgres.database import Database, Transaction
from shared.domain.records import Actor, AuditRecord

_COLUMNS = "id, at, business_id, actor, action, target, detail, request_id"
_NEWEST = 2**62


def audit(
    transaction: Transaction,
    business_id: str | None,
    actor: Actor,
    action: str,
    *,
    target: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one line of the audit log inside the transaction that makes the change."""
    transaction.run(
        "INSERT INTO audit_log (business_id, actor, action, target, detail, request_id)"
        " VALUES (%s, %s, %s, %s, %s::jsonb, %s)",
        business_id, actor.name, action, target, json.dumps(detail or {}), actor.request_id,
    )  # fmt: skip


class AuditStore:
    """Reads the log, and notes what happened elsewhere."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self, business_id: str, actor: Actor, action: str, target: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Write one line for a change that no transaction of the database made."""
        with self._database.tenant(business_id) as tx:
            audit(tx, business_id, actor, action, target=target, detail=detail)

    def of_business(self, business_id: str, limit: int, before: int | None) -> list[AuditRecord]:
        """Return up to `limit` lines of one business, newest first, with an id below `before`."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM audit_log"
                " WHERE business_id = %s AND id < %s ORDER BY id DESC LIMIT %s",
                business_id, before or _NEWEST, limit,
            )  # fmt: skip
        return [AuditRecord(**row) for row in rows]

    def of_platform(self, limit: int, before: int | None) -> list[AuditRecord]:
        """Return up to `limit` lines of everybody, newest first, with an id below `before`."""
        with self._database.platform() as tx:
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM audit_log WHERE id < %s ORDER BY id DESC LIMIT %s",
                before or _NEWEST, limit,
            )  # fmt: skip
        return [AuditRecord(**row) for row in rows]
