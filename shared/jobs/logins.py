"""Makes logins tenants or the platform: `python -m shared.jobs.logins --tenant NAME ... --platform NAME ...`.

The logins exist (Cloud SQL makes them from service accounts), and the database is migrated. Safe to repeat: each is
afterwards exactly what it was named as, whatever it was before. DATABASE_URL is the owner's.
"""

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from shared.adapters.postgres.connect import Connect
from shared.config import ConfigError, Settings
from shared.wiring import database_opener

_TENANT = "GRANT chatbot_tenant TO {login}"
_PLATFORM = "GRANT chatbot_platform TO {login} WITH INHERIT FALSE, SET TRUE"
_NOT_PLATFORM = "REVOKE chatbot_platform FROM {login}"


def make_logins(connect: Connect, tenants: Sequence[str], platform: Sequence[str]) -> None:
    """Grant, all or nothing: tenants see one business at a time, the platform may become one that sees all."""

    def open_connection() -> object:
        connection = connect()
        connection.autocommit = False
        return connection

    engine = create_engine("postgresql+pg8000://", creator=open_connection, poolclass=NullPool)
    quoted = engine.dialect.identifier_preparer.quote_identifier
    with engine.begin() as connection:
        for login in tenants:
            for statement in (_TENANT, _NOT_PLATFORM):
                connection.exec_driver_sql(statement.format(login=quoted(login)))
        for login in platform:
            for statement in (_TENANT, _PLATFORM):
                connection.exec_driver_sql(statement.format(login=quoted(login)))


def main() -> int:
    """Read the arguments and the environment, then grant."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.jobs.logins", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tenant", action="append", default=[], help="a login that sees one business at a time")
    parser.add_argument("--platform", action="append", default=[], help="a login that may also see all")
    options = parser.parse_args()
    try:
        make_logins(database_opener(Settings.read(("database",)), "logins"), options.tenant, options.platform)
    except ConfigError as error:
        sys.exit(str(error))
    except SQLAlchemyError as error:
        sys.exit(f"Nothing was granted: {error}")
    print(f"{len(options.tenant)} tenants, {len(options.platform)} of the platform")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
