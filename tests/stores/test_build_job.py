"""The build process end to end: succeeds, is cancelled, is killed, fails; visitors always have a whole index."""

import json
import signal
import socket

import pytest

from shared.adapters.postgres.build_queue import SILENT_AFTER_S
from shared.adapters.sessions.redis_store import RedisSessions
from shared.domain.intents import IntentSpec
from shared.ports import Opened, OpenRequest
from tests.stores.builds import Builder, ended, job, wait_until
from tests.stores.hostile import Behaviour, HostileServer, redirect, response, sending
from tests.stores.rows import ACTOR, raw

PRICES = "A full service costs 95 pounds. It takes about two hours, and coffee is included."
HOURS = "We are open on Saturday from nine to two. On Sunday the workshop is closed all day."


@pytest.fixture
def builder(servers, stand_in, database, business):
    """A business to build for; the stand-in embeds."""
    assert stand_in
    made = Builder(servers, database, business)
    yield made
    made.close()


@pytest.fixture
def site(hostile_ports):
    """A website that crawls may reach."""
    server = HostileServer(port=hostile_ports[0])
    yield server
    server.close()


def html(text: str, *links: str) -> bytes:
    """Return a page with enough text to be indexed."""
    anchors = "".join(f'<a href="{link}">more</a> ' for link in links)
    body = f"<html><head><title>{text}</title></head><body><main><p>{text} {PRICES} {HOURS}</p>{anchors}</main></body>"
    return response(body.encode(), "Content-Type: text/html")


def endless_site(site: HostileServer) -> None:
    """Let every page lead to the next ones, slowly."""
    site.paths["/"] = sending(html("start", *(f"/{number}" for number in range(200))))
    for number in range(200):
        site.paths[f"/{number}"] = slowly(html(f"Page {number}"), site)


def slowly(data: bytes, site: HostileServer) -> Behaviour:
    """Send a page after a while."""

    def send(connection: socket.socket) -> None:
        site.closing.wait(0.25)
        connection.sendall(data)

    return send


def test_text_to_index(builder, redis_client):
    """A text becomes an index that visitors get, its build says so, and the other instances are told."""
    builder.add_text(PRICES, "Prices")
    builder.add_text(HOURS, "Hours")
    build, code, log = builder.run()
    assert (build.status, build.phase, build.reason, code) == ("succeeded", "done", "", 0), log
    assert (build.counts["indexed"], build.counts["failed"]) == (2, 0)
    assert build.counts["chunks"] == build.counts["embedded"] >= 2
    assert {url: page.outcome for url, page in builder.pages(build.id).items()} == {
        "Prices": "indexed", "Hours": "indexed",
    }  # fmt: skip
    build_id, texts = builder.served()
    assert build_id == build.id
    assert any("95 pounds" in text for text in texts)
    opening = RedisSessions(redis_client).open(builder.business_id, OpenRequest("s", "m", ()))
    assert isinstance(opening, Opened)
    assert opening.versions.build == build.id
    lines = [json.loads(line) for line in log.splitlines()]
    assert lines[-1]["message"] == "build_ended"
    assert {line["build_id"] for line in lines} == {build.id}


def test_intents_are_built_with_the_knowledge(builder, stand_in):
    """The built-in intents and the business's own are recognised; a build without news embeds nothing."""
    builder.configure(intents=(IntentSpec(id="rental", examples=("Can I rent a bike?", "Do you hire out bicycles?")),))
    builder.add_text(PRICES)
    _, code, log = builder.run()
    assert code == 0, log
    for text, intent in {
        "Hello": "greeting",
        "Do you hire out bicycles?": "rental",
        "What are your prices?": "pricing",
        "The violin is older than the piano": "none",
    }.items():
        assert builder.recognised(text) == intent, text
    before = len(stand_in.requests("batchEmbedContents"))
    _, code, log = builder.run()
    assert code == 0, log
    assert len(stand_in.requests("batchEmbedContents")) - before == 0
    assert builder.recognised("Do you hire out bicycles?") == "rental"


