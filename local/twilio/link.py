"""Between the phone network and the switchboard, which may be another process: who calls, what changes, what is asked.

Up:   {"do": "begin", "call": {...}}   {"do": "change", "sid", "fields"}   {"do": "recording", "fields", "wav": bytes}
      (begin is answered: {"re": id, ...}; the sound of a recording goes ahead by itself, to /_recordings)
Down: {"do": "update", "sid", "fields"}   {"do": "dial", "call": {...}}   {"do": "record", "sid", "fields"}
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

import aiohttp

Json = dict[str, Any]
Told = Callable[[Json], None]


class LinkError(Exception):
    """There is no switchboard where one was named."""


class Link(Protocol):
    """The phone network's side."""

    api: str

    async def open(self, told: Told) -> None:
        """Begin; what the switchboard wants is told from now on."""
        ...

    async def ask(self, message: Json) -> Json:
        """Send a message, wait until the switchboard has it, and return what it says."""
        ...

    def tell(self, message: Json) -> None:
        """Send a message."""
        ...

    async def close(self) -> None:
        """End."""
        ...


class NoLink:
    """A phone network by itself: nobody sees its calls."""

    api = "https://api.twilio.com"

    async def open(self, told: Told) -> None:
        """Nothing comes."""

    async def ask(self, message: Json) -> Json:  # noqa: ARG002 - the protocol's name
        """Nothing is known."""
        return {}

    def tell(self, message: Json) -> None:
        """Nobody listens."""

    async def close(self) -> None:
        """Nothing is held."""


class SocketLink:
    """A switchboard at an address, over a websocket."""

    def __init__(self, url: str) -> None:
        self.api = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._out: asyncio.Queue[Json | None] = asyncio.Queue()
        self._count = 0

    async def open(self, told: Told) -> None:
        """Connect; LinkError when nobody is there."""
        self._session = aiohttp.ClientSession()
        try:
            self._socket = await self._session.ws_connect(f"{self.api}/_phone", max_msg_size=0)
        except aiohttp.ClientError as error:
            await self._session.close()
            raise LinkError(f"no Twilio REST stand-in at {self.api}: {error}") from None
        self._reader = asyncio.create_task(self._read(self._socket, told))
        self._writer = asyncio.create_task(self._write(self._socket))

    async def ask(self, message: Json) -> Json:
        """Send and wait."""
        self._count += 1
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[self._count] = answer
        self.tell({**message, "id": self._count})
        return await answer

    def tell(self, message: Json) -> None:
        """Send."""
        self._out.put_nowait(message)

    async def close(self) -> None:
        """Send what is left, and disconnect."""
        self._out.put_nowait(None)
        if self._writer:
            await self._writer
        if self._socket:
            await self._socket.close()
        if self._reader:
            await self._reader
        if self._session:
            await self._session.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, told: Told) -> None:
        async for message in socket:
            body = json.loads(message.data)
            if "re" in body:
                self._waiting.pop(body["re"]).set_result(body)
            else:
                told(body)
        for answer in self._waiting.values():
            answer.set_exception(LinkError("the Twilio REST stand-in went away"))

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while (message := await self._out.get()) is not None:
            wav = message.pop("wav", b"")
            if wav and self._session:
                await self._session.put(f"{self.api}/_recordings/{message['fields']['sid']}", data=wav)
            await socket.send_str(json.dumps(message))
