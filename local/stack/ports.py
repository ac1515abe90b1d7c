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
    gemini: int
    storage: int
    postgres: int
    redis: int
    crm: int

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        """Return the fixed ports above `base`."""
        return cls(base, base + 1, base + 2, base + 5, base + 6, base + 7, base + 8, base + 9)

    @classmethod
    def free(cls) -> "Ports":
        """Return ports nobody listens on right now."""
        return cls(*free_ports(8))


def free_ports(count: int) -> list[int]:
    """Return different ports nobody listens on right now."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_FREE_RANGE)  # noqa: S311 - any port will do
        if port not in found and is_free(port):
            found.append(port)
    return found


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
