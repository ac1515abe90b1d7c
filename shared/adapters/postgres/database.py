"""Pooled transactions, each under the row-level security of one tenant or of the platform. Holds no SQL of a table."""

import logging
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pg8000.dbapi
from pg8000.converters import literal

from shared.adapters.postgres.connect import Connect
from shared.domain.errors import Conflict, DatabaseUnavailable, NotFound
from shared.logs import event

_log = logging.getLogger(__name__)

Row = dict[str, Any]

_UNIQUE_VIOLATION = "23505"
_FOREIGN_KEY_VIOLATION = "23503"
_UNAVAILABLE = ("08", "53", "57")  # connection trouble, out of resources, cancelled or shutting down
_BROKEN = (pg8000.dbapi.InterfaceError, OSError, struct.error, EOFError)
CHECKOUT_TIMEOUT_S = 3.0
DOWN_FOR_S = 1.0


class Transaction:
    """One open transaction. Parameters are bound as `%s`. `broken` says that its connection is lost."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - pg8000 publishes no types
        self._connection = connection
        self.broken = False

    def run(self, sql: str, *parameters: object) -> list[Row]:
        """Execute one statement and return its rows as dictionaries by column name (empty when it returns none).

        Raises:
            Conflict: a unique constraint refused the row; `code` is the constraint's name.
            NotFound: a foreign key names a row that does not exist.
            DatabaseUnavailable: the server is gone or going.
        """
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, parameters)
        except pg8000.dbapi.DatabaseError as error:
            raise _translated(error) from error
        except _BROKEN as error:
            self.broken = True
            raise DatabaseUnavailable("The database cannot be reached.") from error
        except BaseException:
            # A parameter that cannot be encoded, an interrupt: it stopped half way through the protocol, and whoever
            # has the connection next would be given the answers to this transaction's statements.
            self.broken = True
            raise
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, sql: str, *parameters: object) -> Row | None:
        """Execute one statement and return its first row, None when there is none."""
        rows = self.run(sql, *parameters)
        return rows[0] if rows else None


class Database:
    """A small thread-safe pool. Connections are opened when needed, reused last-in first-out, dropped when broken."""

    def __init__(self, connect: Connect, *, size: int = 5, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connect = connect
        self._idle: deque[Any] = deque()
        self._permits = threading.BoundedSemaphore(size)
        self._monotonic = monotonic
        self._down_until = 0.0

    @contextmanager
    def tenant(self, business_id: str) -> Iterator[Transaction]:
        """Open a transaction that sees and writes rows of `business_id` alone.

        Raises:
            DatabaseUnavailable: no connection within three seconds, or the server cannot be reached.
        """
        with self._transaction(_as_tenant(business_id)) as transaction:
            yield transaction

    def tenant_once(self, business_id: str, sql: str, *parameters: str | None) -> None:
        """Run one statement in a transaction of its own, all in one round trip; what it returns is not told.

        It must be one that may run twice: a connection that breaks does not say whether it did.

        Args:
            business_id: whose rows it sees and writes.
            sql: with `%s` for each parameter, which may be text or None: they are written into it as literals.
            parameters: in their order.

        Raises:
            DatabaseUnavailable, Conflict, NotFound: as `Transaction.run`.
        """
        bound = sql % tuple(literal(value) for value in parameters)
        whole = f"BEGIN; {_as_tenant(business_id)}; {bound}; COMMIT"
        with self._permitted():
            while True:
                reused = bool(self._idle)
                connection = self._idle.pop() if reused else self._open()
                try:
                    connection.cursor().execute(whole)
                except pg8000.dbapi.DatabaseError as error:
                    self._discard(connection)
                    raise _translated(error) from error
                except _BROKEN as error:
                    self._discard(connection)
                    if reused:
                        continue  # the server was restarted since; a fresh connection decides
                    raise DatabaseUnavailable("The database cannot be reached.") from error
                self._idle.append(connection)
                return

    @contextmanager
    def platform(self) -> Iterator[Transaction]:
        """Open a transaction that sees every tenant. For the admin function and jobs; chat's login cannot."""
        with self._transaction("SET LOCAL ROLE chatbot_platform") as transaction:
            yield transaction

    def ping(self) -> None:
        """Make one round trip; DatabaseUnavailable when it fails."""
        with self._transaction("SELECT 1"):
            pass

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._discard(self._idle.pop())

    @contextmanager
    def _transaction(self, scope: str) -> Iterator[Transaction]:
        with self._permitted():
            connection = self._begin(scope)
            transaction = Transaction(connection)
            try:
                yield transaction
            except BaseException:
                self._discard(connection) if transaction.broken else self._end(connection, "ROLLBACK")
                raise
            self._end(connection, "COMMIT")

    @contextmanager
    def _permitted(self) -> Iterator[None]:
        if not self._permits.acquire(timeout=CHECKOUT_TIMEOUT_S):
            raise DatabaseUnavailable("The database is busy.")
        try:
            yield
        finally:
            self._permits.release()

    def _begin(self, scope: str) -> Any:  # noqa: ANN401
        """Return a connection inside a scoped transaction: one round trip, since it is one simple query."""
        begin = f"BEGIN; {scope}"
        while self._idle:
            connection = self._idle.pop()
            try:
                connection.cursor().execute(begin)
            except (*_BROKEN, pg8000.dbapi.DatabaseError):
                self._discard(connection)  # the server was restarted since; a fresh connection decides
            else:
                return connection
        connection = self._open()
        try:
            connection.cursor().execute(begin)
        except (*_BROKEN, pg8000.dbapi.DatabaseError) as error:
            self._discard(connection)
            # Most likely the login may not become the role, or `make migrate` has not run: the log says which.
            event(_log, "database_refused", logging.ERROR, error=str(error))
            raise DatabaseUnavailable("The database is not ready.") from error
        return connection

    def _open(self) -> Any:  # noqa: ANN401
        if self._monotonic() < self._down_until:
            raise DatabaseUnavailable("The database cannot be reached.")
        try:
            return self._connect()
        except (*_BROKEN, pg8000.dbapi.DatabaseError) as error:
            self._down_until = self._monotonic() + DOWN_FOR_S
            raise DatabaseUnavailable("The database cannot be reached.") from error

    def _end(self, connection: Any, command: str) -> None:  # noqa: ANN401
        try:
            connection.cursor().execute(command)
        except (*_BROKEN, pg8000.dbapi.DatabaseError) as error:
            self._discard(connection)
            if command == "COMMIT":
                raise DatabaseUnavailable("The database went away before the change was kept.") from error
        else:
            self._idle.append(connection)

    @staticmethod
    def _discard(connection: Any) -> None:  # noqa: ANN401
        try:
            connection.close()
        except _BROKEN:
            return  # it was broken, which is why it goes


def _as_tenant(business_id: str) -> str:
    return f"SET LOCAL ROLE chatbot_tenant; SELECT set_config('app.business_id', {literal(business_id)}, true)"


def _translated(error: Exception) -> Exception:
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    state = fields.get("C", "")
    if state == _UNIQUE_VIOLATION:
        return Conflict("It exists already.", code=fields.get("n", "conflict"))
    if state == _FOREIGN_KEY_VIOLATION:
        return NotFound("What this belongs to does not exist any more.")
    if state.startswith(_UNAVAILABLE):
        return DatabaseUnavailable("The database cannot be reached.")
    return error
