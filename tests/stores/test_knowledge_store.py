"""Sources and builds in Postgres: one build at a time, claimed once, ended when it falls silent."""

import secrets
from functools import partial
from typing import Any

import pytest

from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.build_queue import SILENT_AFTER_S, START_WITHIN_S
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.sources import SourceStore
from shared.domain.errors import Conflict, NotFound
from shared.domain.records import BuildRecord, SourceRecord
from tests.stores.races import at_once
from tests.stores.rows import ACTOR, Raw, config, page, raw


@pytest.fixture
def builds(database):
    return BuildStore(database)


@pytest.fixture
def sources(database):
    return SourceStore(database)


@pytest.fixture
def shop(database, business, owner):
    BusinessStore(database).create(business, config(), ACTOR)
    yield business
    # Nobody else's worker is to start what a test left queued.
    owner.run("DELETE FROM knowledge_builds WHERE business_id LIKE %s", f"{business}%")


@pytest.fixture
def owner(servers):
    connection = raw("postgres", servers.ports.postgres, servers.database)
    yield connection
    connection.close()


def silence(owner: Raw, business_id: str, seconds: int = SILENT_AFTER_S + 5) -> None:
    """Let a build have been heard of last so many seconds ago."""
    owner.run(
        "UPDATE knowledge_builds SET heartbeat_at = now() - make_interval(secs => %s) WHERE business_id = %s",
        seconds, business_id,
    )  # fmt: skip


def running(builds: BuildStore, shop: str, build_id: str = "bld_1") -> str:
    """Start and claim a build."""
    builds.start(shop, build_id, ACTOR)
    assert builds.claim(shop, build_id)
    return build_id


def add(sources: SourceStore, business_id: str, source_id: str, **fields: Any) -> SourceRecord:
    """Keep a text source."""
    values: dict[str, Any] = {
        "kind": "text",
        "name": "Facts",
        "spec": {"title": "Facts", "text": "Öffnungszeiten: \"9–5\" 'x' %s"},
    }
    return sources.add(business_id, ACTOR, source_id=source_id, **{**values, **fields})


def test_sources_come_back_and_belong_to_one_business(sources, database, shop):
    """A source is read as it was kept, listed in pages by its own business alone, and removed once."""
    other = f"{shop}-2"
    BusinessStore(database).create(other, config(), ACTOR)
    kept = [add(sources, shop, f"src_{number}") for number in range(3)]
    same_id = add(sources, other, "src_0", spec={"title": "theirs", "text": "x"})
    assert sources.get(shop, "src_0") == kept[0]
    assert sources.get(other, "src_0") == same_id
    assert sources.list_of(shop, 2) == kept[:2]
    assert sources.list_of(shop, 2, "src_1") == kept[2:]
    assert sources.remove(shop, "src_0", ACTOR) == kept[0]
    for call in (sources.get, lambda *args: sources.remove(*args, ACTOR)):
        with pytest.raises(NotFound):
            call(shop, "src_0")
    assert sources.get(other, "src_0") == same_id
    with pytest.raises(Conflict):
        add(sources, shop, "src_1")
    actions = [line.action for line in AuditStore(database).of_business(shop, 10, None)]
    assert actions == ["source.deleted", "source.created", "source.created", "source.created", "business.created"]


def test_one_build_at_a_time(builds, shop):
    """Of ten builds started at once exactly one is queued; when it has ended, the next one may start."""
    results = at_once([partial(builds.start, shop, f"bld_{number}", ACTOR) for number in range(10)])
    started = [result for result in results if isinstance(result, BuildRecord)]
    refused = [result for result in results if isinstance(result, Conflict)]
    assert (len(started), len(refused)) == (1, 9)
    assert {error.code for error in refused} == {"build_running"}
    assert started[0].status == "queued"
    assert {error.existing for error in refused} == {started[0].id}
    builds.finish(shop, started[0].id, status="failed", reason="because")
    assert builds.start(shop, "bld_next", ACTOR).status == "queued"


