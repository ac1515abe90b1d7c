"""What happened, in Postgres: kept once, counted once, sealed, and each business's own."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.postgres.database import Database
from shared.adapters.postgres.journal import PURPOSE, JournalStore
from shared.adapters.vault import Vault
from shared.domain.errors import DatabaseUnavailable
from shared.domain.events import (
    CostArose,
    CtaClicked,
    CtasShown,
    Event,
    Exposed,
    FeedbackGiven,
    GapFound,
    HandoffAsked,
    LeadFound,
    SessionBegan,
    Talk,
    TurnEnded,
)
from tests.stores.rows import raw
from tests.unit.samples import a_tenant

VAULT = Vault(["k" * 32])
NOW = dt.datetime(2026, 11, 23, 17, 40, tzinfo=dt.UTC)
SECRET = "My name is Ana Lopez, 'quoted' \\ and 100 % of it"


@pytest.fixture
def tenant(businesses):
    """A business."""
    return replace(a_tenant(), id=businesses())


@pytest.fixture
def businesses(pool) -> Callable[[], str]:
    """Makes businesses."""

    def make() -> str:
        name = f"journal-{uuid.uuid4().hex[:10]}"
        with pool.platform() as tx:
            tx.run('INSERT INTO businesses (id, config) VALUES (%s, \'{"name": "Shop"}\')', name)
        return name

    return make


@pytest.fixture
def journal(pool):
    """The store."""
    return JournalStore(pool, VAULT)


def of(name: str, session: str = "s-1", at: dt.datetime = NOW) -> dict[str, Any]:
    return {"id": f"{session}/{name}", "at": at, "session_id": session}


def a_turn(number: int = 1, session: str = "s-1", ending: str = "answered", **more: Any) -> TurnEnded:
    return TurnEnded(
        **of(f"m-{number}/turn", session), message_id=f"m-{number}", ending=ending, greeting=False, intent="price",
        confidence=0.9, sentiment="negative", score=-0.5, state="answering", language="en", ms=812.0, first_ms=90.0,
        **more,
    )  # fmt: skip


def a_talk(number: int = 1, session: str = "s-1", ending: str = "answered") -> Talk:
    return Talk(
        session_id=session, message_id=f"m-{number}", started_at=NOW.isoformat(), at=NOW, channel="web", number=number,
        state="answering", ending=ending, language="en", question=SECRET, html=f"<p>{SECRET}</p>", answer=SECRET,
        decisions={"intent": {"name": "price"}},
    )  # fmt: skip


def counts(pool: Database, business_id: str, hour: dt.datetime | None = None) -> dict[str, int]:
    """Return what was counted, by `metric key`."""
    with pool.tenant(business_id) as tx:
        rows = tx.run(
            "SELECT metric, key, sum(n)::bigint AS n FROM counts WHERE business_id = %s"
            " AND (%s::timestamptz IS NULL OR hour = %s::timestamptz) GROUP BY 1, 2",
            business_id, hour, hour,
        )  # fmt: skip
    return {f"{row['metric']} {row['key']}".strip(): row["n"] for row in rows if row["n"]}


def everything() -> list[Event]:
    return [
        SessionBegan(**of("session"), page="acme.example/prices"),
        a_turn(degraded=("crm",)),
        CtasShown(**of("m-1/ctas"), ctas=("book", "call")),
        CtaClicked(**of("click"), cta="book"),
        LeadFound(**of("lead")),
        CostArose(**of("m-1/cost"), items=({"what": "flash", "unit": "tokens_in", "amount": 900, "micros": 270},)),
        Exposed(**of("exposure"), experiment="tone", arm="warm", unit="u-1"),
    ]


ALL = {
    "sessions": 1, "pages acme.example/prices": 1, "turns answered": 1, "intents price": 1, "moods negative": 1,
    "languages en": 1, "waits 31": 1, "degraded crm": 1, "ctas_shown book": 1, "ctas_shown call": 1,
    "ctas_clicked book": 1, "leads": 1, "usage flash tokens_in": 900, "exposures tone warm": 1,
    "reached answered": 1, "reached cta_shown": 1, "reached cta_clicked": 1, "reached lead": 1, "reached resolved": 1,
}  # fmt: skip


def test_a_turn_is_kept_and_counted_once(journal, pool, tenant):
    """However often it comes, and whatever comes with it the second time."""
    for _ in range(3):
        journal.keep(tenant, everything(), a_talk())
    assert counts(pool, tenant.id) == ALL
    with pool.tenant(tenant.id) as tx:
        [talk] = tx.run("SELECT * FROM conversations")
        [turn] = tx.run("SELECT * FROM turns")
        assert tx.one("SELECT count(*) FROM events") == {"count": 7}
        assert tx.one("SELECT arm FROM exposures WHERE unit = 'u-1'") == {"arm": "warm"}
    assert (talk["turns"], talk["micros"], talk["started_at"]) == (1, 270, NOW)
    said = json.loads(VAULT.open(tenant.id, PURPOSE, turn["sealed"]))
    assert said == {"question": SECRET, "html": f"<p>{SECRET}</p>", "answer": SECRET}


def test_nothing_said_is_readable_in_the_database(journal, servers, tenant, pool):
    """The rows as a thief of the disk would have them."""
    journal.keep(tenant, everything(), a_talk())
    connection = raw("postgres", servers.ports.postgres, servers.database)
    try:
        for table in ("events", "turns", "conversations", "counts", "exposures"):
            rows = connection.run(f"SELECT t::text FROM {table} t WHERE business_id = '{tenant.id}'")
            assert rows
            assert "Ana" not in str(rows)
    finally:
        connection.close()


def test_an_hour_is_one_of_the_businesss_own_clock(journal, pool, tenant):
    """India's begins at half past."""
    hours = tenant.config.opening_hours.model_copy(update={"time_zone": "Asia/Kolkata"})
    there = replace(tenant, config=tenant.config.model_copy(update={"opening_hours": hours}))
    journal.keep(there, everything(), a_talk())
    assert counts(pool, tenant.id, NOW.replace(minute=30))["turns answered"] == 1


