"""Experiments in Postgres: their life, and who is told; what is counted of them; the worker that stops them."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.experiment_counts import ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.vault import Vault
from shared.api.worker.experiments import ExperimentWatch
from shared.domain.errors import Conflict, NotFound, PreconditionFailed
from shared.domain.events import CostArose, Event, Exposed, Failed, HandoffAsked, LeadFound, Talk, TurnEnded
from shared.domain.experiment_records import Numbers
from shared.experiments.judgement import UNBALANCED, judged
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, config
from tests.unit.experiment_samples import a_plan
from tests.unit.samples import a_tenant

EVERYBODY = ((0, 10_000),)


@pytest.fixture
def experiments(pool):
    """The store."""
    return ExperimentStore(pool)


@pytest.fixture
def shop(pool, business):
    """A business at version 1."""
    BusinessStore(pool).create(business, config(), ACTOR)
    return business


@pytest.fixture
def counts(pool):
    """What counts."""
    return ExperimentCounts(pool)


@pytest.fixture
def keep(pool, shop) -> Callable[..., None]:
    """Keeps events of the shop, with a conversation when one is named."""
    journal, tenant = JournalStore(pool, Vault(["k" * 32])), replace(a_tenant(), id=shop)

    def kept(events: Sequence[Event], session: str = "", **talk: Any) -> None:
        journal.keep(tenant, events, a_talk(session, **talk) if session else None)

    return kept


@pytest.fixture
def run(experiments, shop) -> Callable[..., Any]:
    """Drafts an experiment and starts it."""

    def started(**plan: Any) -> Any:
        experiments.create(shop, a_plan(**plan), "salt", ACTOR)
        name = plan.get("name", "hello")
        return experiments.start(shop, name, lambda *_: (EVERYBODY, 1000), ACTOR, if_version=None).record

    return started


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def of(session: str, name: str, at: dt.datetime | None = None) -> dict[str, Any]:
    return {"id": f"{session}/{name}", "at": at or now(), "session_id": session}


def met(session: str, arm: str, at: dt.datetime | None = None, unit: str = "") -> Exposed:
    """Return a visitor who meets an arm."""
    named = unit or f"u-{session}"
    event = {**of(session, "", at), "id": f"{named}/hello"}
    return Exposed(**event, experiment="hello", arm=arm, unit=named)


def a_turn(session: str, number: int, ms: float, at: dt.datetime | None = None) -> TurnEnded:
    return TurnEnded(
        **of(session, f"m-{number}/turn", at), message_id=f"m-{number}", ending="answered", greeting=False,
        intent="none", confidence=0.0, sentiment="unknown", score=0.0, state="answering", language="en", ms=ms,
        first_ms=ms,
    )  # fmt: skip


def a_talk(session: str, **more: Any) -> Talk:
    return Talk(
        session_id=session, message_id="m-1", started_at=now().isoformat(), at=now(), channel="web", number=1,
        state="answering", ending="answered", question="", html="", answer="", **more,
    )  # fmt: skip


def version_of(pool: Any, business_id: str) -> int:
    return BusinessStore(pool).get(business_id).version


def test_an_experiment_lives_its_whole_life(experiments, pool, shop):
    """Draft, changed, started, reweighed, stopped: each a version of its own, and of the business from the start on."""
    draft = experiments.create(shop, a_plan(), "salt", ACTOR)
    assert (draft.status, draft.version, draft.stages, draft.salt) == ("draft", 1, (), "salt")
    with pytest.raises(Conflict, match="already"):
        experiments.create(shop, a_plan(), "other", ACTOR)
    changed = experiments.replace(shop, a_plan(hypothesis="People like warmth."), ACTOR, if_version=1)
    assert (changed.plan.hypothesis, changed.version) == ("People like warmth.", 2)
    assert BusinessStore(pool).get(shop).experiments == ()
    started = experiments.start(shop, "hello", lambda *_: (EVERYBODY, 500), ACTOR, if_version=2)
    assert (started.business_version, version_of(pool, shop)) == (2, 2)
    [running] = BusinessStore(pool).get(shop).experiments
    assert (running.plan, running.salt, running.slots) == (started.record.plan, "salt", EVERYBODY)
    plan = started.record.plan.reweighed({"b": 3}, 0.5)
    after = experiments.reweigh(shop, plan, lambda *_: (((0, 5000),), 500), ACTOR, if_version=None)
    assert [dict(stage.weights) for stage in after.record.stages] == [{"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 3.0}]
    ended = experiments.stop(shop, "hello", "enough", ACTOR)
    assert (ended.record.status, ended.record.reason, ended.business_version) == ("stopped", "enough", 4)
    assert BusinessStore(pool).get(shop).experiments == ()
    actions = [line.action for line in AuditStore(pool).of_business(shop, 20, None) if "experiment" in line.action]
    assert actions == [f"experiment.{what}" for what in ("stopped", "reweighed", "started", "updated", "created")]


def test_what_cannot_be_done_any_more_is_refused(experiments, run, shop):
    """A draft cannot be stopped, what runs cannot be replaced or removed, an old version is not changed."""
    experiments.create(shop, a_plan("draft"), "salt", ACTOR)
    with pytest.raises(Conflict, match="draft, not running"):
        experiments.stop(shop, "draft", "", ACTOR)
    with pytest.raises(PreconditionFailed):
        experiments.replace(shop, a_plan("draft"), ACTOR, if_version=7)
    run()
    for change in (
        lambda: experiments.replace(shop, a_plan(), ACTOR, if_version=None),
        lambda: experiments.delete(shop, "hello", ACTOR, if_version=None),
        lambda: experiments.start(shop, "hello", lambda *_: (EVERYBODY, 1), ACTOR, if_version=None),
    ):
        with pytest.raises(Conflict, match="running, not draft"):
            change()
    experiments.delete(shop, "draft", ACTOR, if_version=None)
    with pytest.raises(NotFound):
        experiments.get(shop, "draft")


def test_a_refusal_to_start_leaves_everything_as_it_was(experiments, pool, shop):
    """What decides sees those that run, and its word is the last."""
    experiments.create(shop, a_plan("one"), "salt", ACTOR)
    experiments.create(shop, a_plan("two"), "salt", ACTOR)
    experiments.start(shop, "one", lambda *_: (EVERYBODY, 1), ACTOR, if_version=None)

    def decide(record: Any, running: Any, _config: Any) -> Any:
        raise Conflict(f"{record.plan.id} beside {[other.plan.id for other in running]}")

    with pytest.raises(Conflict, match=r"two beside \['one'\]"):
        experiments.start(shop, "two", decide, ACTOR, if_version=None)
    assert experiments.get(shop, "two").status == "draft"
    assert version_of(pool, shop) == 2


def test_an_arm_becomes_the_configuration_once(experiments, pool, run, shop):
    """With the end of the experiment, as one new version; a second time is refused."""
    run()

    def warmer(before: Any) -> Any:
        return before.model_copy(update={"tone": "warm"})

    changed = experiments.conclude(shop, "hello", "b", warmer, ACTOR, if_version=None)
    record = BusinessStore(pool).get(shop)
    assert (record.config.tone, record.version, record.experiments) == ("warm", 3, ())
    assert (changed.business_version, changed.record.status, changed.record.concluded) == (3, "stopped", "b")
    with pytest.raises(Conflict, match="is concluded"):
        experiments.conclude(shop, "hello", "b", warmer, ACTOR, if_version=None)
    run(name="other")
    kept = experiments.conclude(shop, "other", "a", lambda before: before, ACTOR, if_version=None)
    assert kept.business_version == 5  # nothing changed but who takes part, and instances are told


def test_a_plan_nobody_understands_does_not_take_the_business_along(experiments, pool, run, shop):
    """As a newer revision may have written it."""
    run()
    with pool.tenant(shop) as tx:
        tx.run("UPDATE experiments SET plan = jsonb_set(plan, '{arms,1,changes}', '{\"smell\": \"fresh\"}')")
    assert BusinessStore(pool).get(shop).experiments == ()


def test_each_visitor_counts_once_with_what_came_after(counts, keep, run, shop):
    """What was reached before the arm was met is not its doing; what others did is not theirs."""
    record, before = run(guardrails=[{"metric": "handoff"}, {"metric": "failed"}]), now() - dt.timedelta(minutes=5)
    keep([met("s-1", "a"), LeadFound(**of("s-1", "lead"))], "s-1")
    keep([met("s-2", "b"), LeadFound(**of("s-2", "lead")), HandoffAsked(**of("s-2", "handoff"))], "s-2")
    keep([LeadFound(**of("s-3", "lead", before))], "s-3")
    keep([met("s-3", "b")], "s-3")
    keep([met("s-4", "b"), Failed(**of("s-4", "error"), what="turn")], "s-4")
    keep([LeadFound(**of("s-5", "lead"))], "s-5")
    keep([met("s-6", "a")])  # a call that ended before its first word
    found = counts.tally(shop, record)
    assert (found.arms["a"].units, found.arms["b"].units) == (2, 3)
    assert found.arms["a"].reached == {"lead": 1, "handoff": 0, "failed": 0}
    assert found.arms["b"].reached == {"lead": 1, "handoff": 1, "failed": 1}
    assert found.stages == ({"a": 2, "b": 3},)


def test_a_persons_later_conversations_are_the_same_visitors(counts, keep, run, shop):
    """By the pseudonym; a stranger's are not."""
    record = run()
    keep([met("s-1", "b", unit="p-1")], "s-1", arms={"hello": "b", "hello:unit": "p-1"})
    for session in ("s-2", "s-3"):
        keep([met(session, "b", unit="p-1"), LeadFound(**of(session, "lead"))], session,
             arms={"hello": "b", "hello:unit": "p-1"})  # fmt: skip
    keep([LeadFound(**of("s-9", "lead"))], "s-9", arms={"hello": "b", "hello:unit": "p-9"})
    found = counts.tally(shop, record)
    assert (found.arms["b"].units, found.arms["b"].reached) == (1, {"lead": 1})


