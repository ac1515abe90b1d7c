"""What a digest reads, and that each week's is posted once: real rows, and a webhook that sometimes says no."""

import datetime as dt
import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from local.traffic.businesses import PROFILES
from local.traffic.generate import Month
from local.traffic.loader import Loader
from shared.adapters.clock import SystemClock
from shared.adapters.handoff_webhook import HandoffWebhook, signature
from shared.adapters.postgres.analytics import AnalyticsStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.digests import FIRST_RETRY_S, GIVE_UP_AFTER_S, DigestStore
from shared.adapters.postgres.experiment_counts import ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.adapters.postgres.handoffs import HandoffStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.vault import Vault
from shared.api.digests import Digests
from shared.api.worker.digests import WeeklyDigests
from shared.domain.digest import Behind, Week
from shared.domain.outbox import OutboxEntry
from tests.stores.rows import ACTOR, SEALING, config
from tests.webhooks import system

UNTIL = dt.date(2026, 11, 23)  # a Monday
WEEK = Week.parse("2026-W47")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class Clock(SystemClock):
    """A clock that a test sets."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def now(self) -> dt.datetime:
        """Return what it shows."""
        return self.at


@pytest.fixture
def digests(pool):
    """What makes digests."""
    return Digests(AnalyticsStore(pool), DigestStore(pool), ExperimentStore(pool), ExperimentCounts(pool))


@pytest.fixture
def traffic(opener, pool):
    """A business with three weeks of traffic, on the clock of Kolkata."""
    profile = replace(PROFILES[2], id=f"digest-{uuid.uuid4().hex[:10]}")
    month = Month(profile, 2500, 21, 5, UNTIL)
    loader = Loader(opener, Vault(["k" * 32]))
    loader.prepare(month)
    loader.load(month, lambda _: None)
    return BusinessStore(pool).get(profile.id)


def count(pool: Any, business_id: str, kind: str, week: Week, extra: str = "") -> int:
    """Return how many events a week had, counted one by one."""
    span = week.span("Asia/Kolkata")
    with pool.tenant(business_id) as tx:
        row = tx.one(
            f"SELECT count(*) FROM events WHERE kind = %s AND at >= %s AND at < %s {extra}",
            kind, span.since, span.until,
        )  # fmt: skip
    return int(row["count"])


def test_its_numbers_are_those_of_the_events(pool, digests, traffic):
    """Of the week and of the one before, on the business's own clock: counted again, event by event."""
    found = digests.of(traffic, WEEK, dt.datetime.now(dt.UTC))
    for name, kind in (("conversations", "session"), ("leads", "lead"), ("calls", "call"), ("gaps", "gap")):
        trend = found.trends[name]
        assert trend.now == count(pool, traffic.id, kind, WEEK) > 0
        assert trend.before == count(pool, traffic.id, kind, WEEK.before())
    assert sum(topic.n for topic in found.gap_intents) <= found.trends["gaps"].now
    top = found.intents[0]
    assert top.n == count(pool, traffic.id, "turn", WEEK, f"AND data ->> 'intent' = '{top.intent}'")
    assert 0 < found.cost.usd < found.cost.month_usd
    assert found.language == "en"


def test_gaps_are_told_by_what_the_questions_were_about(pool, traffic):
    """Each unanswered turn by its intent: as many as there are gaps."""
    span = WEEK.span("Asia/Kolkata")
    found = DigestStore(pool).gap_intents(traffic.id, span.since, span.until)
    assert sum(found.values()) == count(pool, traffic.id, "gap", WEEK)
    assert set(found) <= set(PROFILES[2].intents)
    hours = DigestStore(pool).calls_by_hour(traffic.id, span.since, span.until)
    assert sum(n for _, n in hours) == count(pool, traffic.id, "call", WEEK)
    assert all(hour.minute == 30 for hour, _ in hours)


@pytest.fixture
def business(pool):
    """Makes businesses."""
    made = []

    def make(webhook_url: str | None = None, **fields: Any) -> str:
        business_id = f"digest-{uuid.uuid4().hex[:10]}"
        document = config(digest={"webhook_url": webhook_url}, **fields)
        BusinessStore(pool).create(business_id, document, ACTOR)
        made.append(business_id)
        return business_id

    yield make
    for business_id in made:  # other tests' clocks must not find them due
        record = BusinessStore(pool).get(business_id)
        quiet = record.config.model_copy(update={"digest": config().digest})
        BusinessStore(pool).replace(business_id, quiet, ACTOR, if_version=None)


def test_what_waits_is_counted(pool, business):
    """Calls for a person nobody took, those older than a day, entries the CRM refused; nothing of another business."""
    mine, other = business(), business()
    store = DigestStore(pool)
    for number in range(3):
        HandoffStore(pool, SEALING).add(mine, handoff_id=f"hof_{number}", session_id="s", reason="asked", payload={})
    HandoffStore(pool, SEALING).close(mine, "hof_2", ACTOR)
    OutboxStore(pool, SEALING).add(mine, [OutboxEntry("contact:s", "contact", "s", ("p",), {"name": "x"})])
    with pool.tenant(mine) as tx:
        tx.run("UPDATE crm_outbox SET status = 'parked'")
    now = dt.datetime.now(dt.UTC)
    assert store.behind(mine, now) == Behind(2, 0, 1)
    assert store.behind(mine, now + DAY + HOUR) == Behind(2, 2, 1)
    assert store.behind(other, now) == Behind()


