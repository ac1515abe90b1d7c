"""One HTTP exchange over ASGI: reads the body, writes chunks, notices when the client leaves.

It must not know what is sent.
"""

import asyncio
import json
from typing import Self

from starlette.types import Receive, Scope, Send


class ClientGoneError(Exception):
    """The client closed the connection before the answer was complete."""


class Exchange:
    """Use as an async context manager; `read` first, then write."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.status: int | None = None
        self._receive = receive
        self._send = send
        self._gone = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watcher is not None:
            self._watcher.cancel()

    async def read(self) -> bytes:
        """The whole request body; from then on the client is watched. Raises ClientGoneError."""
        data = bytearray()
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            data += message.get("body", b"")
            more = message.get("more_body", False)
        self._watcher = asyncio.create_task(self._watch())
        return bytes(data)

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()

    async def pause(self, seconds: float) -> None:
        """Waits, even if only for a turn of the loop. Raises ClientGoneError."""
        try:
            await asyncio.wait_for(self._gone.wait(), max(seconds, 0.0))
        except TimeoutError:
            return
        raise ClientGoneError

    async def hang(self) -> None:
        """Waits until the client leaves. Raises ClientGoneError."""
        await self._gone.wait()
        raise ClientGoneError

    async def drop(self) -> None:
        """Cuts the connection without another byte."""
        transport = self.scope.get("extensions", {}).get("connection")
        if transport is None:
            raise ConnectionError("this server does not let a connection be cut")
        transport.abort()
        # The server must learn of the cut first, or it would try to answer 500.
        await self._gone.wait()

    async def start(self, status: int, content_type: str) -> None:
        """Sends the status line and headers, once."""
        if self.status is not None:
            return
        self.status = status
        headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, data: bytes, *, last: bool = False) -> None:
        """Sends bytes of the body. Raises ClientGoneError."""
        if self._gone.is_set():
            raise ClientGoneError
        await self._send({"type": "http.response.body", "body": data, "more_body": not last})

    async def answer(self, status: int, text: str) -> None:
        """A whole JSON answer."""
        await self.start(status, "application/json; charset=UTF-8")
        await self.write(text.encode(), last=True)

    async def answer_json(self, status: int, body: object) -> None:
        """A whole JSON answer from a value."""
        await self.answer(status, json.dumps(body, ensure_ascii=False))
