"""Runs one session on a websocket: a reader, a writer, a timer, threads for the work. It decides nothing itself."""

import asyncio
import time
from collections import deque
from contextlib import suppress

from starlette.types import Receive, Send

from local.live.control import Fault
from local.live.events import ABNORMAL, Action, Cut, Freeze, Work
from local.live.events import Send as Frame
from local.live.link import Link
from local.live.service import Service


class Connection:
    """`run` lasts as long as the socket."""

    def __init__(self, service: Service, link: Link, receive: Receive, send: Send) -> None:
        self._service = service
        self._link = link
        self._transport = getattr(getattr(send, "__self__", None), "transport", None)
        self._receive = receive
        self._send = send
        self._binary = link.settings.frames == "binary"
        self._loop = asyncio.get_running_loop()
        self._outbox: deque[Frame | Cut] = deque()
        self._filled = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serves the session to its end."""
        record = self._link.record
        self._service.running[record.id] = self.command
        self._spawn_writer()
        try:
            await self._read()
        finally:
            del self._service.running[record.id]
            self._link.closed = True
            self._service.world.handles.ended(record.id, self._loop.time())
            record.ended_at = time.time()
            await self._stop()

    def command(self, fault: Fault) -> None:
        """Do something to the session now."""
        self._link.suffer(fault, self._loop.time())
        self._perform()

    async def _read(self) -> None:
        record = self._link.record
        while True:
            await self._thawed.wait()
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                if record.close_code is None:
                    record.close_code, record.closed_by = message.get("code"), "client"
                    record.close_reason = message.get("reason") or ""
                return
            data = message.get("text")
            self._link.receive(message["bytes"] if data is None else data, self._loop.time())
            self._perform()

    def _perform(self) -> None:
        for action in self._link.take():
            self._start(action)
        if self._outbox:
            self._filled.set()
        self._arm()

    def _start(self, action: Action) -> None:
        if isinstance(action, Frame | Cut):
            self._outbox.append(action)
            return
        if isinstance(action, Freeze):
            self._freeze(action.seconds)
            return
        task = self._loop.create_task(self._work(action))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _freeze(self, seconds: float) -> None:
        """Leave the socket open and be gone, as behind a network that has lost its way."""
        self._thawed.clear()
        if self._transport is not None:
            self._transport.pause_reading()
        self._loop.call_later(seconds, self._thaw)

    def _thaw(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()
        self._thawed.set()

    async def _work(self, work: Work) -> None:
        outcome = await self._service.do(work, self._link.settings)
        if not self._link.closed:
            self._link.done(outcome, self._loop.time())
            self._perform()

    def _arm(self) -> None:
        due = self._link.due
        if due == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = None if due is None else self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = self._timer_at = None
        # The loop wakes a little early; what is due in this millisecond is due.
        self._link.tick(self._loop.time() + 0.001)
        self._perform()

    def _spawn_writer(self) -> None:
        task = self._loop.create_task(self._write())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self) -> None:
        with suppress(OSError):  # the client has gone: the reader learns of it too
            while True:
                await self._filled.wait()
                self._filled.clear()
                while self._outbox:
                    await self._thawed.wait()
                    action = self._outbox.popleft()
                    if self._transport is not None and self._transport.is_closing():
                        return
                    if isinstance(action, Cut):
                        await self._cut(action)
                        return
                    kind, data = ("bytes", action.data) if self._binary else ("text", action.data.decode())
                    await self._send({"type": "websocket.send", kind: data})

    async def _cut(self, cut: Cut) -> None:
        if cut.code != ABNORMAL:
            await self._send({"type": "websocket.close", "code": cut.code, "reason": cut.reason})
        elif self._transport is not None:
            self._transport.abort()

    async def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
