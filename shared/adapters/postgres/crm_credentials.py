"""Credentials of each business's CRM in Postgres, sealed: written over the API, read by delivery alone."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.postgres.rotation import rotate
from shared.adapters.vault import Rotation, Vault, VaultError
from shared.domain.records import Actor

_PURPOSES = {"sealed": "crm credentials", "token": "crm token"}  # by the column
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name under which connectors that have one keep it


@dataclass(frozen=True)
class CredentialStatus:
    """What may be told of credentials. `readable` False: no key of the platform opens them; enter them again."""

    connector: str
    names: tuple[str, ...]
    updated_at: dt.datetime
    updated_by: str
    readable: bool = True


@dataclass(frozen=True)
class StoredCredentials:
    """Credentials as they were entered, the token last saved, and when they were entered: `save_token` asks for it."""

    connector: str
    values: Mapping[str, str] = field(repr=False)
    token: dict[str, Any] | None = field(repr=False)
    updated_at: dt.datetime


class CrmCredentialStore:
    """Credentials of one business's CRM, and the token made of them. Nothing here is ever shown."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def put(self, business_id: str, connector: str, values: Mapping[str, str], actor: Actor) -> CredentialStatus:
        """Keep credentials instead of those there were. The token goes with the old ones."""
        names = tuple(sorted(values))
        sealed = self._sealed(business_id, "sealed", dict(values))
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "INSERT INTO crm_credentials AS kept (business_id, connector, sealed, updated_by)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT (business_id) DO UPDATE SET connector = excluded.connector,"
                " sealed = excluded.sealed, token = NULL, refreshing_until = NULL, updated_by = excluded.updated_by,"
                # Never the same moment twice: by it a token knows what it was made of.
                " updated_at = greatest(now(), kept.updated_at + interval '1 microsecond')"
                " RETURNING connector, updated_at, updated_by",
                business_id, connector, sealed, actor.name,
            )  # fmt: skip
            audit(tx, business_id, actor, "crm.credentials_set", target=connector, detail={"names": list(names)})
        assert row is not None  # noqa: S101 - an insert with RETURNING returns its row
        return CredentialStatus(names=names, **row)

    def status(self, business_id: str) -> CredentialStatus | None:
        """Return what may be told of the credentials, None when there are none."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = _row(tx, business_id)
        if row is None:
            return None
        told = {name: row[name] for name in ("connector", "updated_at", "updated_by")}
        try:
            return CredentialStatus(names=tuple(sorted(self._opened(business_id, "sealed", row))), **told)
        except VaultError:
            return CredentialStatus(names=(), readable=False, **told)

    def get(self, business_id: str) -> StoredCredentials | None:
        """Return credentials and token, None when there are none.

        Raises:
            VaultError: no key of the platform opens the credentials.
        """
        with self._database.tenant(business_id) as tx:
            row = _row(tx, business_id)
        if row is None:
            return None
        values = self._opened(business_id, "sealed", row)
        return StoredCredentials(row["connector"], values, self._token(business_id, row), row["updated_at"])

    def delete(self, business_id: str, actor: Actor) -> bool:
        """Forget credentials and token; say whether there were any."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one("DELETE FROM crm_credentials WHERE business_id = %s RETURNING connector", business_id)
            if row:
                audit(tx, business_id, actor, "crm.credentials_removed", target=row["connector"])
        return row is not None

    def claim_refresh(self, business_id: str, seconds: float) -> bool:
        """Say whether this caller is the one to make a new token now; for `seconds` nobody else is.

        Whoever is reads the credentials again before it calls the CRM: another may just have been done with it.
        """
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "UPDATE crm_credentials SET refreshing_until = now() + make_interval(secs => %s)"
                " WHERE business_id = %s AND (refreshing_until IS NULL OR refreshing_until < now())"
                " RETURNING business_id",
                seconds, business_id,
            )  # fmt: skip
        return row is not None

    def save_token(
        self, business_id: str, token: dict[str, Any] | None, refresh_token: str = "", *, read_at: dt.datetime
    ) -> bool:
        """Keep the token made of the credentials of `read_at`, and end the claim.

        Args:
            business_id: whose.
            token: as JSON; None forgets it.
            refresh_token: replaces the one among the credentials, when the CRM gave a new one.
            read_at: `updated_at` of the credentials it was made of. Others entered since are left alone.

        Returns:
            Whether it was kept.
        """
        sealed = self._sealed(business_id, "token", token) if token is not None else None
        with self._database.tenant(business_id) as tx:
            row = _row(tx, business_id, "FOR UPDATE")
            if row is None or row["updated_at"] != read_at:
                return False
            values = row["sealed"]
            if refresh_token:
                kept = self._opened(business_id, "sealed", row)
                values = self._sealed(business_id, "sealed", {**kept, REFRESH_TOKEN: refresh_token})
            tx.run(
                "UPDATE crm_credentials SET token = %s, sealed = %s, refreshing_until = NULL WHERE business_id = %s",
                sealed, values, business_id,
            )  # fmt: skip
        return True

    def release_refresh(self, business_id: str) -> None:
        """End the claim without a token."""
        with self._database.tenant(business_id) as tx:
            tx.run("UPDATE crm_credentials SET refreshing_until = NULL WHERE business_id = %s", business_id)

    def rotate(self, limit: int = 100) -> Rotation:
        """Bring everything sealed, of every business, under the newest key; `limit` businesses a transaction."""
        return rotate(self._database, "SELECT business_id, sealed, token FROM crm_credentials", self._rewrap, limit)

    def _rewrap(self, tx: Transaction, row: Row) -> int:
        business_id = row["business_id"]
        newer = {"sealed": self._vault.rewrap(business_id, _PURPOSES["sealed"], row["sealed"])}
        if self._token(business_id, row) is not None:
            newer["token"] = self._vault.rewrap(business_id, _PURPOSES["token"], row["token"])
        changed = {column: sealed for column, sealed in newer.items() if sealed is not None}
        for column, sealed in changed.items():
            tx.run(f"UPDATE crm_credentials SET {column} = %s WHERE business_id = %s", sealed, business_id)
        return len(changed)

    def _token(self, business_id: str, row: Row) -> dict[str, Any] | None:
        """Return the token, None also for one that cannot be opened: another can be made of the credentials."""
        try:
            return self._opened(business_id, "token", row) if row["token"] is not None else None
        except VaultError:
            return None

    def _sealed(self, business_id: str, column: str, value: dict[str, Any]) -> bytes:
        return self._vault.seal(business_id, _PURPOSES[column], json.dumps(value).encode())

    def _opened(self, business_id: str, column: str, row: Row) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self._vault.open(business_id, _PURPOSES[column], row[column]))
        return opened


def _row(tx: Transaction, business_id: str, lock: str = "") -> Row | None:
    return tx.one(
        "SELECT connector, sealed, token, updated_at, updated_by FROM crm_credentials"
        f" WHERE business_id = %s {lock}", business_id,
    )  # fmt: skip
