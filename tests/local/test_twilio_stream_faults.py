"""What goes wrong with a media stream on request: each fault is seen by the server as it would be on a bad day."""

import asyncio
import base64
import hashlib
import json
import time
from collections import Counter
from itertools import pairwise

from local.twilio.caller import Caller
from local.twilio.network import Network
from local.twilio.options import Options, StreamFaults
from local.twilio.script import HangUp, Wait
from tests.local.twilio_bot import FROM, TO, bot, listen, tone

# What uvicorn says of a connection that ended without a closing handshake.
LOST = "caller 1005"


def failing(faults, *script, stream=listen, after="", seconds=0.6):
    """A call whose stream goes wrong; gives the report, the bot's view, and the server."""

    async def run():
        async with Network(Options()) as network:
            return await Caller(FROM, network=network).call(
                TO, f"{server.url}/voice", script or (Wait(seconds), HangUp()), faults=faults
            )

    with bot(voice="") as server:
        server.pages["/voice"] = server.connect(after, parameters='<Parameter name="token" value="fresh"/>')
        server.stream = stream
        report = asyncio.run(run())
        while not server.talks[0].ended:
            time.sleep(0.01)
    return report, server.talks[0], server


def test_an_old_token_can_be_played_again():
    """It has customParameters and callSid of another call, with a good signature."""
    first, _, _ = failing(StreamFaults())
    old = first.streams[0].parameters
    _, seen, _ = failing(StreamFaults(parameters={**old, "token": "old"}, call_sid=first.sid))
    start = seen.all("start")[0]["start"]
    assert (start["customParameters"], start["callSid"], seen.genuine) == ({"token": "old"}, first.sid, True)


def test_messages_can_be_missing():
    """A socket that is opened and never says who it is; and one without the greeting."""
    _, silent, _ = failing(StreamFaults(connected=False, start=False))
    _, blunt, _ = failing(StreamFaults(connected=False))
    assert {item["event"] for item in silent.messages} == {"media", "stop"}
    assert blunt.messages[0]["event"] == "start"


def test_another_format_can_be_announced():
    """A server must not play noise."""
    _, seen, _ = failing(StreamFaults(media_format={"encoding": "audio/x-l16", "sampleRate": 16000, "channels": 1}))
    assert seen.all("start")[0]["start"]["mediaFormat"]["sampleRate"] == 16000


def test_the_socket_can_be_reset():
    """The caller is gone without stop or close."""
    report, seen, _ = failing(StreamFaults(cut_after_s=0.3), Wait(20))
    assert (seen.ended, seen.all("stop"), report.ended_by) == (LOST, [], "caller")


def test_the_socket_can_fall_silent():
    """Neither frames nor stop nor close, though the caller has hung up; it is cut when the network ends."""
    report, seen, _ = failing(StreamFaults(mute_after_s=0.2), seconds=1)
    frames = len(seen.all("media"))
    assert frames == report.streams[0].frames_sent < 20
    assert (seen.all("stop"), seen.ended) == ([], LOST)


def test_stop_can_come_without_a_close():
    """And a close without stop."""
    _, stopped, _ = failing(StreamFaults(close=False))
    _, closed, _ = failing(StreamFaults(stop=False))
    assert (len(stopped.all("stop")), stopped.ended) == (1, LOST)
    assert (closed.all("stop"), closed.ended) == ([], "caller 1000")


def test_malformed_messages_can_be_sent():
    """Text that is not JSON reaches the server in the middle of the frames."""
    _, seen, _ = failing(StreamFaults(messages=[(0.2, '{"event":"media"')]))
    assert (seen.ended, bool(seen.all("media"))) == ("malformed", True)


def test_broken_frames_can_be_sent():
    """An unmasked frame is against RFC 6455: the server's library ends the connection."""
    report, seen, _ = failing(StreamFaults(wire=[(0.2, b"\x81\x02{}")]), seconds=2)
    assert (report.streams[0].ended_by, report.streams[0].close[0], report.codes) == ("server", 1002, [31921])
    assert seen.ended.startswith("caller")


def test_a_reset_by_the_server_is_31903():
    """A server that dies is told from one that closes; the next verb follows all the same."""

    async def dying(reader, writer):
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split()[1] for line in request.splitlines() if line.startswith("Sec-WebSocket-Key"))
        accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        await reader.read(1000)
        writer.transport.abort()

    async def run():
        async with await asyncio.start_server(dying, "127.0.0.1", 0) as server, Network() as network:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            twiml = f"<Response><Connect><Stream url='{url}'/></Connect><Say>Still here</Say></Response>"
            return await Caller(FROM, network=network).call(TO, twiml=twiml)

    report = asyncio.run(run())
    assert (report.codes, report.said, report.streams[0].ended_by) == ([31903], ["Still here"], "server")


def test_a_deaf_caller_fills_the_servers_buffers():
    """Nothing is read any more: the sends wait, and nothing of it is heard."""

    async def shout(talk):
        await talk.next("start")
        for _ in range(10):
            await talk.next("media")
        for _ in range(3):
            await talk.play(tone(0.1))
        await listen(talk)

    report, _, _ = failing(StreamFaults(deaf_after_s=0.0), stream=shout)
    assert report.streams[0].media_received == 0


def test_bursts_hold_frames_back_and_lose_none():
    """Frames wait and then come together; their numbers and times go on as if nothing had been."""
    arrived = []

    async def noting(talk):
        while True:
            message = json.loads(await talk.socket.receive_text())
            talk.messages.append(message)
            arrived.append(asyncio.get_running_loop().time())

    report, seen, _ = failing(StreamFaults(burst_every_s=0.5, burst_s=0.3), stream=noting, seconds=1.2)
    stamps = [int(item["media"]["timestamp"]) for item in seen.all("media")]
    assert stamps == [20 * index for index in range(len(stamps))]
    gaps = sorted(later - earlier for earlier, later in pairwise(arrived))
    assert gaps[-1] > 5 * gaps[len(gaps) // 2]
    assert gaps[-1] > 0.2
    assert report.streams[0].frames_sent == len(stamps)


def test_jitter_keeps_the_order():
    """Frames leave unevenly, none before its time, in order."""
    report, seen, _ = failing(StreamFaults(jitter_ms=60), seconds=1)
    chunks = [int(item["media"]["chunk"]) for item in seen.all("media")]
    assert chunks == list(range(1, len(chunks) + 1))
    assert min(report.streams[0].late_ms) >= 0
    assert Counter(chunks).most_common(1)[0][1] == 1
