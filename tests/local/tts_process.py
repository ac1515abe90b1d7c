"""Runs the stand-in of the speech endpoint as a process; it holds no tests."""

import json
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from local.stack.ports import free_ports
from local.stack.process import spawn
from local.stack.servers import answers_http

BASE = "/consumer/speech/synthesize/readaloud"


@dataclass(frozen=True)
class TtsServer:
    """The stand-in and its control plane."""

    port: int

    @property
    def socket_url(self) -> str:
        """What EDGE_TTS_URL would be."""
        return f"ws://127.0.0.1:{self.port}{BASE}/edge/v1"

    def call(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any, dict[str, str]]:
        """Return status, JSON (or text) and headers, their names in lower case."""
        data = json.dumps(body).encode() if body is not None else None
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, text, headers = answer.status, answer.read().decode(), _lower(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                status, text, headers = error.code, error.read().decode(), _lower(error.headers)
        try:
            return status, json.loads(text), headers
        except ValueError:
            return status, text, headers

    def control(self, *faults: dict[str, object], clock_ahead_s: float = 0) -> None:
        """Put faults and the clock, which must be accepted."""
        status, answer, _ = self.call("PUT", "/control", {"faults": list(faults), "clock_ahead_s": clock_ahead_s})
        assert status == 200, answer

    def journal(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the journal, oldest first."""
        notes: list[dict[str, Any]] = self.call("GET", "/control/requests")[1]
        return [note for note in notes if kind in (None, note["kind"])]

    def reset(self) -> None:
        """Back to the defaults, with an empty journal."""
        self.call("DELETE", "/control")
        self.call("DELETE", "/control/requests")


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextmanager
def running(speech: str = "tones") -> Iterator[TtsServer]:
    """A started server on a free port; stopped at the end."""
    port = free_ports(1)[0]
    with tempfile.TemporaryDirectory(prefix="chatbot-tts-") as folder:
        command = [sys.executable, "-m", "local.tts", "--port", str(port), "--speech", speech]
        child = spawn("Speech endpoint", command, Path(folder) / "log")
        try:
            child.wait_until(lambda: answers_http(port, "/health"))
            yield TtsServer(port)
        finally:
            child.stop()
