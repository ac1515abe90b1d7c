"""Child processes that never outlive us: started in their own session, watched, stopped in order."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class StackError(Exception):
    """Something cannot be started; the text says what to do."""


@dataclass
class Child:
    """A running process. `stop_signal` asks it to end in an orderly way."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: int = signal.SIGTERM

    @property
    def running(self) -> bool:
        """Say whether the process is alive."""
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Return when `ready` says so; StackError with the log's end when the process dies or takes too long.

        Interrupted or too late, the process is stopped: nobody else knows of it yet.
        """
        try:
            self._wait_until(ready, timeout_s)
        except BaseException:
            self.stop()
            raise

    def _wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        ends = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                raise StackError(f"{self.name} stopped while starting ({self.log}):\n{self.tail()}")
            if time.monotonic() > ends:
                raise StackError(f"{self.name} is not ready after {timeout_s:.0f} s ({self.log}):\n{self.tail()}")
            time.sleep(0.02)

    def tail(self, lines: int = 8) -> str:
        """Return the end of the log."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask the process to end, insist after `timeout_s`, and collect it."""
        if self.running:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        self.process.kill()
        self.process.wait()


def spawn(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    stop_signal: int = signal.SIGTERM,
    prefix: Sequence[str] = (),
) -> Child:
    """Start a process whose output goes to `log`.

    It gets its own session, so that Ctrl-C reaches us alone and we stop things in order; where the system can (Linux),
    it also gets `stop_signal` when we die without having done so.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*prefix, *_with_us(stop_signal), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(env or {})},
        )
    return Child(name, process, log, stop_signal)


def _with_us(stop_signal: int) -> list[str]:
    setpriv = shutil.which("setpriv")
    if not setpriv:
        return []
    name = signal.Signals(stop_signal).name.removeprefix("SIG")
    # We may have died before setpriv asked for the signal: then the program does not begin.
    return [setpriv, "--pdeathsig", name, "--", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"', str(os.getpid())]