def test_sources_with_the_same_name(builder):
    """What owners call their sources is theirs to decide: two of the same name are built like any others."""
    builder.add_text(PRICES)
    builder.add_text(HOURS)
    build, code, log = builder.run()
    assert (build.status, code) == ("succeeded", 0), log
    assert build.counts["indexed"] == 2
    _, texts = builder.served()
    assert any("95 pounds" in text for text in texts)
    assert any("Sunday" in text for text in texts)


def test_failing_sources_with_the_same_name_end_the_build(builder):
    """Whatever becomes of its pages, a build that has ended says so: it does not stay behind as running."""
    for _ in range(2):
        builder.add_file(b"%PDF-1.4 and then nothing that makes sense", "Brochure", "pdf")
    build, code, log = builder.run()
    assert (build.status, code) == ("failed", 0), log
    assert "2 pages failed" in build.reason


def test_nothing_to_build_is_said(builder):
    """A business without sources gets a failed build with a sentence for its owner, and keeps what it had."""
    build, code, log = builder.run()
    assert (build.status, code) == ("failed", 0)
    assert "no sources" in build.reason
    assert "Traceback" not in log
    assert builder.served() is None


def test_cancelled_in_the_middle(builder, site):
    """Stopped by its owner, a build ends as cancelled and for good, and the old index goes on serving."""
    builder.publish(PRICES)
    endless_site(site)
    builder.add("website", "Site", start_urls=[site.url("/")])
    build_id = builder.queue()
    process = builder.start(build_id)
    wait_until(lambda: len(site.requests) > 8)
    builder.builds.request_cancel(builder.business_id, build_id, ACTOR)
    log = ended(process)
    build = builder.state(build_id)
    assert (build.status, build.reason, build.retry_id, process.returncode) == ("cancelled", "", "", 0), log
    assert build.counts["fetched"] >= 1
    assert len(site.requests) < 150
    assert builder.served() == ("bld_0", [PRICES])
    assert builder.queue()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_in_the_middle(builder, site, number):
    """Stopped by its surroundings, a build says so and leaves another one behind, which is not tried a third time."""
    builder.publish(PRICES)
    endless_site(site)
    builder.add("website", "Site", start_urls=[site.url("/")])
    build_id = builder.queue()
    for attempt in (1, 2):
        site.requests.clear()
        process = builder.start(build_id)
        wait_until(lambda: len(site.requests) > 3)
        process.send_signal(number)
        log = ended(process)
        build = builder.state(build_id)
        assert (build.status, build.attempt, process.returncode) == ("failed", attempt, 1), log
        assert build.reason.startswith("The build process was told to stop.")
        build_id = build.retry_id
    assert build_id == ""
    assert builder.served() == ("bld_0", [PRICES])


def test_a_build_that_takes_too_long(builder, site):
    """A build has an end of its own, before its surroundings kill it, and says so; it is not tried again."""
    endless_site(site)
    builder.add("website", "Site", start_urls=[site.url("/")])
    builder.env["BUILD_TIMEOUT_S"] = "10"
    build, code, log = builder.run()
    assert (build.status, build.retry_id, code) == ("failed", "", 1), log
    assert build.reason.startswith("The build took longer than the 10 seconds that one may take.")
    assert len(builder.pages(build.id)) >= 1
    assert builder.queue()


def test_a_model_that_is_away_is_tried_once_more(builder, stand_in):
    """What passes is no reason to give up: another build is queued for a minute later, and says what it is."""
    builder.add_text(PRICES)
    stand_in.fail("status", times=200, method="batchEmbedContents", status=503)
    build, code, log = builder.run()
    assert (build.status, code) == ("failed", 1), log
    assert build.reason.endswith("It is tried once more.")
    retry = builder.state(build.retry_id)
    assert (retry.status, retry.trigger, retry.attempt) == ("queued", "retry", 2)
    assert (retry.due_at - build.finished_at).total_seconds() == pytest.approx(60, abs=1)
    stand_in.reset()
    ended(builder.start(retry.id))
    assert builder.state(retry.id).status == "succeeded"


