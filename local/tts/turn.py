"""One turn: an order is spoken and sent, or goes wrong in the way that was asked for."""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.tts import wire
from local.tts.catalogue import GENDERS
from local.tts.control import Fault
from local.tts.mp3 import encode
from local.tts.voice import Said, Voice, sentences

# Whatever is asked for, it stays speech: half as fast to three times as fast.
_SLOWEST, _FASTEST = 0.5, 3.0
_SILENT_S = 60.0


@dataclass(frozen=True)
class Turn:
    """Answers the orders of one connection.

    Args:
        socket: the connection.
        voice: speaks.
        transport: what is below the connection, to cut it; None when the server does not tell.
    """

    socket: WebSocket
    voice: Voice
    transport: Any

    async def answer(self, order: wire.Order, config: wire.Config, request_id: str, fault: Fault | None) -> int:
        """Send one answer and return how many bytes of audio it had. Raises WebSocketDisconnect."""
        stream_id = uuid.uuid4().hex.upper()
        await self.socket.send_text(wire.turn_start(request_id))
        if fault and fault.kind in ("hang", "deaf"):
            await self._nothing(fault)
        await self.socket.send_text(wire.response(request_id, stream_id))
        # A voice that it does not know, and a text without a word in it, are answered with silence.
        audible = order.voice in GENDERS and any(map(str.isalnum, order.text)) and not _is(fault, "no_audio")
        said = await asyncio.to_thread(self._said, order) if audible else None
        sent = await self._audio(said, config, (request_id, stream_id), fault) if said else 0
        await self.socket.send_text(wire.text_message("turn.end", request_id, {}))
        return sent

    def _said(self, order: wire.Order) -> tuple[Said, bytes]:
        rate = min(_FASTEST, max(_SLOWEST, 1 + order.rate / 100))
        said = self.voice.say(order.text, order.voice, rate=rate, pitch=order.pitch)
        return said, encode(said.samples, order.volume)

    async def _audio(
        self, spoken: tuple[Said, bytes], config: wire.Config, ids: tuple[str, str], fault: Fault | None
    ) -> int:
        said, mp3 = spoken
        if _is(fault, "noise"):
            mp3 = np.random.default_rng(7).bytes(len(mp3)).replace(b"\xff", b"\x00")
        boundaries = said.words if config.words else tuple(sentences(said.words)) if config.sentences else ()
        for boundary in boundaries:
            await self.socket.send_text(wire.metadata(ids[0], boundary))
        sent = 0
        while True:
            for piece in wire.pieces(mp3):
                await self._before(sent // wire.PIECE, ids, fault)
                await self.socket.send_bytes(wire.audio_message(*ids, piece))
                sent += len(piece)
            if not _is(fault, "endless"):
                break
            await asyncio.sleep(0)  # a client that reads fast would leave nobody else a turn
            if self.transport.is_closing():
                raise WebSocketDisconnect(1006)
        await self.socket.send_bytes(wire.audio_message(*ids, b""))
        return sent

    async def _before(self, number: int, ids: tuple[str, str], fault: Fault | None) -> None:
        """Do what goes wrong before a piece of audio."""
        if fault is None:
            return
        if fault.kind == "trickle" or (fault.kind == "slow" and not number):
            await asyncio.sleep(fault.seconds)
        elif number == fault.after and fault.kind == "garbage":
            await self.socket.send_bytes(b"\xff\xff" + ids[0].encode())
        elif number == fault.after and fault.kind == "close":
            await self.socket.close(1011, "Internal error")
            raise WebSocketDisconnect(1011)
        elif number == fault.after and fault.kind == "cut":
            self.transport.abort()
            raise WebSocketDisconnect(1006)

    async def _nothing(self, fault: Fault) -> None:
        """Stay silent until the client has gone, or for a minute: a deaf one does not notice."""
        if fault.kind == "deaf":
            self.transport.pause_reading()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SILENT_S):
                while (await self.socket.receive())["type"] != "websocket.disconnect":
                    pass
        self.transport.abort()
        raise WebSocketDisconnect(1006)


def _is(fault: Fault | None, kind: str) -> bool:
    return fault is not None and fault.kind == kind
