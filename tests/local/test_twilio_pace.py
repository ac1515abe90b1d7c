"""Many calls at once: each caller keeps the telephone's pace."""

import asyncio
import statistics

from local.twilio.caller import Caller
from local.twilio.clock import Clock
from local.twilio.network import Network
from local.twilio.script import HangUp, Wait
from tests.local.twilio_bot import FROM, TO, bot, tone

CALLS = 50


async def chatter(talk):
    """Talks all the time, and marks each piece."""
    await talk.next("start")
    sound = tone(0.2)
    for index in range(10_000):
        await talk.play(sound)
        await talk.mark(str(index))
        await talk.next("mark")


def test_fifty_streams_keep_the_pace():
    """Every stream has sent one frame for each 20 ms of its life, in order, and none too many."""

    async def run():
        async with Network() as network:
            caller = Caller(FROM, network=network)
            calls = [caller.call(TO, f"{server.url}/voice", [Wait(3), HangUp()]) for _ in range(CALLS)]
            return await asyncio.gather(*calls)

    with bot(voice="") as server:
        server.pages["/voice"] = server.connect()
        server.stream = chatter
        reports = asyncio.run(run())
    streams = [report.streams[0] for report in reports]
    assert [report.status for report in reports] == ["completed"] * CALLS
    for stream in streams:
        life = stream.ended - stream.started
        assert abs(stream.frames_sent - life / 0.02) <= 2
        assert stream.violations == []
    late = [value for stream in streams for value in stream.late_ms]
    print(f"late ms: median {statistics.median(late):.2f}, p99 {statistics.quantiles(late, n=100)[98]:.2f}")
    for talk in server.talks:
        stamps = [int(item["media"]["timestamp"]) for item in talk.all("media")]
        assert stamps == [20 * index for index in range(len(stamps))]


def test_a_clock_can_run_faster():
    """Beats and sleeps are in its own seconds; a listener is called until it is removed."""

    async def run():
        clock = Clock(speed=10)
        beats: list[float] = []
        clock.add(beats.append)
        await clock.sleep(2)
        clock.remove(beats.append)
        count = len(beats)
        assert clock.now() >= 2
        await clock.sleep(0.5)
        return beats, count

    beats, count = asyncio.run(run())
    assert len(beats) == count > 10
    assert beats == sorted(beats)
