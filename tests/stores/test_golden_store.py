"""Golden questions in Postgres: replaced as a whole, added, removed, each business its own; changes are audited."""

from functools import partial

import pytest

from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.golden import GoldenStore
from shared.domain.errors import Conflict, Invalid, NotFound
from shared.domain.golden import MAX_QUESTIONS, GoldenQuestion
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, config


def question(number, **fields):
    """Return a question."""
    return GoldenQuestion(id=f"q{number:04}", question=f"Question {number}?", **{"facts": ("£14",), **fields})


@pytest.fixture
def store(database, business):
    BusinessStore(database).create(business, config(), ACTOR)
    return GoldenStore(database)


def test_a_set_is_replaced_as_a_whole(store, business):
    """What was there before is gone; what is there comes back equal, in order of the ids."""
    whole = question(2, pages=("/a", "https://shop.example/b#page=2"), history=("Before?",), language="de")
    store.replace(business, [question(3), question(1)], ACTOR)
    store.replace(business, [whole, question(1, facts=(), answerable=False)], ACTOR)
    assert store.list_of(business) == [question(1, facts=(), answerable=False), whole]
    store.replace(business, [], ACTOR)
    assert store.list_of(business) == []


def test_one_is_added_and_removed(store, business):
    """Not twice, and not one that is not there."""
    store.add(business, question(1), ACTOR)
    with pytest.raises(Conflict, match="'q0001' already"):
        store.add(business, question(1, facts=("£15",)), ACTOR)
    assert store.list_of(business) == [question(1)]
    store.remove(business, "q0001", ACTOR)
    with pytest.raises(NotFound):
        store.remove(business, "q0001", ACTOR)


def test_there_is_an_end(store, business):
    """A thousand questions are the most; the set stays as it was."""
    store.replace(business, [question(number) for number in range(MAX_QUESTIONS)], ACTOR)
    with pytest.raises(Invalid, match="at most 1000"):
        store.add(business, question(5000), ACTOR)
    assert len(store.list_of(business)) == MAX_QUESTIONS


def test_two_sets_at_once(store, business):
    """Whoever comes later has the whole set: never half of each, and no error."""
    sets = [[question(number) for number in range(start, start + 50)] for start in (0, 25)]
    assert at_once([partial(store.replace, business, one, ACTOR) for one in sets]) == [None, None]
    assert store.list_of(business) in sets


def test_each_business_has_its_own(store, database, business):
    """The same id twice is two questions; a deleted or unknown business has none to show."""
    other = f"{business}-2"
    BusinessStore(database).create(other, config(), ACTOR)
    store.add(business, question(1), ACTOR)
    store.add(other, question(1, facts=("£99",)), ACTOR)
    store.remove(other, "q0001", ACTOR)
    assert store.list_of(business) == [question(1)]
    for unknown in (partial(store.list_of, "nobody"), partial(store.add, "nobody", question(1), ACTOR)):
        with pytest.raises(NotFound):
            unknown()


def test_changes_are_audited(store, database, business):
    """Who, and how many or which."""
    store.replace(business, [question(1)], ACTOR)
    store.add(business, question(2), ACTOR)
    store.remove(business, "q0001", ACTOR)
    lines = [
        (one.action, one.target, one.detail, one.actor) for one in AuditStore(database).of_business(business, 3, None)
    ]
    assert lines == [
        ("golden.deleted", "q0001", {}, ACTOR.name),
        ("golden.created", "q0002", {}, ACTOR.name),
        ("golden.replaced", "", {"questions": 1}, ACTOR.name),
    ]
