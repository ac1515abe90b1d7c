"""What businesses spent, read from counts: by their own month and day, each its own, and all of them in order."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.postgres.budget_alerts import BudgetAlert, BudgetAlertStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.usage import UsageStore
from shared.domain.budget import NOTHING, Spent
from shared.domain.events import CostArose
from tests.stores.races import at_once
from tests.unit.samples import a_tenant

NOW = dt.datetime(2026, 11, 23, 17, 40, tzinfo=dt.UTC)


@pytest.fixture
def business(pool):
    """Makes businesses; keywords are their configuration."""

    def make(zone: str = "UTC", **config: Any) -> Any:
        tenant = replace(a_tenant(opening_hours={"time_zone": zone}, **config), id=f"usage-{uuid.uuid4().hex[:10]}")
        with pool.platform() as tx:
            document = tenant.config.model_dump_json()
            tx.run("INSERT INTO businesses (id, config) VALUES (%s, %s::jsonb)", tenant.id, document)
        return tenant

    return make


def spend(pool, tenant, at: dt.datetime, micros: int) -> None:
    """Let a business spend something at a moment."""
    item = {"what": "m", "unit": "tokens_in", "amount": micros, "micros": micros}
    cost = CostArose(id=uuid.uuid4().hex, at=at, session_id="s", items=(item,))
    JournalStore(pool, None).keep(tenant, [cost])


def test_the_month_and_the_day_begin_by_the_businesss_clock(pool, business):
    """In Auckland it is tomorrow already; what was before is not in it."""
    here, there = business("UTC"), business("Pacific/Auckland")
    moments = {
        dt.datetime(2026, 10, 31, 10, 30, tzinfo=dt.UTC): 1,  # October everywhere
        dt.datetime(2026, 10, 31, 11, 30, tzinfo=dt.UTC): 10,  # November in Auckland
        dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC): 100,  # in Auckland the day of the 23rd
        dt.datetime(2026, 11, 23, 11, 30, tzinfo=dt.UTC): 1000,  # in Auckland the 24th
    }
    for tenant in (here, there):
        for at, micros in moments.items():
            spend(pool, tenant, at, micros)
    usage = UsageStore(pool)
    assert usage.spent(here.id, "UTC", NOW) == Spent(1100, 1100)
    assert usage.spent(there.id, "Pacific/Auckland", NOW) == Spent(1110, 1000)
    assert usage.spent(business().id, "UTC", NOW) == NOTHING


def test_a_zone_of_half_hours_is_not_off(pool, business):
    """India's day begins at half past six in the evening, UTC."""
    tenant = business("Asia/Kolkata")
    spend(pool, tenant, dt.datetime(2026, 11, 22, 18, 29, tzinfo=dt.UTC), 1)
    spend(pool, tenant, dt.datetime(2026, 11, 22, 18, 31, tzinfo=dt.UTC), 10)
    assert UsageStore(pool).spent(tenant.id, "Asia/Kolkata", NOW) == Spent(11, 10)


def test_all_are_listed_once_the_dearest_first(pool, business):
    """Page by page, also where many cost the same; of the days asked for alone."""
    dear, same, none = business(), [business() for _ in range(4)], business()
    spend(pool, dear, NOW.replace(year=2031), 500)
    for tenant in same:
        spend(pool, tenant, NOW.replace(year=2031), 70)
    spend(pool, none, NOW.replace(year=2030), 10**9)
    usage, seen, after = UsageStore(pool), [], None
    while page := usage.by_business(dt.date(2031, 11, 1), dt.date(2031, 12, 1), 2, after):
        seen += page
        after = (page[-1].micros, page[-1].business_id)
    mine = [one for one in seen if one.business_id.startswith("usage-") and one.micros]
    assert [one.business_id for one in mine] == [dear.id, *sorted(tenant.id for tenant in same)]
    assert [one.micros for one in mine] == [500, 70, 70, 70, 70]
    assert len({one.business_id for one in seen}) == len(seen)
    assert next(one for one in seen if one.business_id == none.id).micros == 0


def test_only_those_who_want_to_be_told_are_watched(pool, business):
    """A limit and an address."""
    hook = "https://owner.example/hook"
    told = [
        business(budget={"monthly_usd": 1, "alerts_to": hook}),
        business(budget={"daily_usd": 1, "alerts_to": hook}),
    ]
    for budget in ({"monthly_usd": 1}, {"alerts_to": hook}, {}):
        business(budget=budget)
    found = [name for name in UsageStore(pool).with_budgets() if name in {one.id for one in told}]
    assert sorted(found) == sorted(one.id for one in told)
    assert all(name in found or not name.startswith("usage-") for name in UsageStore(pool).with_budgets())


def test_an_alert_has_one_teller(pool, business):
    """Raised by eight workers at once, told by one; once it is told, never again."""
    tenant, store = business(), BudgetAlertStore(pool)
    alerts = [BudgetAlert(f"month/2026-11/{percent:03}", {"percent": percent}) for percent in (50, 80)]

    def work() -> list[BudgetAlert]:
        store.raise_(tenant.id, alerts)
        return store.due(tenant.id)

    due = [one for found in at_once([work] * 8) for one in found]
    assert sorted(one.id for one in due) == [one.id for one in alerts]
    store.told(tenant.id, alerts[0].id, "")
    store.told(tenant.id, alerts[1].id, "the server answered 500")
    assert store.due(tenant.id) == []
    with pool.tenant(tenant.id) as tx:
        tx.run("UPDATE budget_alerts SET attempted_at = now() - interval '2 hours'")
    assert store.due(tenant.id) == [alerts[1]]
    with pool.tenant(tenant.id) as tx:
        tx.run("UPDATE budget_alerts SET at = now() - interval '25 hours', attempted_at = NULL")
    assert store.due(tenant.id) == []
