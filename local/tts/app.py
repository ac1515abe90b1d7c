"""The stand-in's server: the real paths, and a control plane beside them.

GET  /consumer/speech/synthesize/readaloud/edge/v1        the websocket
GET  /consumer/speech/synthesize/readaloud/voices/list    the voices
GET, PUT, DELETE /control        {"faults": [{"kind": "cut", "after": 2, "times": 1}], "clock_ahead_s": 0}
GET, DELETE /control/requests    the journal: calls refused and orders answered, oldest first
GET  /health
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.tts import gate, wire
from local.tts.catalogue import VOICES
from local.tts.control import Control
from local.tts.turn import Turn
from local.tts.voice import Voice

BASE = "/consumer/speech/synthesize/readaloud"
_JOURNAL = 500
_INVALID_PAYLOAD = 1007


class StandIn(Starlette):
    """Lets a fault reach the connection itself, so that it can be cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "websocket":
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            scope["extensions"] = {**(scope.get("extensions") or {}), "connection": transport}
        await super().__call__(scope, receive, send)


class Endpoint:
    """Answers the calls and keeps their journal."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.control = Control()
        self.journal: list[dict[str, Any]] = []

    async def speak(self, socket: WebSocket) -> None:
        """One connection: orders are answered one after another until the client goes."""
        refused = self._refusal(socket.query_params)
        if refused:
            await socket.send_denial_response(refused)
            return
        await socket.accept()
        turn = Turn(socket, self._voice, socket.scope["extensions"]["connection"])
        config = wire.Config(words=False, sentences=False)
        try:
            while True:
                message = wire.Message.parse(await socket.receive_text())
                if message.path == "speech.config":
                    config = wire.Config.parse(message.body)
                elif message.path == "ssml":
                    await self._answer(turn, config, message)
        except WebSocketDisconnect:
            return
        except (wire.WireError, KeyError) as error:  # KeyError: a binary message
            self._note("invalid", reason=str(error))
            await socket.close(_INVALID_PAYLOAD, str(error)[:100])

    async def voices(self, request: Request) -> Response:
        """The list of voices."""
        return self._refusal(request.query_params) or JSONResponse(VOICES, headers={"Date": gate.date(self._now())})

    async def _answer(self, turn: Turn, config: wire.Config, message: wire.Message) -> None:
        order = wire.Order.parse(message.body)
        fault = self.control.take(refusal=False)
        note = self._note("said", **vars(order), fault=fault.kind if fault else None, finished=False, audio_bytes=0)
        request_id = message.headers.get("X-RequestId", uuid.uuid4().hex)
        note["audio_bytes"] = await turn.answer(order, config, request_id, fault)
        note["finished"] = True

    def _refusal(self, query: Mapping[str, str]) -> Response | None:
        """Return the answer of a call that is not let in."""
        fault = self.control.take(refusal=True)
        reason = "asked for" if fault else gate.refusal(query, self._now())
        if reason is None:
            return None
        status = fault.status if fault else 403
        self._note("refused", status=status, reason=reason)
        return PlainTextResponse(reason, status, headers={"Date": gate.date(self._now())})

    def _note(self, kind: str, **fields: object) -> dict[str, Any]:
        note: dict[str, Any] = {"kind": kind, **fields}
        self.journal.append(note)
        del self.journal[:-_JOURNAL]
        return note

    def _now(self) -> float:
        return time.time() + self.control.clock_ahead_s


def create_app(voice: Voice) -> StandIn:
    """Return the server."""
    endpoint = Endpoint(voice)

    async def control(request: Request) -> Response:
        try:
            if request.method != "GET":
                endpoint.control.put(json.loads(await request.body()) if request.method == "PUT" else {})
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(endpoint.control.body())

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            endpoint.journal.clear()
        return JSONResponse(endpoint.journal)

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    return StandIn(
        routes=[
            WebSocketRoute(f"{BASE}/edge/v1", endpoint.speak),
            Route(f"{BASE}/voices/list", endpoint.voices),
            Route("/control", control, methods=["GET", "PUT", "DELETE"]),
            Route("/control/requests", requests, methods=["GET", "DELETE"]),
            Route("/health", health),
        ]
    )
