"""What is counted of an experiment as it happens is that of a count, one by one, of all that happened."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from shared.adapters.postgres import experiment_counts
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.experiment_counts import NUMBERS, ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.traces import TraceStore
from shared.adapters.vault import Vault
from shared.domain.errors import Unavailable
from shared.domain.events import CostArose, Event, Exposed, Failed, TurnEnded
from shared.domain.experiment_records import ArmCounts, Numbers
from tests.stores.histories import Conversation, History, reaches
from tests.stores.rows import ACTOR, SEALING, config
from tests.unit.experiment_samples import a_plan
from tests.unit.samples import a_tenant

RATES = ("lead", "deal", "cta_clicked", "resolved", "conversion", "rated_up", "rated_down", "handoff", "gap", "failed")
EVERYBODY = ((0, 10_000),)
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)


@dataclass
class Person:
    """A visitor of the experiment: the arm, when they met it, and their conversations, the first of them first."""

    unit: str
    arm: str
    at: dt.datetime
    talks: list[Conversation]

    def counted(self, start: dt.datetime, stop: dt.datetime) -> list[Conversation]:
        """Return the conversations that count: the first, and later ones while the experiment runs."""
        first, *later = self.talks
        return [first, *(talk for talk in later if max(self.at, start) <= talk.began <= stop)]

    def value(self, metric: str, talks: list[Conversation]) -> Any:
        """Return what a metric is of the person, as docs/experiments.md says."""
        since = [[event for event in talk.events if event.at >= self.at] for talk in talks]
        if metric == "failed":
            return any(isinstance(event, Failed) for events in since for event in events)
        if metric == "wait_ms":
            waits = [[one.ms for one in events if isinstance(one, TurnEnded) and one.ending == "answered"]
                     for events in since]  # fmt: skip
            means = [sum(ms) / len(ms) for ms in waits if ms]
            return sum(means) / len(means) if means else None
        if metric == "cost":
            return sum(item["micros"] for talk in talks for one in talk.events if isinstance(one, CostArose)
                       for item in one.items) / 1_000_000  # fmt: skip
        return any(
            metric in talk.reached and not any(event.at < self.at and metric in reaches(event) for event in talk.events)
            for talk in talks
        )


def brute_force(people: list[Person], metrics: tuple[str, ...], start: dt.datetime, stop: dt.datetime) -> ArmCounts:
    """Count an arm's people."""
    of = {name: [one.value(name, one.counted(start, stop)) for one in people] for name in metrics}
    return ArmCounts(
        units=len(people),
        reached={name: sum(of[name]) for name in metrics if name not in NUMBERS},
        numbers={
            name: Numbers(len(known), sum(known), sum(value**2 for value in known))
            for name in NUMBERS
            for known in [[value for value in of[name] if value is not None]]
        },
    )


def people_of(history: History, dice: random.Random) -> Iterator[Person]:
    """Make visitors of a history's conversations: most have one, some come again; each meets its arm at some turn."""
    talks = sorted(history.conversations, key=lambda talk: talk.began)
    while talks:
        mine = [talks.pop(0)]
        mine += [talks.pop(dice.randrange(len(talks))) for _ in range(dice.choice((0, 0, 1, 2))) if talks]
        mine.sort(key=lambda talk: talk.began)
        person = Person(f"u-{mine[0].session_id}", dice.choice("ab"), mine[0].began, mine)
        tell(person, dice.randrange(len(mine[0].steps)))
        yield person


def tell(person: Person, step: int) -> None:
    """Put the exposure into a step of the first conversation, and the pseudonym into all from then on."""
    first = person.talks[0]
    person.at = first.steps[step][0][0].at
    met = Exposed(
        id=f"{person.unit}/hello", at=person.at, session_id=first.session_id, channel=first.channel,
        experiment="hello", arm=person.arm, unit=person.unit,
    )  # fmt: skip
    first.steps[step][0].append(met)
    arms = {"hello": person.arm, "hello:unit": person.unit}
    for talk in person.talks:
        begin = step if talk is first else 0
        talk.steps[begin:] = [
            (events, replace(said, arms=arms) if said else None) for events, said in talk.steps[begin:]
        ]


