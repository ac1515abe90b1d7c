"""Verified visitors in Postgres: what a business's assistant remembers of a person from one session to the next."""

import datetime as dt
from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.postgres.personal import VISITORS, Sealing
from shared.domain.errors import NotFound
from shared.domain.records import Actor, VisitorRecord

_FIND = (
    "SELECT user_id, fields, language, updated_at, sealed FROM visitors"
    " WHERE business_id = %s AND user_id = ANY(%s) ORDER BY updated_at {lock}"
)


class VisitorStore:
    """Visitors by the business's own id of them. Whoever calls has verified that id.

    Args:
        sealing: how what is remembered is kept. A visitor is found in either form, by any of the platform's keys.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    def load(self, business_id: str, user_id: str) -> dict[str, Any] | None:
        """Return `{"fields": ..., "language": ...}` as it was saved, None for a visitor who is not known.

        Raises:
            Conflict: `unreadable`: no key of the platform opens it.
        """
        with self._database.tenant(business_id) as tx:
            known = self._known(tx, business_id, user_id)
        return {"fields": known.fields, "language": known.language} if known else None

    def save(self, business_id: str, user_id: str, fields: dict[str, Any], language: str = "") -> None:
        """Remember these fields of a visitor beside those known before. An unknown language keeps the old one."""
        with self._database.tenant(business_id) as tx:
            # One after another: who is not known yet has no row that could be locked.
            tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"visitor:{business_id}:{user_id}")
            known = self._known(tx, business_id, user_id, "FOR UPDATE")
            if known:
                fields, language = {**known.fields, **fields}, language or known.language
            _forget(tx, business_id, self._forms(business_id, user_id))
            kept = self._sealing.written(VISITORS, business_id, {"user_id": user_id, "fields": fields})
            tx.run(
                "INSERT INTO visitors (business_id, language, user_id, fields, sealed)"
                " VALUES (%s, %s, %s, %s::jsonb, %s)"
                # Somebody of the release before, who knows no such lock, may have been faster.
                " ON CONFLICT (business_id, user_id) DO UPDATE SET fields = visitors.fields || excluded.fields,"
                " language = coalesce(nullif(excluded.language, ''), visitors.language), sealed = excluded.sealed",
                business_id, language, kept["user_id"], kept["fields"], kept["sealed"],
            )  # fmt: skip

    def get(self, business_id: str, user_id: str) -> VisitorRecord:
        """Return one visitor.

        Raises:
            NotFound: the business knows none of this id.
            Conflict: `unreadable`.
        """
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            known = self._known(tx, business_id, user_id)
        if known is None:
            raise NotFound("There is no such visitor.")
        return known

    def erase(self, business_id: str, user_id: str, actor: Actor | None = None) -> bool:
        """Forget a visitor; say whether there was something to forget. `actor` puts it into the audit log."""
        with self._database.tenant(business_id) as tx:
            rows = _forget(tx, business_id, self._forms(business_id, user_id))
            if rows and actor:
                # The log outlives the visitor's data, so it must not hold the id: that may be an e-mail address.
                mark = self._sealing.vault.marks(business_id, "visitor erased", user_id)[0]
                audit(tx, business_id, actor, "visitor.erased", target=mark)
        return bool(rows)

    def _forms(self, business_id: str, user_id: str) -> list[str]:
        return self._sealing.found_by(VISITORS, "user_id", business_id, user_id)

    def _known(self, tx: Transaction, business_id: str, user_id: str, lock: str = "") -> VisitorRecord | None:
        """Return a visitor, of several rows (under a newer key and an older one) the newest values of each field."""
        found = [
            self._sealing.opened(VISITORS, business_id, row)
            for row in tx.run(_FIND.format(lock=lock), business_id, self._forms(business_id, user_id))
        ]
        rows = [row for row in found if row["user_id"] == user_id]
        return _merged(rows) if rows else None


def _merged(rows: list[Row]) -> VisitorRecord:
    fields: dict[str, Any] = {name: value for row in rows for name, value in row["fields"].items()}
    languages = [row["language"] for row in rows if row["language"]]
    updated: dt.datetime = rows[-1]["updated_at"]
    return VisitorRecord(rows[-1]["user_id"], fields, languages[-1] if languages else "", updated)


def _forget(tx: Transaction, business_id: str, forms: list[str]) -> list[Row]:
    return tx.run(
        "DELETE FROM visitors WHERE business_id = %s AND user_id = ANY(%s) RETURNING user_id", business_id, forms
    )
