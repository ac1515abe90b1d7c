"""Sends the steps of an answer at the speed asked for, and writes down how far it got.

It must not decide what is said.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from local.gemini.control import Settings
from local.gemini.exchange import ClientGoneError, Exchange
from local.gemini.faults import Act, Chunk, Raw, Step
from local.gemini.fields import Json
from local.gemini.journal import Entry


@dataclass(frozen=True)
class Framing:
    """How chunks are joined into a body."""

    content_type: str
    before: bytes
    after: bytes
    between: bytes = b""
    opening: bytes = b""
    closing: bytes = b""


# The SDK accepts nothing but 'data: ' lines and blank lines.
SSE = Framing("text/event-stream", b"data: ", b"\r\n\r\n")
ARRAY = Framing("application/json; charset=UTF-8", b"", b"", b",\r\n", b"[", b"]\n")


def dump(body: Json) -> bytes:
    """Compact JSON on one line."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Delivery:
    """One answer on its way out."""

    exchange: Exchange
    entry: Entry
    settings: Settings

    async def stream(self, steps: Sequence[Step], framing: Framing) -> None:
        """Sends the steps one by one. Raises ClientGoneError."""
        due = self._now() + self._delay()
        for step in steps:
            if isinstance(step, Act):
                await self._act(step)
                return
            if isinstance(step, Chunk):
                due += self._seconds(step.tokens)
                # Against a fixed timetable: late wake-ups must not add up.
                await self.exchange.pause(due - self._now())
            await self._send(step, framing)
        if not steps:
            await self.exchange.pause(due - self._now())
        await self.exchange.start(200, framing.content_type)
        await self.exchange.write(framing.closing if self.entry.chunks_sent else b"", last=True)
        self.entry.finished = True

    async def _send(self, step: Chunk | Raw, framing: Framing) -> None:
        await self.exchange.start(200, framing.content_type)
        first = not self.entry.chunks_sent
        data = dump(step.body) if isinstance(step, Chunk) else step.data
        await self.exchange.write(
            (framing.opening if first else framing.between) + framing.before + data + framing.after
        )
        self.entry.chunks_sent += 1

    async def whole(self, step: Step) -> None:
        """Sends an answer in one body, after the time its tokens take. Raises ClientGoneError."""
        if isinstance(step, Act):
            await self._act(step)
            return
        if isinstance(step, Chunk):
            await self.exchange.pause(self._delay() + self._seconds(step.tokens))
        data = dump(step.body) if isinstance(step, Chunk) else step.data
        await self.exchange.answer(200, data.decode())
        self.entry.chunks_sent = 1
        self.entry.finished = True

    async def _act(self, act: Act) -> None:
        if act is Act.HANG:
            await self.exchange.hang()
        try:
            await self.exchange.drop()
        except ClientGoneError:
            return

    def _delay(self) -> float:
        return self.settings.first_token_delay_ms / 1000

    def _seconds(self, tokens: int) -> float:
        speed = self.settings.tokens_per_second
        return tokens / speed if speed else 0.0

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
