"""What has been kept for long enough goes, table by table, some at a time; what is younger stays, and so do counts."""

import datetime as dt
import uuid

import pytest

from shared.adapters.expiry import Expiry, days_of
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.erase_tasks import EraseTaskStore
from shared.adapters.postgres.retention import Days, RetentionStore
from shared.domain.business import BusinessConfig, Retention
from tests.stores.rows import ACTOR, raw
from tests.stores.test_traces import with_everything

DAYS = Days(conversations=100, events=200, handoffs=50, recordings=10)
TIMES = {
    "conversations": ("started_at", "last_at"), "turns": ("at",), "events": ("at",), "exposures": ("at",),
    "widget_events": ("at",), "feedback": ("at",), "handoffs": ("requested_at",), "crm_outbox": ("updated_at",),
    "calls": ("started_at", "ended_at"), "gaps": ("at",), "experiment_talks": ("at",),
}  # fmt: skip
OF_ANALYTICS = {"events", "exposures", "experiment_talks"}


@pytest.fixture
def owner(servers):
    """A connection that may do everything."""
    connection = raw("postgres", servers.ports.postgres, servers.database)
    yield connection
    connection.close()


@pytest.fixture
def shop(pool):
    """A business's id."""
    name = f"retention-{uuid.uuid4().hex[:10]}"
    BusinessStore(pool).create(name, BusinessConfig(name="Shop"), ACTOR)
    return name


@pytest.fixture
def retention(pool):
    """The store."""
    return RetentionStore(pool)


def aged(owner, business_id, session_id, days):
    """Let everything of a session have happened so many days earlier."""
    for table, columns in TIMES.items():
        change = ", ".join(f"{column} = {column} - interval '{days} days'" for column in columns)
        owner.run(f"UPDATE {table} SET {change} WHERE business_id = %s AND session_id = %s", business_id, session_id)


def left(owner, business_id, session_id):
    """Return the tables that still have rows of a session."""
    return {
        table for table in TIMES
        if owner.run(f"SELECT 1 FROM {table} WHERE business_id = %s AND session_id = %s", business_id, session_id)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("age", "stays"),
    [
        (9, set(TIMES)), (49, set(TIMES)), (51, set(TIMES) - {"handoffs"}), (99, set(TIMES) - {"handoffs"}),
        (101, OF_ANALYTICS), (199, OF_ANALYTICS), (201, set()),
    ],
)  # fmt: skip
def test_each_kind_has_its_days(pool, owner, shop, retention, age, stays):
    """A day before its time everything is there, a day after it is gone; nothing of yesterday goes."""
    for session_id in ("old", "young"):
        with_everything(pool, shop, session_id)
    aged(owner, shop, "old", age)
    retention.clean(shop, DAYS)
    assert left(owner, shop, "old") == stays
    assert left(owner, shop, "young") == set(TIMES)


def test_delivered_leads_go_sooner_than_those_that_wait(pool, owner, shop, retention):
    """After thirty days, while a parked one waits for its owner; never one that a worker holds."""
    for name, status, lease in (("done", "delivered", ""), ("parked", "parked", ""), ("held", "delivered", "w/1")):
        with_everything(pool, shop, name)
        owner.run(
            "UPDATE crm_outbox SET status = %s, lease = %s WHERE business_id = %s AND session_id = %s",
            status, lease, shop, name,
        )  # fmt: skip
        aged(owner, shop, name, 31)
    assert retention.clean(shop, DAYS)["crm_outbox"] == 1
    assert "crm_outbox" not in left(owner, shop, "done")
    assert all("crm_outbox" in left(owner, shop, name) for name in ("parked", "held"))


def test_recordings_end_before_their_calls(pool, owner, shop, retention):
    """The task names the call; the call stays, and a second round does not ask twice."""
    with_everything(pool, shop, "s")
    aged(owner, shop, "s", 11)
    assert retention.clean(shop, DAYS) == {"recordings": 1}
    assert retention.clean(shop, DAYS) == {}
    tasks = EraseTaskStore(pool)
    [task] = tasks.claim(shop, 9)
    assert (task.call_id, task.kind) == ("CAs", "recording")
    tasks.done(shop, task)
    assert owner.run("SELECT recording FROM calls WHERE business_id = %s", shop) == [("",)]
    assert retention.clean(shop, DAYS) == {}