def test_numbers_are_added_up_by_visitor(counts, keep, run, shop):
    """The mean of a visitor's waits since they met it, and what their conversations cost in dollars."""
    record, before = run(guardrails=[{"metric": "wait_ms"}, {"metric": "cost"}]), now() - dt.timedelta(minutes=5)
    item = {"what": "flash", "unit": "tokens_in", "amount": 1, "micros": 500_000}
    keep([a_turn("s-1", 0, 9000, before)], "s-1")
    keep([met("s-1", "a"), a_turn("s-1", 1, 100), CostArose(**of("s-1", "cost"), items=(item,))], "s-1")
    keep([a_turn("s-1", 2, 300)], "s-1")
    keep([met("s-2", "a"), a_turn("s-2", 1, 400), CostArose(**of("s-2", "cost"), items=(item, item))], "s-2")
    keep([met("s-3", "a")], "s-3")
    found = counts.tally(shop, record).arms["a"]
    assert found.numbers["wait_ms"] == Numbers(2, 600.0, 200.0**2 + 400.0**2)
    assert found.numbers["cost"] == Numbers(3, 1.5, 1.25)


def exposed(pool: Any, business_id: str, **arms: int) -> None:
    """Put so many visitors into each arm, as a broken assignment would."""
    with pool.tenant(business_id) as tx:
        for arm, units in arms.items():
            tx.run(
                "INSERT INTO exposures SELECT %s, 'hello', %s || n, %s, 's' || n, now()"
                " FROM generate_series(1, %s) n",
                business_id, f"{arm}-", arm, units,
            )  # fmt: skip


