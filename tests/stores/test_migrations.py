"""Migrations as processes: at once, twice, there and back, into a second database, as an ordinary owner."""

import os
import subprocess
import sys
import uuid

import pytest

from local.stack.platform import ROOT
from local.stack.servers import create_database, create_logins, login_url, owner_url
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.domain.errors import NotFound
from tests.stores.own_servers import own_postgres
from tests.stores.rows import ACTOR, business_with_everything, raw

SCHEMA = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "constraints": "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    "policies": "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
    "security": "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
    "grants": "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
    " WHERE grantee LIKE 'chatbot%%' ORDER BY 1, 2, 3",
}
DOWN = """
import sys
from alembic import command
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from shared.adapters.postgres.connect import connect_by_url
from shared.jobs import migrate
opener = migrate._blocking(connect_by_url(sys.argv[1], "test"))
with create_engine("postgresql+pg8000://", creator=opener, poolclass=NullPool).connect() as connection:
    command.downgrade(migrate._config(connection), "base")
"""


def start(url: str | None, *command: str) -> "subprocess.Popen[str]":
    """Start a Python process at the repository's root, by default the migration, with this database alone."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **({"DATABASE_URL": url} if url else {})}
    return subprocess.Popen(
        [sys.executable, *(command or ("-m", "shared.jobs.migrate"))],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def outcome(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Wait for the process; return its exit code and what it said."""
    said, complained = process.communicate(timeout=60)
    return process.returncode, said, complained


def migrated(url: str) -> str:
    """Migrate a database, which must work; return what the migration said."""
    code, said, complained = outcome(start(url))
    assert code == 0, complained
    return said


def schema(port: int, database: str) -> dict[str, list[tuple[object, ...]]]:
    """Return everything the migrations decide about a database."""
    owner = raw("postgres", port, database)
    try:
        return {name: owner.run(query) for name, query in SCHEMA.items()}
    finally:
        owner.close()


@pytest.fixture
def port(servers):
    return servers.ports.postgres


@pytest.fixture
def empty(port):
    """The name of an empty database beside the platform's."""
    name = f"fresh_{uuid.uuid4().hex[:8]}"
    create_database(port, name)
    return name


@pytest.fixture(scope="module")
def own_cluster():
    with own_postgres() as server:
        yield server


def test_two_at_once_then_nothing_to_do(port, servers, empty):
    """Two migrations of the same empty database at once both succeed, one of them by doing nothing; so does a third."""
    url = owner_url(port, empty)
    results = [outcome(process) for process in [start(url), start(url)]]
    assert [code for code, _, _ in results] == [0, 0], results
    assert sorted("nothing to do" in said for _, said, _ in results) == [False, True]
    assert schema(port, empty) == schema(port, servers.database)
    assert "nothing to do" in migrated(url)


def test_down_and_up_again(port, empty):
    """Every revision can be taken back to an empty database, with rows in it, and made again the same."""
    url = owner_url(port, empty)
    migrated(url)
    before = schema(port, empty)
    pool = Database(connect_by_url(login_url(port, "chatbot_admin", empty), "test"), size=1)
    business_with_everything(pool, "shop")
    pool.close()
    code, _, complained = outcome(start(None, "-c", DOWN, url))
    assert code == 0, complained
    left = {row[0] for row in schema(port, empty)["columns"]}
    assert left == {"alembic_version"}
    migrated(url)
    assert schema(port, empty) == before


def test_two_databases_of_a_new_cluster_at_once(own_cluster):
    """Roles belong to the cluster: two databases migrated at the same moment do not trip over each other's."""
    names = ("one", "two", "three")
    for name in names:
        create_database(own_cluster.port, name)
    results = [outcome(process) for process in [start(owner_url(own_cluster.port, name)) for name in names]]
    assert [code for code, _, _ in results] == [0, 0, 0], results
    assert schema(own_cluster.port, "one") == schema(own_cluster.port, "two") == schema(own_cluster.port, "three")


def test_owner_need_not_be_a_superuser():
    """Managed Postgres gives no superuser: an owner that may make roles migrates, and a purge still cascades."""
    with own_postgres() as server:
        superuser = raw("postgres", server.port, "postgres")
        superuser.run("CREATE ROLE shopkeeper LOGIN CREATEROLE")
        superuser.run("CREATE DATABASE managed OWNER shopkeeper")
        superuser.close()
        migrated(login_url(server.port, "shopkeeper", "managed"))
        create_logins(server.port, "managed")
        pool = Database(connect_by_url(login_url(server.port, "chatbot_admin", "managed"), "test"), size=1)
        store = BusinessStore(pool)
        for business_id in ("mine", "theirs"):
            business_with_everything(pool, business_id)
        store.set_deleted("mine", ACTOR, deleted=True, if_version=None)
        store.purge("mine", ACTOR)
        with pytest.raises(NotFound):
            store.get("mine", deleted=True)
        assert store.get("theirs").version == 1
        pool.close()


@pytest.mark.parametrize(
    ("url", "names"),
    [
        (None, "DATABASE_URL"),
        ("mysql://somebody@127.0.0.1/x", "DATABASE_URL"),
        ("postgresql://somebody:hunter2@127.0.0.1:1/x", ""),
    ],
    ids=["missing", "wrong", "unreachable"],
)
def test_no_database_is_said_in_a_line(url, names):
    """Without a database that answers the migration says so, in a line or two, without a traceback or a password."""
    code, said, complained = outcome(start(url))
    assert code != 0
    assert said == ""
    assert names in complained
    assert complained.strip()
    assert "Traceback" not in complained
    assert "hunter2" not in complained
    assert len(complained.strip().splitlines()) <= 3


def test_unknown_database_is_said_in_a_line(port):
    """A database that does not exist is named, without a traceback."""
    code, _, complained = outcome(start(owner_url(port, "no_such_database")))
    assert code != 0
    assert "no_such_database" in complained
    assert "Traceback" not in complained
