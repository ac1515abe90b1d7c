"""Connections as the product opens them, kept for a test to look at."""

from typing import Any

import pg8000.dbapi

from shared.adapters.postgres.connect import connect_by_url

WHO = "SELECT current_user::text AS role, current_setting('app.business_id', true) AS tenant, pg_backend_pid() AS pid"


class Opener:
    """Opens connections as the product does and keeps them for the test to look at."""

    def __init__(self, url: str) -> None:
        self.connections: list[pg8000.dbapi.Connection] = []
        self._connect = connect_by_url(url, "test")

    def __call__(self) -> pg8000.dbapi.Connection:
        """Open one."""
        connection = self._connect()
        self.connections.append(connection)
        return connection

    def ask(self, sql: str) -> dict[str, Any]:
        """Run a statement on the newest connection, outside of any transaction of the pool."""
        cursor = self.connections[-1].cursor()
        cursor.execute(sql)
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
