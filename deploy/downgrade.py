"""Takes the database back to an older revision: `downgrade.py REVISION`, as its owner. For deploy.sh's rollback alone.

It is run from the release that made the newer schema: only that one knows the way down.
"""  # noqa: INP001 - scripts of a deployment, not a package

import argparse
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from shared.adapters.postgres.connect import Connect
from shared.config import ConfigError, Settings
from shared.wiring import database_opener


def downgrade(connect: Connect, revision: str) -> None:
    """Run the way down to `revision`; each step is one transaction."""

    def opened() -> object:
        connection = connect()
        connection.autocommit = False
        return connection

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "shared" / "migrations"))
    engine = create_engine("postgresql+pg8000://", creator=opened, poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        connection.commit()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def main() -> int:
    """Downgrade the database of the environment."""
    parser = argparse.ArgumentParser(prog="downgrade.py", description=__doc__)
    parser.add_argument("revision")
    revision = parser.parse_args().revision
    try:
        downgrade(database_opener(Settings.read(("database",)), "downgrade"), revision)
    except (ConfigError, SQLAlchemyError, CommandError, NotImplementedError) as error:
        sys.exit(f"The database cannot be taken back to {revision}: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