def test_businesses_build_side_by_side(builds, database, shop):
    """A running build of one business is no other's business, also with the same build id."""
    other = f"{shop}-2"
    BusinessStore(database).create(other, config(), ACTOR)
    running(builds, shop)
    running(builds, other)
    builds.finish(other, "bld_1", status="succeeded")
    assert builds.get(shop, "bld_1").status == "running"
    with pytest.raises(NotFound):
        builds.get(f"{shop}-3", "bld_1")


def test_build_is_claimed_once(builds, shop):
    """Of ten processes that want the same build, one gets it; an unknown or ended one nobody gets."""
    builds.start(shop, "bld_1", ACTOR)
    assert sum(at_once([lambda: builds.claim(shop, "bld_1")] * 10)) == 1
    assert builds.get(shop, "bld_1").status == "running"
    assert not builds.claim(shop, "bld_unknown")
    builds.finish(shop, "bld_1", status="succeeded")
    assert not builds.claim(shop, "bld_1")


def test_silent_build_is_tried_once_more(builds, shop, owner):
    """A build that was not heard of for a minute and a half has failed; another takes its place, but no third one."""
    running(builds, shop)
    silence(owner, shop, SILENT_AFTER_S - 10)
    assert builds.get(shop, "bld_1").status == "running"
    with pytest.raises(Conflict):
        builds.start(shop, "bld_2", ACTOR)
    silence(owner, shop)
    dead = builds.get(shop, "bld_1")
    assert (dead.status, dead.phase) == ("failed", "done")
    assert dead.reason == "The build process stopped without a word. It is tried once more."
    assert dead.finished_at
    retry = builds.get(shop, dead.retry_id)
    assert (retry.status, retry.trigger, retry.attempt) == ("queued", "retry", 2)
    with pytest.raises(Conflict) as refused:
        builds.start(shop, "bld_3", ACTOR)
    assert (refused.value.existing, refused.value.code) == (retry.id, "build_running")
    assert builds.claim(shop, retry.id)
    silence(owner, shop)
    gone = builds.get(shop, retry.id)
    assert (gone.status, gone.retry_id) == ("failed", "")
    assert gone.reason == "The build process stopped without a word. It was tried twice."
    assert builds.start(shop, "bld_4", ACTOR).status == "queued"


def test_a_build_that_waits_is_not_silent(builds, shop, owner):
    """Nobody has started it, so nobody can have died: it waits for its turn as long as it takes."""
    builds.start(shop, "bld_1", ACTOR)
    silence(owner, shop, 3600)
    assert builds.get(shop, "bld_1").status == "queued"
    with pytest.raises(Conflict, match="bld_1 of this business waits for its turn"):
        builds.start(shop, "bld_2", ACTOR)


def test_a_build_whose_process_never_came(builds, shop, owner):
    """A process that was asked for and does not come within minutes is asked for once more."""
    builds.start(shop, "bld_1", ACTOR)
    for seconds, status in ((START_WITHIN_S - 20, "queued"), (START_WITHIN_S + 5, "failed")):
        owner.run(
            "UPDATE knowledge_builds SET dispatched_at = now() - make_interval(secs => %s) WHERE business_id = %s",
            seconds, shop,
        )  # fmt: skip
        assert builds.get(shop, "bld_1").status == status
    assert builds.get(shop, "bld_1").reason.startswith("The build process did not start.")


def test_a_silent_build_that_was_cancelled_is_cancelled(builds, shop, owner):
    """What its owner did not want any more is not tried again."""
    running(builds, shop)
    builds.request_cancel(shop, "bld_1", ACTOR)
    silence(owner, shop)
    build = builds.get(shop, "bld_1")
    assert (build.status, build.retry_id, build.reason) == ("cancelled", "", "")


def test_silent_build_that_wakes_up_stops(builds, shop, owner):
    """A process that was declared dead is told to stop, and cannot change what was said about it."""
    running(builds, shop)
    silence(owner, shop)
    failed = builds.get(shop, "bld_1")
    assert builds.progress(shop, "bld_1", "embedding", {"chunks": 1}, []) is False
    builds.finish(shop, "bld_1", status="succeeded")
    assert builds.get(shop, "bld_1") == failed
    assert not builds.claim(shop, "bld_1")


