"""`python -m local.call_load`: many phone calls to a platform of its own; what they leave behind in the voice service.

Callers end their calls in every way there is; what is left is looked at from outside, in /proc.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from local.live.tones import ToneVoice
from local.seed import Admin, SeedError, build
from local.stack.platform import Platform
from local.stack.ports import Ports
from local.stack.process import StackError
from local.twilio.accounts import MAIN
from local.twilio.caller import Caller
from local.twilio.leg import Numbered
from local.twilio.network import Network
from local.twilio.options import Options, StreamFaults
from local.twilio.report import CallReport
from local.twilio.script import HangUp, Listen, Say, Step, Wait

QUESTION = "What does a full service cost?"
FACTS = "A full service costs 95 pounds. A new tyre costs 30 pounds."
# A line that takes whatever comes.
LIMITS = {"calls": 1000, "calls_per_caller": 1000, "minutes_per_day": 100_000, "minutes_per_call": 55}
# The caller gives a slow machine a second to get from the greeting to the stream.
ASKS: tuple[Step, ...] = (Listen(8, 1.0), Say(QUESTION), Listen(8, 0.4), HangUp())
WAITS: tuple[Step, ...] = (Wait(3.5), HangUp())
POLICY = 1008
# A long call: a question about every twelve seconds.
ROUND: tuple[Step, ...] = (Say(QUESTION), Listen(20), Wait(9))
ROUNDS_A_MINUTE = 5

_LOOK_S = 20.0
_SETTLE_S = 15
_BUSINESS, _NUMBER = "load", "+442079460000"
_SHOWN = 20  # reasons


@dataclass(frozen=True)
class Footprint:
    """What a process holds, as its system tells. `cpu_s`: what it has computed since it began."""

    fds: int
    sockets: int
    threads: int
    rss_kb: int
    cpu_s: float

    @classmethod
    def of(cls, pid: int) -> "Footprint":
        """Look at a running process."""
        root = Path("/proc") / str(pid)
        links = [_link(entry) for entry in (root / "fd").iterdir()]
        open_ones = [link for link in links if link]
        status = dict(line.split(":", 1) for line in (root / "status").read_text().splitlines())
        times = (root / "stat").read_text().rpartition(")")[2].split()[11:13]
        return cls(
            len(open_ones), sum(link.startswith("socket:") for link in open_ones),
            len(list((root / "task").iterdir())), int(status["VmRSS"].split()[0]),
            sum(map(int, times)) / os.sysconf("SC_CLK_TCK"),
        )  # fmt: skip

    def told(self) -> str:
        """Return it in a line."""
        return (
            f"{self.fds:4} fds ({self.sockets} sockets)  {self.threads:3} threads  {self.rss_kb / 1024:7.1f} MiB  "
            f"{self.cpu_s:6.1f} s of CPU"
        )


def _link(entry: Path) -> str:
    """Return what a descriptor is, "" when it was closed since."""
    try:
        return str(entry.readlink())
    except FileNotFoundError:
        return ""


@dataclass(frozen=True)
class Way:
    """A way for a call to go. `ended_by` its first stream ("" any), with the close code `code` if the server did."""

    name: str
    faults: StreamFaults = field(default_factory=StreamFaults)
    script: Sequence[Step] = WAITS
    ended_by: str = ""
    code: int = 0
    answered: bool = False

    def wrong(self, report: CallReport) -> str:
        """Return what went otherwise, "" nothing."""
        if not report.streams:
            return f"no stream: {report.status}, {report.warnings}"
        stream = report.streams[0]
        if self.ended_by and stream.ended_by != self.ended_by:
            return f"ended by {stream.ended_by} {stream.close}"
        if self.code and stream.close[0] != self.code:
            return f"closed with {stream.close}"
        if stream.violations:
            return f"against the protocol: {stream.violations[0]}"
        if report.missed:
            return report.missed[0]
        return "no answer was heard" if self.answered and not stream.media_received else ""


WAYS = (
    Way("stop", script=ASKS, ended_by="call", answered=True),
    Way("no stop", StreamFaults(stop=False), ASKS, ended_by="call", answered=True),
    Way("left open", StreamFaults(close=False), ASKS, ended_by="call", answered=True),
    Way("deaf", StreamFaults(deaf_after_s=1.0)),
    Way("cut", StreamFaults(cut_after_s=2.0)),
    Way("cut at once", StreamFaults(cut_after_s=0.05)),
    Way("forged", StreamFaults(signing="forged"), ended_by="server", code=POLICY),
    Way("unsigned", StreamFaults(signing="missing"), ended_by="failure"),
    Way("no message", StreamFaults(messages=[(1.0, "{")]), ended_by="server", code=POLICY),
    Way("no frame", StreamFaults(wire=[(1.0, b"\xff\xff\xff\xff")]), ended_by="server"),
)
"""A hang-up after an answer, goodbyes that are not said, lines that break, sockets that are none of ours, garbage."""


def main() -> int:
    """Make the calls, and tell what they left behind."""
    options = _options()
    try:
        with _platform() as platform:
            load = Load(platform)
            if options.long:
                return asyncio.run(load.long(options.long, options.minutes))
            return asyncio.run(load.short(options.calls, options.at_once))
    except (StackError, SeedError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


class Load:
    """Calls to one line."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._pid = platform.children["voice_service"].process.pid
        self._numbers = count()
        self._failed: Counter[str] = Counter()
        self._done = 0
        self._waits: list[float] = []
        self._late: list[float] = []
        self._holes = 0
        self._looks: list[Footprint] = []

    async def short(self, calls: int, at_once: int) -> int:
        """Make calls of a few seconds in all ways, so many at once; the warm-up comes before and is not counted."""
        print(f"warm-up: {2 * at_once} calls at once", flush=True)
        await self._all(list(islice(cycle(WAYS), 2 * at_once)), 2 * at_once)
        before = await self._settled()
        self._forget()
        print(f"  before    {before.told()}\n{calls} calls, {at_once} at once", flush=True)
        await self._watched(self._all(list(islice(cycle(WAYS), calls)), at_once))
        return await self._told(before)

    async def long(self, calls: int, minutes: float) -> int:
        """Hold calls at once for so many minutes, with a question every twelve seconds; a short one each before."""
        print(f"warm-up: {calls} short calls at once", flush=True)
        await self._all([WAYS[0]] * calls, calls)
        before = await self._settled()
        self._forget()
        print(f"  before    {before.told()}\n{calls} calls of {minutes:g} minutes", flush=True)
        rounds = max(1, round(minutes * ROUNDS_A_MINUTE))
        way = Way("long", script=(Listen(20), *(ROUND * rounds), HangUp()), ended_by="call", answered=True)
        await self._watched(self._all([way] * calls, calls, apart_s=12.0 / calls))
        return await self._told(before)

    async def _all(self, ways: Sequence[Way], at_once: int, apart_s: float = 0.0) -> None:
        """Make a call of each way, `apart_s` one after the other at first, `at_once` at most."""
        voice = ToneVoice()
        free = asyncio.Semaphore(at_once)
        async with Network(Options(voice, voice)) as network:

            async def one(number: int, way: Way) -> None:
                await asyncio.sleep(number * apart_s)
                async with free:
                    await self._one(network, way)

            await asyncio.gather(*(one(number, way) for number, way in enumerate(ways)))

    async def _one(self, network: Network, way: Way) -> None:
        caller = Caller(f"+4477{next(self._numbers):08}", MAIN, network, stir="")
        base = f"{self._platform.voice_url}/voice"
        report = await caller.call(
            _NUMBER, f"{base}/incoming", way.script, faults=way.faults, patience_s=1.0,
            numbered=Numbered(status_url=f"{base}/status"),
        )  # fmt: skip
        self._done += 1
        wrong = way.wrong(report)
        if wrong:
            self._failed[f"{way.name}: {wrong}"] += 1
        if way.answered:
            self._waits += [turn.latency_s for turn in report.turns if turn.latency_s is not None]
            self._late += report.streams[0].late_ms if report.streams else []
            self._holes += len(report.underruns)

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, and tell every now and then how things stand."""
        doing, began = asyncio.create_task(work), time.monotonic()
        while not (await asyncio.wait([doing], timeout=_LOOK_S))[0]:
            self._looks.append(look := Footprint.of(self._pid))
            print(f"  {time.monotonic() - began:5.0f} s   {look.told()}  {self._done} done", flush=True)
        doing.result()

    async def _settled(self) -> Footprint:
        """Return what the service holds once it knows of no call and no session is open, or after a while."""
        for _ in range(_SETTLE_S):
            if await asyncio.to_thread(going_on, self._platform) == (0, 0):
                break
            await asyncio.sleep(1.0)
        await asyncio.sleep(2.0)  # sockets that say goodbye to each other
        return Footprint.of(self._pid)

    async def _told(self, before: Footprint) -> int:
        after = await self._settled()
        calls, sessions = await asyncio.to_thread(going_on, self._platform)
        print(f"  before    {before.told()}\n  after     {after.told()}")
        # A pool, a cache and a heap grow at first; what still grows later may be a leak.
        half = self._looks[len(self._looks) // 2] if self._looks else before
        grown, late = after.rss_kb - before.rss_kb, after.rss_kb - half.rss_kb
        print(f"  left      {calls} calls, {sessions} sessions")
        print(f"  memory    {grown} KiB more, {late} of them since the middle; {self._done} calls")
        print(f"  answers   {_percentiles(self._waits, 1000)} ms after the caller's last sound; {self._holes} holes")
        print(f"  callers   frames left {_percentiles(self._late)} ms late (high: the machine is too small for them)")
        print(f"  failed    {self._failed.total()} of {self._done} calls")
        for reason, times in self._failed.most_common(_SHOWN):
            print(f"    {times:4}  {reason}")
        clean = (calls, sessions, self._failed.total()) == (0, 0, 0)
        return 0 if clean and after.fds <= before.fds and after.threads <= before.threads else 1

    def _forget(self) -> None:
        if self._failed:
            print(f"  the warm-up had failures: {dict(self._failed)}")
        self._failed.clear()
        self._done, self._holes = 0, 0
        self._waits, self._late = [], []


def going_on(platform: Platform) -> tuple[int, int]:
    """Return how many calls the voice service carries, and how many sessions the model's stand-in holds."""
    with httpx2.Client(timeout=30, trust_env=False) as http:
        calls = http.get(f"http://127.0.0.1:{platform.ports.voice_service}/health").json()["calls"]
        sessions = http.get(f"http://127.0.0.1:{platform.ports.gemini}/control/live/sessions").json()
    return int(calls), sum(session["open"] for session in sessions)


