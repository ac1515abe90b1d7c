"""The platform's own time per turn: everything but the model, beside a bare function under the same load."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from local.bench.load import Latency, Request, measure, percentile
from local.bench.setting import BUSINESS, function_command, hello_source, stop
from local.stack.platform import THREADS, Platform
from local.stack.ports import free_ports
from local.stack.servers import answers_http

VISITORS = (1, 32)
# Enough for a p99 that is not the single slowest; bounded, so that a run takes seconds.
EACH = {1: 300, 32: 30}
QUESTION = "What does service number 7 cost?"
_RATIOS = ("p50/floor", "p99/floor")


def run(platform: Platform, folder: Path) -> list[str]:
    """Return the report's lines."""
    lines = [
        "Time per turn (the model answers at once; ms)",
        "",
        _row("visitors", "", "p50", "p99", "turns/s", *_RATIOS),
    ]
    for visitors in VISITORS:
        floor = _floor(folder, visitors)
        lines.append(_measured(visitors, "bare function", floor, floor))
        for name, message in (("greeting", "__intro__"), ("question", QUESTION)):
            turn = measure(platform.ports.chat, visitors, EACH[visitors], _asking(message))
            lines.append(_measured(visitors, name, turn, floor))
    return [*lines, "", *_parts(platform)]


def _parts(platform: Platform) -> list[str]:
    """Where the time of a question goes inside the function, by its own `timings_ms`."""
    turns = [_ask(platform.ports.chat, number) for number in range(200)]
    names = ("open", "index", "embed", "search", "model", "total")
    spent = {name: [turn.get(name, 0.0) for turn in turns] for name in names}
    own = [turn["total"] - turn.get("embed", 0.0) - turn.get("model", 0.0) for turn in turns]
    shown = [f"{name} {percentile(values, 50):.1f}" for name, values in spent.items()]
    return [
        f"Inside a question, p50 ms: {', '.join(shown)}",
        f"The platform's own time (total without embed and model), ms: p50 {percentile(own, 50):.1f}, "
        f"p99 {percentile(own, 99):.1f}; embed and model are google-genai's own work here, the server answers at once",
    ]


def _ask(port: int, number: int) -> dict[str, float]:
    request = _asking(QUESTION)(0, number)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(request.method, request.path, request.body, {"Content-Type": "application/json"})
        timings: dict[str, float] = json.loads(connection.getresponse().read())["timings_ms"]
        return timings
    finally:
        connection.close()


def _asking(message: str) -> Callable[[int, int], Request]:
    run_id = time.monotonic_ns()

    def make(visitor: int, number: int) -> Request:
        # Conversations of ten turns: histories as they are in real life.
        body = {"business_id": BUSINESS, "session_id": f"{run_id}-{visitor}-{number // 10}", "message": message}
        return Request("POST", "/chat", json.dumps(body).encode())

    return make


def _floor(folder: Path, visitors: int) -> Latency:
    port = free_ports(1)[0]
    command = function_command("hello", hello_source(folder), port)
    process = subprocess.Popen(command, env={**os.environ, "THREADS": THREADS})
    try:
        while not answers_http(port, "/"):
            time.sleep(0.02)
        return measure(port, visitors, EACH[visitors], lambda *_: Request("POST", "/", b"{}"))
    finally:
        stop(process)


def _measured(visitors: int, name: str, latency: Latency, floor: Latency) -> str:
    ratios = (f"{latency.p50 / floor.p50:.1f}", f"{latency.p99 / floor.p99:.1f}")
    figures = (f"{latency.p50:.2f}", f"{latency.p99:.2f}", f"{latency.per_second:.0f}")
    return _row(str(visitors), name, *figures, *ratios)


def _row(visitors: str, name: str, *figures: str) -> str:
    return f"{visitors:>9} {name:14}" + "".join(f"{figure:>12}" for figure in figures)
