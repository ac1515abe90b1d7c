"""A stand-in for systemctl and journalctl: runs unit files' ExecStart lines without systemd. Standard library only.

It knows what deploy/vps uses: simple and oneshot services with User, WorkingDirectory, EnvironmentFile, Environment,
Restart, ExecReload; timers are only noted. A service it has no unit file of is left to its script in /etc/init.d.
"""

import fcntl
import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

UNITS = Path(os.environ.get("CHATBOT_UNIT_DIR", "/etc/systemd/system"))
STATE = Path(os.environ.get("SYSTEMCTL_STATE", "/run/systemctl"))
# Who is to be outlived by nothing: a test's process. Without one, the host's own end is theirs.
OWNER = int(os.environ.get("SYSTEMCTL_OWNER", "0"))
KNOWN = ("stop", "enable", "disable", "daemon-reload")
CLEAN = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


class Unit:
    """One unit file, and what is known of its process."""

    def __init__(self, name: str) -> None:
        self.name = name.removesuffix(".service")
        self.file = UNITS / (name if name.endswith(".timer") else f"{self.name}.service")
        self.log = STATE / f"{self.name}.log"
        self.settings: dict[str, list[str]] = {}
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                key, mark, value = line.partition("=")
                if mark and not line.startswith(("#", ";", "[")):
                    self.settings.setdefault(key, []).append(value)

    def one(self, key: str, default: str = "") -> str:
        """Return a setting's last value."""
        return self.settings.get(key, [default])[-1]

    def fact(self, kind: str) -> int:
        """Return a number kept about the process: pid, keeper, restarts; 0 when there is none."""
        file = STATE / f"{self.name}.{kind}"
        return int(file.read_text() or 0) if file.exists() else 0

    def keep(self, kind: str, value: int) -> None:
        """Keep a number about the process."""
        new = STATE / f"{self.name}.{kind}.new"
        new.write_text(str(value))
        new.replace(STATE / f"{self.name}.{kind}")

    @property
    def state(self) -> str:
        """What is-active says."""
        if self.file.suffix == ".timer" or self.one("Type") == "oneshot":
            return "active" if self.fact("done") else "inactive"
        if not self.file.exists():
            done = subprocess.run([f"/etc/init.d/{self.name}", "status"], capture_output=True, check=False)
            return "active" if done.returncode == 0 else "inactive"
        if alive(self.fact("pid")):
            return "active"
        return "activating" if alive(self.fact("keeper")) else "inactive"

    def environment(self) -> dict[str, str]:
        """Return what the process sees: files first, then Environment."""
        found = dict(CLEAN)
        for name in self.settings.get("EnvironmentFile", []):
            path = Path(name.removeprefix("-"))
            if name.startswith("-") and not path.exists():
                continue
            lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#;"]
            found |= dict(line.split("=", 1) for line in lines)
        for line in self.settings.get("Environment", []):
            found |= dict(item.split("=", 1) for item in shlex.split(line))
        return found

    def run(self) -> "subprocess.Popen[bytes]":
        """Start ExecStart as the unit says."""
        user = self.one("User")
        as_user = {"user": user, "group": self.one("Group", user), "extra_groups": []} if exists(user) else {}
        with self.log.open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                shlex.split(self.one("ExecStart")),
                cwd=self.one("WorkingDirectory", "/"), env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, **as_user,
            )  # fmt: skip


def exists(user: str) -> bool:
    """Say whether we may become a user."""
    try:
        return bool(user) and os.geteuid() == 0 and bool(pwd.getpwnam(user))
    except KeyError:
        return False


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and was not collected does not."""
    try:
        return pid > 0 and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def keep_running(unit: Unit) -> None:
    """Be the unit's systemd: run it again whenever it ends, until told to stop."""
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
    restarts = 0
    while not stopping:
        process = unit.run()
        unit.keep("pid", process.pid)
        while process.poll() is None and not stopping:
            time.sleep(0.05)
            stopping += [1] if OWNER and not alive(OWNER) else []
        if stopping:
            process.terminate()
            try:
                process.wait(float(unit.one("TimeoutStopSec", "90")))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        unit.keep("pid", 0)
        if stopping or unit.one("Restart") != "always":
            return
        restarts += 1
        unit.keep("restarts", restarts)
        ends = time.monotonic() + float(unit.one("RestartSec", "0.1"))
        while time.monotonic() < ends and not stopping:
            time.sleep(0.05)


