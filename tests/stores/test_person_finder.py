"""A person's sessions are found in as many steps as it takes, and by every name that comes to light on the way."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from shared.adapters.live_sessions import LiveSessions
from shared.adapters.person import PersonFinder, Search
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.people import PeopleStore
from shared.adapters.vault import Vault
from shared.domain.outbox import OutboxEntry
from shared.domain.subject import Subject
from shared.domain.voice import CallLimits
from tests.stores.rows import SEALING
from tests.stores.test_journal import a_talk
from tests.unit.samples import a_tenant

VAULT, NOW = Vault(["k" * 32]), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def shop(pool):
    """A business's id."""
    name = f"person-{uuid.uuid4().hex[:10]}"
    with pool.platform() as tx:
        tx.run('INSERT INTO businesses (id, config) VALUES (%s, \'{"name": "Shop"}\')', name)
    return name


@pytest.fixture
def say(pool, shop):
    """Keeps one turn of a session."""
    journal, tenant = JournalStore(pool, VAULT), replace(a_tenant(), id=shop)

    def keep(session_id, text, minute=0, keys=VAULT):
        talk = replace(a_talk(1, session_id), question=text, answer="", html="", at=NOW + dt.timedelta(minutes=minute))
        (journal if keys is VAULT else JournalStore(pool, keys)).keep(tenant, [], talk)

    return keep


@pytest.fixture
def finder(pool):
    """Without Redis: what runs is tried in tests of the functions."""
    return PersonFinder(PeopleStore(pool, SEALING), LiveSessions(None))


def found(finder, shop, search, most):
    """Look to the end; return how many calls it took."""
    for calls in range(1, 99):
        finder.go_on(shop, search, most)
        if search.position is None:
            return calls
    raise AssertionError("it never ends")


@pytest.mark.parametrize(("most", "calls"), [(3, 4), (1000, 1)])
def test_all_turns_are_looked_at_in_steps(finder, shop, say, most, calls):
    """None is left out at a border, and none is opened twice."""
    for minute in range(10):
        say(f"s-{minute}", "my mail is ana@x.example" if minute % 3 == 0 else "hello", minute)
    search = Search(Subject().also(emails=("ana@x.example",)))
    assert found(finder, shop, search, most) == calls
    assert search.sessions == {"s-0", "s-3", "s-6", "s-9"}


def test_a_name_that_comes_to_light_is_looked_for_from_the_start(finder, pool, shop, say):
    """An address leads to a session, its lead to a number, the number to a call and to an older session."""
    say("older", "I am at 01632 960001", 0)
    say("mine", "my mail is ana@x.example", 1)
    say("other", "my mail is bo@x.example", 2)
    entry = OutboxEntry(
        "k", "contact", "mine", ("p",), {"fields": {"phone": "+441632960001", "email": "shop@x.example"}}
    )
    OutboxStore(pool, SEALING).add(shop, [entry])
    CallStore(pool, SEALING).begin(
        shop, "CA1", session_id="call", caller="+441632960001", number="+44", mode="live", limits=CallLimits()
    )
    say("shops", "you are shop@x.example", 3)
    for most in (1, 1000):
        search = Search(Subject().also(emails=("ana@x.example",)), ignored=frozenset({"shop@x.example"}), region="GB")
        found(finder, shop, search, most)
        assert search.sessions - search.users == {"mine", "older", "call"}
        assert search.users == {"tel:+441632960001"}


def test_what_nobody_opens_is_counted(finder, shop, say):
    """It cannot be told whom it is about."""
    say("lost", "my mail is ana@x.example", keys=Vault(["l" * 32]))
    search = Search(Subject().also(emails=("ana@x.example",)))
    found(finder, shop, search, 5)
    assert (search.sessions, search.unreadable) == (set(), 1)
