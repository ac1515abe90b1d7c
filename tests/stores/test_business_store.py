"""Businesses, their versions, keys and audit lines in Postgres: races, soft deletion, and what a purge leaves."""

import datetime as dt
from functools import partial

import pytest

from shared.adapters.postgres.api_keys import ApiKeyStore
from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.interactions import InteractionStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.personal import FEEDBACK, WIDGET_EVENTS
from shared.adapters.postgres.sources import SourceStore
from shared.adapters.postgres.traces import TraceStore
from shared.domain.errors import Conflict, NotFound, PlatformError, PreconditionFailed
from shared.domain.records import Actor
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, SEALING, business_with_everything, config, raw


@pytest.fixture
def store(database):
    return BusinessStore(database)


@pytest.fixture
def shop(store, business):
    """A business at version 1."""
    store.create(business, config("one"), ACTOR)
    return business


def actions(database: Database, business_id: str) -> list[str]:
    """Return the audit lines of a business, oldest first."""
    return [line.action for line in reversed(AuditStore(database).of_business(business_id, 100, None))]


def test_created_business_comes_back(store, business):
    """What is created is what is read: version 1, active, with times; unknown ids are not found."""
    full = config("Ünïcode 商店", tone="ärgerlich", languages=("en", "zh-Hant"), rules=({"id": "r1", "text": "'; --"},))
    record = store.create(business, full, ACTOR)
    assert store.get(business) == record
    assert (record.version, record.status, record.config) == (1, "active", full)
    assert dt.datetime.now(dt.UTC) - record.created_at < dt.timedelta(minutes=1)
    for call in (store.get, lambda id_: store.versions(id_, 5, None), lambda id_: store.purge(id_, ACTOR)):
        with pytest.raises(NotFound):
            call(f"{business}-unknown")


def test_id_is_taken_once(store, business):
    """Of ten creations of the same id at once, exactly one wins; a deleted business keeps its id."""
    results = at_once([lambda: store.create(business, config(), ACTOR)] * 10)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 9
    assert {error.code for error in refused} == {"exists"}
    store.set_deleted(business, ACTOR, deleted=True, if_version=None)
    with pytest.raises(Conflict):
        store.create(business, config(), ACTOR)


def test_replacing_makes_a_version(store, shop, database):
    """Every change is a version with its author, and one audit line; saving the same again changes nothing."""
    author = Actor("business:key_7", "req_2")
    record = store.replace(shop, config("two", tone="dry"), author, if_version=1, note="because")
    assert record.version == 2
    assert store.replace(shop, config("two", tone="dry"), author, if_version=2) == record
    saved = store.versions(shop, 10, None)
    assert [(line.version, line.actor, line.note) for line in saved] == [
        (2, "business:key_7", "because"), (1, "platform:test", "created"),
    ]  # fmt: skip
    assert saved[0].config["name"] == "two"
    assert [line.version for line in store.versions(shop, 10, 2)] == [1]
    assert store.version_config(shop, 1) == config("one")
    with pytest.raises(NotFound):
        store.version_config(shop, 3)
    assert actions(database, shop) == ["business.created", "business.updated"]
    line = AuditStore(database).of_business(shop, 1, None)[0]
    assert (line.actor, line.request_id) == ("business:key_7", "req_2")
    assert line.detail == {"version": 2, "changed": ["name", "tone"]}


def test_stale_version_is_refused(store, shop, database):
    """A change based on a version that is no longer current is refused and leaves no trace."""
    store.replace(shop, config("two"), ACTOR, if_version=1)
    with pytest.raises(PreconditionFailed):
        store.replace(shop, config("three"), ACTOR, if_version=1)
    with pytest.raises(PreconditionFailed):
        store.set_deleted(shop, ACTOR, deleted=True, if_version=1)
    assert store.get(shop).version == 2
    assert actions(database, shop) == ["business.created", "business.updated"]


def test_same_version_is_changed_once(store, shop):
    """Two changes of the same version at once: exactly one wins, the other learns that it is late."""
    for version in range(1, 6):
        names = (f"a{version}", f"b{version}")
        changes = [partial(store.replace, shop, config(name), ACTOR, if_version=version) for name in names]
        results = at_once(changes)
        assert sum(isinstance(result, PreconditionFailed) for result in results) == 1
    assert store.get(shop).version == 6
    assert [line.version for line in store.versions(shop, 10, None)] == [6, 5, 4, 3, 2, 1]


def test_changes_without_a_version_all_count(store, shop):
    """Without a version named, the last change wins, and every one of them is in the history."""
    at_once([partial(store.replace, shop, config(f"n{number}"), ACTOR, if_version=None) for number in range(3)])
    saved = store.versions(shop, 10, None)
    assert [line.version for line in saved] == [4, 3, 2, 1]
    assert {line.config["name"] for line in saved} == {"one", "n0", "n1", "n2"}
    assert store.get(shop).config.name == saved[0].config["name"]


