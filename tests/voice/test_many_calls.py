"""Many calls, ended in every way, leave nothing behind in the voice service; told to stop, it lets its calls go on."""

import asyncio
import signal
import time
from dataclasses import replace

import httpx2

from local.call_load import FACTS, LIMITS, WAYS, Footprint, going_on
from local.stack.ports import free_ports
from local.twilio.caller import Caller
from local.twilio.network import Network
from local.twilio.script import HangUp, Listen, Say, Wait
from local.twilio.web import Reach
from tests.voice.line import CALLER, MEDIA, PUBLIC, heard

TYRE = "What does a new tyre cost?"
# Longer to say than a service that stops waits for.
LONG = "This answer goes on and on about bikes and wheels and saddles and many other things besides. " * 5
# A call that kept its sound, its conversation or its connections would hold more.
MOST_KIB_A_CALL = 256
# Cloud Run kills then.
PATIENCE_S = 10


def carried(line, ways, apart_s=0.0):
    """Make a call of each way, one that much after the other; return what went wrong."""

    async def run():
        async with Network(line.options) as network:
            caller = Caller(CALLER, account=line.account, network=network, stir="")

            async def one(number, way):
                await asyncio.sleep(number * apart_s)
                webhook = f"{PUBLIC}/voice/incoming"
                return way.wrong(await caller.call(line.number, webhook, way.script, faults=way.faults, patience_s=1))

            return await asyncio.gather(*(one(number, way) for number, way in enumerate(ways)))

    return [f"{way.name}: {wrong}" for way, wrong in zip(ways, asyncio.run(run()), strict=True) if wrong]


def footprint(platform, most=None):
    """Return what the service holds once nothing goes on, and sockets have closed that close by themselves."""
    pid = platform.children["voice_service"].process.pid
    ends = time.monotonic() + 10
    while True:
        idle, found = going_on(platform) == (0, 0), Footprint.of(pid)
        if (idle and (most is None or found.fds <= most)) or time.monotonic() > ends:
            return found
        time.sleep(0.2)


def test_calls_leave_nothing_behind(new_line, live, telephony):
    """Hung up, cut, deaf, refused, broken: no call, session, descriptor or thread is left, and hardly any memory."""
    line = new_line({"limits": LIMITS}, facts=FACTS)
    assert carried(line, WAYS * 2) == []  # all at once: pools and threads for more than what comes now
    before = footprint(telephony)
    live.put(faults=[{"kind": "kill", "times": 4, "after_frames_out": 5}])
    assert carried(line, WAYS * 4, apart_s=0.4) == []
    after = footprint(telephony, most=before.fds)
    assert going_on(telephony) == (0, 0)
    assert after.fds <= before.fds
    # Pools grow with whatever comes at one moment; a thread left by each call would be dozens.
    assert after.threads <= before.threads + 4
    assert after.rss_kb - before.rss_kb < MOST_KIB_A_CALL * 4 * len(WAYS)


def test_calls_of_a_service_that_stops_go_on_in_another(new_line, live, telephony):
    """SIGTERM: streams end as drained, within the time there is; Twilio asks what is next and opens new ones."""
    live.put(script=[{"text": LONG}])
    quiet = (Listen(), Wait(9), Say(TYRE), Listen(), HangUp())
    talked_to = (Listen(), Wait(0.3), Say("Tell me everything"), Listen(), Wait(3), Say(TYRE), Listen(), HangUp())
    line = new_line({"limits": LIMITS}, facts=FACTS)
    ended, reports = stopped(line, telephony, (quiet, quiet, talked_to), lambda second: until_speaking(second, live))
    assert [(len(found.streams), found.streams[0].close) for found in reports] == [(2, (1000, "drained"))] * 3
    assert ["<Stream" in found.webhooks("/voice/fallback")[0].body for found in reports] == [True] * 3
    assert ["30 pounds" in heard(found) for found in reports] == [True] * 3
    assert not any(found.warnings for found in reports)
    assert ended == 0


def test_a_call_that_is_just_coming_in_is_handed_on_too(new_line, live, telephony):
    """Most of these are not admitted yet when the service is told to stop."""
    line, scripts = new_line({"limits": LIMITS}, facts=FACTS), [(Wait(4), HangUp())] * 20
    ended, reports = stopped(line, telephony, scripts, lambda second: until(lambda: calls_of(second) >= 4))
    closed = [stream.close for found in reports for stream in found.streams if stream.ended_by == "server"]
    assert closed == [(1000, "drained")] * len(closed)
    assert len(closed) >= 4
    assert ended == 0


def stopped(line, telephony, scripts, wait):
    """Call a service of its own, stop it when `wait` returns; return its exit code and what the callers saw."""
    ports = replace(telephony.ports, voice_service=free_ports(1)[0])
    second = replace(telephony, ports=ports, children={})
    service = second.start_voice_service()
    routes = dict(replace(line, platform=second).options.reach.routes)

    async def run():
        async with Network(replace(line.options, reach=Reach(routes))) as network:
            caller = Caller(CALLER, account=line.account, network=network, stir="")
            calls = [
                asyncio.create_task(caller.call(line.number, f"{PUBLIC}/voice/incoming", script, patience_s=1))
                for script in scripts
            ]
            await asyncio.to_thread(wait, second)
            routes[MEDIA] = line.options.reach.routes[MEDIA]  # new streams go where the others are
            service.process.send_signal(signal.SIGTERM)
            ended = await asyncio.to_thread(service.process.wait, PATIENCE_S)
            return ended, await asyncio.gather(*calls)

    try:
        return asyncio.run(run())
    finally:
        second.stop()


def until_speaking(platform, live):
    """Return when the service has three calls and the assistant speaks in one."""
    until(lambda: calls_of(platform) == 3 and any(session["audio_frames_out"] for session in live.sessions()))


def calls_of(platform):
    """Return how many calls the service says it has."""
    return httpx2.get(f"http://127.0.0.1:{platform.ports.voice_service}/health", trust_env=False).json()["calls"]


def until(holds):
    """Return when that holds."""
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends, "the calls did not begin"
        time.sleep(0.02)
