"""The job that makes Cloud SQL's logins tenants or the platform, with an owner who is no superuser."""

import os
import subprocess
import sys

import pytest

from local.stack.platform import ROOT
from local.stack.servers import create_database, owner_url
from tests.stores.own_servers import own_postgres
from tests.stores.rows import raw

TENANT, PLATFORM = "chatbot-chat@my-project.iam", "chatbot-admin@my-project.iam"


@pytest.fixture(scope="module")
def cluster():
    """A migrated database whose owner may make roles, as Cloud SQL's owners may, and two logins without a privilege."""
    with own_postgres() as server:
        create_database(server.port)
        owner = raw("postgres", server.port, "chatbot")
        owner.run("CREATE ROLE chatbot_owner LOGIN CREATEROLE")
        owner.run("ALTER DATABASE chatbot OWNER TO chatbot_owner")
        for login in (TENANT, PLATFORM):
            owner.run(f'CREATE ROLE "{login}" LOGIN')
        owner.close()
        assert job(server.port, "migrate").returncode == 0
        yield server


def job(port, module, *arguments):
    """Run a job as the owner."""
    url = owner_url(port).replace("postgres@", "chatbot_owner@")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT)), "DATABASE_URL": url}
    command = [sys.executable, "-m", f"shared.jobs.{module}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def may_become(port, login, role):
    """Say whether a login may take a role on."""
    connection = raw(login, port, "chatbot")
    try:
        return connection.run(f"SELECT pg_has_role(current_user, '{role}', 'SET')")[0][0]
    finally:
        connection.close()


def test_each_becomes_what_it_was_named_as(cluster):
    """Tenants cannot become the platform; the platform is so on purpose only; a second run changes nothing."""
    for _ in range(2):
        done = job(cluster.port, "logins", "--tenant", TENANT, "--platform", PLATFORM)
        assert (done.returncode, done.stdout) == (0, "1 tenants, 1 of the platform\n"), done.stderr
        assert may_become(cluster.port, TENANT, "chatbot_tenant")
        assert not may_become(cluster.port, TENANT, "chatbot_platform")
        assert may_become(cluster.port, PLATFORM, "chatbot_platform")


def test_who_is_a_tenant_again_loses_the_platform(cluster):
    """A login that moved between the two lists keeps nothing of what it was."""
    assert job(cluster.port, "logins", "--platform", TENANT).returncode == 0
    assert job(cluster.port, "logins", "--tenant", TENANT).returncode == 0
    assert not may_become(cluster.port, TENANT, "chatbot_platform")


def test_a_login_that_is_not_there_grants_nothing_to_anybody(cluster):
    """All or nothing, and the message names it."""
    done = job(cluster.port, "logins", "--platform", TENANT, "--tenant", "nobody@my-project.iam")
    assert done.returncode == 1
    assert "nobody@my-project.iam" in done.stderr
    assert not may_become(cluster.port, TENANT, "chatbot_platform")
