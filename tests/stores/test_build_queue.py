"""Whose build is next: no more at once than may run, nobody twice, nobody forgotten; and who is built on a schedule."""

import datetime as dt
from functools import partial

import pytest

from shared.adapters.build_turns import BuildTurns, BuildWatch
from shared.adapters.clock import SystemClock
from shared.adapters.postgres.build_queue import SCHEDULE_YIELDS_S, SILENT_AFTER_S, BuildQueue, Turn
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.sources import SourceStore
from shared.domain.errors import Unavailable
from shared.domain.ids import new_id
from tests.stores.conversations import ManualClock
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, config, raw


class Places:
    """Where builds would run."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.away = False

    def start_build(self, business_id: str, build_id: str) -> None:
        """Note it."""
        assert build_id
        if self.away:
            raise Unavailable("The build could not be started.")
        self.started.append(business_id)


class Town:
    """Some businesses, and everything about their builds. `moved` lets a row say that something was long ago."""

    def __init__(self, database, owner, name):
        self.database = database
        self.owner = owner
        self.name = name
        self.builds = BuildStore(database)
        self.queue = BuildQueue(database)
        self.places = Places()

    def shop(self, letter, **fields):
        """Open a business with a source."""
        business_id = f"{self.name}-{letter}"
        BusinessStore(self.database).create(business_id, config(**fields), ACTOR)
        spec = {"title": "Facts", "text": "We are open."}
        SourceStore(self.database).add(business_id, ACTOR, source_id="src_1", kind="text", name="Facts", spec=spec)
        return business_id

    def queued(self, business_id, minutes_ago=0):
        """Queue a build that was asked for so long ago; return its id."""
        build_id = new_id("bld")
        self.builds.start(business_id, build_id, ACTOR)
        self.moved(business_id, build_id, due_at=minutes_ago * 60)
        return build_id

    def moved(self, business_id, build_id, **seconds_ago):
        """Let moments of a build have been so long ago."""
        for column, seconds in seconds_ago.items():
            self.owner.run(
                f"UPDATE knowledge_builds SET {column} = now() - make_interval(secs => %s)"
                " WHERE business_id = %s AND id = %s",
                seconds, business_id, build_id,
            )  # fmt: skip

    def turns(self, at_once=4):
        """What gives turns, with room for so many."""
        return BuildTurns(self.queue, self.places, at_once)

    def state(self, business_id):
        """The newest build of a business."""
        return self.builds.list_of(business_id, 1)[0]

    def taken(self, at_once, only=""):
        """Take builds, and return the last letters of whose they are."""
        return {turn.business_id[-1] for turn in self.queue.take(at_once, only)}


@pytest.fixture
def town(servers, database, business):
    owner = raw("postgres", servers.ports.postgres, servers.database)
    owner.run("DELETE FROM knowledge_builds WHERE status IN ('queued', 'running')")  # of other tests
    yield Town(database, owner, business)
    owner.run("DELETE FROM businesses WHERE id LIKE %s", f"{business}-%")
    owner.close()


def test_no_more_at_once_than_may_run(town):
    """Of three, two are started; the third when one of them has ended, and nobody is started twice."""
    shops = [town.shop(letter) for letter in "abc"]
    builds = [town.queued(shop, minutes_ago=9 - number) for number, shop in enumerate(shops)]
    assert town.taken(2) == {"a", "b"}
    assert town.taken(2) == set()
    assert town.builds.claim(shops[0], builds[0])
    assert town.taken(2) == set()
    town.builds.finish(shops[0], builds[0], status="succeeded")
    assert town.taken(2) == {"c"}
    assert town.taken(100) == set()


def test_a_limit_holds_when_many_ask_at_once(servers, town):
    """Twelve processes ask at the same moment: of nine builds five are started, each by one of them."""
    for letter in "abcdefghi":
        town.queued(town.shop(letter))
    url = servers.function_env("admin")["DATABASE_URL"]
    wide = Database(connect_by_url(url, "test"), size=12)
    results = at_once([partial(BuildQueue(wide).take, 5)] * 12)
    wide.close()
    started = [turn for result in results for turn in result]
    assert len(started) == len(set(started)) == 5


def test_whoever_built_much_today_yields(town):
    """As long as a business's builds ran within a day, so much later is its place; yesterday's do not count."""
    busy, calm, old = town.shop("a"), town.shop("b"), town.shop("c")
    for shop, created_h in ((busy, 2), (old, 30)):
        town.builds.start(shop, "bld_0", ACTOR)
        town.builds.finish(shop, "bld_0", status="succeeded")
        town.moved(shop, "bld_0", created_at=created_h * 3600, started_at=created_h * 3600)
        town.moved(shop, "bld_0", finished_at=(created_h - 1) * 3600)
    for shop, minutes in ((busy, 55), (calm, 5), (old, 3)):
        town.queued(shop, minutes_ago=minutes)
    assert town.taken(1) == {"b"}
    assert town.taken(2) == {"c"}
    assert town.taken(3) == {"a"}


def test_who_waits_long_enough_is_next(town):
    """Nobody is put back for ever: what was built much comes before who asked much later."""
    busy, calm = town.shop("a"), town.shop("b")
    town.builds.start(busy, "bld_0", ACTOR)
    town.builds.finish(busy, "bld_0", status="succeeded")
    town.moved(busy, "bld_0", started_at=7200, finished_at=3600)
    town.queued(busy, minutes_ago=65)
    town.queued(calm, minutes_ago=3)
    assert town.taken(1) == {"a"}


def test_schedules_let_people_go_first(town):
    """Who pressed a button waits for no nightly build, unless that one has waited for hours."""
    nightly, person = town.shop("a"), town.shop("b")
    town.queue.queue_scheduled(nightly, "bld_1", dt.datetime.now(dt.UTC))
    town.queued(person)
    town.moved(nightly, "bld_1", due_at=SCHEDULE_YIELDS_S - 60)
    assert town.taken(1) == {"b"}
    other = town.shop("c")
    town.queued(other)
    town.moved(nightly, "bld_1", due_at=SCHEDULE_YIELDS_S + 60)
    assert town.taken(2) == {"a"}


def test_ones_own_turn(town):
    """Who asks for its own build gets it when nobody waits in front, and never anybody else's."""
    first, second = town.shop("a"), town.shop("b")
    town.queued(first, minutes_ago=5)
    town.queued(second)
    assert town.taken(1, second) == set()
    assert town.taken(2, second) == {"b"}
    assert town.state(first).dispatched_at is None
    assert town.state(second).dispatched_at


