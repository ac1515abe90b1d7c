"""`python -m tests.deploy.drill`: the whole story on a real Debian: fresh, repeat, updates, rollbacks, disaster.

Root, apt and PyPI are needed, and some minutes. The logs of every run are kept where --logs says.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from local.stack.platform import Platform
from local.stack.ports import Ports
from tests.clients import StandIn
from tests.deploy import story
from tests.deploy.debian_host import CannotRun, DebianHost
from tests.deploy.hosts import FIRST_KEY, Host, Run


def main() -> int:
    """Play the story; the exit code says whether all of it came true."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.drill", description=__doc__)
    parser.add_argument("--logs", type=Path, default=Path(".local/drill"), help="folder for the logs of the runs")
    logs: Path = parser.parse_args().logs
    logs.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chatbot-drill-"))
    folder.chmod(0o755)
    platform = Platform(Ports.free(), folder, FIRST_KEY)
    host: DebianHost | None = None
    try:
        platform.start_gemini()
        host = DebianHost(folder, platform.ports.gemini)
        play(host, StandIn(f"http://127.0.0.1:{platform.ports.gemini}"), logs)
    except CannotRun as error:
        print(f"The drill cannot run here: {error}", file=sys.stderr)
        return 1
    finally:
        if host is not None:
            host.stop()
        platform.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def play(host: DebianHost, model: StandIn, logs: Path) -> None:
    """Run every part in order; each asserts what must be true."""
    cloned = host.run("git", "clone", "--quiet", "/srv/origin", host.checkout)
    assert cloned.code == 0, cloned.output
    parts: dict[str, Callable[[], Run]] = {
        "1-fresh": lambda: story.fresh(host),
        "2-repeat": lambda: story.repeat(host),
        "3-update-with-migration": lambda: story.update(host),
        "4-failing-update-rolled-back": lambda: story.failing_update(host),
        "5-failing-update-without-a-way-down": lambda: story.failing_update(host, reversible=False),
        "6-backup-and-restore": lambda: story.back_up_and_restore(host, "/var/backups/chatbot"),
        "7-nightly-backup": lambda: nightly_backup(host),
    }
    for name, part in parts.items():
        begun = time.monotonic()
        try:
            run = part()
        except AssertionError as error:
            (logs / f"{name}.log").write_text(str(error))
            print(f"{name}: FAILED, see {logs / name}.log", flush=True)
            raise
        (logs / f"{name}.log").write_text(run.output)
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
        events = story.visit(host.site(), model)
        print(f"   the site answers through nginx; {len(events)} events over {events[-1][0] - events[0][0]:.1f} s")
    runs_as_its_own_user(host)


def nightly_backup(host: Host) -> Run:
    """The timer's service makes a backup."""
    before = host.run("ls", "/var/backups/chatbot").output.split()
    run = host.run("systemctl", "start", "chatbot-backup")
    assert run.code == 0, host.run("journalctl", "-u", "chatbot-backup", "-n", "20").output
    after = host.run("ls", "/var/backups/chatbot").output.split()
    assert len(after) == len(before) + 1
    return Run(0, host.run("journalctl", "-u", "chatbot-backup", "-n", "20").output)


def runs_as_its_own_user(host: Host) -> None:
    """The services run as the system user, who can neither change the code nor read what is root's."""
    users = host.run("ps", "-C", "functions-frame,python,fake-gcs-server", "-o", "user=").output.split()
    assert set(users) <= {"chatbot", "root"}, users
    as_user = ("runuser", "-u", "chatbot", "--")
    for command in (
        ("touch", "/var/lib/chatbot/current/x"),
        ("cat", "/etc/chatbot/owner.env"),
        ("ls", "/var/backups/chatbot"),
    ):
        assert host.run(*as_user, *command).code != 0, command


if __name__ == "__main__":
    sys.exit(main())