def test_builds_held_back_wait_until_one_answers(pool, business):
    """Those after the last one that was published; a later one that answers clears them away."""
    mine = business()
    builds, store, now = BuildStore(pool), DigestStore(pool), dt.datetime.now(dt.UTC)
    for number, (publish, waiting) in enumerate(
        [("blocked", 1), ("published", 0), ("blocked", 1), ("blocked", 2), ("", 2), ("unchanged", 0)]
    ):
        builds.start(mine, f"bld_{number}", ACTOR)
        builds.finish(mine, f"bld_{number}", status="succeeded" if publish else "failed", publish=publish)
        assert store.behind(mine, now).held_back == waiting, number


def next_monday(hour: int) -> dt.datetime:
    """Return an hour, UTC, of the next Monday: the week that is over then knows a business of today."""
    today = dt.datetime.now(dt.UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today + DAY * (7 - today.weekday())


def mine(store: DigestStore, now: dt.datetime, business_id: str) -> list[str]:
    """Return the weeks of a business that are due."""
    return [str(one.week) for one in store.due(now, 10_000) if one.business_id == business_id]


def test_it_is_due_on_monday_at_seven_of_the_businesss_own_clock(pool, business):
    """Not before, not where nobody waits for it, and not for a week that the business did not see."""
    store = DigestStore(pool)
    utc, tokyo = (business("https://a.example/", opening_hours={"time_zone": zone}) for zone in ("UTC", "Asia/Tokyo"))
    silent = business()
    monday = next_monday(0)
    week = str(Week.last_full(monday, "UTC"))
    before = monday - 3 * HOUR
    assert mine(store, before, utc) == mine(store, before, tokyo) == []
    assert mine(store, before + HOUR, tokyo) == [week]  # seven in Tokyo is 22:00 on Sunday
    assert mine(store, monday + 6.9 * HOUR, utc) == []
    assert mine(store, monday + 7 * HOUR, utc) == [week]
    assert mine(store, monday + 7 * HOUR, silent) == []


def test_one_of_many_posts_it_and_failures_come_again(pool, business):
    """A claim is one worker's; what failed is due later and later, and given up after three days."""
    store, one, now = DigestStore(pool), business("https://a.example/"), next_monday(7)
    week = Week.last_full(now, "UTC")
    assert [store.claim(one, week, now) for _ in range(2)] == [True, False]
    assert mine(store, now, one) == []
    store.told(one, week, "the server answered 500")
    soon = now + dt.timedelta(seconds=FIRST_RETRY_S)
    assert mine(store, soon - dt.timedelta(seconds=1), one) == []
    assert mine(store, soon, one) == [str(week)]
    assert store.claim(one, week, soon)
    assert mine(store, soon + dt.timedelta(seconds=FIRST_RETRY_S), one) == []
    assert mine(store, soon + dt.timedelta(seconds=2 * FIRST_RETRY_S), one) == [str(week)]
    assert mine(store, now + dt.timedelta(seconds=GIVE_UP_AFTER_S), one) == []
    store.told(one, week, "")
    assert not store.claim(one, week, soon + DAY)
    assert mine(store, now + 7 * DAY, one) == [str(Week(week.monday + 7 * DAY))]


@pytest.fixture
def post(pool, digests):
    """The worker's chore, with a clock of its own."""

    def make(clock: Clock, url: str) -> WeeklyDigests:
        webhook = HandoffWebhook([url.split("/")[2]], lambda business_id: f"secret of {business_id}")
        chores = iter(range(0, 10**6, 1000))
        return WeeklyDigests(BusinessStore(pool), DigestStore(pool), digests, webhook, clock, lambda: next(chores))

    return make


def test_the_webhook_gets_a_signed_letter_once(pool, business, post):
    """Until it says yes: the same week, figures and letter; another round posts nothing."""
    clock = Clock(next_monday(8))
    with system(500) as server:
        one = business(server.url, languages=["de"])
        chore = post(clock, server.url)
        assert chore() == {"failed": 1}
        assert chore() == {}
        server.status = 204
        clock.at += HOUR
        assert chore() == {"delivered": 1}
        clock.at += HOUR
        assert chore() == {}
    (_, first, _), (_, headers, body) = server.received
    sent = json.loads(body)
    week = str(Week.last_full(clock.at, "UTC"))
    assert (sent["business_id"], sent["week"], sent["language"]) == (one, week, "de")
    assert sent["html"].startswith("<!doctype html>")
    assert headers["x-chatbot-event"] == "digest.weekly"
    at = int(headers["x-chatbot-signature"].split(",")[0].removeprefix("t="))
    assert headers["x-chatbot-signature"] == signature(f"secret of {one}", body, at)
    assert headers["idempotency-key"] == first["idempotency-key"]
    assert headers["idempotency-key"].startswith(f"digest-{week}-")


def test_a_business_that_fails_does_not_stop_the_others(pool, business, post, digests, monkeypatch):
    """Whatever is wrong with one, the next gets its digest."""
    clock, real = Clock(next_monday(8)), digests.of
    with system() as server:
        broken, fine = sorted(business(server.url) for _ in range(2))

        def of(record: Any, *rest: Any) -> Any:
            if record.id == broken:
                raise RuntimeError("no")
            return real(record, *rest)

        monkeypatch.setattr(digests, "of", of)
        assert post(clock, server.url)() == {"failed": 1, "delivered": 1}
    assert [json.loads(body)["business_id"] for _, _, body in server.received] == [fine]
