"""One websocket as Twilio opens it: the library's protocol without I/O, on our own transport so that it can fail."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

_ABNORMAL = 1006
_PATIENCE_S = 2.0
_LARGEST = 16 * 2**20


class RefusedError(Exception):
    """No websocket came about; `code` is Twilio's error number."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Socket(asyncio.Protocol):
    """A websocket. `received` gets texts and, as bytes, binary frames; `closed` has (code, reason) at the end."""

    def __init__(self, url: str, headers: Mapping[str, str], received: Callable[[str | bytes], None]) -> None:
        self.protocol = ClientProtocol(parse_uri(url), max_size=_LARGEST)  # Twilio offers no extensions, nor does this
        self.closed: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = received
        self._headers = headers
        self._transport: asyncio.Transport | None = None
        self._parts, self._text = b"", True

    @classmethod
    async def open(
        cls, url: str, target: str, headers: Mapping[str, str], received: Callable[[str | bytes], None],
        *, timeout_s: float, tls: ssl.SSLContext | None = None,
    ) -> "Socket":  # fmt: skip
        """Connect to where `url` is reached and shake hands; RefusedError with 31901, 31902, 31910 or 31920."""
        socket = cls(url, headers, received)
        parts = urlsplit(target)
        secure = (tls or ssl.create_default_context()) if parts.scheme == "wss" else None
        port = parts.port or (443 if secure else 80)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                await loop.create_connection(lambda: socket, parts.hostname or "", port, ssl=secure)
                await socket._opened
        except TimeoutError:
            await socket.finish(0)
            raise RefusedError(31901, f"no answer from {url}") from None
        except ssl.SSLError as error:
            raise RefusedError(31910, str(error)) from None
        except OSError as error:
            raise RefusedError(31902, str(error)) from None
        except BaseException:
            await socket.finish(0)
            raise
        return socket

    @property
    def protocol_error(self) -> str:
        """What the server did against the websocket protocol itself, if anything."""
        error = self.protocol.parser_exc
        return "" if error is None or isinstance(error, EOFError) else str(error)

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self.protocol.state is State.OPEN and not self.closed.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the handshake, with the headers that Twilio's has."""
        self._transport = cast("asyncio.Transport", transport)
        request = self.protocol.connect()
        for name, value in self._headers.items():
            if name in request.headers:
                del request.headers[name]
            request.headers[name] = value
        self.protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        self.protocol.receive_data(data)
        self._after()

    def eof_received(self) -> bool:
        """Take the end of what the server sends."""
        self.protocol.receive_eof()
        self._after()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so to whoever waits."""
        if self.protocol.state is not State.CLOSED:
            self.protocol.receive_eof()
        if not self._opened.done():
            self._opened.set_exception(exc or RefusedError(31920, "the connection ended within the handshake"))
        self._end(_ABNORMAL, str(self.protocol.parser_exc or ""))
        self._lost.set_result(None)

    def send(self, message: str | bytes) -> None:
        """Send a text, or a binary frame; nothing when it is no longer open."""
        if self.is_open:
            if isinstance(message, str):
                self.protocol.send_text(message.encode())
            else:
                self.protocol.send_binary(message)
            self._flush()

    def send_raw(self, data: bytes) -> None:
        """Put bytes on the wire as they are."""
        if self._transport:
            self._transport.write(data)

    def close(self) -> None:
        """Begin the closing handshake."""
        if self.is_open:
            self.protocol.send_close(1000)
            self._flush()

    def cut(self) -> None:
        """End the connection without a word (a reset)."""
        if self._transport:
            self._transport.abort()

    async def finish(self, patience_s: float = _PATIENCE_S) -> None:
        """Return when the connection is gone; it is cut when the server does not end it in that time."""
        if self._transport:
            await asyncio.wait([self._lost], timeout=patience_s)
            self.cut()
            await asyncio.wait([self._lost])

    def stop_reading(self) -> None:
        """Take nothing more from the network: the server's sends fill up."""
        if self._transport:
            self._transport.pause_reading()

    def _after(self) -> None:
        for event in self.protocol.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._frame(event)
        self._flush()
        if not self._opened.done():
            error = self.protocol.handshake_exc
            if self.protocol.state is State.OPEN:
                self._opened.set_result(None)
            elif isinstance(error, InvalidHandshake):
                self._opened.set_exception(RefusedError(31920, str(error)))
        if self.protocol.close_rcvd is not None:
            self._end(self.protocol.close_rcvd.code, self.protocol.close_rcvd.reason)

    def _frame(self, frame: Frame) -> None:
        self._text = frame.opcode is Opcode.TEXT if frame.opcode is not Opcode.CONT else self._text
        self._parts += bytes(frame.data)
        if frame.fin:
            whole, self._parts = self._parts, b""
            self._received(whole.decode() if self._text else whole)

    def _flush(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        for data in self.protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()

    def _end(self, code: int, reason: str) -> None:
        if not self.closed.done():
            self.closed.set_result((code, reason))
