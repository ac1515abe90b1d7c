"""Questions without an answer in Postgres: kept with their turn, sealed, decided on, and each business's own."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.gaps import GapStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.retention import Days, RetentionStore
from shared.adapters.postgres.rotation import SealedTurns
from shared.adapters.postgres.sealed_gaps import GAP_PURPOSE
from shared.adapters.postgres.traces import mark_of
from shared.adapters.vault import Vault
from shared.domain.business import BusinessConfig
from shared.domain.errors import DatabaseUnavailable, NotFound
from shared.domain.events import Gap, Talk
from tests.stores.rows import ACTOR, raw
from tests.unit.samples import a_tenant

VAULT = Vault(["k" * 32])
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
QUESTION = "Do you take 'old' bicycles \\ at 100 %?"
VECTOR = bytes(range(256)) * 3


@pytest.fixture
def shop(pool):
    """A business's id."""
    name = f"gaps-{uuid.uuid4().hex[:10]}"
    BusinessStore(pool).create(name, BusinessConfig(name="Shop"), ACTOR)
    return name


@pytest.fixture
def store(pool):
    """The store."""
    return GapStore(pool, VAULT)


def told(number=1, gap=Gap(QUESTION, "model/384", VECTOR), at=NOW):  # noqa: B008 - never changed
    """Return a turn whose question had no answer."""
    return Talk(
        session_id="s-1", message_id=f"m-{number}", started_at=at.isoformat(), at=at, channel="voice", number=number,
        state="answering", ending="answered", language="de", question="?", html="!", answer="!", gap=gap,
    )  # fmt: skip


def kept(pool, business_id, *talks, vault=VAULT):
    """Keep turns as the engine does."""
    for talk in talks:
        JournalStore(pool, vault).keep(replace(a_tenant(), id=business_id), [], talk)


def test_a_gap_is_kept_once_with_its_turn(pool, store, shop):
    """As it was, vector and all, however often the turn comes; a turn that was answered leaves none."""
    kept(pool, shop, told(), told(), told(2, gap=None))
    found = store.read(shop)
    [gap] = found.gaps
    assert (gap.question, gap.space, gap.vector) == (QUESTION, "model/384", VECTOR)
    assert (gap.session_id, gap.message_id, gap.at, gap.channel, gap.language) == ("s-1", "m-1", NOW, "voice", "de")
    assert (found.more, found.unreadable, found.decisions) == (False, 0, {})
    with pool.tenant(shop) as tx:
        assert tx.one("SELECT count(*) AS n FROM turns") == {"n": 2}


def test_nothing_of_a_question_is_readable_in_the_database(pool, servers, store, shop):
    """Neither its words nor the vector that tells them."""
    kept(pool, shop, told())
    owner = raw("postgres", servers.ports.postgres, servers.database)
    [[row]] = owner.run(f"SELECT g::text FROM gaps g WHERE business_id = '{shop}'")
    owner.close()
    assert "bicycles" not in row
    assert b"bicycles".hex() not in row
    assert VECTOR[:16].hex() not in row


def test_what_no_key_opens_is_counted(pool, store, shop):
    """It does not stop the others from being read."""
    kept(pool, shop, told())
    kept(pool, shop, told(2), vault=Vault(["l" * 32]))
    found = store.read(shop)
    assert ([gap.message_id for gap in found.gaps], found.unreadable) == (["m-1"], 1)


def test_gaps_come_under_a_new_key(pool, store, shop):
    """As turns do: the old one is not needed afterwards."""
    kept(pool, shop, told())
    keys = Vault(["n" * 32, "k" * 32])
    assert SealedTurns(pool, keys, GAP_PURPOSE, "gaps").rotate().rewrapped >= 1
    assert GapStore(pool, Vault(["n" * 32])).read(shop).gaps[0].question == QUESTION
    assert SealedTurns(pool, keys, GAP_PURPOSE, "gaps").rotate().rewrapped == 0


def test_the_newest_are_read_and_what_was_decided_on_too(pool, store, shop):
    """Old questions that were decided on are not crowded out by new ones; `more` says that some were left."""
    talks = [told(number, at=NOW + dt.timedelta(minutes=number)) for number in range(1, 7)]
    kept(pool, shop, *talks)
    oldest = store.read(shop).gaps[:1]
    store.decide(shop, ACTOR, oldest[0].id, "dismissed", oldest)
    found = store.read(shop, 3)
    assert [gap.message_id for gap in found.gaps] == ["m-1", "m-4", "m-5", "m-6"]
    assert found.more
    assert not store.read(shop, 5).more