def test_visitors_count_for_the_weights_of_their_time(counts, experiments, pool, run, shop):
    """A change of weights begins anew: half and half, then one of four, is in balance."""
    record = run()
    exposed(pool, shop, a=500, b=500)
    plan = record.plan.reweighed({"b": 3}, 1.0)
    after = experiments.reweigh(shop, plan, lambda *_: (EVERYBODY, 1), ACTOR, if_version=None).record
    with pool.tenant(shop) as tx:
        tx.run("INSERT INTO exposures SELECT %s, 'hello', 'later-' || n, CASE WHEN n %% 4 = 0 THEN 'a' ELSE 'b' END,"
               " 's', now() FROM generate_series(1, 800) n", shop)  # fmt: skip
    found = counts.tally(shop, after)
    assert found.stages == ({"a": 500, "b": 500}, {"a": 200, "b": 600})
    assert not judged(after, found).results.balance.alarm


@pytest.fixture
def watch(experiments, counts):
    """The worker's part, and whom it told."""
    told: list[tuple[str, int]] = []
    watching = ExperimentWatch(experiments, counts, lambda *news: told.append(news))
    return watching, told


def test_a_broken_assignment_is_found_and_the_experiment_stopped(experiments, pool, run, shop, watch):
    """60 of 100 where half was promised: the alarm stays, the instances are told, the log says why."""
    run()
    exposed(pool, shop, a=600, b=400)
    watching, told = watch
    assert watching.look(shop, "hello") == "stopped"
    record = experiments.get(shop, "hello")
    assert (record.status, record.alarm) == ("stopped", UNBALANCED)
    assert "other shares of the visitors than their weights promise" in record.reason
    assert told == [(shop, 3)]
    [entry] = AuditStore(pool).of_business(shop, 1, None)
    assert (entry.action, entry.actor, entry.detail["alarm"]) == ("experiment.stopped", "platform:worker", UNBALANCED)


def test_a_guardrail_that_is_broken_stops_the_experiment(experiments, pool, run, shop, watch):
    """Three times the calls for a person; the goal's own verdict does not matter."""
    run(guardrails=[{"metric": "handoff", "relative_tolerance": 0.2}])
    exposed(pool, shop, a=1000, b=1000)
    with pool.tenant(shop) as tx:
        tx.run("UPDATE exposures SET session_id = unit WHERE business_id = %s", shop)
        tx.run(
            "INSERT INTO conversations (business_id, session_id, started_at, last_at, channel, reached)"
            " SELECT business_id, unit, now(), now(), 'web', '{handoff}' FROM exposures WHERE business_id = %s"
            " AND substr(unit, 3)::integer %% 1000 < CASE arm WHEN 'a' THEN 100 ELSE 300 END", shop,
        )  # fmt: skip
    watching, _ = watch
    assert watching.look(shop, "hello") == "stopped"
    record = experiments.get(shop, "hello")
    assert record.reason.startswith("guardrail handoff: arm 'b' is proven worse")
    assert record.alarm == ""


def test_one_that_does_no_harm_goes_on(experiments, pool, run, shop, watch):
    """And each is looked at by one worker, once in a while."""
    run(guardrails=[{"metric": "handoff"}])
    exposed(pool, shop, a=500, b=500)
    watching, told = watch
    assert watching.look(shop, "hello") == "running"
    assert told == []
    claims = at_once([lambda: experiments.claim_due(1000, 60.0)] * 2)
    assert [pair for claim in claims for pair in claim].count((shop, "hello")) == 1
    assert (shop, "hello") not in experiments.claim_due(1000, 60.0)
    assert (shop, "hello") in experiments.claim_due(1000, 0.0)
