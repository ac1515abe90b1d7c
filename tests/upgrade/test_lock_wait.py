"""A migration that has to wait for a lock does not make visitors wait behind it, and builds indexes beside them."""

import os
import subprocess
import sys
import threading

import pg8000.dbapi
import pytest
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from local.stack.platform import ROOT
from local.stack.servers import create_database, owner_url
from shared.adapters.postgres.connect import connect_by_url
from shared.jobs import migrate
from shared.migrations.indexes import build_index
from tests.stores.rows import raw

DATABASE = "waited_for"


@pytest.fixture
def port(servers):
    """Postgres, with a database of this test whose schema lacks the newest migrations."""
    create_database(servers.ports.postgres, DATABASE)
    migrate.migrate(connect_by_url(owner_url(servers.ports.postgres, DATABASE), "test"), "0005")
    return servers.ports.postgres


def test_a_migration_lets_others_pass_while_it_waits_for_a_lock(port):
    """A long transaction has the table: the migration gives way, a visitor's row gets in, and then it gets its turn."""
    long, visitor = raw("postgres", port, DATABASE), raw("postgres", port, DATABASE)
    long.run("BEGIN")
    long.run("INSERT INTO businesses (id, config) VALUES ('shop', '{}')")
    long.run("LOCK TABLE handoffs IN ROW EXCLUSIVE MODE")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": owner_url(port, DATABASE)}
    command = [sys.executable, "-m", "shared.jobs.migrate"]
    migration = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        wait_until(visitor, "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'handoffs'::regclass")
        # As the functions' pool: who waits longer than this is told that the database is busy.
        visitor.run("SET lock_timeout = '3s'")
        visitor.run("BEGIN")
        visitor.run("LOCK TABLE handoffs IN ROW EXCLUSIVE MODE")
        visitor.run("ROLLBACK")
        assert migration.poll() is None, "the migration gave up, or did not need the lock: nothing was tried"
    finally:
        long.run("ROLLBACK")
        said = migration.communicate(timeout=60)[0]
        long.close()
        visitor.close()
    assert migration.returncode == 0
    assert "was 0005" in said


def test_an_index_is_built_while_others_write(port):
    """Outside of a transaction, also where an earlier attempt failed; then waiting for locks is bounded again."""
    opener = connect_by_url(owner_url(port, DATABASE), "test")
    owner = raw("postgres", port, DATABASE)
    owner.run("INSERT INTO businesses (id, config) VALUES ('twice-1', '{}'), ('twice-2', '{}')")
    with pytest.raises(pg8000.dbapi.DatabaseError):
        owner.run("CREATE UNIQUE INDEX CONCURRENTLY businesses_by_status ON businesses (config)")
    assert valid(owner) == [(False,)]
    with migrate._engine(opener).connect() as connection:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        with Operations.context(context), context.begin_transaction(_per_migration=True):
            op.execute("ALTER TABLE businesses ADD COLUMN note text")
            build_index("businesses_by_status", "businesses (status, note)")
            op.execute("ALTER TABLE businesses DROP COLUMN deleted_at")
            assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "2s"
            connection.rollback()
    assert valid(owner) == [(True,)]
    columns = owner.run("SELECT attname FROM pg_attribute WHERE attrelid = 'businesses'::regclass AND attnum > 0")
    assert {("note",), ("deleted_at",)} <= set(columns), "what comes after an index is in a transaction again"
    owner.close()


def valid(owner):
    """Return whether the index is whole."""
    return owner.run("SELECT indisvalid FROM pg_index WHERE indexrelid = 'businesses_by_status'::regclass")


def wait_until(connection, query):
    """Return when a query has a row."""
    pause = threading.Event()
    for _ in range(1000):
        if connection.run(query):
            return
        pause.wait(0.02)
    pytest.fail(f"never true: {query}")
