"""Runs the Live stand-in as a process and talks to it with the unmodified SDK over TLS; it holds no tests."""

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from google import genai
from google.genai import types
from google.genai.live import AsyncSession

from local.live.certificate import Certificate
from local.live.events import Samples
from local.live.tones import ToneEars, ToneVoice

ROOT = Path(__file__).parents[2]
MODEL = "gemini-3.8-live"
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
IN_RATE, OUT_RATE = 8_000, 24_000
SYSTEM = """You answer the phone of Harbour Cycles.
<business 9f3c>
name: Harbour Cycles
phone: 020 7946 0321
Opening hours: Monday to Friday 9:00 to 17:30. Saturday 10:00 to 16:00.
A full service costs $95 and takes two days.
</business 9f3c>"""
LOOKUP = {
    "name": "lookup_order",
    "description": "Look up the status of an order by its number",
    "parameters_json_schema": {
        "type": "object",
        "properties": {"order_number": {"type": "string"}},
        "required": ["order_number"],
    },
}


class LiveServer:
    """The stand-in as a process of its own, and its control plane."""

    def __init__(self, port: int, certificate: Certificate) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.wss = f"wss://127.0.0.1:{port}{PATH}"
        self.certificate = certificate

    @property
    def context(self) -> ssl.SSLContext:
        """What a client speaks TLS with."""
        return self.certificate.client_context()

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of a request to the control plane."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def control(self, **settings: object) -> None:
        """Puts settings, which must be accepted. Answers need not wait for their playback unless told so."""
        status, answer = self.call("PUT", "/control/live", {"await_playback": False} | settings)
        assert status == 200, answer

    def command(self, kind: str, **fields: object) -> int:
        """Does something to all running sessions; gives their number."""
        status, answer = self.call("POST", "/control/live/sessions/all", {"kind": kind} | fields)
        assert status == 200, answer
        count: int = answer["sessions"]
        return count

    def sessions(self) -> list[dict[str, Any]]:
        """The journal, oldest first."""
        records: list[dict[str, Any]] = self.call("GET", "/control/live/sessions")[1]
        return records

    def reset(self) -> None:
        """Quick answers, no faults, an empty journal."""
        self.control()
        self.call("DELETE", "/control/live/sessions")

    def client(self) -> genai.Client:
        """An SDK client that trusts the stand-in; plain http for REST, wss on the same port for Live."""
        options = types.HttpOptions(
            base_url=self.url,
            api_version="v1beta",
            client_args={"verify": self.context},
            async_client_args={"verify": self.context, "ssl": self.context},
        )
        return genai.Client(api_key="any-key", http_options=options)


@contextmanager
def running(module: str = "local.live", *options: str) -> Iterator[LiveServer]:
    """A started server on a free port; stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        certificate = Certificate(Path(folder) / "live.pem")
        command = [sys.executable, "-m", module, "--port", str(port), "--cert", str(certificate.path), *options]
        with subprocess.Popen(command, cwd=ROOT) as process:
            server = LiveServer(port, certificate)
            try:
                _await_health(server, process)
                yield server
            finally:
                process.terminate()


def _await_health(server: LiveServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if server.call("GET", "/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the stand-in did not start")


@dataclass
class Heard:
    """What the client got until a turn was over, in order and added up."""

    events: list[str] = field(default_factory=list)
    said: str = ""
    transcript: str = ""
    audio: bytearray = field(default_factory=bytearray)
    calls: list[types.FunctionCall] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    handle: str | None = None
    usage: types.UsageMetadata | None = None

    @property
    def spoken(self) -> str:
        """What the audio says."""
        samples: Samples = np.frombuffer(bytes(self.audio), dtype="<i2")
        return ToneEars().hear(samples, OUT_RATE)

    def add(self, message: types.LiveServerMessage) -> str | None:
        """Notes a message; gives the name of what it was, if it was more than a piece of the answer."""
        content = message.server_content
        happened = None
        if content:
            for part in (content.model_turn.parts or []) if content.model_turn else []:
                if part.inline_data and part.inline_data.data:
                    self.audio += part.inline_data.data
                    happened = "audio"
            self.said += (content.output_transcription.text or "") if content.output_transcription else ""
            self.transcript += (content.input_transcription.text or "") if content.input_transcription else ""
            for name in ("interrupted", "generation_complete", "turn_complete"):
                happened = name if getattr(content, name) else happened
        if message.tool_call:
            self.calls += message.tool_call.function_calls or []
            happened = "tool_call"
        if message.tool_call_cancellation:
            self.cancelled += message.tool_call_cancellation.ids or []
            happened = "cancelled"
        if message.session_resumption_update and message.session_resumption_update.resumable:
            self.handle = message.session_resumption_update.new_handle
            happened = "handle"
        if message.go_away:
            happened = f"go_away {message.go_away.time_left}"
        self.usage = message.usage_metadata or self.usage
        if happened and (happened != "audio" or self.events[-1:] != ["audio"]):
            self.events.append(happened)
        return happened


async def until(session: AsyncSession, *wanted: str) -> Heard:
    """Reads until one of these has happened."""
    heard = Heard()
    async with asyncio.timeout(20):
        while True:
            async for message in session.receive():
                if heard.add(message) in wanted:
                    return heard


@asynccontextmanager
async def connected(server: LiveServer, **config: Any) -> AsyncIterator[AsyncSession]:
    """A session with the real SDK: audio out, both transcripts, and what `config` adds."""
    given: Any = {
        "response_modalities": ["AUDIO"],
        "system_instruction": SYSTEM,
        "input_audio_transcription": {},
        "output_audio_transcription": {},
    } | config
    async with server.client().aio.live.connect(model=MODEL, config=given) as session:
        yield session


def silence(milliseconds: int, rate: int = IN_RATE) -> Samples:
    """Nothing."""
    return np.zeros(rate * milliseconds // 1000, dtype=np.int16)


def speech(text: str, rate: int = IN_RATE, after_ms: int = 600) -> Samples:
    """A caller's words and the silence after them."""
    return np.concatenate([silence(100, rate), ToneVoice().say(text, rate), silence(after_ms, rate)])


async def send(session: AsyncSession, samples: Samples, rate: int = IN_RATE) -> None:
    """Sends audio in frames of 20 ms, without waiting for the time it takes to say it."""
    size = rate // 50
    for start in range(0, len(samples), size):
        data = samples[start : start + size].tobytes()
        await session.send_realtime_input(audio=types.Blob(data=data, mime_type=f"audio/pcm;rate={rate}"))


async def say(session: AsyncSession, text: str, rate: int = IN_RATE) -> None:
    """A caller's words."""
    await send(session, speech(text, rate), rate)


async def answer(session: AsyncSession, call: types.FunctionCall, response: dict[str, Any], **how: Any) -> None:
    """A function's result."""
    result = types.FunctionResponse(id=call.id, name=call.name, response=response, **how)
    await session.send_tool_response(function_responses=[result])


def declared(behavior: str = "BLOCKING", functions: Sequence[dict[str, Any]] = (LOOKUP,)) -> list[dict[str, Any]]:
    """Tools as the SDK takes them."""
    return [{"function_declarations": [function | {"behavior": behavior} for function in functions]}]
