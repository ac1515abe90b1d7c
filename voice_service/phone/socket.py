"""A phone's websocket over ASGI: texts in, texts out through one writer. Knows no message."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from voice_service.phone.protocol import FAILED, PhoneProtocol

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Messages that may wait for a phone that does not read, and bytes of them: ten seconds of sound and marks.
MAX_WAITING = 500
MAX_BYTES = 120_000
SEND_S = 5.0
STUCK = "the phone takes nothing any more"


class PhoneGone(Exception):
    """The socket is closed, or takes nothing any more."""


class PhoneSocket:
    """One connection, accepted already. Behind `PhoneProtocol` messages take its short way, else ASGI's."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        owner = getattr(send, "__self__", None)
        self._direct = owner if isinstance(owner, PhoneProtocol) else None
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MAX_WAITING)
        self._open = True

    def put(self, text: str) -> None:
        """Let a message be sent; PhoneGone when too much waits already."""
        if self._direct is not None:
            waiting = self._direct.write_text(text)
            if not 0 <= waiting <= MAX_BYTES:
                raise PhoneGone(STUCK if waiting > 0 else "the phone's connection was cut")
            return
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            raise PhoneGone(STUCK) from None

    async def write(self) -> None:
        """Send what is put, for as long as the connection lives; PhoneGone when it does not."""
        while True:
            text = await self._waiting.get()
            try:
                async with asyncio.timeout(SEND_S):
                    await self._send({"type": "websocket.send", "text": text})
            except (TimeoutError, OSError, RuntimeError) as error:
                raise PhoneGone(type(error).__name__) from None

    async def texts(self) -> AsyncIterator[str]:
        """Yield the messages that come, until the connection ends. A binary one is an empty text: none of ours is."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._open = False
                return
            if message["type"] == "websocket.receive":
                yield message.get("text") or ""

    async def each(self, take: Callable[[str | bytes], None]) -> None:
        """Give every message from now on to `take`, in order, until the connection ends; raise what it raises."""
        direct = self._direct
        try:
            while True:
                # What has come before goes first.
                if direct is not None and direct.queue.empty():
                    direct.take = take
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    self._open = False
                    return
                if message["type"] == FAILED:
                    raise message["error"]
                if message["type"] == "websocket.receive":
                    take(message.get("text") or "")
        finally:
            if direct is not None:
                direct.take = None

    async def close(self, code: int, reason: str) -> None:
        """Send what still waits, and close."""
        if not self._open:
            return
        self._open = False
        try:
            async with asyncio.timeout(SEND_S):
                while not self._waiting.empty():
                    await self._send({"type": "websocket.send", "text": self._waiting.get_nowait()})
                await self._send({"type": "websocket.close", "code": code, "reason": reason[:120]})
        except (TimeoutError, OSError, RuntimeError):
            return
