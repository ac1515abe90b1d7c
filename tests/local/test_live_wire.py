"""The Live stand-in as raw clients meet it: paths, keys, both cases, text and binary; one port for http and TLS."""

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import orjson
import pybase64
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.local.live_process import IN_RATE, MODEL, PATH, ROOT, SYSTEM, running, speech

VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
LABS = "/ws/google.ai.generativelanguage.{}.GenerativeService.BidiGenerateContent"
KEY = {"x-goog-api-key": "any-key"}
# A program that knows nothing of the stand-in: only the environment tells it where to go.
PROGRAM = """
import asyncio, json
from google import genai
from google.genai import types

client = genai.Client(http_options=types.HttpOptions(api_version="v1beta"))
text = client.models.generate_content(model="gemini-3.5-flash-lite", contents="Hello").text

async def live():
    async with client.aio.live.connect(model="gemini-3.8-live", config={"output_audio_transcription": {}}) as session:
        await session.send_realtime_input(text="Hello")
        said = ""
        async for message in session.receive():
            content = message.server_content
            if content and content.output_transcription:
                said += content.output_transcription.text
        return said

print(json.dumps([text, asyncio.run(live())]))
"""


@pytest.fixture(scope="module")
def shared():
    with running("local.gemini", "--tokens-per-second", "0") as server:
        yield server


@pytest.fixture
def server(shared):
    shared.reset()
    return shared


def dialled(server, path=PATH, headers=None, **options):
    """A raw websocket over TLS."""
    url = f"wss://127.0.0.1:{server.port}{path}"
    return connect(
        url, ssl=server.context, additional_headers=KEY if headers is None else headers, proxy=None, **options
    )


async def setup_answer(server, path, model=f"models/{MODEL}", headers=None):
    """The first frame after a minimal setup."""
    async with dialled(server, path, headers) as socket:
        await socket.send(json.dumps({"setup": {"model": model}}))
        return json.loads(await socket.recv())


@pytest.mark.parametrize(
    ("path", "model", "headers"),
    [
        (LABS.format("v1"), f"models/{MODEL}", KEY),
        (LABS.format("v1beta"), MODEL, KEY),
        (LABS.format("v1alpha"), f"models/{MODEL}", KEY),
        ("/" + LABS.format("v1beta"), f"models/{MODEL}", KEY),
        (LABS.format("v1beta") + "?key=any", f"models/{MODEL}", {}),
        (LABS.format("v1alpha") + "Constrained?access_token=auth_tokens/x", f"models/{MODEL}", {}),
        (LABS.format("v1alpha") + "Constrained", f"models/{MODEL}", {"authorization": "Token auth_tokens/x"}),
        (VERTEX, f"publishers/google/models/{MODEL}", KEY),
        (
            VERTEX,
            f"projects/p/locations/global/publishers/google/models/{MODEL}",
            {"authorization": "Bearer t"},
        ),
    ],
)
def test_paths_and_keys(server, path, model, headers):
    """All the documented places and ways to say who one is."""
    assert "setupComplete" in asyncio.run(setup_answer(server, path, model, headers))


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (PATH, {}, 403),
        (VERTEX, {}, 401),
        (LABS.format("v1alpha") + "Constrained", KEY, 403),
        (LABS.format("v2"), KEY, 404),
        ("/live", KEY, 404),
    ],
)
def test_refused_at_the_door(server, path, headers, status):
    """No key, no such path: the handshake fails with the API's status and a JSON body."""
    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(setup_answer(server, path, headers=headers))
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body)["error"]["code"] == status


def test_plain_websockets_are_refused(server):
    """Live is never served without TLS, as the real service is not."""

    async def scenario():
        async with connect(f"ws://127.0.0.1:{server.port}{PATH}", additional_headers=KEY, proxy=None):
            pass

    with pytest.raises(InvalidStatus):
        asyncio.run(scenario())


@pytest.mark.parametrize("case", ["snake", "camel"])
@pytest.mark.parametrize("binary", [False, True])
def test_both_cases_and_both_kinds_of_frame(server, case, binary):
    """A whole turn by hand-built JSON."""
    server.control(frames="binary" if binary else "text")
    names = {"snake": ("realtime_input", "mime_type"), "camel": ("realtimeInput", "mimeType")}[case]
    outer, mime = names

    async def scenario():
        async with dialled(server) as socket:
            system = {"parts": [{"text": SYSTEM}]}
            field = "system_instruction" if case == "snake" else "systemInstruction"
            transcript = "output_audio_transcription" if case == "snake" else "outputAudioTranscription"
            await put(socket, {"setup": {"model": f"models/{MODEL}", field: system, transcript: {}}})
            data = pybase64.b64encode(speech("What does a full service cost?").tobytes()).decode()
            await put(socket, {outer: {"audio": {"data": data, mime: f"audio/pcm;rate={IN_RATE}"}}})
            frames: list[Any] = []
            while not frames or "turnComplete" not in frames[-1].get("serverContent", {}):
                frame = await socket.recv()
                assert isinstance(frame, bytes if binary else str)
                frames.append(orjson.loads(frame))
            return frames

    async def put(socket, body):
        text = json.dumps(body)
        await socket.send(text.encode() if binary else text)

    contents = [frame.get("serverContent", {}) for frame in asyncio.run(scenario())]
    said = "".join(content.get("outputTranscription", {}).get("text", "") for content in contents)
    assert said == "A full service costs $95 and takes two days."


def test_not_json_closes_with_1007(server):
    """A frame that cannot be read ends the session with the API's code and a reason."""

    async def scenario():
        async with dialled(server) as socket:
            await socket.send("{")
            await socket.recv()

    with pytest.raises(ConnectionClosed) as closed:
        asyncio.run(scenario())
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1007
    assert "Invalid JSON payload" in closed.value.rcvd.reason


def test_a_client_that_does_not_trust_us_does_no_harm(server):
    """A failed TLS handshake and half a request leave the port in order."""

    async def scenario():
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"\x16\x03\x01 nonsense")
        writer.close()
        _, idle = await asyncio.open_connection("127.0.0.1", server.port)
        answer = await setup_answer(server, PATH)
        idle.close()
        return answer

    assert "setupComplete" in asyncio.run(scenario())


def test_the_rest_stand_in_is_served_as_before(server):
    """Its health, control plane and models answer over plain http on the same port."""
    assert server.call("GET", "/health")[1]["answers"] == "extractive"
    assert server.call("GET", "/control")[1]["tokens_per_second"] is None
    assert server.call("GET", "/control/requests")[0] == 200


def test_the_environment_alone_leads_both_apis_here(server):
    """GOOGLE_GEMINI_BASE_URL=http://... and SSL_CERT_FILE: the SDK finds REST over http and Live over wss."""
    env = os.environ | {
        "GEMINI_API_KEY": "any-key",
        "GOOGLE_GEMINI_BASE_URL": server.url,
        "SSL_CERT_FILE": str(server.certificate.path),
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["Hello! How can I help you?"] * 2
