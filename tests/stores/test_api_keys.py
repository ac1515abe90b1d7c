"""API keys in Postgres: each owner's own, never printed, revoked for good."""

import datetime as dt
from typing import Any

import pytest

from shared.adapters.postgres.api_keys import ApiKeyStore
from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.domain.errors import Conflict, NotFound
from shared.domain.records import ApiKeyRecord
from tests.stores.rows import ACTOR, config


@pytest.fixture
def store(database):
    return BusinessStore(database)


@pytest.fixture
def keys(database):
    return ApiKeyStore(database)


@pytest.fixture
def shop(store, business):
    store.create(business, config(), ACTOR)
    return business


def key(keys: ApiKeyStore, owner: str | None, key_id: str, **fields: Any) -> ApiKeyRecord:
    """Keep a key."""
    values: dict[str, Any] = {
        "name": "k",
        "hashed": bytes(range(256)),
        "scopes": ("read", "write"),
        "expires_at": None,
        **fields,
    }
    return keys.add(owner, ACTOR, key_id=key_id, **values)


def test_api_keys_belong_to_their_owner(keys, store, shop):
    """A key comes back as it was kept; each owner lists and revokes its own keys alone."""
    other = f"{shop}-2"
    store.create(other, config(), ACTOR)
    expires = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    mine = key(keys, shop, f"{shop}-k1", expires_at=expires)
    platform = key(keys, None, f"{shop}-k2")
    assert keys.find(mine.id) == mine
    assert (mine.hash, mine.scopes, mine.expires_at) == (bytes(range(256)), ("read", "write"), expires)
    assert [found.id for found in keys.list_of(shop, 10, "")] == [mine.id]
    assert platform.id in [found.id for found in keys.list_of(None, 1000, "")]
    assert mine.id not in [found.id for found in keys.list_of(None, 1000, "")]
    for wrong in (other, None):
        with pytest.raises(NotFound):
            keys.revoke(wrong, mine.id, ACTOR)
    with pytest.raises(NotFound):
        keys.revoke(shop, platform.id, ACTOR)
    assert keys.find(mine.id) == mine
    assert keys.find("unknown") is None


def test_revoked_key_stays_revoked(keys, shop, database):
    """Revoking twice is fine and keeps the first time; both keys and their ends are in the audit log."""
    made = key(keys, shop, f"{shop}-k1")
    keys.revoke(shop, made.id, ACTOR)
    first = keys.find(made.id)
    assert first is not None
    assert first.revoked_at is not None
    keys.revoke(shop, made.id, ACTOR)
    assert keys.find(made.id) == first
    assert [line.action for line in AuditStore(database).of_business(shop, 10, None)][-3:] == [
        "api_key.revoked", "api_key.created", "business.created",
    ]  # fmt: skip


def test_keys_are_not_printed(keys, shop):
    """The hash of a key does not appear where a record is logged or shown in a traceback."""
    assert "hash" not in repr(key(keys, shop, f"{shop}-k1"))


def test_key_needs_its_business(keys, business):
    """There is no key for an unknown business, and the same key id is not given twice."""
    with pytest.raises(NotFound):
        key(keys, business, "k")
    key(keys, None, f"{business}-k")
    with pytest.raises(Conflict):
        key(keys, None, f"{business}-k")
