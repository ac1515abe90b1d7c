"""Simulated traffic: the bulk loader and the journal write the same rows and counts, and a second run adds nothing."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from local.traffic.businesses import PROFILES
from local.traffic.generate import Month, months, told
from local.traffic.loader import Loader
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.journal import PURPOSE, JournalStore
from shared.adapters.vault import Vault
from shared.domain.tenant import Tenant
from tests.unit.samples import DEFAULTS

VAULT = Vault(["k" * 32])
UNTIL = dt.date(2026, 11, 3)  # days of two months, and the end of summer time in two of the zones
TABLES = ("events", "conversations", "exposures", "turns", "counts")
WITHOUT = {"business_id", "sealed", "total"}


def month(profile: Any, name: str, events: int = 1500, seed: int = 7) -> Month:
    """Return ten days of a business of a test's own."""
    return Month(replace(profile, id=f"{name}-{profile.id}"), events, 10, seed, UNTIL)


def tables(pool: Database, business_id: str) -> dict[str, Any]:
    """Return the rows of every table of events, without what chance or the order of adding decides."""
    found: dict[str, Any] = {}
    with pool.tenant(business_id) as tx:
        for table in TABLES:
            where = "WHERE n <> 0 OR total <> 0" if table == "counts" else ""
            rows = tx.run(f"SELECT * FROM {table} {where}")
            found[table] = sorted(
                sorted((key, str(value)) for key, value in row.items() if key not in WITHOUT) for row in rows
            )
        totals = tx.run("SELECT metric, key, sum(total) AS total FROM counts GROUP BY 1, 2")
        found["totals"] = {(row["metric"], row["key"]): round(row["total"], 6) for row in totals if row["total"]}
        found["said"] = {
            (row["session_id"], row["message_id"]): VAULT.open(business_id, PURPOSE, row["sealed"])
            for row in tx.run("SELECT session_id, message_id, sealed FROM turns")
        }
    return found


@pytest.fixture
def loader(opener):
    """The bulk loader."""
    return Loader(opener, VAULT)


@pytest.mark.parametrize("profile", PROFILES[:3], ids=lambda profile: profile.id)
def test_the_loader_and_the_journal_agree(loader, pool, profile):
    """Whatever is written turn by turn with its counts is written in bulk and counted afterwards: equal in each row."""
    singly, bulk = month(profile, "singly"), month(profile, "bulk")
    loader.prepare(singly)
    tenant = Tenant.of(singly.profile.id, 1, singly.profile.config, DEFAULTS)
    journal = JournalStore(pool, VAULT)
    for one in told(bulk):
        journal.keep(tenant, one.events, one.talk)
    loader.prepare(bulk)
    added = loader.load(bulk, lambda _: None)
    one_by_one, at_once = tables(pool, singly.profile.id), tables(pool, bulk.profile.id)
    assert at_once == one_by_one
    assert added == len(at_once["events"]) >= 1500
    assert {"sessions", "turns", "reached", "usage", "calls", "waits"} <= {metric for metric, _ in metrics(at_once)}


def metrics(found: dict[str, Any]) -> set[tuple[str, str]]:
    """Return which counts there are, by metric and key."""
    return {(dict(row)["metric"], dict(row)["key"]) for row in found["counts"]}


def test_a_second_run_adds_nothing(loader, pool):
    """Not on another day either; another seed is other traffic."""
    first = month(PROFILES[0], "twice", events=600)
    loader.prepare(first)
    assert loader.load(first, lambda _: None) >= 600
    before = tables(pool, first.profile.id)
    later = replace(first, until=UNTIL + dt.timedelta(days=3))
    assert loader.until(later) == UNTIL
    assert loader.load(replace(later, until=loader.until(later)), lambda _: None) == 0
    assert tables(pool, first.profile.id) == before
    other = replace(later, seed=8)
    assert loader.until(other) == later.until
    assert loader.load(other, lambda _: None) >= 600


def test_an_interrupted_load_is_finished(loader, pool, monkeypatch):
    """Half of it is there, uncounted: the next run brings the rest and counts all."""
    wanted = month(PROFILES[1], "broken", events=900)
    loader.prepare(wanted)
    monkeypatch.setattr("local.traffic.loader.AT_ONCE", 300)

    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loader.load(wanted, stop)
    assert not tables(pool, wanted.profile.id)["counts"]
    again = loader.load(wanted, lambda _: None)
    found = tables(pool, wanted.profile.id)
    assert 0 < again < len(found["events"])
    assert found["counts"]


def test_the_same_seed_is_the_same_traffic():
    """Word by word; another seed, or another business, is different."""
    wanted = month(PROFILES[2], "pure", events=400)
    assert [*told(wanted)] == [*told(wanted)]
    others = (replace(wanted, seed=8), month(PROFILES[2], "other", events=400))
    for other in others:
        assert [one.events[0].at for one in told(other)] != [one.events[0].at for one in told(wanted)]


def test_businesses_differ_as_their_profiles_say():
    """In size, in when they are busy on their own clocks, in languages and mood; nothing lies beyond the month."""
    sizes, nights = [], []
    for one in months(PROFILES, 30_000, 28, 3, UNTIL):
        events = [event for each in told(one) for event in each.events]
        sizes.append(len(events))
        hours = Counter(event.at.astimezone(one.begin.tzinfo).hour for event in events if event.kind == "session")
        nights.append(sum(hours[hour] for hour in range(1, 6)) / hours.total())
        assert {event.data["language"] for event in events if event.kind == "turn"} <= set(one.profile.languages)
        assert all(one.begin <= event.at < one.end for event in events if event.kind == "session")
        assert len({event.id for event in events}) == len(events)
    assert sum(sizes) >= 30_000
    assert sizes[2] > 4 * sizes[3]
    assert max(nights) < 0.15
