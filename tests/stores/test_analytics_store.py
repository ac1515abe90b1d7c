"""Counts as analytics reads them: days agree with hours whatever happens, ranges of keys are read, nobody else's."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from shared.adapters.postgres.analytics import AnalyticsStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.vault import Vault
from shared.domain.analytics import FIGURES, Cells, figures_of, metrics_of
from shared.domain.spans import Span
from tests.stores.analytics_calls import NOW, Calls, new_tenant
from tests.stores.histories import History, Part
from tests.stores.rows import raw

DAY = dt.timedelta(days=1)
SINCE, UNTIL = NOW - 12 * DAY, NOW + DAY
_HOURS = "SELECT metric, date_trunc('day', hour, 'UTC'), channel, key, sum(n), sum(total) FROM counts"
_DAYS = "SELECT metric, day, channel, key, n, total FROM count_days"


@pytest.fixture
def tenant(pool):
    """A business in India, where no hour is one of UTC's."""
    return new_tenant(pool, "Asia/Kolkata")


@pytest.fixture
def owner(servers):
    """The database's owner, who sees every row."""
    connection = raw("postgres", servers.ports.postgres, servers.database)
    yield connection
    connection.close()


def rows(owner, sql, business_id, group=""):
    """Return what was counted, by metric, day, channel and key; what came to nothing left out."""
    found = owner.run(f"{sql} WHERE business_id = '{business_id}' {group}")
    return {tuple(row[:4]): (int(row[4]), pytest.approx(row[5], abs=1e-6)) for row in found if row[4] or row[5]}


def agree(owner, business_id):
    """Compare days with hours; return how many days there are."""
    days = rows(owner, _DAYS, business_id)
    assert days == rows(owner, _HOURS, business_id, "GROUP BY 1, 2, 3, 4")
    return len(days)


def test_days_follow_hours(pool, tenant, owner):
    """After turns, after a recount, after hours are deleted or moved: in the same transaction."""
    history = History(3, SINCE, NOW, 40)
    history.keep(JournalStore(pool, Vault(["k" * 32])), tenant)
    kept = agree(owner, tenant.id)
    assert kept > 100
    with pool.tenant(tenant.id) as tx:
        tx.run("SELECT recount('Asia/Kolkata', %s, %s)", SINCE - 5 * DAY, UNTIL + 10 * DAY)
    assert agree(owner, tenant.id) == kept
    with pool.tenant(tenant.id) as tx:
        tx.run("UPDATE counts SET n = n + 3, hour = hour + interval '100 days' WHERE metric = 'turns'")
        tx.run("DELETE FROM counts WHERE metric = 'intents' OR hour < %s", NOW - 5 * DAY)
    assert 0 < agree(owner, tenant.id) < kept


def test_days_go_with_their_business(pool, tenant, owner):
    """Purging takes hours and days, in whatever order."""
    History(3, SINCE, NOW, 10).keep(JournalStore(pool, Vault(["k" * 32])), tenant)
    assert agree(owner, tenant.id)
    with pool.platform() as tx:
        tx.run("DELETE FROM businesses WHERE id = %s", tenant.id)
    assert rows(owner, _DAYS, tenant.id) == rows(owner, _HOURS, tenant.id, "GROUP BY 1, 2, 3, 4") == {}


def test_turns_at_the_same_time_are_all_counted(pool, servers, tenant, owner):
    """Eight instances keep turns of the same hours: nothing is lost, nothing waits for ever."""
    url = servers.function_env("admin")["DATABASE_URL"]
    histories = [History(seed, NOW - dt.timedelta(hours=3), NOW, 12) for seed in range(8)]
    for number, history in enumerate(histories):
        for talk in history.conversations:
            talk.steps = [
                ([_renamed(event, number) for event in events], said and _renamed(said, number))
                for events, said in talk.steps
            ]

    def keep(history: History) -> None:
        database = Database(connect_by_url(url, "test"), size=1)
        history.keep(JournalStore(database, Vault(["k" * 32])), tenant)
        database.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, histories))
    agree(owner, tenant.id)
    turns = sum(
        event.kind == "turn" for history in histories for talk in history.conversations for event in talk.events
    )
    with pool.tenant(tenant.id) as tx:
        assert tx.one("SELECT sum(n)::int AS n FROM counts WHERE metric = 'turns'") == {"n": turns}


