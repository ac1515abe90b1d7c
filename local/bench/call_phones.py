"""The simulated phone network with a stopwatch: what each phone sent and got, and when. Decides nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from local.twilio import hearing
from local.twilio.accounts import Account
from local.twilio.caller import Caller
from local.twilio.leg import Leg, Numbered
from local.twilio.mulaw import RATE, SILENCE
from local.twilio.network import Network, Plan
from local.twilio.options import Options
from local.twilio.script import Step
from local.twilio.track import Track
from local.twilio.web import Reach, Web

_QUIET_FRAME = SILENCE * (RATE // 50)
# Calls come in one by one: a hundred handshakes at once are another benchmark.
APART_S = 0.03
_LOOK_S = 0.1
_PATIENCE_S = 30.0
LONGEST_S = 600.0


@dataclass(frozen=True)
class Line:
    """What is called: a webhook, or TwiML to begin with."""

    number: str
    account: Account
    webhook: str = ""
    status: str = ""
    twiml: str = ""


class Timed(Track):
    """One direction of a call. Moments are of the machine's steady clock."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[float, bytes]] = []  # frames that left and are not silent
        self.got: list[tuple[float, bytes]] = []
        self.cuts: list[float] = []

    def read(self, start: int, count: int) -> bytes:
        """Return the frame that leaves now."""
        frame = super().read(start, count)
        if frame != _QUIET_FRAME:
            self.sent.append((time.monotonic(), frame))
        return frame

    def put(self, at: int, data: bytes, source: str) -> int:
        """Take what has come."""
        if source == "stream":
            self.got.append((time.monotonic(), data))
        return super().put(at, data, source)

    def cut(self, at: int) -> int:
        """Drop what is not played."""
        self.cuts.append(time.monotonic())
        return super().cut(at)


@dataclass
class Phone:
    """One call. `began` is when its second 0 was."""

    number: int
    leg: Leg
    ear: Timed
    mouth: Timed
    began: float

    @property
    def has_stream(self) -> bool:
        """Whether its stream has begun."""
        return any(stream.started >= 0 for stream in self.leg.report.streams)

    @property
    def frames_sent(self) -> int:
        """How many frames have left."""
        return sum(stream.frames_sent for stream in self.leg.report.streams)

    @property
    def ms_got(self) -> float:
        """How much sound has come."""
        return sum(stream.samples_received for stream in self.leg.report.streams) * 1000 / RATE

    def underruns(self, since: float, until: float) -> list[float]:
        """Return the holes in running speech within a stretch of time, in seconds, those above 40 ms."""
        gaps = hearing.underruns(self.ear, self.leg.line.clears)
        return [gap.seconds for gap in gaps if since <= self.began + gap.at <= until]


class _TimedNetwork(Network):
    """A network whose legs are watched."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.phones: dict[int, Phone] = {}

    def _leg(self, plan: Plan, web: Web) -> Leg:
        leg, ear, mouth = super()._leg(plan, web), Timed(), Timed()
        leg.line.ear, leg.line.mouth = leg.report.ear, leg.report.mouth = ear, mouth
        number = int(plan.parties.caller[-3:])
        self.phones[number] = Phone(number, leg, ear, mouth, time.monotonic() - leg.line.now())
        return leg


@asynccontextmanager
async def calling(
    count: int, line: Line, reach: Reach, script: Callable[[int], Sequence[Step]]
) -> AsyncIterator[list[Phone]]:
    """Place calls one after the other, yield those whose stream has begun within half a minute, hang up in the end."""
    async with _TimedNetwork(Options(reach=reach)) as network:
        tasks = []
        for number in range(count):
            caller = Caller(f"+447700900{number:03}", line.account, network, stir="")
            call = caller.call(
                line.number, line.webhook, script(number), numbered=Numbered(status_url=line.status), twiml=line.twiml,
                patience_s=LONGEST_S,
            )  # fmt: skip
            tasks.append(asyncio.create_task(call))
            await asyncio.sleep(APART_S)
        phones = network.phones
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    while sum(phone.has_stream for phone in phones.values()) < count:  # noqa: ASYNC110 - nobody tells
                        await asyncio.sleep(_LOOK_S)
            yield [phone for phone in phones.values() if phone.has_stream]
        finally:
            for phone in phones.values():
                phone.leg.line.hang_up()
            await asyncio.gather(*tasks, return_exceptions=True)
