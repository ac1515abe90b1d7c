"""Runs one call: two pumps around the state machine, its function calls in threads, its record kept as it goes on."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from shared.domain.errors import PlatformError
from shared.domain.prompt import ToolCall
from shared.domain.voice import CallOutcome, Said
from shared.engine.telephone import Outcome, Telephone
from shared.logs import event as log_event
from voice_service.audio.wire import media_message
from voice_service.call import actions as act
from voice_service.call import events as ev
from voice_service.call.machine import Call
from voice_service.live.frames import answer_frame, audio_frame, text_frame
from voice_service.live.meter import Meter
from voice_service.live.session import LiveError, LiveModel, LiveSession, Setup
from voice_service.phone.messages import PhoneError, PhoneStream, Start, clear_message, mark_message
from voice_service.phone.socket import PhoneGone, PhoneSocket

_log = logging.getLogger(__name__)

# A connection that is given up closes beside its successor after this long.
CLOSING_S = 0.25
# For what is still to be kept when a call has ended.
KEEP_S = 5.0
NORMAL, POLICY = 1000, 1008
# Ends after which the call does not go on.
FINAL = ("nothing", "hang_up")
CALL_SO_FAR = "\n\nThe call so far (the caller and you; do not repeat it):\n"


class CallLog(Protocol):
    """Where a call is recorded."""

    def add_lines(self, business_id: str, call_id: str, said: Sequence[Said]) -> None:
        """Append to the transcript."""
        ...

    def plan_next(self, business_id: str, call_id: str, next: Mapping[str, Any]) -> None:  # noqa: A002
        """Keep what the voice function is to do when the stream has ended."""
        ...

    def finish(
        self, business_id: str, call_id: str, *, outcome: CallOutcome | None = None, reason: str = "",
        summary: str | None = None, fields: Mapping[str, str] | None = None, latency: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Keep why the stream ended, what was measured, and what else is known."""
        ...


@dataclass(frozen=True)
class Line:
    """What a call runs on. `threads` carry what blocks."""

    telephone: Telephone
    live: LiveModel
    setup: Setup
    log: CallLog
    threads: Executor