def test_deleted_business_is_gone_and_comes_back(store, shop, database):
    """A deleted business answers as an unknown one to everything; restored, it is as it was, two versions later."""
    store.set_deleted(shop, ACTOR, deleted=True, if_version=1)
    for call in (
        lambda: store.get(shop),
        lambda: store.replace(shop, config("x"), ACTOR, if_version=None),
        lambda: store.set_deleted(shop, ACTOR, deleted=True, if_version=None),
        lambda: store.versions(shop, 5, None),
        lambda: SourceStore(database).list_of(shop, 5),
        lambda: BuildStore(database).start(shop, "b", ACTOR),
        lambda: ApiKeyStore(database).list_of(shop, 5, ""),
    ):
        with pytest.raises(NotFound):
            call()
    assert store.get(shop, deleted=True).deleted_at is not None
    restored = store.set_deleted(shop, ACTOR, deleted=False, if_version=None)
    assert (restored.version, restored.status, restored.deleted_at) == (3, "active", None)
    assert restored.config == config("one")
    with pytest.raises(NotFound):
        store.set_deleted(shop, ACTOR, deleted=False, if_version=None)
    assert actions(database, shop) == ["business.created", "business.deleted", "business.restored"]


def test_saved_versions_of_a_deleted_business_are_gone_too(store, shop):
    """Also one saved configuration of a deleted business is not found."""
    store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    with pytest.raises(NotFound):
        store.version_config(shop, 1)


def test_purge_leaves_the_audit_log_alone(store, servers, database, business):
    """A purge needs a deletion first, then removes the business from every table; what was done stays on record."""
    business_with_everything(database, business)
    with pytest.raises(Conflict) as caught:
        store.purge(business, ACTOR)
    assert caught.value.code == "not_deleted"
    store.set_deleted(business, ACTOR, deleted=True, if_version=None)
    store.purge(business, ACTOR)
    owner = raw("postgres", servers.ports.postgres, servers.database)
    tables = owner.run("SELECT table_name FROM information_schema.columns WHERE column_name = 'business_id'")
    left = {name for (name,) in tables if owner.run(f"SELECT 1 FROM {name} WHERE business_id = %s", business)}
    assert owner.run("SELECT 1 FROM businesses WHERE id = %s", business) == []
    owner.close()
    assert len(tables) >= 8
    assert left == {"audit_log"}
    assert actions(database, business)[-1] == "business.purged"
    with pytest.raises(NotFound):
        store.purge(business, ACTOR)
    assert store.create(business, config("anew"), ACTOR).version == 1


def test_listing_pages_in_order(store, business):
    """Pages of the list join without a gap or a repeat, deleted businesses only when asked for."""
    ids = [f"{business}-{number}" for number in range(5)]
    for business_id in ids:
        store.create(business_id, config(), ACTOR)
    store.set_deleted(ids[2], ACTOR, deleted=True, if_version=None)
    first = store.list_all(2, business)
    assert [record.id for record in first] == ids[:2]
    assert [record.id for record in store.list_all(2, first[-1].id)] == [ids[3], ids[4]]
    assert [record.id for record in store.list_all(5, business, deleted=True)] == ids


def test_interactions_with_a_purged_business_are_refused_in_our_words(database, business):
    """An event or a verdict for a business that is gone (a cache may not know yet) is one of our errors, not SQL's."""
    with pytest.raises(PlatformError):
        InteractionStore(database, SEALING).add_event(business, event_id="e", session_id="s", kind="opened")
    with pytest.raises(PlatformError):
        InteractionStore(database, SEALING).set_feedback(business, "s", "m", "up", "")


def test_events_once_feedback_last(database, shop, sealing):
    """The same event twice is kept once; a later verdict replaces the earlier; erasing takes one session's alone."""
    store = InteractionStore(database, sealing)
    for session in ("s", "s", "t"):
        store.add_event(shop, event_id=f"evt-{session}", session_id=session, kind="opened", data={"ü": [1]})
    store.set_feedback(shop, "s", "m", "up", "")
    store.set_feedback(shop, "s", "m", "down", "because")
    with database.tenant(shop) as tx:
        events = tx.run("SELECT id, data, sealed FROM widget_events ORDER BY id")
        [verdict] = tx.run("SELECT rating, comment, sealed FROM feedback")
    assert [sealing.opened(WIDGET_EVENTS, shop, one) for one in events] == [
        {"id": "evt-s", "data": {"ü": [1]}}, {"id": "evt-t", "data": {"ü": [1]}},
    ]  # fmt: skip
    assert sealing.opened(FEEDBACK, shop, verdict) == {"rating": "down", "comment": "because"}
    TraceStore(database, SEALING).erase(shop, ("s",))
    with database.tenant(shop) as tx:
        assert tx.run("SELECT id FROM widget_events") == [{"id": "evt-t"}]
        assert tx.run("SELECT 1 FROM feedback") == []


def test_audit_log_is_paged_and_private(store, database, shop):
    """Lines come newest first and page without a gap; a business reads its own, the platform reads all."""
    other = f"{shop}-2"
    store.create(other, config(), ACTOR)
    for number in range(4):
        store.replace(shop, config(f"n{number}"), ACTOR, if_version=None)
    log = AuditStore(database)
    lines = log.of_business(shop, 3, None)
    lines += log.of_business(shop, 3, lines[-1].id)
    assert [line.action for line in lines] == ["business.updated"] * 4 + ["business.created"]
    assert {line.business_id for line in lines} == {shop}
    assert {shop, other} <= {line.business_id for line in log.of_platform(1000, None)}
