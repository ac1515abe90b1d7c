"""deploy.sh on a small host. The tests are one story, in order: each begins where the one before it ended."""

import os
import shutil
import socket

import pytest

from tests.clients import StandIn
from tests.deploy import story
from tests.deploy.hosts import Run, checked_out, deploy

more = pytest.mark.skipif(
    not os.environ.get("DEPLOY_STORY"),
    reason="half a minute more: DEPLOY_STORY=1, or the drill of deploy/vps/README.md",
)


@pytest.fixture(scope="module")
def fresh(host):
    """The first deployment."""
    return story.fresh(host)


@pytest.fixture(scope="module")
def model(own_servers):
    """The Gemini stand-in's control plane."""
    control = StandIn(f"http://127.0.0.1:{own_servers.ports.gemini}")
    yield control
    control.close()


def files_of(host):
    """Every file of the host but what the stand-in of systemd notes."""
    return sorted(path for path in host.folder.rglob("*") if "systemctl" not in path.parts)


def test_dry_run_of_a_first_deployment_changes_nothing(host):
    """Without a database everything would be made, and is not."""
    before = files_of(host)
    run = deploy(host, "--dry-run", "--self-signed")
    assert run.code == 0, run.output
    assert "fresh: there is no database" in run.output
    assert f"would write: {host.checkout}/.env" in run.output
    assert files_of(host) == before


def test_fresh(host, fresh):
    """The first run makes database, settings, services and site; what is secret is its owner's alone."""
    for name in (f"{host.folder}/etc/owner.env", f"{host.folder}/tls/key.pem"):
        assert host.run("stat", "-c", "%a", name).output.strip() == "600"
    assert "useradd --system" in (host.folder / "stand-ins.log").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_takes_the_units(host, fresh):
    """Every unit that was written is one that systemd reads without a complaint."""
    units = sorted((host.folder / "units").glob("chatbot-*"))
    checked = host.run("systemd-analyze", "verify", *map(str, units))
    assert (checked.code, checked.output) == (0, "")


def test_visitors_reach_it_through_nginx(host, fresh, model):
    """TLS, events one by one, the phone's socket."""
    story.visit(host.site(), model)


@more
def test_repeat(host, fresh):
    """The same again changes nothing."""
    story.repeat(host)


def test_port_in_use(host, fresh):
    """A port that another program listens on is named, with the program; nothing is changed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = deploy(host, env={"PORT_BASE": str(port - 1)})
    assert run.code == 1
    assert f"{port} (chat): taken by " in run.output


@pytest.mark.parametrize(("missing", "said"), [("NGINX_SERVER_NAME", "NGINX_SERVER_NAME is not set")])
def test_what_is_missing_is_named(host, missing, said):
    """Without a name for the site nothing begins."""
    run = deploy(host, env={missing: "", "CHATBOT_CONFIG_DIR": f"{host.folder}/none"})
    assert run.code == 1
    assert said in run.output


@more
def test_update_with_a_migration(host, fresh):
    """A new commit is pulled, migrated and started; rows stay."""
    story.update(host)


def test_without_a_branch_the_remotes_default_is_taken(host, fresh):
    """A checkout of a bare commit follows the remote's default branch; a branch that is not there is named."""
    host.run("git", "-C", host.checkout, "checkout", "--quiet", "--detach")
    assert "taking the remote's default, main" in deploy(host, "--dry-run").output
    host.run("git", "-C", host.checkout, "checkout", "--quiet", "main")
    run = deploy(host, "--branch", "nowhere")
    assert run.code == 1
    assert "origin has no branch 'nowhere'" in run.output


def changed_here(host) -> Run:
    """Deploy again after a file was changed on the host."""
    host.run("bash", "-c", f"echo '# changed here' >>{host.checkout}/README.md")
    return deploy(host, "--dry-run")


def test_changes_made_on_the_host_stop_it(host, fresh):
    """Uncommitted changes are named and left alone; asked to, they are set aside and can be had again."""
    run = changed_here(host)
    assert run.code == 1
    assert "M README.md" in run.output
    aside = deploy(host, "--conflicts", "stash", "--dry-run")
    assert aside.code == 0, aside.output
    assert "would run: " in aside.output
    host.run("git", "-C", host.checkout, "checkout", "--quiet", "README.md")


def test_commits_made_on_the_host_conflict(host, fresh):
    """Commits on both sides that conflict stop it and are named; the checkout is left as it was."""
    author = ("-c", "user.name=Owner", "-c", "user.email=owner@example.com")
    host.run("bash", "-c", f"echo here >{host.checkout}/README.md")
    host.run("git", "-C", host.checkout, *author, "commit", "--quiet", "--all", "--message", "Made here")
    here = checked_out(host)
    host.origin.commit("Made there", {"README.md": "there\n"})
    for policy, said in (("stop", "only here:"), ("stash", "conflict with origin/main")):
        run = deploy(host, "--conflicts", policy)
        assert run.code == 1
        assert said in run.output
        assert checked_out(host) == here
        assert host.run("git", "-C", host.checkout, "status", "--porcelain", "-uno").output == ""


def test_update_that_does_not_start_is_rolled_back(host, fresh):
    """Commit, schema and rows of before serve again; what was made on the host is set aside, not lost."""
    host.run("bash", "-c", f"echo '# not committed' >>{host.checkout}/Makefile")
    story.failing_update(host, "--conflicts", "upstream")
    kept = host.run("git", "-C", host.checkout, "log", "-1", "--format=%s", "--branches=kept-*").output
    assert kept.strip() == "Made here"
    stashed = host.run("git", "-C", host.checkout, "stash", "show", "--name-only").output
    assert stashed.strip() == "Makefile"


@more
def test_backup_and_restore(host, fresh):
    """What was lost after a backup is back; a damaged backup is refused."""
    folder = f"{host.folder}/saved"
    story.back_up_and_restore(host, folder)
    [backup] = (host.folder / "saved").iterdir()
    with (backup / "bucket.tar").open("ab") as file:
        file.write(b"more")
    refused = host.run(f"{host.checkout}/deploy/restore.sh", str(backup), "--yes")
    assert refused.code == 1
    assert "is damaged" in refused.output