class CallRunner:
    """One call, from the accepted stream to its end."""

    def __init__(self, line: Line, socket: PhoneSocket, stream: PhoneStream, call: Call) -> None:
        assert stream.started is not None, "the stream has not begun"  # noqa: S101 - the switchboard's work
        self._line = line
        self._socket = socket
        self._stream = stream
        self._sid = stream.started.stream_sid
        self._call = call
        self._meter = Meter(line.live.model)
        self._session: LiveSession | None = None
        self._connection: asyncio.Task[None] | None = None
        self._tools: dict[str, asyncio.Task[None]] = {}
        self._exchanges: asyncio.Queue[act.Exchange] = asyncio.Queue()
        self._conversing = asyncio.Lock()
        self._end: act.End | None = None
        self._over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._do_by: dict[type[act.Action], Callable[[Any], None]] = {
            act.Hear: self._hear,
            act.Play: lambda action: self._socket.put(media_message(self._sid, action.mulaw)),
            act.Mark: lambda action: self._socket.put(mark_message(self._sid, action.name)),
            act.Clear: lambda _: self._socket.put(clear_message(self._sid)),
            act.Tell: lambda action: self._to_model(text_frame(action.text)),
            act.Answer: lambda action: self._to_model(answer_frame(action.id, action.name, action.result)),
            act.Connect: self._connect,
            act.Probe: self._probe,
            act.RunTool: self._run_tool,
            act.DropTool: self._drop_tool,
            act.Exchange: self._exchanges.put_nowait,
            act.End: self._ended,
        }

    def happen(self, event: ev.Event) -> None:
        """Let something happen in the call, and do what it leads to."""
        try:
            for action in self._call.handle(event, time.monotonic()):
                self._do_by[type(action)](action)
        except PhoneGone as error:
            self._ended(act.End({"do": "nothing"}, str(error)))

    async def run(self) -> None:
        """Carry the call until it ends; everything it started has ended then."""
        for action in self._call.begin():
            self._do_by[type(action)](action)
        pumps = [asyncio.create_task(work) for work in (self._hear_phone(), self._write_phone())]
        keeper = asyncio.create_task(self._keep_exchanges())
        try:
            await self._over.wait()
        finally:
            for task in (*pumps, *self._tools.values(), *([self._connection] if self._connection else [])):
                task.cancel()
            await self._close(keeper)
            await asyncio.gather(*pumps, *self._tools.values(), return_exceptions=True)
            if self._connection:
                await asyncio.wait([self._connection], timeout=KEEP_S)

    async def _close(self, keeper: asyncio.Task[None]) -> None:
        """Keep what is still to be kept, say how the call goes on, and let Twilio ask for it."""
        end = self._end or act.End({"do": "turns"}, "the service failed")
        try:
            await asyncio.wait_for(self._exchanges.join(), KEEP_S)
        except TimeoutError:
            log_event(_log, "exchanges_not_kept", logging.ERROR, waiting=self._exchanges.qsize())
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        caller, log = self._line.telephone.caller, self._line.log
        business_id = self._line.telephone.tenant.id
        figures = self._call.figures.report()
        try:
            await self._in_thread(partial(self._line.telephone.spend, self._meter.take()))
            if end.next["do"] != "nothing":
                await self._in_thread(lambda: log.plan_next(business_id, caller.call_id, end.next))
            kept = await self._in_thread(self._closed) if end.next["do"] in FINAL and figures["answers"] else {}
            finish = partial(log.finish, business_id, caller.call_id, reason=end.reason, latency=figures, **kept)
            await self._in_thread(finish)
        except PlatformError as error:
            log_event(_log, "call_not_kept", logging.ERROR, business_id=business_id, code=error.code)
        log_event(_log, "stream_ended", business_id=business_id, next=end.next["do"], reason=end.reason, **figures)
        await self._socket.close(NORMAL, end.reason)

    def _closed(self) -> dict[str, Any]:
        """Return what is left to say of a call that ends here.

        The voice function does the same when Twilio tells it of the end, which may be before all was kept.
        """
        summary, fields = self._line.telephone.close()
        return {"outcome": "answered", "summary": summary or None, "fields": fields}

    # -- the phone ------------------------------------------------------------------------------------------------

    async def _hear_phone(self) -> None:
        try:
            await self._socket.each(self._heard)
            self.happen(ev.PhoneStopped("the phone's connection was cut"))
        except PhoneError as error:
            log_event(_log, "phone_protocol", logging.WARNING, reason=str(error))
            self.happen(ev.PhoneStopped(str(error)))
            await self._socket.close(POLICY, str(error))

    def _heard(self, text: str | bytes) -> None:
        event = self._stream.read(text, time.monotonic())
        if event is not None and not isinstance(event, Start):
            self.happen(event)

    async def _write_phone(self) -> None:
        try:
            await self._socket.write()
        except PhoneGone as error:
            self.happen(ev.PhoneStopped(str(error)))

    # -- the model ------------------------------------------------------------------------------------------------

    def _hear(self, action: act.Hear) -> None:
        if self._session is not None:
            self._meter.heard += len(action.mulaw)
            self._session.send(audio_frame(action.mulaw))

    def _to_model(self, frame: str) -> None:
        if self._session is not None:
            self._session.send(frame)

    def _connect(self, action: act.Connect) -> None:
        before, self._session = self._connection, None
        self._connection = asyncio.create_task(self._converse(action, before))

    def _probe(self, _action: act.Probe) -> None:
        if self._session is not None:
            self._session.probe()

    async def _converse(self, action: act.Connect, before: asyncio.Task[None] | None) -> None:
        """Hold one session with the model until it is lost or given up."""
        if before is not None:
            before.cancel()
            await asyncio.wait([before], timeout=CLOSING_S)  # a session is resumed only once the old one is closed
        await asyncio.sleep(action.wait_s)
        setup = replace(self._line.setup, handle=action.handle)
        if action.story:
            setup = replace(setup, instruction=setup.instruction + CALL_SO_FAR + action.story)
        try:
            async with self._line.live.open(setup, self._meter) as session:
                await self._pumped(session, resumed=bool(action.handle))
        except LiveError as error:
            log_event(_log, "live_lost", logging.WARNING, reason=error.reason)
            # A handle that is refused is worth a new session; a setup that is refused is not.
            self.happen(ev.LiveLost(error.reason, for_good=error.for_good and not action.handle))
        except Exception:  # noqa: BLE001 - whatever the SDK does, the caller is not left in silence
            log_event(_log, "live_failed", logging.ERROR)
            self.happen(ev.LiveLost("it failed", for_good=True))

    async def _pumped(self, session: LiveSession, *, resumed: bool) -> None:
        self._session = session
        try:
            self.happen(ev.LiveReady(resumed))
            async for event in session.events():
                if isinstance(event, ev.ModelAudio):
                    self._meter.said += len(event.mulaw)
                self.happen(event)
        finally:
            if self._session is session:
                self._session = None

    # -- functions and the record ---------------------------------------------------------------------------------

    def _run_tool(self, action: act.RunTool) -> None:
        self._tools[action.id] = asyncio.create_task(self._run(action))

    def _drop_tool(self, action: act.DropTool) -> None:
        task = self._tools.pop(action.id, None)
        if task:
            task.cancel()

    async def _run(self, action: act.RunTool) -> None:
        call = ToolCall(action.name, dict(action.arguments), action.id)
        outcome = await self._conversed(lambda: self._line.telephone.run(call, action.words))
        self._tools.pop(action.id, None)
        self.happen(ev.ToolAnswered(action.id, action.name, outcome.result, outcome.ending, outcome.note))

    async def _keep_exchanges(self) -> None:
        telephone = self._line.telephone
        while True:
            kept = await self._exchanges.get()
            try:
                exchange = partial(telephone.exchange, kept.question, kept.reply, self._meter.take())
                outcome = await self._conversed(exchange)
                await self._in_thread(
                    lambda kept=kept: self._line.log.add_lines(  # type: ignore[misc]
                        telephone.tenant.id, telephone.caller.call_id, kept.said
                    )
                )
                if outcome.ending:
                    self.happen(ev.Advised(outcome.ending))
            except PlatformError as error:
                log_event(_log, "exchange_not_kept", logging.ERROR, code=error.code)
            finally:
                self._exchanges.task_done()

    async def _conversed(self, work: Callable[[], Outcome]) -> Outcome:
        """Do what changes the conversation, one after the other; whatever goes wrong, the call goes on."""
        async with self._conversing:
            try:
                outcome: Outcome = await self._in_thread(work)
            except Exception:  # noqa: BLE001 - a function that fails must not leave the caller in silence
                log_event(_log, "phone_conversation_failed", logging.ERROR)
                return Outcome({"error": "That did not work just now."})
            return outcome

    async def _in_thread(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the work returns
        return await self._loop.run_in_executor(self._line.threads, work)

    def _ended(self, action: act.End) -> None:
        self._end = self._end or action
        self._over.set()
