"""One media stream: the websocket to the product, the caller's frames every 20 ms, the buffer of what it answers."""

import asyncio
import binascii
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit

from local.twilio import messages
from local.twilio.accounts import new_sid
from local.twilio.clock import FRAME_S
from local.twilio.leg import Leg
from local.twilio.line import Event
from local.twilio.messages import Clear, Mark, Media, Violation, Writer
from local.twilio.mulaw import RATE
from local.twilio.options import StreamFaults
from local.twilio.playout import Playout
from local.twilio.report import StreamReport
from local.twilio.websocket import RefusedError, Socket

_FRAME = RATE // 50
_EARLY_S = 0.001  # timers may be that early
_QUIET_CLOSES = frozenset({1000, 1001, 1005})


@dataclass(frozen=True)
class StreamTwiml:
    """What <Stream> says. A two-way one (in <Connect>) hears what is sent; the tracks are those it sends."""

    url: str
    two_way: bool
    name: str = ""
    tracks: tuple[str, ...] = ("inbound",)
    parameters: dict[str, str] = field(default_factory=dict)
    status_url: str = ""
    status_method: str = "POST"


class MediaStream:
    """One stream of a call. `run` lasts as long as the stream; cancelled, it says goodbye as Twilio does."""

    def __init__(self, leg: Leg, twiml: StreamTwiml) -> None:
        self.sid = new_sid("MZ")
        self.report = StreamReport(self.sid, twiml.url, twiml.parameters)
        leg.report.streams.append(self.report)
        self._leg, self._line, self._twiml, self._faults = leg, leg.line, twiml, leg.faults
        self._writer = Writer(leg.account.sid, self._faults.call_sid or leg.sid, self.sid)
        self._playout = Playout(leg.line.ear)
        self.report.marks = self._playout.marks
        self._socket: Socket | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._mark_timer: asyncio.TimerHandle | None = None
        self._pace = _Pace(0.0, self._faults)
        self._origin = 0
        self._warned: set[int] = set()
        self._muted = False

    async def run(self) -> None:
        """Connect, stream until the server closes the socket; a failure to connect is a warning."""
        try:
            self._socket = await self._open()
        except RefusedError as error:
            self.report.ended_by, self.report.ended = "failure", self._line.now()
            self._leg.warn(error.code, str(error))
            await self._callback("stream-error", str(error))
            return
        started = asyncio.create_task(self._callback("stream-started"))
        try:
            self._begin(self._socket)
            await asyncio.wait([self._socket.closed])
            self._closed_by_server(self._socket)
            await self._socket.finish()
        except asyncio.CancelledError:
            await self._leave(self._socket)
            raise
        finally:
            self._stop_all()
            await started
            await self._callback("stream-stopped")

    async def _open(self) -> Socket:
        url, reach = self._twiml.url, self._leg.options.reach
        parts = urlsplit(url)
        if parts.scheme == "ws" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise RefusedError(31922, f"{url} is not wss")
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise RefusedError(31923, f"{url!r} is no address")
        if parts.query or parts.fragment:
            self._leg.warn(31920, "a query in <Stream url> is dropped")
            url = parts._replace(query="", fragment="").geturl()
        if self._faults.signing != "good":
            reach = replace(reach, signing=self._faults.signing)
        headers = {"User-Agent": "Twilio.TmeWs/1.0", "Accept-Encoding": "gzip", **reach.headers(self._leg.account, url)}
        return await Socket.open(
            url, reach.target(url), headers, self._received, timeout_s=reach.connect_s, tls=self._leg.options.tls
        )

    def _begin(self, socket: Socket) -> None:
        faults, now = self._faults, self._line.now()
        self.report.started = now
        # Frames end on the clock's beats, or each would wait for the next.
        start = self._line.clock.add(self._tick) - self._line.began - FRAME_S
        self._origin = round(start * RATE)
        self._pace = _Pace(start, faults)
        if faults.connected:
            socket.send(Writer.connected())
        if faults.start:
            parameters = self._twiml.parameters if faults.parameters is None else faults.parameters
            socket.send(self._writer.start(list(self._twiml.tracks), parameters, faults.media_format))
        if self._twiml.two_way:
            self._line.listeners.append(self._pressed)
        for when, message in faults.messages:
            self._at(when, partial(socket.send, message))
        for when, data in faults.wire:
            self._at(when, partial(socket.send_raw, data))
        if faults.deaf_after_s is not None:
            self._at(faults.deaf_after_s, socket.stop_reading)
        if faults.mute_after_s is not None:
            self._at(faults.mute_after_s, self._mute)
        if faults.cut_after_s is not None:
            self._at(faults.cut_after_s, self._cut)

    def _tick(self, _: float) -> None:
        """Send the frames that are due."""
        now = self._line.now()
        while self._socket and not self._muted and self._pace.release <= now + _EARLY_S:
            index = self._pace.index
            first = self._origin + index * _FRAME
            for name in self._twiml.tracks:
                track = self._line.mouth if name == "inbound" else self._line.ear
                payload = binascii.b2a_base64(track.read(first, _FRAME), newline=False).decode()
                self._socket.send(self._writer.media(name, index * 20, payload))
            self.report.late_ms.append(max(0.0, (now - self._pace.release) * 1000))
            self.report.frames_sent += 1
            self._pace.advance()

    def _received(self, message: str | bytes) -> None:
        if self.report.ended_by:  # what comes within the closing handshake is heard by nobody
            return
        now = self._line.sample()
        found = messages.read(message, self.sid)
        if not self._twiml.two_way:
            found = Violation(31924, "a message to a one-way stream")
        match found:
            case Media():
                self.report.media_received += 1
                self.report.samples_received += len(found.data)
                if not self._playout.media(now, found.data):
                    self._violated(Violation(messages.OVERFULL, "more than ten minutes are buffered"))
                self.report.ahead_s = max(self.report.ahead_s, (self._line.ear.end - now) / RATE)
            case Mark():
                self._playout.mark(now, found.name)
            case Clear():
                self._line.clears.append(now / RATE)
                self.report.clears.append((now / RATE, self._playout.clear(now) / RATE))
            case Violation():
                self._violated(found)
        self._return_marks(now)

    def _return_marks(self, now: int | None = None) -> None:
        if self._socket is None:
            return
        for name in self._playout.due(self._line.sample() if now is None else now):
            self._socket.send(self._writer.mark(name))
        if self._mark_timer:
            self._mark_timer.cancel()
            self._mark_timer = None
        due = self._playout.next_due
        if due is not None:
            # One sample later: a timer may come a little early.
            self._mark_timer = self._line.call_at((due + 1) / RATE, self._return_marks)

    def _violated(self, violation: Violation) -> None:
        self.report.violations.append((violation.code, violation.why))
        if violation.code not in self._warned:  # Twilio warns once a stream
            self._warned.add(violation.code)
            self._leg.warn(violation.code, violation.why)

    def _pressed(self, event: Event) -> None:
        if event.kind == "digit" and self._socket and not self._muted:
            self._socket.send(self._writer.dtmf(event.text))

    def _mute(self) -> None:
        self._muted = True

    def _cut(self) -> None:
        if self._socket:
            self._socket.cut()
        self._line.hang_up()

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(self._line.call_at(self.report.started + seconds, act))

    def _closed_by_server(self, socket: Socket) -> None:
        code, reason = self.report.close = socket.closed.result()
        self.report.ended_by, self.report.ended = "server", self._line.now()
        if self._twiml.two_way:
            self._line.hush()
        if socket.protocol_error:
            self._leg.warn(31924, socket.protocol_error)
        elif code not in _QUIET_CLOSES:
            self._leg.warn(31903 if code == 1006 else 31921, f"the server closed with {code} {reason}".strip())  # noqa: PLR2004 - RFC 6455

    async def _leave(self, socket: Socket) -> None:
        """End the stream because the call goes on elsewhere, or is over."""
        self._tick(0.0)  # what is due by now still goes out
        self.report.ended_by, self.report.ended = "call", self._line.now()
        self._line.clock.remove(self._tick)
        if self._twiml.two_way:
            self._line.hush()
        if self._faults.stop and not self._muted:
            socket.send(self._writer.stop())
        if self._muted or not self._faults.close:
            self._leg.abandoned.append(socket)
        else:
            socket.close()
            await socket.finish()

    def _stop_all(self) -> None:
        self._line.clock.remove(self._tick)
        if self._pressed in self._line.listeners:
            self._line.listeners.remove(self._pressed)
        for timer in (*self._timers, *([self._mark_timer] if self._mark_timer else [])):
            timer.cancel()

    async def _callback(self, event: str, error: str = "") -> None:
        if not self._twiml.status_url:
            return
        fields = {"StreamSid": self.sid, "StreamName": self._twiml.name or self.sid, "StreamEvent": event}
        more = {"StreamError": error} if error else {}
        await self._leg.notify(self._twiml.status_method, self._twiml.status_url, {**fields, **more})


class _Pace:
    """When each frame leaves: 20 ms after what it holds began, later by jitter or in bursts."""

    def __init__(self, start: float, faults: StreamFaults) -> None:
        self._start, self._faults = start, faults
        self._dice = random.Random(11)  # noqa: S311 - the same jitter in every run
        self.index = -1
        self.release = 0.0
        self.advance()

    def advance(self) -> None:
        """Go to the next frame."""
        self.index += 1
        due = (self.index + 1) * FRAME_S
        faults = self._faults
        if faults.burst_every_s and due % faults.burst_every_s < faults.burst_s:
            due += faults.burst_s - due % faults.burst_every_s
        late = self._dice.random() * faults.jitter_ms / 1000 if faults.jitter_ms else 0.0
        self.release = max(self.release, self._start + due + late)
