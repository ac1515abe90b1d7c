"""How to reach Postgres: a DATABASE_URL, or a Cloud SQL instance with IAM authentication. Opens; never queries."""

import socket
import ssl
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pg8000.dbapi

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 15_000
_SERVER_SETTINGS = {
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(STATEMENT_TIMEOUT_MS),
}

Connect = Callable[[], Any]
"""Opens a new pg8000 DB-API connection in autocommit mode."""


def connect_by_url(url: str, application: str) -> Connect:
    """Return an opener for `postgresql://user:password@host:port/database`.

    Query parameters: `sslmode=disable|require|verify-full` (default: encrypted without verification when the server
    offers it, as libpq's `prefer`; plain on loopback), `host=/directory` for a unix socket.
    """
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host, port = parts.hostname or "localhost", parts.port or 5432
    arguments: dict[str, Any] = {
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
        "timeout": CONNECT_TIMEOUT_S + STATEMENT_TIMEOUT_MS / 1000,
        "application_name": application,
    }
    if query.get("host", "").startswith("/"):
        arguments |= {"unix_sock": f"{query['host']}/.s.PGSQL.{port}", "ssl_context": False}
    else:
        mode = query.get("sslmode", "disable" if host in ("localhost", "127.0.0.1", "::1") else "prefer")
        arguments |= {"host": host, "port": port, "ssl_context": _tls(mode)}

    def connect() -> Any:  # noqa: ANN401 - pg8000 publishes no types
        return _ready(pg8000.dbapi.connect(**arguments, startup_params=dict(_SERVER_SETTINGS)))

    return connect


def _ready(connection: Any) -> Any:  # noqa: ANN401
    """Return a connection in autocommit mode whose last packet does not wait.

    pg8000 sends what is above 8 KB in pieces; the last one would stay until the server has confirmed the others: 40 ms.
    """
    connection.autocommit = True
    wire = connection._usock  # noqa: SLF001 - there is no other way to it
    if wire.family != socket.AF_UNIX:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


@cache  # building a context reads the CA file: 40-80 ms that every connection would pay again
def _tls(mode: str) -> Any:  # noqa: ANN401 - pg8000 takes False, None or a context
    if mode == "disable":
        return False
    context = ssl.create_default_context()
    if mode != "verify-full":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def connect_by_cloud_sql(instance: str, user: str, database: str, application: str) -> Connect:
    """Return an opener for a Cloud SQL instance `project:region:name`; `user` signs in with its IAM identity."""

    @cache
    def connector() -> Any:  # noqa: ANN401 - imported on first use: it costs a second
        from google.cloud.sql.connector import Connector

        return Connector(ip_type="private", enable_iam_auth=True, refresh_strategy="lazy")

    def connect() -> Any:  # noqa: ANN401
        connection = connector().connect(
            instance,
            "pg8000",
            user=user,
            db=database,
            application_name=application,
            startup_params=dict(_SERVER_SETTINGS),
        )
        return _ready(connection)

    return connect
