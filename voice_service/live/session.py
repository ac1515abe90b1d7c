"""A session with Gemini Live: opened and configured by google-genai, then used frame by frame."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from websockets.protocol import State

from shared.adapters.gemini.client import GeminiAccess, api_version
from shared.domain.prompt import Tool
from voice_service.call import events as ev
from voice_service.live.frames import ModelStream
from voice_service.live.meter import Meter

if TYPE_CHECKING:
    from google.genai.client import AsyncClient

OPEN_S = 8.0
# Bytes that may wait for a service that takes nothing: five seconds of sound.
MAX_WAITING = 120_000
# For a connection to show that somebody is at its other end.
PROBE_S = 2.0
# Over many turns the context is billed again each time: kept short, for a call needs no more.
COMPRESS_ABOVE = 24_000
COMPRESS_TO = 8_000
# Close codes after which the same session will not come back, however often it is asked for.
_FOR_GOOD = (1007, 1008)


class LiveError(Exception):
    """A session could not be had, or is gone. `for_good`: another try is no use."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


@dataclass(frozen=True)
class Setup:
    """What a session is opened with. `handle` resumes an earlier one."""

    instruction: str
    tools: tuple[Tool, ...]
    voice: str
    handle: str = ""


class LiveModel:
    """Opens sessions. One a process: its client and TLS context are shared."""

    def __init__(self, access: GeminiAccess, model: str) -> None:
        self.model = model
        self._client = _client(access)

    @contextlib.asynccontextmanager
    async def open(self, setup: Setup, meter: Meter) -> AsyncIterator["LiveSession"]:
        """Yield a session that listens; `meter` is told what it takes.

        Raises:
            LiveError: no connection, or the service does not take the setup.
        """
        from google.genai.errors import APIError
        from websockets.exceptions import ConnectionClosed, InvalidHandshake

        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(OPEN_S):
                    connecting = self._client.live.connect(model=self.model, config=_config(setup))
                    session = await stack.enter_async_context(connecting)
            except APIError as error:
                raise LiveError(f"refused with {error.code}", for_good=error.code in _FOR_GOOD) from None
            except ConnectionClosed as error:
                raise _lost(error) from None
            except (TimeoutError, OSError, InvalidHandshake) as error:
                raise LiveError(type(error).__name__) from None
            if session.setup_complete is None:
                raise LiveError("the service did not take the setup", for_good=True)
            # The socket itself: the SDK's own send and receive cost a core 60 calls (frames.py).
            yield LiveSession(session._ws, meter)  # noqa: SLF001


class LiveSession:
    """A session that listens and speaks."""

    def __init__(self, socket: Any, meter: Meter) -> None:  # noqa: ANN401 - websockets' ClientConnection
        self._socket = socket
        self._stream = ModelStream(meter.told)
        self._probing: asyncio.Task[None] | None = None

    def send(self, frame: str) -> None:
        """Send a frame of frames.py now; one that cannot be sent any more is dropped, and `events` ends.

        Past the library's own `send`, which is a task, a lock and a time limit for each of fifty frames a second.
        """
        socket = self._socket
        if socket.state is not State.OPEN:
            return
        socket.protocol.send_text(frame.encode())
        with contextlib.suppress(OSError, RuntimeError):
            socket.send_data()
        if socket.transport.get_write_buffer_size() > MAX_WAITING:
            socket.transport.abort()

    def probe(self) -> None:
        """Find out whether the service is still there; if not, `events` ends."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._probed())

    async def _probed(self) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(PROBE_S):
                await (await self._socket.ping())
        except TimeoutError:
            self._socket.transport.abort()
        except ConnectionClosed:
            return

    async def events(self) -> AsyncIterator[ev.Event]:
        """Yield what the model does until the session ends.

        Raises:
            LiveError: always in the end, with why.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                for event in self._stream.read(await self._socket.recv(decode=False)):
                    yield event
        except ConnectionClosed as error:
            raise _lost(error) from None


def _lost(error: Any) -> LiveError:  # noqa: ANN401 - websockets' ConnectionClosed
    code = error.rcvd.code if error.rcvd else 1006
    return LiveError(f"closed with {code}", for_good=code in _FOR_GOOD)


def _client(access: GeminiAccess) -> "AsyncClient":
    """Return a client for Live alone. No pings of ours: a busy service answers them late (the call watches itself)."""
    from google.genai import Client
    from google.genai.types import HttpOptions

    options = HttpOptions(
        base_url=access.base_url,
        api_version=api_version(access),
        async_client_args={"ssl": ssl.create_default_context(), "ping_interval": None, "compression": None},
    )
    if access.vertex_project is not None:
        location = access.vertex_location
        return Client(enterprise=True, project=access.vertex_project, location=location, http_options=options).aio
    return Client(api_key=access.api_key, http_options=options).aio


def _config(setup: Setup) -> Any:  # noqa: ANN401 - the SDK's dictionary form
    config: dict[str, Any] = {
        "response_modalities": ["AUDIO"],
        "system_instruction": setup.instruction,
        "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": setup.voice}}},
        "input_audio_transcription": {},
        "output_audio_transcription": {},
        "session_resumption": {"handle": setup.handle} if setup.handle else {},
        "context_window_compression": {
            "trigger_tokens": COMPRESS_ABOVE, "sliding_window": {"target_tokens": COMPRESS_TO},
        },
    }  # fmt: skip
    if setup.tools:
        config["tools"] = [{"function_declarations": [_declaration(tool) for tool in setup.tools]}]
    return config


def _declaration(tool: Tool) -> Mapping[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters_json_schema": tool.parameters}
