"""What a story needs of the host that it is played on."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tests.deploy.origin import Origin
from tests.deploy.site import Site

SERVER_NAME = "localhost"
FIRST_KEY = "deploy-test-key-0123456789abcdef0123"


@dataclass(frozen=True)
class Run:
    """A command's end. `output` is everything it said."""

    code: int
    output: str


class Host(Protocol):
    """A host to deploy to. Paths are the host's own."""

    origin: Origin
    checkout: str
    state: str

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> Run:
        """Run a command as root, with the host's own variables and these."""
        ...

    def site(self) -> Site:
        """Return the deployed site."""
        ...


def deploy(host: Host, *options: str, env: Mapping[str, str] | None = None) -> Run:
    """Run deploy.sh."""
    return host.run(f"{host.checkout}/deploy/vps/deploy.sh", *options, env=env)


def running_commit(host: Host) -> str:
    """Return the commit that serves."""
    return host.run("readlink", "-f", f"{host.state}/current").output.strip().rpartition("/")[2]


def checked_out(host: Host) -> str:
    """Return the checkout's commit, as the releases are named."""
    return host.run("git", "-C", host.checkout, "rev-parse", "--short=12", "HEAD").output.strip()


def revision(host: Host) -> str:
    """Return the database's revision."""
    return sql(host, "SELECT version_num FROM alembic_version")


def sql(host: Host, query: str) -> str:
    """Ask the platform's database as its superuser."""
    asked = host.run("runuser", "-u", "postgres", "--", "psql", "-X", "-At", "-d", "chatbot", "-c", query)
    assert asked.code == 0, asked.output
    return asked.output.strip()


def main_pid(host: Host, unit: str) -> str:
    """Return a service's process."""
    return host.run("systemctl", "show", "-p", "MainPID", "--value", unit).output.strip()


def finished(command: list[str], env: Mapping[str, str], cwd: str = "/") -> Run:
    """Run a command to its end."""
    done = subprocess.run(
        command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=900, check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout)
