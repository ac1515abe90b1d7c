"""Sends requests from a number of visitors at once and tells how long each waited. Bounded; loopback only."""

import http.client
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True)
class Latency:
    """How long the requests of one run took, in milliseconds, and how many a second were answered."""

    p50: float
    p99: float
    per_second: float


def measure(port: int, visitors: int, each: int, make: Callable[[int, int], Request], warm_up: int = 3) -> Latency:
    """Let `visitors` send `each` requests one after the other, all at the same time.

    Args:
        port: on 127.0.0.1.
        visitors: how many at once, each on a connection of its own.
        each: requests per visitor that count; `warm_up` more come first.
        make: from visitor and request number to the request.
        warm_up: requests per visitor that do not count.

    Raises:
        RuntimeError: an answer was not 200.
    """
    taken: list[float] = []
    failures: list[str] = []
    gate = threading.Barrier(visitors + 1)

    def visit(visitor: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            for number in range(warm_up + each):
                if number == warm_up:
                    gate.wait()
                request = make(visitor, number)
                begun = time.perf_counter()
                connection.request(request.method, request.path, request.body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                content = response.read()
                if number >= warm_up:
                    taken.append(time.perf_counter() - begun)
                if response.status != 200:  # noqa: PLR2004 - HTTP's OK
                    failures.append(content.decode()[:200])
                    return
        finally:
            connection.close()
            if gate.n_waiting or failures:
                gate.abort()

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(visitors)]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    total = time.perf_counter() - begun
    return Latency(percentile(taken, 50) * 1000, percentile(taken, 99) * 1000, len(taken) / total)


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share / 100) - 1)]
