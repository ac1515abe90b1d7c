"""<Connect>, <Start>, <Stop>: streams and recordings of a call."""

import asyncio

from local.twilio.flow import Flow, Goto, Step
from local.twilio.media import MediaStream, StreamTwiml
from local.twilio.tape import Tape
from local.twilio.twiml import Verb

_TRACKS = {"inbound_track": ("inbound",), "outbound_track": ("outbound",), "both_tracks": ("inbound", "outbound")}


async def connect(flow: Flow, verb: Verb) -> Step | None:
    """Stream both ways; what follows comes when the server has closed the socket."""
    flow.leg.answer()
    noun = next((child for child in verb.children if child.name == "Stream"), None)
    if noun is None:
        flow.leg.warn(12200, "Connect without a Stream")
        return None
    if noun.get("track", "inbound_track") != "inbound_track":
        flow.leg.warn(31941, f"track {noun.get('track')} in Connect")
        return None
    stream = MediaStream(flow.leg, _stream(flow, noun, two_way=True))
    await stream.run()
    if not verb.get("action"):
        return None
    params = {"StreamSid": stream.sid, "StreamName": noun.get("name", stream.sid)}
    return Goto(flow.resolve(verb.get("action")), verb.get("method", "POST"), params)


async def start(flow: Flow, verb: Verb) -> Step | None:
    """Begin streams and recordings beside the call, and go on."""
    flow.leg.answer()
    for noun in verb.children:
        if noun.name == "Recording":
            await _record(flow, noun)
        elif noun.name == "Stream":
            _fork(flow, noun)
    return None


async def stop(flow: Flow, verb: Verb) -> Step | None:
    """End what was started."""
    for noun in verb.children:
        if noun.name == "Stream" and noun.get("name") in flow.streams:
            _, job = flow.streams.pop(noun.get("name"))
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
        elif noun.name == "Recording":
            for tape in flow.tapes.values():
                await tape.stop()
    return None


async def _record(flow: Flow, noun: Verb) -> None:
    url = noun.get("recordingStatusCallback")
    attributes = {**noun.attributes, **({"recordingStatusCallback": flow.resolve(url)} if url else {})}
    dual = noun.get("channels", "dual") == "dual"
    tape = Tape(flow.leg, "StartCallRecordingTwiML", channels=2 if dual else 1, noun=Verb(noun.name, attributes))
    flow.tapes[tape.sid] = tape
    await tape.begun()


def _fork(flow: Flow, noun: Verb) -> None:
    twiml = _stream(flow, noun, two_way=False)
    stream = MediaStream(flow.leg, twiml)
    flow.streams[twiml.name or stream.sid] = (stream, asyncio.create_task(stream.run()))


def _stream(flow: Flow, noun: Verb, *, two_way: bool) -> StreamTwiml:
    parameters = {child.get("name"): child.get("value") for child in noun.children if child.name == "Parameter"}
    callback = noun.get("statusCallback")
    return StreamTwiml(
        flow.resolve(noun.get("url")).replace("http", "ws", 1) if "://" not in noun.get("url") else noun.get("url"),
        two_way=two_way,
        name=noun.get("name"),
        tracks=_TRACKS.get(noun.get("track", "inbound_track"), ("inbound",)),
        parameters=parameters,
        status_url=flow.resolve(callback) if callback else "",
        status_method=noun.get("statusCallbackMethod", "POST"),
    )