def _renamed(one, number):
    ids = {"id": f"{number}/{one.id}"} if hasattr(one, "id") else {}
    return replace(one, session_id=f"{number}-{one.session_id}", **ids)


def test_one_business_reads_nothing_of_another(pool, tenant):
    """The figures of a business without visitors are those of no visitors."""
    History(3, SINCE, NOW, 10).keep(JournalStore(pool, Vault(["k" * 32])), tenant)
    other = new_tenant(pool, "UTC")
    calls = Calls(pool, other)
    times = {"first": SINCE.date(), "last": UNTIL.date()}
    nothing = calls.get("summary", **times, compare="previous")
    assert nothing["figures"] == Part([], []).figures()
    assert nothing["channels"] == {}
    assert nothing["previous"]["changes"]["turns"] == {"difference": 0, "share": None}
    for name in ("intents", "ctas", "pages", "languages", "channels"):
        assert calls.get(name, **times)["items"] == []
    assert not any(sum(day["turns"]) for day in calls.get("hours", **times)["days"])
    assert calls.get("waits", **times)["buckets"] == []


def test_a_change_of_the_zone_loses_nothing(pool, tenant):
    """What was counted by the old clock is still all there, in the new one's days."""
    history = History(3, SINCE, NOW - 4 * DAY, 30)
    history.keep(JournalStore(pool, Vault(["k" * 32])), tenant)
    turns = sum(event.kind == "turn" for talk in history.conversations for event in talk.events)
    store = AnalyticsStore(pool)
    for zone in ("Asia/Kolkata", "America/New_York", "UTC"):
        span = Span.asked(SINCE.date() - DAY, NOW.date(), zone, NOW)
        for pieces in (span.pieces(), span.pieces("day"), span.pieces("week")):
            assert sum(one.n for one in store.tallies(tenant.id, ["turns"], pieces)) == turns


def test_ranges_of_the_primary_keys_are_read(pool, servers, owner):
    """With rows of a year every plan goes by business, metric and hour or day: none reads what is not asked for."""
    tenant = new_tenant(pool, "America/New_York")
    owner.run(
        f"INSERT INTO counts SELECT '{tenant.id}', metric, hour, 'web', 'k', 1, 0 FROM generate_series("
        "'2025-12-01T00:00Z'::timestamptz, '2026-11-30T00:00Z', '1 hour') hour,"
        f" unnest(array{list(metrics_of(FIGURES))!r}) metric"
    )
    for table in ("counts", "count_days"):
        owner.run(f"ANALYZE {table}")
    plans: list[str] = []

    class Explained(AnalyticsStore):
        def _one(self, business_id, sql, *parameters):
            with self._database.tenant(business_id) as tx:
                plans.append("\n".join(row["QUERY PLAN"] for row in tx.run(f"EXPLAIN {sql}", *parameters)))
            return super()._one(business_id, sql, *parameters)

    store = Explained(pool)
    span = Span.asked(dt.date(2026, 1, 5), dt.date(2026, 3, 5), "America/New_York", NOW)
    store.tallies(tenant.id, metrics_of(FIGURES), span.pieces(), by_channel=True)
    days = store.tallies(tenant.id, ["turns"], span.pieces("day"))
    store.ranked(tenant.id, ["intents"], span.pieces(), 5)
    store.week(tenant.id, "turns", span)
    assert sum(one.n for one in days) == 60 * 24
    for plan in plans:
        assert "Seq Scan" not in plan
        for condition in [line for line in plan.splitlines() if "Index Cond" in line]:
            assert "metric" in condition
            assert "hour >=" in condition or "day >=" in condition


def test_figures_of_nothing():
    """Counts are 0, what divides by them is null."""
    assert figures_of(Cells()) == Part([], []).figures()
