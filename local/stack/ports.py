"""Ports: the fixed offsets of `make run`, and free ones for tests."""

import random
import socket
from dataclasses import dataclass

from local.stack.process import StackError

DEFAULT_BASE = 8080
# Below the ephemeral range: there a connect loop on a port nobody listens on can end up connected to itself.
_FREE_RANGE = range(20_000, 32_000)


@dataclass(frozen=True)
class Ports:
    """Where everything listens on 127.0.0.1 (contract: relative to PORT_BASE)."""

    site: int
    chat: int
    admin: int
    voice: int
    voice_service: int
    gemini: int
    storage: int
    postgres: int
    redis: int
    crm: int

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        """Return the fixed ports above `base`."""
        return cls(*range(base, base + 10))

    @classmethod
    def free(cls) -> "Ports":
        """Return ports nobody listens on, or is about to."""
        return cls(*free_ports(10))


def free_ports(count: int) -> list[int]:
    """Return different ports nobody listens on right now, and that nobody else is given while we run."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_FREE_RANGE)  # noqa: S311 - any port will do
        if _claim(port):
            found.append(port)
    return found


def free_base(count: int) -> int:
    """Return the first of `count` ports in a row, each as `free_ports` gives them."""
    while True:
        base = random.choice(_FREE_RANGE)  # noqa: S311 - any will do
        if all(_claim(port) for port in range(base, base + count)):
            return base


def _claim(port: int) -> bool:
    """Take a port that is free; False when it is not.

    Between finding it and listening on it another process, such as tests beside ours, could find it as well. So the
    UDP port of the same number, which nothing here speaks on, is held as long as we live: the system gives it to one
    process only and takes it back when that process ends, however it ends.
    """
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind(("127.0.0.1", port))
    except OSError:
        claim.close()
        return False
    if not is_free(port):
        claim.close()
        return False
    claim.detach()  # it stays open
    return True


def is_free(port: int) -> bool:
    """Say whether nobody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def require_free(ports: Ports) -> None:
    """Pass, or StackError naming each port that is taken and what to do."""
    taken = [f"{port} ({name})" for name, port in vars(ports).items() if not is_free(port)]
    if taken:
        raise StackError(
            f"Port {', '.join(taken)} is in use by another program. Stop that (is another `make run` open?), "
            "or choose other ports: PORT_BASE=9000 make run"
        )