def test_a_build_before_its_time_waits(town):
    """A second attempt waits for what was away to come back."""
    shop = town.shop("a")
    build_id = town.queued(shop)
    town.builds.try_again(shop, build_id, "The model is away.", wait_s=60)
    retry = town.state(shop)
    assert (retry.trigger, retry.attempt) == ("retry", 2)
    assert town.taken(4) == set()
    town.moved(shop, retry.id, due_at=0)
    assert town.taken(4) == {"a"}


def test_a_tenants_login_may_ask_for_turns(servers, town):
    """A build process sees one business alone, and yet gives the next one its turn; it learns ids, and no more."""
    shop = town.shop("a")
    build_id = town.queued(shop)
    tenant = Database(connect_by_url(servers.function_env("chat")["DATABASE_URL"], "test"), size=1)
    assert BuildQueue(tenant).take(4) == [Turn(shop, build_id)]
    tenant.close()


def test_what_cannot_be_started_comes_again_once(town):
    """A place that is away leaves the build queued for later; the second time it has failed, with the reason."""
    shop = town.shop("a")
    town.queued(shop)
    town.places.away = True
    assert town.turns().start_waiting() == {"not_started": 1}
    retry = town.state(shop)
    assert (retry.status, retry.attempt) == ("queued", 2)
    assert town.turns().start_waiting() == {}
    town.moved(shop, retry.id, due_at=0)
    assert town.turns().start_waiting() == {"not_started": 1}
    assert town.state(shop).reason == "The build could not be started. It was tried twice."
    with pytest.raises(Unavailable):
        town.queued(shop) and town.turns().start_own(shop)


def watch(town, clock, at_once=4):
    """The worker's chore, with a clock of its own."""
    return BuildWatch(town.queue, town.turns(at_once), SystemClock(), clock)


def test_the_worker_sees_to_the_dead(town):
    """A silent build is ended and started once more, when there is room; a second silence is the end."""
    shop = town.shop("a")
    build_id = town.queued(shop)
    clock = ManualClock()
    chore = watch(town, clock)
    assert chore() == {"started": 1}
    assert town.builds.claim(shop, build_id)
    town.moved(shop, build_id, heartbeat_at=SILENT_AFTER_S + 1)
    assert chore() == {}
    clock.sleep(6)
    assert chore() == {"again": 1, "started": 1}
    retry = town.state(shop)
    assert town.places.started == [shop, shop]
    assert town.builds.claim(shop, retry.id)
    town.moved(shop, retry.id, heartbeat_at=SILENT_AFTER_S + 1)
    clock.sleep(6)
    assert chore() == {"failed": 1}


def test_schedules_are_kept(town):
    """Whoever wants it is built once when it is due; not without a source, not twice, not while one is under way."""
    daily, never = town.shop("a", knowledge={"refresh": "daily"}), town.shop("b")
    empty = f"{town.name}-c"
    BusinessStore(town.database).create(empty, config(knowledge={"refresh": "daily"}), ACTOR)
    assert [one.business_id for one in town.queue.scheduled() if one.business_id.startswith(town.name)] == [daily]
    clock = ManualClock()
    assert watch(town, clock)() == {"scheduled": 1, "started": 1}
    build = town.state(daily)
    assert (build.trigger, build.requested_by) == ("schedule", "platform:schedule")
    assert watch(town, clock)() == {}
    town.builds.finish(daily, build.id, status="succeeded")
    assert watch(town, clock)() == {}
    town.moved(daily, build.id, created_at=25 * 3600)
    assert watch(town, clock)() == {"scheduled": 1, "started": 1}
    assert town.builds.list_of(never, 1) == town.builds.list_of(empty, 1) == []


def test_a_schedule_many_see_is_one_build(town):
    """Workers that look at the same moment queue one build of them all, even when it has ended in between."""
    shop = town.shop("a", knowledge={"refresh": "weekly", "refresh_hour": 23})
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    queued = at_once([partial(town.queue.queue_scheduled, shop, f"bld_{number}", since) for number in range(6)])
    assert sorted(queued) == [False] * 5 + [True]
    town.builds.finish(shop, town.state(shop).id, status="succeeded")
    assert not town.queue.queue_scheduled(shop, "bld_late", since)


def test_where_no_build_can_run_none_is_started(town):
    """A worker without a place for builds sees to the dead and to schedules, and leaves the rest to others."""
    shop = town.shop("a")
    town.queued(shop)
    clock = ManualClock()
    assert BuildWatch(town.queue, None, SystemClock(), clock)() == {}
    assert town.state(shop).dispatched_at is None
