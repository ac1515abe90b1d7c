"""Starts the demo site as a real process for a test and walks it as a visitor would. Asserts nothing itself."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx2
from lxml import html

from local.stack.ports import free_ports

ROOT = Path(__file__).parents[2]
CHAT_URL = "http://127.0.0.1:9/chat"


@dataclass(frozen=True)
class DemoServer:
    """A running demo site."""

    base: str
    client: httpx2.Client

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """GET without following redirects; headers are named with underscores."""
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def raw(self, path: str) -> tuple[int, bytes]:
        """Status and body for a path sent exactly as given, which polite clients would tidy up first."""
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def links(self, path: str, answer: httpx2.Response) -> list[str]:
        """Absolute URLs of everything a page links to or loads; nothing for other kinds of file."""
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        return [urljoin(self.base + path, link) for _, _, link, _ in html.fromstring(answer.text).iterlinks()]

    def crawl(self) -> dict[str, httpx2.Response]:
        """Everything one reaches from the home page by links and assets, by path."""
        found: dict[str, httpx2.Response] = {}
        waiting = ["/"]
        while waiting:
            path = waiting.pop()
            if path in found:
                continue
            found[path] = self.get(path)
            own = [link for link in self.links(path, found[path]) if link.startswith(self.base)]
            waiting += [urlsplit(urldefrag(link).url).path for link in own]
        return found


@contextmanager
def running_site() -> Iterator[DemoServer]:
    """The demo site on a free port, with the widget turned on; stopped at the end."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "local.demo.serve", "--chat-url", CHAT_URL, "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            _wait_until_up(client, process)
            yield DemoServer(f"http://127.0.0.1:{port}", client)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_up(client: httpx2.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            client.get("/health").raise_for_status()
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the demo site did not start (exit code {process.poll()})")
