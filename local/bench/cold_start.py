"""Process start to first answer of the chat function, beside a bare function, and what dominates it."""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from local.bench.load import Request
from local.bench.setting import BUSINESS, function_command, hello_source, stop
from local.stack.platform import ROOT, Platform
from local.stack.ports import free_ports

ROUNDS = 7
_IMPORT = re.compile(r"import time:\s+\d+ \|\s+(\d+) \|(\s+)(\S+)")


def run(platform: Platform, folder: Path) -> list[str]:
    """Return the report's lines."""
    chat = ROOT / "functions" / "chat" / "main.py"
    environment = platform.function_env("chat")
    cases = {
        "bare function": ("hello", hello_source(folder), {}, Request("GET", "/")),
        "chat: /config": ("chat", chat, environment, Request("GET", f"/config?business_id={BUSINESS}")),
        "chat: greeting": ("chat", chat, environment, _ask("__intro__")),
        "chat: question": ("chat", chat, environment, _ask("What does service number 7 cost?")),
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):  # in turn, so that a slow moment of the machine meets all
        for name, (target, source, variables, request) in cases.items():
            taken[name].append(_start_to_answer(target, source, variables, request))
    floor = statistics.median(taken["bare function"])
    lines = ["", f"Process start to first answer (ms, median of {ROUNDS}, fastest)", ""]
    for name, times in taken.items():
        median = statistics.median(times)
        lines.append(f"  {name:16} {median:>7.0f} {min(times):>7.0f}   {median / floor:>4.1f} x the bare function")
    lines += ["", "What the first question imports beyond the greeting (ms, one run with -X importtime)", ""]
    return lines + [f"  {name:34} {ms:>6.0f}" for name, ms in _heaviest(environment)]


def _ask(message: str) -> Request:
    body = {"business_id": BUSINESS, "user_id": "cold", "message": message}
    return Request("POST", "/chat", json.dumps(body).encode())


def _start_to_answer(target: str, source: Path, variables: dict[str, str], request: Request) -> float:
    port = free_ports(1)[0]
    begun = time.perf_counter()
    process = subprocess.Popen(
        function_command(target, source, port), env={**os.environ, **variables}, stderr=subprocess.DEVNULL
    )
    try:
        while not _answered(port, request):
            time.sleep(0.003)
        return (time.perf_counter() - begun) * 1000
    finally:
        stop(process)


def _answered(port: int, request: Request) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(request.method, request.path, request.body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
    except OSError:
        return False
    finally:
        connection.close()
    if response.status != 200:  # noqa: PLR2004 - HTTP's OK
        raise RuntimeError(f"{request.path} answered {response.status}")
    return True


def _heaviest(environment: dict[str, str]) -> list[tuple[str, float]]:
    code = (
        "from shared import wiring; from shared.config import Settings;"
        "wiring.Wiring(Settings.read(), 'bench').warm_up(); import shared.formatting.inline as i; i._markdown()"
    )
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = ("google.genai", "google.cloud.storage", "faiss", "markdown_it", "tenacity", "httpx2")
    found = {match[3]: int(match[1]) / 1000 for match in _IMPORT.finditer(done.stderr) if match[3] in names}
    return sorted(found.items(), key=lambda item: item[1], reverse=True)