def test_who_ends_gives_the_next_one_its_turn(builder, servers, database, tmp_path):
    """In the cloud the process of a build that ends starts the next one; here it can be seen to try, and to say so."""
    builder.env |= {
        "INGESTION_JOB": "projects/p/locations/l/jobs/j",
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json"),
    }
    builder.add_text(PRICES)
    other = Builder(servers, database, f"{builder.business_id}-2")
    waiting = other.queue()
    build, _, log = builder.run()
    assert build.status == "succeeded", log
    tried = other.state(waiting)
    other.close()
    assert (tried.status, tried.reason) == ("failed", "The build could not be started. It is tried once more."), log


def test_killed_in_the_middle(builder, site, servers):
    """A build whose process is killed is found out when it has been silent long enough; the index stays whole."""
    builder.publish(PRICES)
    endless_site(site)
    builder.add("website", "Site", start_urls=[site.url("/")])
    build_id = builder.queue()
    process = builder.start(build_id)
    wait_until(lambda: len(site.requests) > 8)
    process.kill()
    ended(process)
    assert builder.state(build_id).status == "running"
    owner = raw("postgres", servers.ports.postgres, servers.database)
    owner.run(
        "UPDATE knowledge_builds SET heartbeat_at = now() - make_interval(secs => %s) WHERE id = %s",
        SILENT_AFTER_S + 1, build_id,
    )  # fmt: skip
    owner.close()
    dead = builder.state(build_id)
    assert (dead.status, dead.reason) == (
        "failed", "The build process stopped without a word. It is tried once more.",
    )  # fmt: skip
    assert builder.state(dead.retry_id).status == "queued"
    assert builder.served() == ("bld_0", [PRICES])


def test_embedding_that_fails_keeps_the_old_index(builder, stand_in):
    """When the model refuses to embed, the build fails with a reason of ours and nothing is switched."""
    builder.publish(PRICES)
    builder.add_text(HOURS, "Hours")
    stand_in.fail("status", times=50, method="batchEmbedContents", status=400)
    build, code, log = builder.run()
    assert (build.status, code) == ("failed", 1)
    assert build.reason == "The model refused."
    assert "Traceback" not in log
    assert builder.served() == ("bld_0", [PRICES])


def test_hostile_pages_do_not_end_the_build(builder, site):
    """Pages that redirect to nonsense, hang up or are no pages are reported; the others are indexed."""
    bad = {"/brackets": "http://[::1", "/host": "http://é..example/", "/inner": "http://169.254.169.254/"}
    site.paths = {path: redirect(to.encode().decode("latin-1")) for path, to in bad.items()}
    site.paths |= {
        "/": sending(html("Start", *bad, "/garbage", "/good")),
        "/garbage": sending(b"garbage"),
        "/good": sending(html("Another page")),
    }
    builder.add("website", "Site", start_urls=[site.url("/")])
    build, code, log = builder.run()
    assert (build.status, code) == ("succeeded", 0), log
    outcomes = {url.removeprefix(site.url("")): page for url, page in builder.pages(build.id).items()}
    assert {path for path, page in outcomes.items() if page.outcome == "indexed"} == {"/", "/good"}
    assert all(outcomes[path].outcome == "failed" and outcomes[path].reason for path in (*bad, "/garbage"))


def test_build_that_is_not_queued_is_left_alone(builder):
    """A process without a queued build, or with one that another process has, changes nothing and says so."""
    builder.add_text(PRICES)
    build_id = builder.queue()
    assert builder.builds.claim(builder.business_id, build_id)
    before = builder.state(build_id)
    process = builder.start(build_id)
    log = ended(process)
    assert process.returncode == 1
    assert "build_not_queued" in log
    assert builder.state(build_id) == before
    assert builder.served() is None


def test_missing_settings_are_said_in_a_line():
    """Without its settings the process stops with one line that names every one of them."""
    process = job({}, "shop", "bld_1")
    log = ended(process)
    assert process.returncode not in (0, None)
    assert len(log.strip().splitlines()) == 1
    for name in ("DATABASE_URL", "GEMINI_API_KEY", "BUCKET"):
        assert name in log
    assert "Traceback" not in log
