"""A chat server that speaks the public contract from a script, beside a website that embeds the widget.

It must not know how the widget works inside: it answers requests, records them, and misbehaves when told to.
"""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.widget.website import website

Json = dict[str, Any]
WIDGET = Path(__file__).parents[2] / "widget" / "widget.js"
TOKEN = "session-token"
CTAS: list[Json] = [
    {"id": "book", "label": "Book a visit", "kind": "link", "url": "https://booking.example.com/"},
    {"id": "prices", "label": "Prices", "kind": "message", "message": "What does a visit cost?"},
    {
        "id": "contact",
        "label": "Contact",
        "kind": "menu",
        "children": [
            {"id": "call", "label": "Call us", "kind": "phone", "url": "tel:+4930123456"},
            {"id": "mail", "label": "Write to us", "kind": "email", "url": "mailto:hi@example.com"},
        ],
    },
]


@dataclass(frozen=True)
class Turn:
    """How the next message is answered. `mode`: what goes wrong, if anything."""

    deltas: tuple[str, ...] = ("<p>We are open ", "<b>Monday to Friday</b>, ", "9 to 17.</p>")
    ctas: tuple[Json, ...] = ()
    citations: tuple[Json, ...] = ()
    mode: str = "stream"  # stream | json | hold | endless | silent | limited | error | drop
    retry_after: int = 1
    detail: str = "We are getting a lot of messages. Please wait a moment."
    handoff: Json | None = None

    @property
    def html(self) -> str:
        """The whole reply."""
        return "".join(self.deltas)


@dataclass
class FakeChat:
    """The server's memory: what it was asked, and what it will do next."""

    config: Json
    config_status: int = 200
    turns: deque[Turn] = field(default_factory=deque)
    chats: list[Json] = field(default_factory=list)
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, authorization
    events: list[Json] = field(default_factory=list)
    feedback: list[Json] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)
    session_status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def chat_url(self) -> str:
        """Where the widget talks to. Another origin than the site's, as in real life."""
        return f"http://127.0.0.1:{self.port}/fn"

    @property
    def site_url(self) -> str:
        """The business's own website."""
        return f"http://localhost:{self.port}"

    def plan(self, *turns: Turn) -> None:
        """Sets the answers to the next messages; later ones get the default."""
        self.turns.extend(turns)

    def said(self) -> list[str]:
        """The messages that arrived, intro token excepted."""
        return [chat["message"] for chat in self.chats if chat["message"] != "__intro__"]

    def authorizations(self, method: str, path: str) -> list[str]:
        """The credentials of the calls of a route, in order."""
        return [sent for verb, where, sent in self.requests if (verb, where) == (method, path)]

    def write_as_person(self, text: str, message_id: str) -> None:
        """A member of the team writes into the conversation: nobody asked for it in that turn."""
        entry = {"role": "assistant", "html": f"<p>{text}</p>", "text": text, "at": "2026-01-01T00:00:00Z"}
        self.history.append({**entry, "message_id": message_id})


def new_fake() -> FakeChat:
    """A small dental practice."""
    greeting = {"html": "<p>Hello! How can I help you today?</p>", "text": "Hello! How can I help you today?"}
    languages = ["en", "de", "es", "fr", "ar"]
    branding = {"primary_color": "#0f6b4f", "text_color": "#ffffff", "title": "Lindenhof Dental", "logo_url": None}
    config = {
        "business_id": "demo", "name": "Lindenhof Dental", "version": 3, "greeting": greeting, "ctas": CTAS,
        "locale": "en", "branding": {**branding, "position": "bottom-right"}, "languages": languages,
        "intro_token": "__intro__", "contact": {"phone": "+49 30 123456", "email": None},
    }  # fmt: skip
    return FakeChat(config)


def answer(body: Json, turn: Turn) -> Json:
    """The whole answer object of the contract."""
    return {
        "business_id": body["business_id"], "session_id": body["session_id"], "message_id": body["message_id"],
        "session_token": TOKEN, "reply": {"html": turn.html, "text": turn.html}, "ctas": turn.ctas,
        "citations": turn.citations, "state": "open", "handoff": turn.handoff, "degraded": [],
    }  # fmt: skip


def problem(status: int, detail: str, **headers: str) -> Response:
    """An RFC 9457 error."""
    body = {"type": "about:blank", "title": "Error", "status": status, "detail": detail, "code": "some_code"}
    return JSONResponse(body, status, headers, "application/problem+json")


def sse(event: str, data: Json) -> str:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


