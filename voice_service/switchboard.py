"""Decides whether a socket is a call, and whose: Twilio's signature, the webhook's token, once. Then lets it run."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from twilio.request_validator import RequestValidator

from shared.adapters.vault import VaultError
from shared.domain.errors import PlatformError
from shared.domain.phone import greeting_of
from shared.domain.tenant import Tenant
from shared.domain.voice import PhoneLine, Said, VoiceConfig
from shared.engine.telephone import Telephone
from shared.logs import event as log_event
from shared.ports import Tenants
from shared.web.stream_tokens import StreamGrant, StreamTokens
from voice_service.call import events as ev
from voice_service.call.machine import Call
from voice_service.call.watch import Patience
from voice_service.live.session import LiveModel, Setup
from voice_service.phone.messages import PhoneError, PhoneStream, Start
from voice_service.phone.socket import PhoneSocket, Receive, Send
from voice_service.run import POLICY, CallLog, CallRunner, Line

_log = logging.getLogger(__name__)

# From the handshake to a start that is worth opening a session for.
START_S = 5.0
TICK_S = 0.05
TRY_AGAIN = 1013
# What blocks in calls: sessions, knowledge, the CRM's look-up.
THREADS = 64


class Lines(Protocol):
    """Phone lines by business."""

    def get(self, business_id: str) -> PhoneLine | None:
        """Return a business's line, with the token that signs its webhooks."""
        ...


class Calls(CallLog, Protocol):
    """The record of calls."""

    def claim_stream(self, business_id: str, call_id: str, nonce: str) -> bool:
        """Say whether this is the first stream of a token."""
        ...

    def transcript(self, business_id: str, call_id: str) -> tuple[Said, ...]:
        """Return what was said in the call before."""
        ...


class Refused(Exception):
    """The socket is no call of ours; the text is the reason it is closed with."""


@dataclass(frozen=True)
class Services:
    """What the switchboard works with. `url` is where Twilio reaches the socket: wss://host."""

    tenants: Tenants
    lines: Lines
    calls: Calls
    tokens: StreamTokens
    live: LiveModel
    telephone: Callable[[Tenant, VoiceConfig, PhoneLine, StreamGrant], Telephone]
    url: str


class Switchboard:
    """All calls of one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="call")
        self._calls: set[CallRunner] = set()
        self._running: set[asyncio.Future[None]] = set()
        self._draining = False
        self._ticker: asyncio.Task[None] | None = None

    @property
    def calls(self) -> int:
        """How many calls are going on."""
        return len(self._calls)

    async def serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one websocket from its handshake to its end."""
        await receive()  # the connection itself
        signature = _header(scope, b"x-twilio-signature")
        if self._draining or not signature:
            # Before it is accepted: Twilio then goes on with the next verb.
            await send({"type": "websocket.close", "code": TRY_AGAIN if self._draining else POLICY})
            return
        # From here on a stop waits for it: what is being admitted is a call already.
        self._running.add(serving := asyncio.ensure_future(self._accepted(signature, receive, send)))
        try:
            await serving
        finally:
            self._running.discard(serving)

    async def _accepted(self, signature: str, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        socket, stream = PhoneSocket(receive, send), PhoneStream()
        try:
            start = await self._start(socket, stream)
            call, line = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._admitted, start, signature
            )
        except (Refused, PhoneError) as error:
            log_event(_log, "stream_refused", logging.WARNING, reason=str(error))
            await socket.close(POLICY, str(error))
            return
        await self._carry(CallRunner(line, socket, stream, call))

    async def drain(self, seconds: float) -> None:
        """Take no more calls, and let those there are go on elsewhere; return when none is left, or after `seconds`."""
        self._draining = True
        for runner in tuple(self._calls):
            runner.happen(ev.Drain())
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def close(self) -> None:
        """Stop the clock and the threads."""
        if self._ticker:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _carry(self, runner: CallRunner) -> None:
        self._calls.add(runner)
        if self._draining:  # it came in while that began
            runner.happen(ev.Drain())
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick())
        try:
            await runner.run()
        finally:
            self._calls.discard(runner)

    async def _tick(self) -> None:
        """One clock for all calls: a timer each would cost more than the call."""
        while self._calls:
            for runner in tuple(self._calls):
                with contextlib.suppress(Exception):  # one call must not stop the clock of the others
                    runner.happen(ev.Tick())
            await asyncio.sleep(TICK_S)

    async def _start(self, socket: PhoneSocket, stream: PhoneStream) -> Start:
        try:
            async with asyncio.timeout(START_S):
                async for text in socket.texts():
                    found = stream.read(text, time.monotonic())
                    if isinstance(found, Start):
                        return found
        except TimeoutError:
            raise Refused("no start came") from None
        raise Refused("the connection was cut before the start")

    def _admitted(self, start: Start, signature: str) -> tuple[Call, Line]:
        """Return the call that a stream belongs to. Blocks; runs in a thread.

        Raises:
            Refused: token, signature or business are not right, the token was used, or the call is over.
        """
        services = self._services
        grant = services.tokens.open(start.token)
        if grant is None or grant.call_id != start.call_sid:
            raise Refused("the token is not this call's, or too old")
        try:
            tenant = services.tenants.get(grant.business_id)
            phone, line = tenant.config.voice, services.lines.get(grant.business_id)
            if phone is None or not phone.enabled or line is None:
                raise Refused("the business has no line")
            if line.account_sid != start.account_sid or not self._is_signed(line, signature):
                raise Refused("the signature is not right")
            if not services.calls.claim_stream(tenant.id, grant.call_id, grant.nonce):
                raise Refused("the token was used before, or the call is over")
            before = services.calls.transcript(tenant.id, grant.call_id)
        except PlatformError as error:
            raise Refused(f"not now: {error.code}") from None
        except VaultError:
            raise Refused("the line's token cannot be read") from None
        telephone = services.telephone(tenant, phone, line, grant)
        self._threads.submit(telephone.prepare)
        instruction, tools = telephone.opening(grant.greeting or greeting_of(tenant.config, tenant.config.languages[0]))
        setup = Setup(instruction, tools, telephone.phone.voice)
        story = "\n".join(f"{line.who}: {line.text}" for line in before if line.who != "system")[-2000:]
        call = Call(time.monotonic(), _patience(phone), story)
        return call, Line(telephone, services.live, setup, services.calls, self._threads)

    def _is_signed(self, line: PhoneLine, signature: str) -> bool:
        return bool(RequestValidator(line.token).validate(f"{self._services.url}/stream", {}, signature))


def _patience(phone: VoiceConfig) -> Patience:
    return Patience(
        ask_after=phone.silence.ask_after,
        end_after=phone.silence.end_after,
        longest=phone.limits.minutes_per_call * 60.0,
    )


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