def test_a_decision_is_kept_replaced_and_forgotten(pool, store, shop):
    """With the questions it was made on; each step is in the audit log."""
    kept(pool, shop, told(1), told(2))
    gaps = store.read(shop).gaps
    store.decide(shop, ACTOR, "gap_x", "dismissed", gaps[:1])
    store.decide(shop, ACTOR, "gap_x", "answered", gaps, source_id="src_1", question="Old bicycles?")
    found = store.read(shop)
    assert [gap.group_id for gap in found.gaps] == ["gap_x", "gap_x"]
    decision = found.decisions["gap_x"]
    assert (decision.status, decision.source_id, decision.question) == ("answered", "src_1", "Old bicycles?")
    store.reopen(shop, ACTOR, "gap_x")
    found = store.read(shop)
    assert ([gap.group_id for gap in found.gaps], found.decisions) == (["", ""], {})
    with pool.tenant(shop) as tx:
        rows = tx.run("SELECT action FROM audit_log WHERE business_id = %s AND target = 'gap_x' ORDER BY id", shop)
    assert [row["action"] for row in rows] == ["gap.dismissed", "gap.answered", "gap.reopened"]


@pytest.mark.parametrize(
    ("publish", "is_live"), [("published", True), ("unchanged", True), ("blocked", False)], ids=str
)
def test_an_answer_is_in_use_after_the_first_build_that_read_it(pool, store, shop, publish, is_live):
    """Not after one that had begun before it, nor one that was held back."""
    kept(pool, shop, told())
    builds = BuildStore(pool)
    builds.start(shop, "bld_1", ACTOR)
    builds.claim(shop, "bld_1")
    gaps = store.read(shop).gaps
    store.decide(shop, ACTOR, "gap_x", "answered", gaps, source_id="src_1")
    builds.finish(shop, "bld_1", status="succeeded", publish="published")
    assert store.read(shop).decisions["gap_x"].live_since is None
    builds.start(shop, "bld_2", ACTOR)
    builds.claim(shop, "bld_2")
    builds.finish(shop, "bld_2", status="succeeded", publish=publish)
    assert (store.read(shop).decisions["gap_x"].live_since is not None) is is_live


def test_a_gap_that_waited_does_not_bring_an_erased_session_back(pool, store, shop):
    """The database was away, and the session was erased meanwhile; another session's gap is written late."""

    class Moody:
        away = True

        def tenant_once(self, *call: object) -> None:
            if self.away:
                raise DatabaseUnavailable("It is away.")
            pool.tenant_once(*call)

    database, tenant = Moody(), replace(a_tenant(), id=shop)
    journal = JournalStore(database, VAULT)  # type: ignore[arg-type]
    journal.keep(tenant, [], told())
    journal.keep(tenant, [], replace(told(), session_id="s-2"))
    with pool.tenant(shop) as tx:
        tx.run("INSERT INTO erased (business_id, mark) VALUES (%s, %s)", shop, mark_of(shop, "s-1"))
    database.away = False
    journal.keep(tenant, [], replace(told(3, gap=None), session_id="s-3"))
    assert [gap.session_id for gap in store.read(shop).gaps] == ["s-2"]


def test_a_gap_goes_with_its_conversation(pool, store, shop):
    """Also when that is erased by a release that does not know of gaps."""
    kept(pool, shop, told(), replace(told(), session_id="s-2"))
    with pool.tenant(shop) as tx:
        tx.run("DELETE FROM conversations WHERE business_id = %s AND session_id = 's-1'", shop)
    assert [gap.session_id for gap in store.read(shop).gaps] == ["s-2"]


def test_a_business_reads_its_own(pool, store, shop):
    """And one that is deleted has none."""
    kept(pool, shop, told())
    other = f"{shop}-other"
    BusinessStore(pool).create(other, BusinessConfig(name="Other"), ACTOR)
    assert store.read(other).gaps == ()
    store.decide(other, ACTOR, "gap_x", "dismissed", store.read(shop).gaps)
    assert store.read(shop).gaps[0].group_id == ""
    with pytest.raises(NotFound):
        store.read("nobody-here")


def test_decisions_go_with_the_last_of_their_questions(pool, shop, servers, store):
    """When its questions are too old to be kept, nothing can fall into the group any more."""
    kept(pool, shop, told(1), told(2))
    store.decide(shop, ACTOR, "gap_x", "dismissed", store.read(shop).gaps)
    owner = raw("postgres", servers.ports.postgres, servers.database)
    days = Days(conversations=100, events=200, handoffs=50, recordings=10)
    owner.run("UPDATE gap_groups SET decided_at = now() - interval '200 days' WHERE business_id = %s", shop)
    owner.run(
        "UPDATE gaps SET at = at - interval '200 days' WHERE business_id = %s AND message_id = 'm-1'", shop
    )  # fmt: skip
    cleaned = RetentionStore(pool).clean(shop, days)
    assert (cleaned.get("gaps"), cleaned.get("gap_groups")) == (1, None)
    owner.run("UPDATE gaps SET at = at - interval '200 days' WHERE business_id = %s", shop)
    owner.close()
    cleaned = RetentionStore(pool).clean(shop, days)
    assert (cleaned.get("gaps"), cleaned.get("gap_groups")) == (1, 1)
    assert store.read(shop).decisions == {}
