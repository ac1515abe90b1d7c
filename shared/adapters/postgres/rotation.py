"""Everything of one table that is sealed, brought under the newest platform key, some businesses a transaction."""

from collections.abc import Callable

from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.vault import Rotation, VaultError

BATCH = 100


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