def test_a_calls_end_leaves_tasks_for_what_lies_elsewhere(pool, owner, shop, retention):
    """What was spoken in it goes from the bucket, between its beginning and its end alone."""
    with_everything(pool, shop, "s")
    aged(owner, shop, "s", 101)
    retention.clean(shop, DAYS)
    kinds = {task.kind: task for task in EraseTaskStore(pool).claim(shop, 9)}
    assert set(kinds) == {"recording", "speech"}
    assert kinds["speech"].until < dt.datetime.now(dt.UTC) - dt.timedelta(days=100)


def test_a_batch_is_a_batch(pool, owner, shop, retention):
    """No transaction deletes more than it is told; the next ones do the rest."""
    for number in range(5):
        with_everything(pool, shop, f"s-{number}")
        aged(owner, shop, f"s-{number}", 300)
    rounds = [retention.clean(shop, DAYS, batch=2).get("turns", 0) for _ in range(4)]
    assert rounds == [2, 2, 1, 0]


def test_counts_stay(pool, owner, shop, retention):
    """Nobody is in them."""
    with_everything(pool, shop, "s")
    before = owner.run("SELECT metric, key, n FROM counts WHERE business_id = %s ORDER BY 1, 2", shop)
    aged(owner, shop, "s", 4000)
    retention.clean(shop, DAYS)
    assert left(owner, shop, "s") == set()
    assert before
    assert owner.run("SELECT metric, key, n FROM counts WHERE business_id = %s ORDER BY 1, 2", shop) == before


def test_every_business_has_its_turn_once_an_hour(pool, owner, retention, shop):
    """The longest waiting first; a deleted one has none; what was not finished comes again at once."""
    while retention.businesses_due(1000):
        pass
    other = f"{shop}-2"
    BusinessStore(pool).create(other, BusinessConfig(name="Other"), ACTOR)
    assert retention.businesses_due(1000) == [other]
    owner.run("UPDATE retention_runs SET next_at = now() - interval '1 minute' WHERE business_id = %s", other)
    retention.again_soon(shop)
    assert retention.businesses_due(1) == [other]
    assert retention.businesses_due(1) == [shop]
    retention.again_soon(other)
    BusinessStore(pool).set_deleted(other, ACTOR, deleted=True, if_version=None)
    assert retention.businesses_due(1000) == []


def test_the_chore_keeps_each_businesss_own_days(pool, owner, shop, retention):
    """From its configuration; the months of events to come are there afterwards."""
    store = BusinessStore(pool)
    store.replace(shop, BusinessConfig(name="Shop", retention=Retention(conversations_days=7)), ACTOR, if_version=None)
    with_everything(pool, shop, "s")
    aged(owner, shop, "s", 8)
    expiry = Expiry(store, retention)
    while "conversations" in left(owner, shop, "s"):
        assert expiry(), "it must come to be this business's turn"
    months = owner.run("SELECT count(*) FROM pg_class WHERE relname ~ '^events_[0-9]{4}_[0-9]{2}$'")
    assert months[0][0] >= 4
    assert days_of(BusinessConfig(name="x")) == Days(365, 730, 365, 30)


def test_only_months_that_all_have_outlived_are_dropped(owner, shop, retention):
    """The one who keeps events longest decides."""
    owner.run("SELECT make_event_months('2019-01-15', '2019-02-15')")
    found = "SELECT count(*) FROM pg_class WHERE relname IN ('events_2019_01', 'events_2019_02')"
    owner.run('UPDATE businesses SET config = config || \'{"retention": {"events_days": 3650}}\' WHERE id = %s', shop)
    assert retention.keep_months(730) == 0
    assert owner.run(found) == [(2,)]
    owner.run("UPDATE businesses SET config = config - 'retention' WHERE id = %s", shop)
    assert retention.keep_months(730) == 2
    assert owner.run(found) == [(0,)]
