"""The pool of connections: waiting, broken connections, restarts, errors in our words."""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pg8000.dbapi
import pytest

from local.stack.servers import owner_url
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import CHECKOUT_TIMEOUT_S, DOWN_FOR_S, Database
from shared.domain.errors import Conflict, DatabaseUnavailable
from tests.stores.connections import WHO, Opener
from tests.stores.conversations import ManualClock
from tests.stores.own_servers import own_postgres
from tests.stores.rows import raw

INSERT = 'INSERT INTO businesses (id, config) VALUES (%s, \'{"name": "Shop"}\'::jsonb)'


@pytest.fixture(scope="module")
def restartable():
    with own_postgres() as server:
        yield server


def test_exception_rolls_back_and_success_keeps(pool, business):
    """All of a transaction is kept, or nothing."""

    def add(*, fail: bool) -> None:
        with pool.platform() as tx:
            tx.run(INSERT, business)
            if fail:
                raise RuntimeError

    def change_and_add_again() -> None:
        with pool.platform() as tx:
            tx.run("UPDATE businesses SET config = '{\"lost\": 1}'::jsonb WHERE id = %s", business)
            tx.run(INSERT, business)

    with pytest.raises(RuntimeError):
        add(fail=True)
    add(fail=False)
    with pytest.raises(Conflict) as caught:
        change_and_add_again()
    assert caught.value.code == "businesses_pkey"
    with pool.tenant(business) as tx:
        assert tx.one("SELECT config FROM businesses") == {"config": {"name": "Shop"}}


def test_more_callers_than_connections_wait(pool, opener):
    """A caller waits for a connection that is in use, and gets it; no further one is opened."""
    with ThreadPoolExecutor(8) as callers:

        def work(_):
            with pool.platform() as tx:
                tx.run("SELECT pg_sleep(0.02)")
            return True

        assert all(callers.map(work, range(24)))
    assert len(opener.connections) == 1


def test_waiting_has_an_end(pool):
    """A caller that gets no connection within three seconds is told so; the pool is whole afterwards."""
    done = threading.Event()
    held = threading.Event()

    def hold() -> None:
        with pool.platform():
            held.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        pool.ping()
    waited = time.monotonic() - begun
    done.set()
    holder.join()
    assert CHECKOUT_TIMEOUT_S - 0.1 < waited < CHECKOUT_TIMEOUT_S + 1
    pool.ping()


def test_permits_survive_every_kind_of_end(pool, servers):
    """However transactions end, no place in the pool is lost."""
    killer = raw("postgres", servers.ports.postgres, servers.database)

    def lose_the_connection() -> None:
        with pool.platform() as tx:
            killer.run("SELECT pg_terminate_backend(%s, 5000)", tx.one(WHO)["pid"])
            tx.run("SELECT 1")

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt), pool.platform():
            raise KeyboardInterrupt
        with pytest.raises(pg8000.dbapi.DatabaseError), pool.platform() as tx:
            tx.run("SELECT nonsense")
        with pytest.raises(DatabaseUnavailable):
            lose_the_connection()
    killer.close()
    pool.ping()


@pytest.mark.parametrize("value", ["\ud800", dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=23)))])
def test_a_statement_that_could_not_be_sent_leaves_nothing_to_the_next(pool, value):
    """What fails while it is being sent ends its connection: the next caller gets its own answer, not another's."""
    with pytest.raises((UnicodeEncodeError, OverflowError)), pool.platform() as tx:
        tx.run("SELECT %s::text AS theirs, %s::timestamptz", "secret", value)
    for number in range(3):
        with pool.tenant("t") as tx:
            assert tx.run("SELECT %s::int AS mine", number) == [{"mine": number}]


