"""Builds over the admin API and in the terminal: two at once, schedules, what is said on the way and at the end."""

import subprocess
import sys
from functools import partial

import httpx2
import pytest

from local.following import follow
from local.seed import SeedError
from local.stack.platform import ROOT
from tests.conftest import ADMIN_KEY
from tests.stores.hostile import HostileServer, response
from tests.stores.races import at_once
from tests.worker_runs import deliver

TEXT = "A full service costs 95 pounds, and it takes about two hours. We are open on Saturday from nine to two."


@pytest.fixture
def site(hostile_ports):
    """A website of four pages, one of which is gone."""
    server = HostileServer(port=hostile_ports[2])
    links = "".join(f'<a href="/{name}">{name}</a> ' for name in ("prices", "hours", "gone"))
    for name, more in (("", links), ("prices", "It is paid in cash."), ("hours", "Sundays we sleep, as one does.")):
        head = f"<html><head><title>{name or 'Home'}</title></head>"
        page = f"{head}<body><main><p>{name} {more} {TEXT}</p></main></body></html>"
        server.paths[f"/{name}"] = partial(_send, response(page.encode(), "Content-Type: text/html"))
    yield server
    server.close()


def _send(data, connection):
    connection.sendall(data)


def knowledge(platform, business, *options):
    """Run the command; return its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "local.knowledge", business.id, "--url", platform.admin_url, *options],
        cwd=ROOT, env={"PATH": "", "PYTHONPATH": str(ROOT), "ADMIN_API_KEY": ADMIN_KEY},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def ended(business, build_id):
    """Wait for a build and return it."""
    return follow(business.admin.call, business.path, build_id, lambda _: None, look_every_s=0.1)


def test_two_at_once(new_business, platform):
    """Started in the same moment, one runs; the other is told which one, and where it is to be followed."""
    business = new_business()
    source = {"kind": "text", "title": "Facts", "text": TEXT}
    business.admin.call("POST", f"{business.path}/knowledge/sources", source)
    url, auth = f"{platform.admin_url}{business.path}/knowledge/builds", {"Authorization": f"Bearer {ADMIN_KEY}"}
    answers = at_once([partial(httpx2.post, url, headers=auth, trust_env=False, timeout=30)] * 2)
    runs, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (runs.status_code, refused.status_code) == (202, 409)
    told = refused.json()
    assert (told["code"], told["existing"]) == ("build_running", runs.json()["id"])
    assert runs.json()["id"] in told["detail"]
    assert refused.headers["Location"] == runs.headers["Location"]
    build = ended(business, runs.json()["id"])
    assert (build["status"], build["publish"], build["trigger"], build["attempt"]) == (
        "succeeded", "published", "manual", 1,
    )  # fmt: skip
    assert build["dispatched_at"]
    assert build["seconds_left"] is None


def test_a_schedule_is_kept_by_the_worker(new_business, platform):
    """A business that wants it daily is built by the worker; a site that has not changed ends as unchanged."""
    business = new_business()
    business.learn(TEXT)
    assert business.admin.call("GET", business.path)["knowledge"].get("refresh", "never") == "never"
    deliver(platform)
    assert len(builds(business)) == 1
    business.admin.call("PATCH", business.path, {"knowledge": {"refresh": "daily", "refresh_hour": 0}})
    assert business.admin.call("GET", business.path)["knowledge"]["refresh"] == "daily"
    deliver(platform)
    assert len(builds(business)) == 1, "one was asked for a moment ago"


@pytest.mark.parametrize(("field", "value"), [("refresh", "hourly"), ("refresh_hour", 24), ("refresh_hour", -1)])
def test_schedules_that_make_no_sense(new_business, field, value):
    """They are refused by name."""
    business = new_business()
    with pytest.raises(SeedError, match=field):
        business.admin.call("PATCH", business.path, {"knowledge": {field: value}})


def builds(business):
    """Return a business's builds."""
    return business.admin.call("GET", f"{business.path}/knowledge/builds?limit=9")["items"]


def test_a_scheduled_build_of_an_unchanged_site(new_business, platform, database):
    """It is queued for who has a source and none since the last moment, run, and changes nothing."""
    business = new_business(knowledge={"refresh": "daily"})
    business.learn(TEXT)
    with database.tenant(business.id) as tx:
        tx.run(
            "UPDATE knowledge_builds SET created_at = now() - interval '2 days' WHERE business_id = %s",
            business.id,
        )  # fmt: skip
    deliver(platform)
    newest, first = builds(business)
    assert (newest["trigger"], newest["requested_by"]) == ("schedule", "platform:schedule")
    build = ended(business, newest["id"])
    assert (build["status"], build["publish"], build["counts"]["embedded"]) == ("succeeded", "unchanged", 0)
    assert first["publish"] == "published"


def test_in_the_terminal(new_business, platform, site):
    """The command shows how far it is, then what became of the pages, with reasons, and what has changed."""
    business = new_business(knowledge={"refresh": "weekly"})
    source = {"kind": "website", "start_urls": [site.url("/")]}
    business.admin.call("POST", f"{business.path}/knowledge/sources", source)
    code, out = knowledge(platform, business)
    assert code == 0, out
    assert "succeeded, published" in out
    assert "pages: 3 indexed, 0 skipped, 1 failed" in out
    assert f"failed: {site.url('/gone')}: the server answered 404" in out
    assert "since the build before: 3 added, 0 changed, 0 gone, 0 unchanged" in out
    assert f"+ {site.url('/prices')}" in out
    assert "next by schedule: " in out
    code, out = knowledge(platform, business)
    assert (code, "succeeded, unchanged" in out) == (0, True), out
    assert knowledge(platform, business, "--watch")[0] == 0
    code, out = knowledge(platform, business, "--cancel")
    assert (code, "There is no build to cancel." in out) == (1, True)


def test_cancelled_in_the_terminal(new_business, platform, site):
    """A build under way is stopped and followed to its end, from another terminal than the one that started it."""
    business = new_business()
    page = site.paths["/"]
    site.paths["/"] = lambda connection: (site.closing.wait(3), page(connection))
    source = {"kind": "website", "start_urls": [site.url("/")]}
    business.admin.call("POST", f"{business.path}/knowledge/sources", source)
    business.admin.call("POST", f"{business.path}/knowledge/builds")
    code, out = knowledge(platform, business, "--cancel")
    assert (code, "cancelled" in out) == (1, True), out


def test_a_business_that_is_not_there(platform):
    """The command says so in a line."""

    class Nobody:
        id = "nobody"

    code, out = knowledge(platform, Nobody())
    assert code == 1
    assert "404" in out
