"""The service as an ASGI application: `/stream` for Twilio, `/health` for those who watch over it."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.api.health import health_reply, worst
from shared.health import Dependency
from voice_service.phone.socket import Receive, Send
from voice_service.switchboard import Switchboard

Report = Callable[[], Mapping[str, Dependency]]


class VoiceApp:
    """Routes. `report` says what can be reached; it may block and is called rarely."""

    def __init__(self, switchboard: Switchboard, report: Report) -> None:
        self._switchboard = switchboard
        self._report = report

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            if scope["path"] == "/stream":
                await self._switchboard.serve(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] == "http":
            await self._http(scope, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._switchboard.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "lifespan.startup.complete"})

    async def _http(self, scope: Mapping[str, Any], send: Send) -> None:
        if scope["path"] != "/health" or scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 404, {"status": 404, "title": "Not found", "code": "not_found"}, "problem+json")
            return
        found = await asyncio.to_thread(self._report)
        body = {**health_reply(worst(found), found).body, "calls": self._switchboard.calls}
        await _answer(send, 200, body, "json")


async def _answer(send: Send, status: int, body: Mapping[str, Any], kind: str) -> None:
    content = json.dumps(body).encode()
    headers = [(b"content-type", f"application/{kind}".encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
