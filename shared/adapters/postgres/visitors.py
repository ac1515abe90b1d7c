"""Verified visitors in Postgres: what a business's assistant remembers of a person from one session to the next."""

import json
from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database
from shared.domain.errors import NotFound
from shared.domain.records import Actor, VisitorRecord
from shared.logs import pseudonym


class VisitorStore:
    """Visitors by the business's own id of them. Whoever calls has verified that id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, business_id: str, user_id: str) -> dict[str, Any] | None:
        """Return `{"fields": ..., "language": ...}` as it was saved, None for a visitor who is not known."""
        with self._database.tenant(business_id) as tx:
            return tx.one(
                "SELECT fields, language FROM visitors WHERE business_id = %s AND user_id = %s", business_id, user_id
            )

    def save(self, business_id: str, user_id: str, fields: dict[str, Any], language: str = "") -> None:
        """Remember these fields of a visitor beside those known before. An unknown language keeps the old one."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "INSERT INTO visitors (business_id, user_id, fields, language) VALUES (%s, %s, %s::jsonb, %s)"
                " ON CONFLICT (business_id, user_id) DO UPDATE SET updated_at = now(),"
                " fields = visitors.fields || excluded.fields,"
                " language = coalesce(nullif(excluded.language, ''), visitors.language)",
                business_id, user_id, json.dumps(fields), language,
            )  # fmt: skip

    def get(self, business_id: str, user_id: str) -> VisitorRecord:
        """Return one visitor; NotFound when the business knows none of this id."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "SELECT user_id, fields, language, updated_at FROM visitors WHERE business_id = %s AND user_id = %s",
                business_id, user_id,
            )  # fmt: skip
        if row is None:
            raise NotFound("There is no such visitor.")
        return VisitorRecord(**row)

    def erase(self, business_id: str, user_id: str, actor: Actor | None = None) -> bool:
        """Forget a visitor; say whether there was something to forget. `actor` puts it into the audit log."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "DELETE FROM visitors WHERE business_id = %s AND user_id = %s RETURNING user_id", business_id, user_id
            )
            if rows and actor:
                # The log outlives the visitor's data, so it must not hold the id: that may be an e-mail address.
                audit(tx, business_id, actor, "visitor.erased", target=pseudonym(user_id))
        return bool(rows)
