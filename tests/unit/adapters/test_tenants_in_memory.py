"""Businesses kept in memory: fresh when it matters, there when the database is not."""

import datetime as dt
from typing import Any

import pytest

from shared.adapters.tenant_cache import FRESH_FOR_S, MAX_TENANTS, TenantCache
from shared.domain.errors import DatabaseUnavailable, NotFound
from shared.domain.records import BusinessRecord
from tests.unit.fakes import ManualClock
from tests.unit.samples import DEFAULTS, a_config

WHEN = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


class FakeStore:
    """Businesses at a version; counts how often it is asked."""

    def __init__(self) -> None:
        self.version = 1
        self.asked = 0
        self.trouble: Exception | None = None

    def get(self, business_id: str) -> BusinessRecord:
        """See `BusinessStore.get`."""
        self.asked += 1
        if self.trouble:
            raise self.trouble
        return BusinessRecord(business_id, "active", self.version, a_config(), WHEN, WHEN)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def cache(store: Any, clock: ManualClock) -> TenantCache:
    return TenantCache(store, DEFAULTS, clock.monotonic)


def test_a_fresh_business_costs_no_query(cache, store, clock):
    """For half a minute."""
    for _ in range(5):
        assert cache.get("acme").version == 1
        clock.sleep(FRESH_FOR_S / 6)
    assert store.asked == 1


def test_a_stale_business_is_read_again(cache, store, clock):
    """After that, once."""
    cache.get("acme")
    store.version = 2
    clock.sleep(FRESH_FOR_S)
    assert cache.get("acme").version == 2
    assert cache.get("acme").version == 2
    assert store.asked == 2


def test_an_announced_version_is_read_at_once(cache, store):
    """However fresh the known one is; an older or unknown announcement changes nothing."""
    known = cache.get("acme")
    store.version = 3
    assert cache.at_least(known, None) is known
    assert cache.at_least(known, 1) is known
    assert cache.at_least(known, 3).version == 3
    assert cache.get("acme").version == 3
    assert store.asked == 2


def test_while_the_database_is_away_the_known_business_serves(cache, store, clock):
    """Without asking for it with every turn, and as long as it takes."""
    known = cache.get("acme")
    store.trouble = DatabaseUnavailable("down")
    clock.sleep(FRESH_FOR_S * 100)
    assert cache.get("acme") == known
    assert cache.get("acme") == known
    assert store.asked == 2
    assert cache.at_least(known, 9) == known
    store.trouble, store.version = None, 9
    clock.sleep(FRESH_FOR_S)
    assert cache.get("acme").version == 9


def test_an_unknown_business_cannot_be_served_without_the_database(cache, store):
    """Then the error is the database's."""
    store.trouble = DatabaseUnavailable("down")
    with pytest.raises(DatabaseUnavailable):
        cache.get("acme")


@pytest.mark.parametrize("seen_by", ["get", "at_least"])
def test_a_deleted_business_is_forgotten(cache, store, clock, seen_by):
    """At once, and it does not come back when the database goes away after that."""
    known = cache.get("acme")
    store.trouble = NotFound("There is no such business.")
    clock.sleep(FRESH_FOR_S)
    with pytest.raises(NotFound):
        cache.get("acme") if seen_by == "get" else cache.at_least(known, 2)
    store.trouble = DatabaseUnavailable("down")
    with pytest.raises(DatabaseUnavailable):
        cache.get("acme")


def test_what_does_not_exist_is_asked_for_every_time(cache, store):
    """A business made a moment later is found."""
    store.trouble = NotFound("There is no such business.")
    with pytest.raises(NotFound):
        cache.get("acme")
    store.trouble = None
    assert cache.get("acme").version == 1


def test_memory_is_bounded_and_the_least_recently_read_goes(cache, store):
    """A thousand businesses are kept."""
    for n in range(MAX_TENANTS + 10):
        cache.get(f"b-{n}")
    before = store.asked
    cache.get(f"b-{MAX_TENANTS + 9}")
    assert store.asked == before
    cache.get("b-0")
    assert store.asked == before + 1


def test_platform_defaults_are_filled_in(cache):
    """What the business did not configure."""
    assert cache.get("acme").session_ttl_s == DEFAULTS.session_ttl_s
