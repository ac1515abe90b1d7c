"""Runs the Gemini stand-in as a process and talks to it with the unmodified SDK; it holds no tests."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from google import genai
from google.genai import types
from numpy.typing import NDArray

from local.stack.ports import free_ports

ROOT = Path(__file__).parents[2]
MODEL = "gemini-3.5-flash-lite"
EMBEDDER = "gemini-embedding-2"
UNKNOWN = "I'm sorry, I don't have that information."
CONTEXT = """now: Monday 23 November 2026 10:05 (Europe/London)
<business 9f3c>
name: Harbour Cycles
phone: 020 7946 0321
</business 9f3c>
<passage 9f3c n="1" title="Prices > Repairs">
| Service | Price | Time |
|---|---|---|
| Full service | $95 | 2 days |
| Puncture repair | $12 | 30 minutes |
</passage 9f3c>
<passage 9f3c n="2" title="Opening hours">
Monday to Friday: 9:00 to 17:30
Saturday: 10:00 to 16:00
Sunday: closed
</passage 9f3c>"""


class Server:
    """The stand-in as a process of its own, and its control plane."""

    def __init__(self, url: str, sdk: genai.Client) -> None:
        self.url = url
        self.sdk = sdk

    def call(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON (or text) of a raw request."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def control(self, **body: object) -> None:
        """Puts settings, which must be accepted."""
        status, answer = self.call("PUT", "/control", body)
        assert status == 200, answer

    def journal(self) -> list[dict[str, Any]]:
        """The requests seen, oldest first."""
        entries: list[dict[str, Any]] = self.call("GET", "/control/requests")[1]
        return entries

    def reset(self) -> None:
        """Back to the defaults, with an empty journal."""
        self.call("DELETE", "/control")
        self.call("DELETE", "/control/requests")


@contextmanager
def running() -> Iterator[Server]:
    """A started server on a free port; stopped at the end."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    options = types.HttpOptions(base_url=url, timeout=20_000)
    command = [sys.executable, "-m", "local.gemini", "--port", str(port)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process,
        genai.Client(api_key="any-key", http_options=options) as sdk,
    ):
        server = Server(url, sdk)
        try:
            _await_health(server, process)
            yield server
        finally:
            process.terminate()


def _await_health(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if server.call("GET", "/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the stand-in did not start")


def user(*texts: str) -> types.Content:
    """A user turn of these text parts."""
    return types.Content(role="user", parts=[types.Part(text=text) for text in texts])


def model(text: str) -> types.Content:
    """A model turn."""
    return types.Content(role="model", parts=[types.Part(text=text)])


def ask(client: genai.Client, question: str, history: Sequence[types.Content] = (), **config: Any) -> Any:
    """The answer to a question over the sample context."""
    contents: Any = [*history, user(CONTEXT, question)]
    options: Any = config
    return client.models.generate_content(model=MODEL, contents=contents, config=options)


def stream(client: genai.Client, question: str = "How much is a full service?", **config: Any) -> Any:
    """The same, chunk by chunk."""
    options: Any = config
    contents = user(CONTEXT, question)
    return client.models.generate_content_stream(model=MODEL, contents=contents, config=options)


def embed(client: genai.Client, texts: Sequence[str], dimensions: int | None = None) -> NDArray[np.float64]:
    """Vectors of the texts, one row each."""
    contents: Any = [types.Content(parts=[types.Part(text=text)]) for text in texts]
    options = types.EmbedContentConfig(output_dimensionality=dimensions)
    answer = client.models.embed_content(model=EMBEDDER, contents=contents, config=options)
    return np.array([item.values for item in answer.embeddings or []])
