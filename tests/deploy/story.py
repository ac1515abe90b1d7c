"""The life of a host, run by run: each function plays one and says what must be true after it. For any host."""

import re
from collections.abc import Mapping

from tests.clients import StandIn
from tests.deploy.hosts import Host, Run, checked_out, deploy, main_pid, revision, running_commit, sql
from tests.deploy.site import Site

SERVICES = ("chat", "admin", "voice", "worker", "voice-service", "deliver")
BUSINESS = {"id": "shop", "name": "Shop", "limits": {"rate_limit": "1000/second", "address_rate_limit": "1000/second"}}
SENTENCES = " ".join(f"This is sentence number {number}." for number in range(12))


def fresh(host: Host, env: Mapping[str, str] | None = None) -> Run:
    """Deploy to a host that has nothing; a business is made."""
    run = deploy(host, "--self-signed", env=env)
    assert run.code == 0, run.output
    assert "fresh: there is no database" in run.output
    assert revision(host) == host.origin.head_revision()
    assert running_commit(host) == checked_out(host)
    assert host.run("stat", "-c", "%a", f"{host.checkout}/.env").output.strip() == "600"
    site = host.site()
    site.admin("POST", "/v1/businesses", BUSINESS)
    assert site.businesses() == ["shop"]
    return run


def repeat(host: Host) -> Run:
    """Deploy the same again: nothing is restarted, no file is written."""
    before = [main_pid(host, f"chatbot-{name}") for name in SERVICES]
    run = deploy(host)
    assert run.code == 0, run.output
    assert "update: the database 'chatbot' is at revision" in run.output
    assert "nothing has changed: the services are left running" in run.output
    assert not re.search(r"wrote (?!.*\.dump)", run.output)
    assert [main_pid(host, f"chatbot-{name}") for name in SERVICES] == before
    return run


def update(host: Host) -> Run:
    """Deploy a commit with a migration and a new setting: the rows are still there, every process is a new one."""
    wanted, files = host.origin.new_migration("kept")
    template = host.origin.read(".env.example") + "# What a test asks for\n# ASKED_BY_A_TEST=1\n"
    commit = host.origin.commit("An update with a migration", {**files, ".env.example": template})
    before = [main_pid(host, f"chatbot-{name}") for name in SERVICES]
    run = deploy(host)
    assert run.code == 0, run.output
    assert f"-> {commit}" in run.output
    assert (revision(host), running_commit(host)) == (wanted, commit)
    assert host.site().businesses() == ["shop"]
    assert "# ASKED_BY_A_TEST=1" in host.run("cat", f"{host.checkout}/.env").output
    after = [main_pid(host, f"chatbot-{name}") for name in SERVICES]
    assert not set(before) & set(after)
    return run


def failing_update(host: Host, *options: str, reversible: bool = True) -> Run:
    """Deploy a commit whose chat does not start: commit and schema of before serve again, what was written is there."""
    commit, schema = running_commit(host), revision(host)
    _, files = host.origin.new_migration("unwanted", reversible=reversible)
    broken = host.origin.commit("An update that does not start", {**files, **host.origin.broken_chat()})
    run = deploy(host, *options)
    assert run.code == 1, run.output
    assert "chatbot-chat is not healthy" in run.output
    assert "broken on purpose" in run.output
    assert f"commit {commit} serves again" in run.output
    assert f"{broken} was not deployed" in run.output
    assert ("restoring the dump of before" in run.output) is not reversible
    assert (revision(host), running_commit(host), checked_out(host)) == (schema, commit, commit)
    assert sql(host, "SELECT to_regclass('unwanted')") == ""
    assert host.site().businesses() == ["shop"]
    host.origin.forget_migration("unwanted")
    host.origin.commit("Mended", host.origin.mended_chat())
    return run


def visit(site: Site, model: StandIn) -> list[tuple[float, str]]:
    """Use the site through nginx: TLS, an answer that is streamed as it is written, the media socket."""
    with site.client() as http:
        plain = http.get(f"http://localhost:{site.http_port}/widget.js?a=b")
        assert (plain.status_code, plain.headers["location"]) == (301, f"{site.url}/widget.js?a=b")
        assert "chat" in http.get(f"{site.url}/widget.js").text
        assert "/v1/businesses" in http.get(f"{site.url}/admin/openapi.json").text
        assert http.post(f"{site.url}/voice/incoming").status_code in (200, 403)
    model.control(tokens_per_second=20, script=[{"text": SENTENCES}])
    events = site.stream("shop")
    model.reset()
    times = [when for when, name in events if name not in ("done", "end")]
    # Twelve sentences at twenty words a second: held back by a buffer, they would come at once.
    assert max(times) - min(times) > 1.0, events
    assert len({round(when, 1) for when in times}) > 5, events
    assert site.knock_at_stream() == (1008, "the token is not this call's, or too old")
    return events


def back_up_and_restore(host: Host, folder: str) -> Run:
    """Back up, lose a business and an object, restore: both are back, and the database of the loss is kept."""
    site = host.site()
    path = "/v1/businesses/shop/knowledge"
    source = site.admin("POST", f"{path}/sources", {"kind": "text", "title": "Facts", "text": "We open at nine."})
    saved = host.run(f"{host.checkout}/deploy/backup.sh", "--to", folder)
    assert saved.code == 0, saved.output
    backup = max(name for name in host.run("ls", folder).output.split() if name[0].isdigit())
    site.admin("DELETE", f"{path}/sources/{source['id']}")
    site.admin("POST", "/v1/businesses", {**BUSINESS, "id": "later"})
    asked = host.run(f"{host.checkout}/deploy/restore.sh", f"{folder}/{backup}")
    assert asked.code == 0, asked.output
    assert site.businesses() == ["later", "shop"]
    done = host.run(f"{host.checkout}/deploy/restore.sh", f"{folder}/{backup}", "--yes")
    assert done.code == 0, done.output
    assert site.businesses() == ["shop"]
    assert [item["id"] for item in site.admin("GET", f"{path}/sources")["items"]] == [source["id"]]
    assert re.search(r"kept as chatbot_before_\w+", done.output)
    return Run(0, saved.output + done.output)