def _percentiles(values: Sequence[float], scale: float = 1) -> str:
    if len(values) < 2:  # noqa: PLR2004 - quantiles need two
        return "-"
    cuts = statistics.quantiles(values, n=100)
    return f"{cuts[49] * scale:.0f} (median), {cuts[94] * scale:.0f} (p95), {max(values) * scale:.0f} (most)"


@contextmanager
def _platform() -> Iterator[Platform]:
    """Yield a platform with one business and its line; it ends with the block."""
    with TemporaryDirectory(prefix="chatbot-call-load-") as folder:
        Path(folder).chmod(0o755)  # Postgres may run as another user
        platform = Platform(Ports.free(), Path(folder), f"load_{os.urandom(24).hex()}")
        try:
            platform.start_servers()
            platform.migrate()
            platform.start_gemini()
            platform.start_crm()
            for name in ("admin", "voice"):
                platform.start_function(name)
            for name in ("admin", "voice"):
                platform.wait_for_function(name)
            platform.start_voice_service()
            _business(platform)
            yield platform
        finally:
            platform.stop()


def _business(platform: Platform) -> None:
    admin, path = Admin(platform.admin_url, platform.admin_key), f"/v1/businesses/{_BUSINESS}"
    admin.call("POST", "/v1/businesses", {"id": _BUSINESS, "name": "Load"})
    admin.call("POST", f"{path}/knowledge/sources", {"kind": "text", "title": "Facts", "text": FACTS})
    build(admin, path, lambda _: None, look_every_s=0.1)
    line = {"number": _NUMBER, "greeting": "Hello.", "limits": LIMITS}
    admin.call("PUT", f"{path}/voice", {**line, "account_sid": MAIN.sid, "auth_token": MAIN.token})
    admin.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.call_load", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="short calls, in all ways (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=20, help="of them (default: %(default)s)")
    parser.add_argument("--long", type=int, default=0, metavar="CALLS", help="instead, so many long calls at once")
    parser.add_argument("--minutes", type=float, default=2.0, help="of a long call (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
