"""Everything of one table that is sealed, brought under the newest platform key, some rows a transaction."""

from collections.abc import Callable

from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.vault import Rotation, Vault, VaultError

BATCH = 100
TURNS = 500


def rotate(database: Database, select: str, rewrap: Callable[[Transaction, Row], int], batch: int = BATCH) -> Rotation:
    """Rewrap the rows of every business.

    Args:
        database: signed in as one who may become the platform.
        select: `SELECT business_id, ... FROM table`, of a table with one row a business.
        rewrap: writes a row anew and returns how many values changed; VaultError when no key opens it.
        batch: businesses a transaction.
    """
    rewrapped, unreadable, after = 0, list[str](), ""
    while True:
        with database.platform() as tx:
            rows = tx.run(f"{select} WHERE business_id > %s ORDER BY business_id LIMIT %s FOR UPDATE", after, batch)
            for row in rows:
                try:
                    rewrapped += rewrap(tx, row)
                except VaultError:
                    unreadable.append(row["business_id"])
        if not rows:
            return Rotation(rewrapped, tuple(unreadable))
        after = rows[-1]["business_id"]


class SealedTurns:
    """The turns of every business: many rows, so some a transaction, and only those that are not there yet.

    Args:
        database: signed in as one who may become the platform.
        vault: its newest key seals.
        purpose: what turns are sealed for.
        table: another one of which a row is of a session's message.
    """

    def __init__(self, database: Database, vault: Vault, purpose: str, table: str = "turns") -> None:
        self._database = database
        self._vault = vault
        self._purpose = purpose
        self._table = table

    def rotate(self, batch: int = TURNS) -> Rotation:
        """Bring every turn under the newest key; `batch` of them are locked at a time."""
        rewrapped, unreadable, after = 0, set[str](), ("", "", "")
        while True:
            with self._database.platform() as tx:
                rows = self._older(tx, after, batch)
                for row in rows:
                    try:
                        self._rewrap(tx, row)
                        rewrapped += 1
                    except VaultError:
                        unreadable.add(row["business_id"])
            if not rows:
                return Rotation(rewrapped, tuple(sorted(unreadable)))
            after = (rows[-1]["business_id"], rows[-1]["session_id"], rows[-1]["message_id"])

    def _older(self, tx: Transaction, after: tuple[str, str, str], limit: int) -> list[Row]:
        newest = self._vault.newest
        return tx.run(
            f"SELECT business_id, session_id, message_id, sealed FROM {self._table}"
            " WHERE (business_id, session_id, message_id) > (%s, %s, %s) AND substring(sealed, 1, %s) <> %s"
            " ORDER BY business_id, session_id, message_id LIMIT %s FOR UPDATE",
            *after, len(newest), newest, limit,
        )  # fmt: skip

    def _rewrap(self, tx: Transaction, row: Row) -> None:
        newer = self._vault.rewrap(row["business_id"], self._purpose, row["sealed"])
        tx.run(
            f"UPDATE {self._table} SET sealed = %s WHERE business_id = %s AND session_id = %s AND message_id = %s",
            newer, row["business_id"], row["session_id"], row["message_id"],
        )  # fmt: skip