def test_connection_that_died_while_idle_is_replaced(pool, opener, servers):
    """A connection that the server ended meanwhile is dropped and another one opened: the caller notices nothing."""
    with pool.platform() as tx:
        pid = tx.one(WHO)["pid"]
    killer = raw("postgres", servers.ports.postgres, servers.database)
    killer.run("SELECT pg_terminate_backend(%s, 5000)", pid)
    killer.close()
    with pool.tenant("t") as tx:
        assert tx.one(WHO)["pid"] != pid
    assert len(opener.connections) == 2


def test_change_that_was_not_kept_is_not_reported_as_kept(pool, business, servers):
    """When the connection dies before the commit, the caller learns it, and the change is not there."""
    killer = raw("postgres", servers.ports.postgres, servers.database)

    def add_and_lose_the_connection() -> None:
        with pool.platform() as tx:
            tx.run(INSERT, business)
            killer.run("SELECT pg_terminate_backend(%s, 5000)", tx.one(WHO)["pid"])

    with pytest.raises(DatabaseUnavailable):
        add_and_lose_the_connection()
    killer.close()
    with pool.platform() as tx:
        assert tx.run("SELECT 1 FROM businesses WHERE id = %s", business) == []


def test_swallowed_error_does_not_look_like_success(pool, business):
    """A transaction in which a statement failed keeps nothing, and whoever swallowed the error is told at its end."""

    def swallow() -> None:
        with pool.platform() as tx:
            tx.run(INSERT, business)
            with pytest.raises(pg8000.dbapi.DatabaseError):
                tx.run("SELECT nonsense")

    with pytest.raises(DatabaseUnavailable):
        swallow()
    with pool.platform() as tx:
        assert tx.run("SELECT 1 FROM businesses WHERE id = %s", business) == []


def test_restart_of_the_server(restartable):
    """While the server is down callers learn it quickly and do not all knock; when it is back, so is the pool."""
    clock = ManualClock()
    opener = Opener(owner_url(restartable.port, "postgres"))
    pool = Database(opener, size=3, monotonic=clock)
    pool.ping()
    restartable.stop()
    begun = time.monotonic()
    for _ in range(20):
        with pytest.raises(DatabaseUnavailable):
            pool.ping()
    assert time.monotonic() - begun < 1
    restartable.start()
    with pytest.raises(DatabaseUnavailable):
        pool.ping()  # it was down a moment ago: not asked again yet
    clock.sleep(DOWN_FOR_S)
    pool.ping()
    pool.close()


def test_crash_in_the_middle_of_a_transaction(restartable):
    """A server that stops under a running statement ends it as unavailable; the next one works after its return."""
    clock = ManualClock()
    pool = Database(Opener(owner_url(restartable.port, "postgres")), size=1, monotonic=clock)
    errors = []

    def query() -> None:
        try:
            with pool._transaction("SELECT 1") as tx:
                tx.run("SELECT pg_sleep(20)")
        except DatabaseUnavailable as error:
            errors.append(error)

    caller = threading.Thread(target=query)
    caller.start()
    time.sleep(0.3)
    restartable.stop()
    caller.join(5)
    assert len(errors) == 1
    restartable.start()
    clock.sleep(DOWN_FOR_S)
    pool.ping()
    pool.close()


def test_database_without_our_roles_is_not_ready(restartable, caplog):
    """A database that was not migrated is unavailable to callers; the log says why."""
    pool = Database(connect_by_url(owner_url(restartable.port, "postgres"), "test"), size=1)
    with pytest.raises(DatabaseUnavailable), pool.tenant("shop"):
        pytest.fail("there is no such role")
    pool.ping()
    pool.close()
    assert caplog.messages == ["database_refused"]


def test_wrong_address_is_unavailable(tmp_path: Path):
    """Nobody listening, no such database, no such socket: always the same error, without the vendor's text."""
    for url in ("postgresql://nobody@127.0.0.1:1/x", f"postgresql://nobody@/x?host={tmp_path}"):
        pool = Database(connect_by_url(url, "test"), size=1)
        with pytest.raises(DatabaseUnavailable) as caught:
            pool.ping()
        assert caught.value.detail == "The database cannot be reached."
