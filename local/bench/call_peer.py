"""The Live stand-in under load: its wire, TLS and sockets, with sessions that talk by the clock and note moments.

Run by the benchmark as `python -m local.bench.call_peer --port P --cert FILE`. `POST /bench/MODE` chooses what sessions
do from then on, `GET /bench` tells what they noted; all else is Live's, or the instant model's.
"""

import argparse
import json
import time
import uuid
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from local.bench.call_sessions import MODES, Talker
from local.bench.instant_model import app as instant_model
from local.live.app import LiveApp
from local.live.certificate import Certificate
from local.live.connection import Connection
from local.live.control import Settings
from local.live.front import FrontServer
from local.live.journal import Record
from local.live.link import Place

_PATH = "/bench"


class Peer(LiveApp):
    """Serves sessions of the chosen mode."""

    def __init__(self) -> None:
        super().__init__(None, Settings(speech="canned"))
        self._mode = next(iter(MODES))
        self._sessions: list[Talker] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "websocket":
            await self._talk(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(_PATH):
            await self._bench(scope, send)
        elif scope["type"] == "http" and ":" in scope["path"]:
            await instant_model(dict(scope), receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        record = self._service.journal.add(Record(uuid.uuid4().hex[:16], scope["path"], time.time()))
        link = Talker(self._service.world, record, Place("v1beta"), MODES[self._mode])
        self._sessions.append(link)
        await Connection(self._service, link, receive, send).run()

    async def _bench(self, scope: Scope, send: Send) -> None:
        body: Any = [session.noted() for session in self._sessions]
        if scope["method"] == "POST":
            self._mode = scope["path"].rpartition("/")[2]
            self._sessions.clear()
        content = json.dumps(body).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": content})


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cert", type=Path, required=True)
    options = parser.parse_args()
    files = Certificate(options.cert)
    files.ensure()
    config = uvicorn.Config(
        Peer(), host="127.0.0.1", port=options.port, log_level="warning", access_log=False, loop="uvloop",
        ws="websockets-sansio", ws_per_message_deflate=False, backlog=1024, timeout_graceful_shutdown=2,
    )  # fmt: skip
    FrontServer(config, files.server_context()).run()


if __name__ == "__main__":
    main()
