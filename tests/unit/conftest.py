"""Keeps unit tests apart from the world: what would connect or start a process fails at once.

So does waiting for time to pass, where Python tells of it (from 3.13).
"""

import sys
import threading
from collections.abc import Iterator

import pytest

_FORBIDDEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "time.sleep")
_running = threading.Event()


def _refuse(event: str, _arguments: object) -> None:
    if _running.is_set() and event in _FORBIDDEN and threading.current_thread() is threading.main_thread():
        raise AssertionError(f"a unit test may not reach {event}")


sys.addaudithook(_refuse)


@pytest.fixture(autouse=True)
def _no_outside_world() -> Iterator[None]:
    _running.set()
    yield
    _running.clear()
