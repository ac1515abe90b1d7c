"""Businesses kept per instance: no query for a turn, news within half a minute or with the announcement."""

import pytest

from local.stack.servers import owner_url
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import DOWN_FOR_S, Database
from shared.adapters.tenant_cache import FRESH_FOR_S, TenantCache
from shared.config import Settings
from shared.domain.errors import DatabaseUnavailable, NotFound
from tests.stores.conversations import ManualClock
from tests.stores.rows import ACTOR, config

DEFAULTS = Settings.read(environ={}).defaults()


class Counting(BusinessStore):
    """The store, counting how often it is asked; `down` lets it fail as it does without a database."""

    asked = 0
    down = False

    def get(self, business_id, *, deleted=False):
        """See `BusinessStore.get`."""
        self.asked += 1
        if self.down:
            raise DatabaseUnavailable("The database cannot be reached.")
        return super().get(business_id, deleted=deleted)


@pytest.fixture
def store(database):
    return Counting(database)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def cache(store, clock):
    return TenantCache(store, DEFAULTS, clock)


@pytest.fixture
def shop(store, business):
    store.create(business, config("one"), ACTOR)
    return business


def test_read_once_then_from_memory(cache, store, clock, shop):
    """A business is read once in half a minute, however many turns it has; then its newest version is seen."""
    assert [cache.get(shop).config.name for _ in range(10)] == ["one"] * 10
    store.replace(shop, config("two"), ACTOR, if_version=None)
    assert cache.get(shop).config.name == "one"
    assert store.asked == 1
    clock.sleep(FRESH_FOR_S)
    assert cache.get(shop).config.name == "two"
    assert store.asked == 2


def test_announced_version_is_read_at_once(cache, store, shop):
    """A turn that learns of a newer version reads it; an older or unknown one costs nothing."""
    tenant = cache.get(shop)
    store.replace(shop, config("two"), ACTOR, if_version=None)
    assert cache.at_least(tenant, None) is tenant
    assert cache.at_least(tenant, 1) is tenant
    assert store.asked == 1
    assert cache.at_least(tenant, 2).config.name == "two"
    assert cache.get(shop).version == 2


def test_stale_is_better_than_nothing(cache, store, clock, shop, caplog):
    """While the database is away known businesses are served as they were, asked for again now and then."""
    tenant = cache.get(shop)
    store.down = True
    clock.sleep(FRESH_FOR_S)
    assert [cache.get(shop) for _ in range(10)] == [tenant] * 10
    assert cache.at_least(tenant, 9) == tenant
    assert caplog.messages == ["tenant_served_stale"]
    with pytest.raises(DatabaseUnavailable):
        cache.get(f"{shop}-unknown")
    store.down = False
    clock.sleep(FRESH_FOR_S)
    assert cache.get(shop) == tenant


def test_deleted_business_is_gone(cache, store, clock, shop):
    """A deletion is seen with its announcement or after half a minute, and an unknown id is never kept."""
    tenant = cache.get(shop)
    deleted = store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    with pytest.raises(NotFound):
        cache.at_least(tenant, deleted.version)
    with pytest.raises(NotFound):
        cache.get(shop)
    restored = store.set_deleted(shop, ACTOR, deleted=False, if_version=None)
    assert cache.get(shop).version == restored.version


def test_database_that_is_down_is_asked_once_a_while():
    """An instance that starts while the database is down answers at once, for every business, that it is."""
    clock = ManualClock()
    pool = Database(connect_by_url(owner_url(1), "test"), size=1, monotonic=clock)
    cache = TenantCache(BusinessStore(pool), DEFAULTS, clock)
    for number in range(20):
        with pytest.raises(DatabaseUnavailable):
            cache.get(f"shop-{number}")
    clock.sleep(DOWN_FOR_S)
    with pytest.raises(DatabaseUnavailable):
        cache.get("shop-0")