def keep_in_order(history: History, journal: JournalStore, tenant: Any) -> None:
    """Keep what happened as it happened: conversations beside each other; some of it comes twice."""
    steps = [step for talk in history.conversations for step in talk.steps]
    for events, said in sorted(steps, key=lambda step: step[0][0].at):
        for _ in range(1 + (len(events) % 3 == 0)):
            journal.keep(tenant, events, said)


@pytest.fixture
def shop(pool, business):
    """A business."""
    BusinessStore(pool).create(business, config(), ACTOR)
    return business


def shown(counts: ExperimentCounts, business_id: str, record: Any) -> dict[str, ArmCounts]:
    """Return what is counted of each arm, of all metrics."""
    found: dict[str, ArmCounts] = {}
    for metric in (*RATES, *NUMBERS):
        goal = record.plan.goal.model_copy(update={"metric": metric})
        plan = record.plan.model_copy(update={"goal": goal, "guardrails": ()})
        for arm, of in counts.tally(business_id, replace(record, plan=plan)).arms.items():
            before = found.get(arm, ArmCounts())
            found[arm] = ArmCounts(of.units, {**before.reached, **of.reached}, {**before.numbers, **of.numbers})
    return found


def same(found: ArmCounts, expected: ArmCounts) -> None:
    """Compare an arm."""
    assert (found.units, found.reached) == (expected.units, expected.reached)
    for name, numbers in expected.numbers.items():
        assert found.numbers[name].units == numbers.units, name
        assert found.numbers[name].total == pytest.approx(numbers.total), name
        assert found.numbers[name].squares == pytest.approx(numbers.squares), name


@pytest.mark.parametrize("counted", [True, False], ids=["as it happens", "afterwards"])
def test_the_counts_are_those_of_a_recount(pool, shop, counted, monkeypatch):
    """As it happens, and afterwards for one that ran before there were counts; counted anew they are the same."""
    monkeypatch.setattr(experiment_counts, "AT_ONCE", 7)
    experiments, counts = ExperimentStore(pool), ExperimentCounts(pool)
    experiments.create(shop, a_plan(), "salt", ACTOR)
    experiments.start(shop, "hello", lambda *_: (EVERYBODY, 1000), ACTOR, if_version=None)
    start, stop = NOW - 11 * DAY, NOW - 3 * DAY
    with pool.tenant(shop) as tx:
        tx.run("UPDATE experiments SET started_at = %s, stopped_at = %s, counted = %s", start, stop, counted)
    record = experiments.get(shop, "hello")
    dice = random.Random(11)
    history = History(5, NOW - 12 * DAY, NOW - DAY, 160)
    people = list(people_of(history, dice))
    keep_in_order(history, JournalStore(pool, Vault(["k" * 32])), replace(a_tenant(), id=shop))
    expected = {
        arm: brute_force([one for one in people if one.arm == arm], (*RATES, *NUMBERS), start, stop) for arm in "ab"
    }
    assert min(min(of.reached.values()) for of in expected.values()) > 0, "something never happened: nothing was tried"
    found = shown(counts, shop, record)
    for arm in "ab":
        same(found[arm], expected[arm])
    with pool.tenant(shop) as tx:
        tx.run("SELECT recount_experiment('hello')")
    again = shown(counts, shop, record)
    for arm in "ab":
        same(again[arm], expected[arm])


