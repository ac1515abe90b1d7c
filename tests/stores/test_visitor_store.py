"""Verified visitors in Postgres: remembered per business, never across, gone when asked; and the engine's port."""

import dataclasses

import pytest

from shared.adapters.known_visitors import KnownVisitors
from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.visitors import VisitorStore
from shared.domain.errors import DatabaseUnavailable, NotFound
from shared.domain.fields import FieldValue
from tests.stores.rows import ACTOR, SEALING, config, raw

EMAIL = FieldValue("ana@shop.example", "ana@shop.example", "m1", "2026-11-01T10:00:00+00:00", "confirmed")
NAME = FieldValue("Jürgen O'Néill", 'Jürgen "O\'Néill" %s', "m2", "2026-11-01T10:01:00+00:00", locked=False)
WHO = "ana@shop.example"


@pytest.fixture
def visitors(database, sealing):
    return VisitorStore(database, sealing)


@pytest.fixture
def pair(database, business):
    for business_id in (business, f"{business}-2"):
        BusinessStore(database).create(business_id, config(), ACTOR)
    return business, f"{business}-2"


def test_a_visitor_is_remembered(visitors, pair):
    """What is saved joins what was known; a language that is not known now does not erase the one that was."""
    shop, _ = pair
    assert visitors.load(shop, WHO) is None
    visitors.save(shop, WHO, {"email": vars(EMAIL)}, "de")
    assert visitors.load(shop, WHO) == {"fields": {"email": vars(EMAIL)}, "language": "de"}
    visitors.save(shop, WHO, {"name": vars(NAME)})
    both = {"email": vars(EMAIL), "name": vars(NAME)}
    assert visitors.load(shop, WHO) == {"fields": both, "language": "de"}
    assert visitors.get(shop, WHO).fields == both


def test_the_same_person_is_another_visitor_elsewhere(visitors, pair):
    """The same user id at another business is somebody else: nothing is loaded, changed or erased across."""
    shop, rival = pair
    visitors.save(shop, WHO, {"email": vars(EMAIL)}, "de")
    assert visitors.load(rival, WHO) is None
    with pytest.raises(NotFound):
        visitors.get(rival, WHO)
    assert not visitors.erase(rival, WHO, ACTOR)
    visitors.save(rival, WHO, {"name": vars(NAME)}, "fr")
    assert visitors.erase(rival, WHO)
    assert visitors.load(shop, WHO) == {"fields": {"email": vars(EMAIL)}, "language": "de"}


def test_hostile_ids_are_only_ids(visitors, pair):
    """An id is a bound value whatever stands in it."""
    visitors.save(pair[0], WHO, {}, "")
    for hostile in ("' OR '1'='1", "%", "ana@shop.example' --", "%s", ""):
        assert visitors.load(pair[0], hostile) is None


def test_a_tenants_transaction_sees_no_other_visitor(database, visitors, pair):
    """Row-level security holds where a statement forgot its filter."""
    shop, rival = pair
    visitors.save(shop, WHO, {"email": vars(EMAIL)}, "de")
    with database.tenant(rival) as tx:
        assert tx.run("SELECT * FROM visitors") == []
        assert tx.run("UPDATE visitors SET fields = '{}' RETURNING user_id") == []
        assert tx.run("DELETE FROM visitors RETURNING user_id") == []
    assert visitors.load(shop, WHO) is not None


def test_erasing_leaves_no_trace_of_who_it_was(visitors, database, pair):
    """The erasure is in the audit log, the visitor's id (an e-mail address, it may be) is not; twice is fine."""
    shop, _ = pair
    visitors.save(shop, WHO, {"email": vars(EMAIL)}, "de")
    assert visitors.erase(shop, WHO, ACTOR)
    assert not visitors.erase(shop, WHO, ACTOR)
    assert visitors.load(shop, WHO) is None
    lines = [line for line in AuditStore(database).of_business(shop, 10, None) if line.action == "visitor.erased"]
    assert len(lines) == 1
    assert lines[0].target
    assert "ana" not in repr(lines)


def test_visitors_go_with_their_business(visitors, database, servers, pair):
    """A purge removes the visitors of one business alone."""
    shop, rival = pair
    for business_id in pair:
        visitors.save(business_id, WHO, {}, "")
    store = BusinessStore(database)
    store.set_deleted(shop, ACTOR, deleted=True, if_version=None)
    with pytest.raises(NotFound):
        visitors.get(shop, WHO)
    store.purge(shop, ACTOR)
    owner = raw("postgres", servers.ports.postgres, servers.database)
    left = owner.run("SELECT business_id FROM visitors WHERE business_id IN (%s, %s)", shop, rival)
    owner.close()
    assert left == [(rival,)]


def test_the_engine_gets_its_own_values_back(visitors, pair):
    """Through the port, fields come back as the values they were, locks and states too; a stranger has none."""
    known = KnownVisitors(visitors)
    fields = {"email": EMAIL, "name": NAME, "phone": dataclasses.replace(EMAIL, state="corrected")}
    known.save(pair[0], WHO, fields, "de")
    assert known.load(pair[0], WHO) == fields
    assert known.load(pair[1], WHO) == {}
    assert known.load(pair[0], "stranger") == {}


def test_without_the_database_nobody_is_known():
    """A turn goes on: loading finds nobody and saving is silent, while the store itself says what is wrong."""
    away = VisitorStore(Database(connect_by_url("postgresql://x@127.0.0.1:1/x", "test"), size=1), SEALING)
    known = KnownVisitors(away)
    assert known.load("shop", WHO) == {}
    known.save("shop", WHO, {"email": EMAIL}, "de")
    with pytest.raises(DatabaseUnavailable):
        away.load("shop", WHO)
