"""A business's server as Twilio sees it: TwiML pages and a media stream, of these tests alone; it holds no tests."""

import asyncio
import base64
import contextlib
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect
from twilio.request_validator import RequestValidator

from local.twilio import MAIN
from local.twilio.mulaw import RATE, encode

Page = str | Response | Callable[[dict[str, str]], Any]
ROOT = Path(__file__).parents[2]
TO = "+14155550199"
FROM = "+14155550100"


@dataclass
class Asked:
    """One webhook as it came, and whether Twilio's own package says that it is Twilio's."""

    path: str
    form: dict[str, str]
    genuine: bool
    headers: dict[str, str]


@dataclass
class Talk:
    """One media stream, as the bot has it."""

    socket: WebSocket
    genuine: bool
    headers: dict[str, str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    ended: str = ""

    async def next(self, event: str) -> dict[str, Any]:
        """The next message of this kind; those before it are noted too."""
        while True:
            message: dict[str, Any] = json.loads(await self.socket.receive_text())
            self.messages.append(message)
            if message["event"] == event:
                return message

    def all(self, event: str) -> list[dict[str, Any]]:
        """Those received."""
        return [message for message in self.messages if message["event"] == event]

    @property
    def sid(self) -> str:
        """The stream's name."""
        sid: str = self.all("start")[0]["streamSid"]
        return sid

    async def send(self, event: str, **more: Any) -> None:
        """A message of the protocol."""
        await self.socket.send_text(json.dumps({"event": event, "streamSid": self.sid, **more}))

    async def play(self, data: bytes) -> None:
        """Mu-law sound."""
        await self.send("media", media={"payload": base64.b64encode(data).decode()})

    async def mark(self, name: str) -> None:
        """A mark."""
        await self.send("mark", mark={"name": name})


async def listen(talk: Talk) -> None:
    """Hears until the caller is gone."""
    while True:
        await talk.next("media")


@dataclass
class Bot:
    """Pages by path, and what happens on the stream /stream."""

    url: str = ""
    token: str = MAIN.token
    pages: dict[str, Page] = field(default_factory=dict)
    stream: Callable[[Talk], Awaitable[None]] = listen
    asked: list[Asked] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)

    def forms(self, path: str) -> list[dict[str, str]]:
        """The parameters that came to a path."""
        return [item.form for item in self.asked if item.path == path]

    @property
    def stream_url(self) -> str:
        """The stream's address."""
        return f"{self.url.replace('http', 'ws', 1)}/stream"

    def connect(self, after: str = "", attributes: str = "", parameters: str = "") -> str:
        """TwiML that streams, and what follows."""
        stream = f'<Stream url="{self.stream_url}">{parameters}</Stream>'
        return f"<Response><Connect{attributes}>{stream}</Connect>{after}</Response>"

    async def answer(self, request: Request) -> Response:
        """A webhook."""
        body = (await request.body()).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        url = f"{self.url}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        given = request.headers.get("x-twilio-signature", "")
        genuine = RequestValidator(self.token).validate(url, form, given)
        query = dict(request.query_params) if request.method == "GET" else {}
        self.asked.append(Asked(request.url.path, form or query, genuine, dict(request.headers)))
        page = self.pages[request.url.path]
        if callable(page) and not isinstance(page, Response):
            page = page(form)
            if asyncio.iscoroutine(page):
                page = await page
        return Response(page, media_type="text/xml") if isinstance(page, str) else page

    async def talk(self, socket: WebSocket) -> None:
        """A media stream."""
        given = socket.headers.get("x-twilio-signature", "")
        genuine = RequestValidator(self.token).validate(self.stream_url, {}, given)
        talk = Talk(socket, genuine, dict(socket.headers))
        self.talks.append(talk)
        await socket.accept()
        try:
            await self.stream(talk)
            talk.ended = "bot"
            await socket.close()
        except WebSocketDisconnect as error:
            talk.ended = f"caller {error.code}"
        except json.JSONDecodeError:
            talk.ended = "malformed"
        except (RuntimeError, OSError):
            talk.ended = "cut"

    def app(self) -> ASGIApp:
        """The server."""
        routes = [WebSocketRoute("/stream", self.talk), Route("/{path:path}", self.answer, methods=["GET", "POST"])]
        return Starlette(routes=routes)


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Run a server on a free port for the length of the block; gives its address."""
    config = uvicorn.Config(app, log_level="error", lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(10)


@contextlib.contextmanager
def bot(**pages: Page) -> Iterator[Bot]:
    """A bot that runs; `voice` is its first page."""
    made = Bot(pages={f"/{name}": page for name, page in pages.items()})
    with serving(made.app()) as url:
        made.url = url
        yield made


def tone(seconds: float) -> bytes:
    """Mu-law sound that counts as voice from its first to its last sample."""
    at = np.arange(int(seconds * RATE)) / RATE
    return encode((np.sign(np.sin(2 * np.pi * 300 * at + 0.1)) * 8000).astype(np.int16))