def test_what_is_being_counted_is_said_so_and_goes_on(pool, shop, monkeypatch):
    """With too many visitors for one call, the next one goes on where it ended; who comes meanwhile is counted once."""
    monkeypatch.setattr(experiment_counts, "AT_ONCE", 10)
    experiments, seconds = ExperimentStore(pool), iter(range(0, 10_000, 5))
    experiments.create(shop, a_plan(), "salt", ACTOR)
    experiments.start(shop, "hello", lambda *_: (EVERYBODY, 1000), ACTOR, if_version=None)
    record = experiments.get(shop, "hello")
    with pool.tenant(shop) as tx:
        tx.run("UPDATE experiments SET counted = false")
    come = (
        "INSERT INTO exposures (business_id, experiment, unit, arm, session_id, at)"
        " SELECT %s, 'hello', %s || n, 'a', 's', now() FROM generate_series(1, %s) n"
    )
    counts = ExperimentCounts(pool, lambda: float(next(seconds)))
    with pool.tenant(shop) as tx:
        tx.run(come, shop, "m-", 100)
    asked = 0
    while True:
        try:
            found = counts.tally(shop, record)
        except Unavailable:
            asked += 1
            with pool.tenant(shop) as tx:
                tx.run(come, shop, f"{'az'[asked % 2]}{asked}-", 3)
        else:
            break
    assert asked > 2
    assert found.arms["a"].units == 100 + 3 * asked
    with pool.tenant(shop) as tx:
        tx.run(come, shop, "later-", 4)
    assert counts.tally(shop, record).arms["a"].units == 104 + 3 * asked


def test_days_of_a_change_are_counted_one_by_one(pool, shop):
    """Weights that change in the middle of a day: each visitor counts for those of their moment."""
    experiments, counts = ExperimentStore(pool), ExperimentCounts(pool)
    experiments.create(shop, a_plan(), "salt", ACTOR)
    experiments.start(shop, "hello", lambda *_: (EVERYBODY, 1000), ACTOR, if_version=None)
    record = experiments.get(shop, "hello")
    begin = (NOW - 6 * DAY).replace(hour=0, minute=0, second=0)
    changes = (begin, begin + dt.timedelta(days=1, hours=9, minutes=30), begin + dt.timedelta(days=1, hours=20),
               begin + 4 * DAY)  # fmt: skip
    stages = tuple(replace(record.stages[0], since=since) for since in changes)
    with pool.tenant(shop) as tx:
        tx.run(
            "INSERT INTO exposures (business_id, experiment, unit, arm, session_id, at) SELECT %s, 'hello', 'u-' || n,"
            " CASE WHEN n %% 3 = 0 THEN 'b' ELSE 'a' END, 's-' || n, %s::timestamptz + n * interval '10 minutes'"
            " FROM generate_series(-5, 5 * 144 - 1) n", shop, begin,
        )  # fmt: skip
    found = counts.tally(shop, replace(record, stages=stages)).stages
    until = [(since - begin) // dt.timedelta(minutes=10) for since in changes[1:]] + [5 * 144]
    expected = []
    for first, last in zip([-5, *until], until, strict=False):
        arms = ["b" if n % 3 == 0 else "a" for n in range(first, last)]
        expected.append({arm: arms.count(arm) for arm in set(arms)})
    assert list(found) == expected


def test_erasing_a_visitor_leaves_the_counts(pool, shop):
    """Nobody is in them; and what the erased conversation does later changes nothing."""
    experiments, counts = ExperimentStore(pool), ExperimentCounts(pool)
    experiments.create(shop, a_plan(), "salt", ACTOR)
    experiments.start(shop, "hello", lambda *_: (EVERYBODY, 1000), ACTOR, if_version=None)
    record = experiments.get(shop, "hello")
    history = History(5, NOW - DAY, NOW, 6)
    list(people_of(history, random.Random(1)))
    history.keep(JournalStore(pool, Vault(["k" * 32])), replace(a_tenant(), id=shop))
    before = counts.tally(shop, record)
    TraceStore(pool, SEALING).erase(shop, [talk.session_id for talk in history.conversations])
    late: Event = Failed(id="late", at=NOW, session_id=history.conversations[0].session_id, what="turn")
    JournalStore(pool, Vault(["k" * 32])).keep(replace(a_tenant(), id=shop), [late])
    assert counts.tally(shop, record) == before
    with pool.tenant(shop) as tx:
        assert tx.run("SELECT unit FROM exposures") == tx.run("SELECT unit FROM experiment_talks") == []
