"""The floor of a phone bridge: two websockets and the sound between them. No signature, no marks, no record, no tools.

Run by the benchmark as `python -m local.bench.bare_bridge --port P --live wss://...`. It uses the product's codec: what
it is the floor of is everything around that.
"""

import argparse
import asyncio
import ssl

import orjson
import pybase64
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from voice_service.audio.mulaw import decode, encode
from voice_service.audio.resample import Decimator
from voice_service.audio.wire import media_message, pcm_of

_SETUP = {"setup": {"model": "models/gemini-3.8-live", "generationConfig": {"responseModalities": ["AUDIO"]}}}
_AUDIO = '{"realtimeInput":{"audio":{"data":"%s","mimeType":"audio/pcm;rate=8000"}}}'


class Bridge:
    """Serves calls."""

    def __init__(self, live: str) -> None:
        self._live = live
        self._tls = ssl.create_default_context()

    async def serve(self, phone: ServerConnection) -> None:
        """Carry one call."""
        await phone.recv()  # connected
        stream = orjson.loads(await phone.recv())["start"]["streamSid"]
        async with connect(self._live, ssl=self._tls, compression=None, ping_interval=None, max_size=None) as model:
            await model.send(orjson.dumps(_SETUP).decode())
            await model.recv()
            both = [asyncio.create_task(_in(phone, model)), asyncio.create_task(_out(model, phone, stream))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)


async def _in(phone: ServerConnection, model: ClientConnection) -> None:
    async for text in phone:
        message = orjson.loads(text)
        if message["event"] == "media":
            pcm = decode(pybase64.b64decode(message["media"]["payload"]))
            await model.send(_AUDIO % pybase64.b64encode_as_string(pcm.tobytes()))


async def _out(model: ClientConnection, phone: ServerConnection, stream: str) -> None:
    resampler = Decimator()
    try:
        while True:
            content = orjson.loads(await model.recv(decode=False)).get("serverContent") or {}
            if content.get("interrupted"):
                resampler.reset()
                await phone.send(f'{{"event":"clear","streamSid":"{stream}"}}')
            for part in content.get("modelTurn", {}).get("parts", ()):
                sound = encode(resampler.feed(pcm_of(part["inlineData"]["data"])))
                if sound:
                    await phone.send(media_message(stream, sound))
            if content.get("generationComplete"):
                await phone.send(media_message(stream, encode(resampler.flush())))
    except ConnectionClosed:
        return


async def _main(port: int, live: str) -> None:
    async with serve(Bridge(live).serve, "127.0.0.1", port, compression=None, ping_interval=None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--live", required=True)
    options = parser.parse_args()
    uvloop.run(_main(options.port, options.live))