def test_what_becomes_of_a_conversation_is_told_of_its_beginning(journal, pool, tenant):
    """Resolved until a person is called or it is rated down: the first hour's count changes, hours later."""
    journal.keep(tenant, [SessionBegan(**of("session")), a_turn()], a_talk())
    assert counts(pool, tenant.id)["reached resolved"] == 1
    later = NOW + dt.timedelta(hours=5)
    journal.keep(tenant, [FeedbackGiven(**of("m-1/feedback", at=later), message_id="m-1", rating="down")])
    assert "reached resolved" not in counts(pool, tenant.id)
    journal.keep(tenant, [HandoffAsked(**of("handoff", at=later))])
    assert counts(pool, tenant.id, NOW.replace(minute=0))["reached handoff"] == 1
    gap = [a_turn(1, "s-2"), GapFound(**of("m-1/gap", "s-2"), message_id="m-1")]
    journal.keep(tenant, gap, a_talk(1, "s-2"))
    assert "reached resolved" not in counts(pool, tenant.id)


def test_counting_anew_finds_the_same(journal, pool, tenant):
    """From the events alone."""
    for session in range(5):
        begun = [SessionBegan(**of("session", f"s-{session}")), a_turn(1, f"s-{session}")]
        journal.keep(tenant, begun, a_talk(1, f"s-{session}"))
        journal.keep(tenant, [a_turn(2, f"s-{session}", "failed")], a_talk(2, f"s-{session}", "failed"))
    before = counts(pool, tenant.id)
    with pool.tenant(tenant.id) as tx:
        tx.run("UPDATE counts SET n = n + 7")
        tx.run("SELECT recount('UTC', %s, %s)", NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1))
    assert counts(pool, tenant.id) == before


def test_one_business_does_not_count_for_another(journal, pool, businesses):
    """The same sessions and ids in two."""
    one, other = (replace(a_tenant(), id=businesses()) for _ in range(2))
    journal.keep(one, everything(), a_talk())
    assert counts(pool, other.id) == {}
    journal.keep(other, everything(), a_talk())
    assert (counts(pool, one.id), counts(pool, other.id)) == (ALL, ALL)


def test_a_database_that_is_away_is_told_later(opener, pool, tenant):
    """Nothing is raised, nothing is lost, nothing comes twice."""

    class Moody:
        away = True

        def tenant_once(self, *call: object) -> None:
            if self.away:
                raise DatabaseUnavailable("It is away.")
            pool.tenant_once(*call)

    database = Moody()
    journal = JournalStore(database, VAULT)  # type: ignore[arg-type]
    for number in (1, 2):
        journal.keep(tenant, [a_turn(number)], a_talk(number))
    assert counts(pool, tenant.id) == {}
    database.away = False
    journal.keep(tenant, [a_turn(3)], a_talk(3))
    assert counts(pool, tenant.id)["turns answered"] == 3


def test_a_broken_connection_is_replaced(pool, servers, journal, tenant):
    """The server has closed it meanwhile: the next turn is kept on another one."""
    journal.keep(tenant, [a_turn(1)], a_talk(1))
    pool._idle[0]._usock.close()
    journal.keep(tenant, [a_turn(2)], a_talk(2))
    assert counts(pool, tenant.id)["turns answered"] == 2


def test_what_the_statement_refuses_leaves_a_good_pool(pool, journal, tenant):
    """A business that is gone."""
    journal.keep(replace(tenant, id="nobody-here"), [a_turn(1)], a_talk(1))
    journal.keep(tenant, [a_turn(1)], a_talk(1))
    assert counts(pool, tenant.id)["turns answered"] == 1


def test_months_are_made_and_dropped(pool):
    """By the platform, which may make no other table; a second time changes nothing; later months stay."""
    for _ in range(2):
        with pool.platform() as tx:
            tx.run("SELECT make_event_months('2001-01-15', '2001-03-01')")
    listed = "SELECT relname FROM pg_class WHERE relname LIKE 'events_2%%' AND relkind = 'r' ORDER BY 1"
    with pool.platform() as tx:
        names = [row["relname"] for row in tx.run(listed)]
        assert names[:3] == ["events_2001_01", "events_2001_02", "events_2001_03"]
        assert tx.one("SELECT drop_event_months('2001-04-01') AS n") == {"n": 3}
        assert [row["relname"] for row in tx.run(listed)] == names[3:]
    with pytest.raises(Exception, match="permission denied"), pool.tenant("acme") as tx:
        tx.run("SELECT make_event_months('2001-01-15', '2001-03-01')")
