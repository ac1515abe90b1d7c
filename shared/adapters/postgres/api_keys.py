"""API keys in Postgres: only their hashes. Minting and comparing is web/auth.py's work."""

import datetime as dt

from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.domain.errors import NotFound
from shared.domain.records import Actor, ApiKeyRecord

_COLUMNS = "id, business_id, name, scopes, created_at, expires_at, revoked_at, hash"


class ApiKeyStore:
    """Keys of one business (`business_id`) or of the platform (None)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key_id: str) -> ApiKeyRecord | None:
        """Return the key with this public id, whoever owns it: the owner is what the caller wants to learn."""
        with self._database.platform() as tx:
            row = tx.one(f"SELECT {_COLUMNS} FROM api_keys WHERE id = %s", key_id)
        return _record(row) if row else None

    def add(
        self,
        business_id: str | None,
        actor: Actor,
        *,
        key_id: str,
        name: str,
        hashed: bytes,
        scopes: tuple[str, ...],
        expires_at: dt.datetime | None,
    ) -> ApiKeyRecord:
        """Keep a new key. NotFound when the business does not exist."""
        with self._database.platform() as tx:
            _require_business(tx, business_id)
            row = tx.one(
                "INSERT INTO api_keys (id, business_id, name, hash, scopes, expires_at)"
                f" VALUES (%s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
                key_id, business_id, name, hashed, list(scopes), expires_at,
            )  # fmt: skip
            audit(tx, business_id, actor, "api_key.created", target=key_id, detail={"scopes": list(scopes)})
        assert row is not None  # noqa: S101 - an insert with RETURNING returns its row
        return _record(row)

    def list_of(self, business_id: str | None, limit: int, after: str) -> list[ApiKeyRecord]:
        """Return up to `limit` keys with an id above `after`, in order of their ids."""
        with self._database.platform() as tx:
            _require_business(tx, business_id)
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM api_keys"
                " WHERE business_id IS NOT DISTINCT FROM %s AND id > %s ORDER BY id LIMIT %s",
                business_id, after, limit,
            )  # fmt: skip
        return [_record(row) for row in rows]

    def revoke(self, business_id: str | None, key_id: str, actor: Actor) -> None:
        """Stop a key from working, at once and for good. NotFound when it is not this owner's; twice is fine."""
        with self._database.platform() as tx:
            row = tx.one(
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, now())"
                " WHERE id = %s AND business_id IS NOT DISTINCT FROM %s RETURNING id",
                key_id, business_id,
            )  # fmt: skip
            if row is None:
                raise NotFound("There is no such key.")
            audit(tx, business_id, actor, "api_key.revoked", target=key_id)


def _require_business(tx: Transaction, business_id: str | None) -> None:
    if business_id is None:
        return
    if not tx.run("SELECT 1 FROM businesses WHERE id = %s AND status = 'active'", business_id):
        raise NotFound("There is no such business.")


def _record(row: Row) -> ApiKeyRecord:
    return ApiKeyRecord(**{**row, "scopes": tuple(row["scopes"]), "hash": bytes(row["hash"])})
