"""Brings the database to the newest schema: `python -m shared.jobs.migrate` (`make migrate`).

Safe to run twice, and from two places at once: an advisory lock lets one go first, the other then finds nothing to do.
It may run while the revision before serves: no statement waits for a lock so long that requests behind it fail.
"""

import argparse
import sys
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from shared.adapters.postgres.connect import Connect
from shared.config import ConfigError, Settings
from shared.wiring import database_opener

_LOCK = 7_403_270_651  # any number, the same in every process of ours
_TURN_S = 0.2
# Who comes after a statement that waits for a lock waits behind it, and a function's pool gives up after three seconds.
_LOCK_TIMEOUT = "2s"
_PAUSES_S = (1, 2, 4, 8, 16)
_LOCK_NOT_AVAILABLE = "55P03"


def migrate(connect: Connect, revision: str = "head") -> tuple[str | None, str | None]:
    """Run the migrations up to `revision`; return the revisions before and after."""
    with _engine(connect).connect() as connection:
        _wait_for_turn(connection)
        try:
            before = _current(connection)
            _upgrade(connection, revision)
            return before, _current(connection)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def _wait_for_turn(connection: Connection) -> None:
    """Take the advisory lock by asking again and again.

    A statement that waits has a snapshot, and an index that is built CONCURRENTLY waits for all of those to go.
    """
    while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar_one():
        connection.commit()
        time.sleep(_TURN_S)
    connection.commit()


def _upgrade(connection: Connection, revision: str) -> None:
    """Run the migrations; one that does not get a lock is rolled back, lets the others pass, and tries again."""
    for pause in (*_PAUSES_S, None):
        try:
            command.upgrade(_config(connection), revision)
        except DBAPIError as error:
            connection.rollback()
            if pause is None or _sqlstate(error) != _LOCK_NOT_AVAILABLE:
                raise
            time.sleep(pause)
        else:
            return


def _sqlstate(error: DBAPIError) -> str | None:
    said = error.orig.args[0] if error.orig and error.orig.args else None
    return said.get("C") if isinstance(said, dict) else None


def _engine(connect: Connect) -> Engine:
    engine = create_engine("postgresql+pg8000://", creator=_blocking(connect), poolclass=NullPool)

    @event.listens_for(engine, "set_connection_execution_options")
    def leave_transaction(connection: Connection, _options: object) -> None:
        # SQLAlchemy asks for the isolation level before it switches to autocommit, pg8000 begins a transaction for the
        # question and stays in it: then nothing can be built CONCURRENTLY.
        if not connection.in_transaction():
            connection.connection.rollback()

    return engine


def _blocking(connect: Connect) -> Connect:
    """Return an opener for SQLAlchemy: it manages transactions itself. A migration may take its time, a lock not."""

    def open_connection() -> object:
        connection = connect()
        connection.autocommit = False
        cursor = connection.cursor()
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
        cursor.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.commit()
        return connection

    return open_connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return revision


def main() -> int:
    """Migrate the database of the environment, as its owner."""
    argparse.ArgumentParser(prog="python -m shared.jobs.migrate", description=__doc__).parse_args()
    try:
        settings = Settings.read(("database",))
        before, after = migrate(database_opener(settings, "migrate"))
    except ConfigError as error:
        sys.exit(str(error))
    except SQLAlchemyError as error:
        sys.exit(f"The migration failed and was rolled back: {error}")
    print(f"Database at revision {after}" + (" (nothing to do)" if before == after else f" (was {before})"))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