class Routes:
    """The contract's routes over one FakeChat."""

    def __init__(self, fake: FakeChat) -> None:
        self.fake = fake

    async def chat(self, request: Request) -> Response:
        """POST /chat."""
        body = await request.json()
        self.fake.chats.append(body)
        streams = "text/event-stream" in request.headers.get("accept", "")
        turn = self.next_turn(body, streams=streams)
        if turn.mode == "limited":
            return problem(429, turn.detail, **{"Retry-After": str(turn.retry_after)})
        if turn.mode == "json" or not streams:
            return JSONResponse(answer(body, turn))
        return StreamingResponse(self.stream(body, turn), media_type="text/event-stream")

    def next_turn(self, body: Json, *, streams: bool) -> Turn:
        """The planned answer; the greeting is not planned; a silent stream's fallback gets the same turn."""
        if body["message"] == "__intro__":
            return Turn((self.fake.config["greeting"]["html"],), tuple(self.fake.config["ctas"]))
        if not self.fake.turns:
            return Turn()
        turn = self.fake.turns[0]
        if turn.mode != "silent" or not streams:
            self.fake.turns.popleft()
        return replace(turn, mode="json") if not streams else turn

    async def stream(self, body: Json, turn: Turn) -> AsyncIterator[str]:
        """The events of one turn."""
        try:
            if turn.mode == "silent":
                await asyncio.sleep(60)
            yield ": keep-alive\n\n"
            yield sse("start", {"message_id": body["message_id"], "session_token": TOKEN})
            for index, delta in enumerate(turn.deltas):
                yield sse("delta", {"html": delta})
                await self.misbehave(turn, index)
            if turn.mode == "error":
                yield sse("error", {"title": "Error", "detail": turn.detail, "code": "model_down", "status": 503})
                return
            yield sse("done", answer(body, turn))
        except (asyncio.CancelledError, GeneratorExit):
            self.fake.gone.set()
            raise

    async def misbehave(self, turn: Turn, index: int) -> None:
        """What happens after a delta."""
        if turn.mode == "hold" and index == 0:
            await asyncio.to_thread(self.fake.gate.wait, 20)
        if turn.mode == "drop" and index == 1:
            await asyncio.sleep(0.2)
            raise ConnectionResetError("told to drop the connection")
        if turn.mode == "endless" and index == 1:
            await asyncio.sleep(60)
        await asyncio.sleep(0.01)

    async def get_config(self, _: Request) -> Response:
        """GET /config."""
        if self.fake.config_status != 200:
            return problem(self.fake.config_status, "Down")
        return JSONResponse(self.fake.config)

    async def events(self, request: Request) -> Response:
        """POST /events."""
        self.fake.events.append(await request.json())
        return Response(status_code=202)

    async def feedback(self, request: Request) -> Response:
        """POST /feedback."""
        self.fake.feedback.append(await request.json())
        return Response(status_code=204)

    async def session(self, request: Request) -> Response:
        """GET and DELETE /session."""
        if request.method == "DELETE":
            return Response(status_code=204)
        if self.fake.session_status != 200:
            return problem(self.fake.session_status, "Down")
        return JSONResponse({"business_id": "demo", "session_id": "s", "messages": self.fake.history})

    async def widget(self, _: Request) -> Response:
        """GET /widget.js."""
        return Response(WIDGET.read_text(), media_type="text/javascript")


def build_app(fake: FakeChat) -> Starlette:
    """The application: chat function under /fn, website at /."""
    routes = Routes(fake)

    cors = Middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["Retry-After"]
    )
    table = [
        Route("/fn/chat", routes.chat, methods=["POST"]),
        Route("/fn/config", routes.get_config),
        Route("/fn/events", routes.events, methods=["POST"]),
        Route("/fn/feedback", routes.feedback, methods=["POST"]),
        Route("/fn/session", routes.session, methods=["GET", "DELETE"]),
        Route("/fn/widget.js", routes.widget),
        *website(f"{fake.chat_url}/widget.js"),
    ]
    return Starlette(routes=table, middleware=[Middleware(Recorder, fake=fake), cors])


class Recorder:
    """Notes every request. Plain ASGI, because the wrapping kind hides disconnects."""

    def __init__(self, app: Any, fake: FakeChat) -> None:
        self.app, self.fake = app, fake

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Records method, path and authorization."""
        if scope["type"] == "http":
            authorization = dict(scope["headers"]).get(b"authorization", b"").decode()
            self.fake.requests.append((scope["method"], scope["path"], authorization))
        await self.app(scope, receive, send)


@contextlib.contextmanager
def running(fake: FakeChat) -> Iterator[FakeChat]:
    """Serves in a thread on a free port of the loopback."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        fake.port = listener.getsockname()[1]
        config = uvicorn.Config(build_app(fake), log_level="critical", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield fake
        server.should_exit = True
        fake.gate.set()
        thread.join(10)
