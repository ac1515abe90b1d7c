"""Servers of a test's own, to be killed, frozen and started again; the shared ones must stay up."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local.stack.ports import free_ports
from local.stack.process import Child
from local.stack.servers import start_postgres, start_storage, start_valkey

Start = Callable[[int, Path, Path], Child]


@dataclass
class OwnServer:
    """One server on a free port whose data survives `stop` and `start`."""

    launch: Start
    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    child: Child | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.child = self.launch(self.port, self.folder / "data", self.folder / "log")

    def kill(self) -> None:
        """End it as a crash would."""
        assert self.child is not None
        self.child.kill()

    def stop(self) -> None:
        """End it in an orderly way; one that is down already is fine."""
        if self.child is not None:
            self._signal(signal.SIGCONT)
            self.child.stop()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hang inside the block: connections are taken, nothing is answered."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self.child is not None
        if self.child.running:
            os.kill(self.child.process.pid, number)


@contextmanager
def _own(launch: Start) -> Iterator[OwnServer]:
    folder = Path(tempfile.mkdtemp(prefix="chatbot-own-"))
    folder.chmod(0o755)  # Postgres may run as another user
    server = OwnServer(launch, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def own_valkey() -> AbstractContextManager[OwnServer]:
    """Return a context with a Redis-protocol server of its own."""
    return _own(start_valkey)


def own_postgres() -> AbstractContextManager[OwnServer]:
    """Return a context with a Postgres of its own: an empty cluster."""
    return _own(start_postgres)


def own_storage() -> AbstractContextManager[OwnServer]:
    """Return a context with an object storage of its own, with our bucket in it."""
    return _own(start_storage)
