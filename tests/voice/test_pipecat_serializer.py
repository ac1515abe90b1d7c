"""Another bridge's own code speaks Twilio's stream with the voice service: pipecat's frame serialiser, both ways.

What is pipecat's: `TwilioFrameSerializer` with its resamplers and its mu-law. Every frame of the caller's sound is
read by its `deserialize` and written by its `serialize` before the service gets it; every one of the service's is read
by its `deserialize`. A `clear` is compared with what it writes itself for an interruption.

What is ours: the phone network and its `connected`, `start`, `mark` and `stop`, the tones that carry the words, Live's
stand-in, and the relay below. Pipecat is made for our side of the socket, so what it writes has a server's form (media
without track and number), and what we write it reads as if a caller had sent it: the two have the payload in common.
Of marks and starts its serialiser knows nothing.

It runs only where pipecat-ai is installed (requirements-pipecat.txt): in an environment of its own that has the
packages of requirements-dev.lock besides, for it wants other versions of some.
"""

import asyncio
import json
import warnings
from dataclasses import replace

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from local.live.tones import ToneEars
from local.twilio.caller import Caller
from local.twilio.network import Network
from local.twilio.script import BargeIn, HangUp, Listen, Say, Wait
from local.twilio.sign import HEADER
from local.twilio.web import Reach
from tests.voice.line import CALLER, MEDIA, PUBLIC, heard

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what pipecat imports is being deprecated
    twilio = pytest.importorskip("pipecat.serializers.twilio")
    frames = pytest.importorskip("pipecat.frames.frames")

FACTS = "A full service costs 95 pounds."
QUESTION = "What does a full service cost?"
LONG = "This is a long answer that goes on and on and on about bikes and wheels and many other things besides."
# What pipecat's pipelines take from a caller.
RATE = 16_000


class Relay:
    """Stands between the phone and the service, for one call. `sound` is what pipecat reads of the service."""

    def __init__(self, service):
        self._service = service
        self.written = []
        self.kinds = set()
        self.clears = []
        self.sound = b""

    async def carry(self, phone):
        """Carry a stream, with pipecat in the middle, until one of the two ends it."""
        signature = {HEADER: phone.request.headers[HEADER]}
        async with connect(f"{self._service}{phone.request.path}", additional_headers=signature, proxy=None) as service:
            ways = [asyncio.create_task(way(phone, service)) for way in (self._to_service, self._to_phone)]
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for way in done:
                way.result()

    async def _to_service(self, phone, service):
        async for text in phone:
            message = json.loads(text)
            if message["event"] == "start":
                pipecat = await serializer(message["streamSid"])
            if message["event"] != "media":
                await service.send(text)
                continue
            frame = said(await pipecat.deserialize(text))
            if frame is None:  # its resampler fills up first
                continue
            out = frames.OutputAudioRawFrame(audio=frame.audio, sample_rate=RATE, num_channels=1)
            written = await pipecat.serialize(out)
            if written is not None:
                self.written.append(json.loads(written))
                await service.send(written)

    async def _to_phone(self, phone, service):
        """The phone gets what the service sent as it is: it plays, and returns marks."""
        pipecat = await serializer("")
        async for text in service:
            message = json.loads(text)
            self.kinds.add(message["event"])
            if message["event"] == "clear":
                own = await serializer(message["streamSid"])
                self.clears.append((message, json.loads(await own.serialize(frames.InterruptionFrame()))))
            frame = await pipecat.deserialize(text)
            assert (frame is None) or message["event"] == "media"
            self.sound += frame.audio if said(frame) else b""
            await phone.send(text)


def said(frame):
    """Return a frame, which is sound at our rate, or None."""
    assert frame is None or isinstance(frame, frames.InputAudioRawFrame)
    assert frame is None or (frame.sample_rate, frame.num_channels) == (RATE, 1)
    return frame


async def serializer(stream_sid):
    """Return one of pipecat's, which hangs nothing up and keeps its resampler's state between two answers."""
    params = twilio.TwilioFrameSerializer.InputParams(
        auto_hang_up=False, sample_rate=RATE, resampler_clear_after_secs=None
    )
    made = twilio.TwilioFrameSerializer(stream_sid, params=params)
    await made.setup(None)  # the rate is given above
    return made


def called(line, *script):
    """Call a line through pipecat; return the report and the relay."""
    relay = Relay(line.options.reach.routes[MEDIA])

    async def run():
        async with serve(relay.carry, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            routes = {**line.options.reach.routes, MEDIA: f"ws://127.0.0.1:{port}"}
            async with Network(replace(line.options, reach=Reach(routes))) as network:
                caller = Caller(CALLER, account=line.account, network=network, stir="")
                return await caller.call(line.number, f"{PUBLIC}/voice/incoming", script, patience_s=1)

    return asyncio.run(run()), relay


def test_pipecat_and_the_service_understand_each_other(new_line, live):
    """The words arrive whole in both directions, through pipecat's codec and resamplers."""
    line = new_line(facts=FACTS)
    report, relay = called(line, Listen(), Wait(0.3), Say(QUESTION), Listen(), Wait(0.5), HangUp())
    assert ("user", QUESTION) in [tuple(item) for item in live.sessions()[-1]["said"]]
    assert {tuple(message["media"]) for message in relay.written} == {("payload",)}
    assert relay.kinds == {"media", "mark"}
    assert "95 pounds" in ToneEars().hear(np.frombuffer(relay.sound, dtype=np.int16), RATE)
    assert "95 pounds" in heard(report)
    assert report.streams[0].violations == []


def test_an_interruption_is_told_as_pipecat_tells_it(new_line, live):
    """Who talks into an answer is heard through pipecat; the service's `clear` is the one that pipecat writes."""
    line = new_line(facts=FACTS)
    live.put(script=[{"text": LONG}])
    report, relay = called(
        line, Listen(), Wait(0.3), Say("Tell me everything"), BargeIn(600, Say(QUESTION)), Listen(), HangUp()
    )
    assert relay.clears
    assert all(ours == theirs for ours, theirs in relay.clears)
    assert "95 pounds" in heard(report)
