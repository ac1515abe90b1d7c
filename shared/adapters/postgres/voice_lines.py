"""Phone lines in Postgres, the Twilio token sealed: written over the API, read where calls come in."""

import datetime as dt
from dataclasses import dataclass

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.postgres.rotation import rotate
from shared.adapters.vault import Rotation, Vault, VaultError
from shared.domain.errors import Conflict, FieldError, Invalid
from shared.domain.records import Actor
from shared.domain.voice import PhoneLine

_PURPOSE = "twilio token"


@dataclass(frozen=True)
class LineStatus:
    """What may be told of a line. `readable` False: no key of the platform opens its token; enter it again."""

    number: str
    account_sid: str
    updated_at: dt.datetime
    updated_by: str
    readable: bool = True


class LineStore:
    """The phone line of each business; a number belongs to one business. The token is never shown."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def put(self, business_id: str, number: str, account_sid: str, token: str | None, actor: Actor) -> LineStatus:
        """Keep a line instead of the one there was. Without a token the one stored for this account stays.

        Raises:
            Conflict: `number_taken`, by another business.
            Invalid: no token, and none is stored for this account.
        """
        sealed = self._vault.seal(business_id, _PURPOSE, token.encode()) if token is not None else None
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            kept = _row(tx, business_id, "FOR UPDATE")
            if sealed is None and kept and kept["account_sid"] == account_sid:
                sealed = kept["sealed"]
            if sealed is None:
                raise Invalid([FieldError(("auth_token",), "auth_token: none is stored for this account yet")])
            row = _written(tx, business_id, number, account_sid, sealed, actor)
            detail = {"account_sid": account_sid, "token": token is not None}
            audit(tx, business_id, actor, "voice.line_set", target=number, detail=detail)
        return self._status(business_id, row)

    def get(self, business_id: str) -> PhoneLine | None:
        """Return the line, None when there is none.

        Raises:
            VaultError: no key of the platform opens its token.
        """
        with self._database.tenant(business_id) as tx:
            row = _row(tx, business_id)
        if row is None:
            return None
        return PhoneLine(business_id, row["number"], row["account_sid"], self._token(business_id, row))

    def status(self, business_id: str) -> LineStatus | None:
        """Return what may be told of the line, None when there is none."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = _row(tx, business_id)
        return self._status(business_id, row) if row else None

    def delete(self, business_id: str, actor: Actor) -> bool:
        """Forget the line and its token; say whether there was one."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one("DELETE FROM voice_lines WHERE business_id = %s RETURNING number", business_id)
            if row:
                audit(tx, business_id, actor, "voice.line_removed", target=row["number"])
        return row is not None

    def business_of(self, number: str) -> str | None:
        """Return whose line a number is, deleted businesses included; None when it is nobody's.

        Any login may ask: it learns the business of one number and nothing else.
        """
        with self._database.tenant("") as tx:  # nobody's: of the tables this transaction sees nothing
            row = tx.one("SELECT line_business(%s) AS business_id", number)
        return row["business_id"] if row else None

    def rotate(self, limit: int = 100) -> Rotation:
        """Bring every token, of every business, under the newest key; `limit` businesses a transaction."""
        return rotate(self._database, "SELECT business_id, sealed FROM voice_lines", self._rewrap, limit)

    def _rewrap(self, tx: Transaction, row: Row) -> int:
        newer = self._vault.rewrap(row["business_id"], _PURPOSE, row["sealed"])
        if newer is None:
            return 0
        tx.run("UPDATE voice_lines SET sealed = %s WHERE business_id = %s", newer, row["business_id"])
        return 1

    def _token(self, business_id: str, row: Row) -> str:
        return self._vault.open(business_id, _PURPOSE, row["sealed"]).decode()

    def _status(self, business_id: str, row: Row) -> LineStatus:
        told = {name: row[name] for name in ("number", "account_sid", "updated_at", "updated_by")}
        try:
            self._token(business_id, row)
        except VaultError:
            return LineStatus(readable=False, **told)
        return LineStatus(**told)


def _row(tx: Transaction, business_id: str, lock: str = "") -> Row | None:
    return tx.one(
        "SELECT number, account_sid, sealed, updated_at, updated_by FROM voice_lines"
        f" WHERE business_id = %s {lock}", business_id,
    )  # fmt: skip


def _written(tx: Transaction, business_id: str, number: str, account_sid: str, sealed: bytes, actor: Actor) -> Row:
    try:
        row = tx.one(
            "INSERT INTO voice_lines (business_id, number, account_sid, sealed, updated_by)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (business_id) DO UPDATE SET number = excluded.number,"
            " account_sid = excluded.account_sid, sealed = excluded.sealed, updated_by = excluded.updated_by,"
            " updated_at = now() RETURNING number, account_sid, sealed, updated_at, updated_by",
            business_id, number, account_sid, sealed, actor.name,
        )  # fmt: skip
    except Conflict:
        raise number_taken(number) from None
    assert row is not None  # noqa: S101 - an insert with RETURNING returns its row
    return row


def number_taken(number: str) -> Conflict:
    """Return the complaint that a number is another business's."""
    return Conflict(f"{number} is the line of another business.", code="number_taken")
