"""Brings the database to the newest schema: `python -m shared.jobs.migrate` (`make migrate`).

Safe to run twice, and from two places at once: an advisory lock lets one go first, the other then finds nothing to do.
"""

import argparse
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from shared.adapters.postgres.connect import Connect
from shared.config import ConfigError, Settings
from shared.wiring import database_opener

_LOCK = 7_403_270_651  # any number, the same in every process of ours


def migrate(connect: Connect, revision: str = "head") -> tuple[str | None, str | None]:
    """Run the migrations up to `revision`; return the revisions before and after."""
    engine = create_engine("postgresql+pg8000://", creator=_blocking(connect), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            before = _current(connection)
            command.upgrade(_config(connection), revision)
            return before, _current(connection)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def _blocking(connect: Connect) -> Connect:
    """Return an opener for SQLAlchemy: it manages transactions itself, and a migration may take its time."""

    def open_connection() -> object:
        connection = connect()
        connection.autocommit = False
        cursor = connection.cursor()
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
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