def start(unit: Unit) -> int:
    """Start a unit; a oneshot is waited for."""
    if not unit.file.exists():
        return subprocess.run([f"/etc/init.d/{unit.name}", "start"], stdout=subprocess.DEVNULL, check=False).returncode
    if unit.file.suffix == ".timer":
        unit.keep("done", 1)
        return 0
    if unit.one("Type") == "oneshot":
        code = unit.run().wait()
        unit.keep("done", int(code == 0 and unit.one("RemainAfterExit") == "yes"))
        return int(code)
    if unit.state != "inactive":
        return 0
    unit.keep("restarts", 0)
    with unit.log.open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, __file__, "keep-running", unit.name],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
        )  # fmt: skip
    unit.keep("keeper", keeper.pid)
    ends = time.monotonic() + 5
    while not alive(unit.fact("pid")) and alive(keeper.pid) and time.monotonic() < ends:
        time.sleep(0.02)
    return 0


def ask_to_stop(unit: Unit) -> int:
    """Ask for the end; the keeper's pid, 0 when there is none."""
    if not unit.file.exists():
        subprocess.run([f"/etc/init.d/{unit.name}", "stop"], stdout=subprocess.DEVNULL, check=False)
        return 0
    if unit.file.suffix == ".timer" or unit.one("Type") == "oneshot":
        unit.keep("done", 0)
        return 0
    keeper = unit.fact("keeper")
    if not alive(keeper):
        return 0
    os.kill(keeper, signal.SIGTERM)
    return keeper


def stop(units: list[Unit]) -> int:
    """Stop units side by side, as systemd does; wait for all."""
    keepers = [ask_to_stop(unit) for unit in units]
    while any(map(alive, keepers)):
        time.sleep(0.05)
    return 0


def reload(unit: Unit) -> int:
    """Let a running unit read its configuration again; start one that does not run."""
    if unit.state != "active":
        return start(unit)
    if not unit.file.exists():
        return subprocess.run([f"/etc/init.d/{unit.name}", "reload"], stdout=subprocess.DEVNULL, check=False).returncode
    command = unit.one("ExecReload").replace("$MAINPID", str(unit.fact("pid")))
    return subprocess.run(shlex.split(command), env=CLEAN, check=False).returncode


def show(unit: Unit, wanted: str) -> int:
    """Print a property's value."""
    kind = {"MainPID": "pid", "NRestarts": "restarts"}[wanted]
    print(unit.fact(kind))
    return 0


def act(command: str, words: list[str]) -> int:
    """Do one command."""
    units = [Unit(word) for word in words if not word.startswith("-")]
    if command == "keep-running":
        keep_running(units[0])
        return 0
    if command == "is-active":
        print(units[0].state)
        return 0 if units[0].state == "active" else 3
    if command == "show":
        return show(units[1], units[0].name)
    if command == "reload-or-restart":
        return max(map(reload, units))
    if command in ("stop", "restart"):
        stop(units)
    if command in ("start", "restart") or (command == "enable" and "--now" in words):
        return max(map(start, units), default=0)
    return 0 if command in KNOWN else 1


def journal(words: list[str]) -> int:
    """Print the end of a unit's output: journalctl -u UNIT -n LINES."""
    log = Unit(words[words.index("-u") + 1]).log
    lines = int(words[words.index("-n") + 1])
    print("\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "-- No entries --")
    return 0


def main() -> int:
    """Be systemctl, or under its name journalctl."""
    STATE.mkdir(parents=True, exist_ok=True)
    if Path(sys.argv[0]).stem == "journalctl":
        return journal(sys.argv[1:])
    with (STATE / "lock").open("w") as lock:
        if sys.argv[1] in ("start", "stop", "restart", "enable", "reload-or-restart"):
            fcntl.flock(lock, fcntl.LOCK_EX)
        return act(sys.argv[1], sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
