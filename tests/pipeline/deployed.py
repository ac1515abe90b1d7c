"""What is deployed, as a small HTTP server: each request is answered by the revision that the traffic says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.stack.ports import free_ports
from tests.pipeline.fakes.services import split
from tests.pipeline.fakes.world import World

PROBLEM = "application/problem+json"
QUESTION = {"business_id", "session_id", "message_id", "message", "metadata"}
Answer = tuple[int, str, dict[str, Any]]


def code_of(known: dict[str, Any], host: str) -> tuple[str, str]:
    """Return the service and the code that answer at `[TAG---]SERVICE`: most of the traffic, or the tag's revision."""
    tag, _, name = host.rpartition("---")
    service = known["services"][name]
    percents = split(service)
    revision = service["tags"][tag] if tag else max(percents, key=lambda one: percents[one])
    return name, service["revisions"][revision]


def answer(known: dict[str, Any], path: str, body: dict[str, Any] | None) -> Answer:
    """Return status, type and body. `faults.broken` names services and the code with which they are ill or silent."""
    _, host, rest = path.split("/", 2)
    if host.rpartition("---")[2] not in known["services"]:
        return 404, "text/html", {}
    name, code = code_of(known, host)
    fault = known["faults"].get("broken", {}).get(f"{name} {code}")
    if fault == "ill":
        return 503, PROBLEM, {"status": 503}
    if body is not None and rest == "chat":
        return said(known, body, "" if fault == "silent" else f"You talk to {code}.")
    if rest == "health":
        return 200, "application/json", {"status": "ok"}
    if rest == "config?business_id=smoke-nobody" and name == "chatbot-chat":
        return (404, "text/html", {}) if fault == "rude" else (404, PROBLEM, {"code": "not_found"})
    return 404, PROBLEM, {"code": "no_such_page"}


def said(known: dict[str, Any], body: dict[str, Any], text: str) -> Answer:
    """Return the assistant's answer."""
    if body["business_id"] not in known["businesses"] or body.keys() != QUESTION:
        return 422, PROBLEM, {"code": "invalid"}
    return 200, "application/json", {"reply": {"html": f"<p>{text}</p>", "text": text}, "degraded": []}


@contextmanager
def deployed(world: World) -> Iterator[str]:
    """Serve what the world says, at the address that is yielded; `asked` of the world's folder lists the requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(answer(self._known(), self.path, None))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(answer(self._known(), self.path, body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Keep quiet."""

        def _known(self) -> dict[str, Any]:
            with (world.folder / "asked").open("a") as file:
                file.write(f"{self.command} {self.path}\n")
            known: dict[str, Any] = json.loads((world.folder / "world.json").read_text())
            return known

        def _send(self, given: Answer) -> None:
            data = json.dumps(given[2]).encode()
            self.send_response(given[0])
            self.send_header("Content-Type", given[1])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", free_ports(1)[0]), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