def test_cancelling(builds, shop, database):
    """An active build is told to stop with its next progress; a finished one stays as it is; both are on record."""
    running(builds, shop)
    assert builds.progress(shop, "bld_1", "fetching", {"found": 1}, []) is True
    assert builds.request_cancel(shop, "bld_1", ACTOR).cancel_requested
    assert builds.progress(shop, "bld_1", "fetching", {"found": 2}, []) is False
    builds.finish(shop, "bld_1", status="cancelled")
    done = builds.get(shop, "bld_1")
    assert done.status == "cancelled"
    builds.start(shop, "bld_2", ACTOR)
    builds.finish(shop, "bld_2", status="succeeded")
    assert not builds.request_cancel(shop, "bld_2", ACTOR).cancel_requested
    builds.start(shop, "bld_4", ACTOR)
    at_once_cancelled = builds.request_cancel(shop, "bld_4", ACTOR)
    assert (at_once_cancelled.status, at_once_cancelled.phase) == ("cancelled", "done")
    assert at_once_cancelled.finished_at
    assert not builds.claim(shop, "bld_4")
    with pytest.raises(NotFound):
        builds.request_cancel(shop, "bld_3", ACTOR)
    assert "build.cancel_requested" in [line.action for line in AuditStore(database).of_business(shop, 10, None)]


def test_progress_is_written_and_pages_are_kept_once(builds, shop):
    """Phase, counts and heartbeat move on; a page told again is changed, not doubled; pages are listed by URL."""
    running(builds, shop)
    before = builds.get(shop, "bld_1")
    builds.progress(shop, "bld_1", "fetching", {"found": 3}, [page("https://s/b"), page("https://s/a")])
    builds.progress(shop, "bld_1", "fetching", {"found": 4}, [page("https://s/a", outcome="failed", reason="404 ü")])
    after = builds.get(shop, "bld_1")
    assert (after.phase, after.counts) == ("fetching", {"found": 4})
    assert after.heartbeat_at > before.heartbeat_at
    first = builds.pages(shop, "bld_1", 1)
    assert [(kept.url, kept.outcome, kept.reason) for kept in first] == [("https://s/a", "failed", "404 ü")]
    assert [kept.url for kept in builds.pages(shop, "bld_1", 5, (first[-1].url, first[-1].source_id))] == [
        "https://s/b"
    ]
    assert builds.pages(f"{shop}-2", "bld_1", 5) == []


def test_same_page_twice_in_one_progress(builds, shop):
    """Two sources with the same name, or two links to the same page, may end within a second: the last word counts."""
    running(builds, shop)
    twice = [page("Facts"), page("Facts", outcome="skipped", reason="again")]
    assert builds.progress(shop, "bld_1", "fetching", {}, twice)
    assert [kept.outcome for kept in builds.pages(shop, "bld_1", 5)] == ["skipped"]


def test_longest_page_address(builds, shop):
    """A page's address is kept up to two thousand characters: that is how far a build cuts it."""
    running(builds, shop)
    url = f"https://s/{secrets.token_hex(995)}"
    assert len(url) == 2000
    assert builds.progress(shop, "bld_1", "fetching", {}, [page(url)])
    assert [kept.url for kept in builds.pages(shop, "bld_1", 5)] == [url]


def test_finishing_is_final(builds, shop):
    """A build ends once: a later end changes nothing, and counts that were not given stay."""
    running(builds, shop)
    builds.progress(shop, "bld_1", "embedding", {"chunks": 7}, [])
    builds.finish(shop, "bld_1", status="succeeded")
    ended = builds.get(shop, "bld_1")
    assert (ended.status, ended.phase, ended.counts) == ("succeeded", "done", {"chunks": 7})
    builds.finish(shop, "bld_1", status="failed", reason="no", counts={})
    assert builds.get(shop, "bld_1") == ended
    assert builds.progress(shop, "bld_1", "fetching", {}, []) is False


def test_builds_are_listed_newest_first(builds, shop):
    """Pages of the list join without a gap, newest first."""
    for number in range(4):
        builds.start(shop, f"bld_{number}", ACTOR)
        builds.finish(shop, f"bld_{number}", status="succeeded")
    first = builds.list_of(shop, 2)
    assert [build.id for build in first] == ["bld_3", "bld_2"]
    assert [build.id for build in builds.list_of(shop, 5, first[-1].id)] == ["bld_1", "bld_0"]
