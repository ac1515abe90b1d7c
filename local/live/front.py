"""One port for plain HTTP and TLS: the first byte of a connection tells which it is.

The SDK turns GOOGLE_GEMINI_BASE_URL=http://... into wss on the same port for Live. It must not read beyond that byte.
"""

import asyncio
import socket
import ssl
import sys

import uvicorn

TLS_CLIENT_HELLO = 0x16
STARTUP_FAILURE = 3


class FrontServer(uvicorn.Server):
    """Uvicorn behind a listener that looks at the first byte. `port` is known once it has started."""

    def __init__(self, config: uvicorn.Config, context: ssl.SSLContext) -> None:
        super().__init__(config)
        self.port = config.port
        self._context = context
        self._listener: socket.socket | None = None
        self._waiting: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen. Exits the process when the port is taken."""
        await super().startup(sockets=[])
        try:
            given = sockets[0] if sockets else None
            self._listener = given or socket.create_server(
                (self.config.host, self.config.port), backlog=self.config.backlog
            )
        except OSError as error:
            print(f"cannot listen on port {self.config.port}: {error}", file=sys.stderr)
            await self.lifespan.shutdown()
            sys.exit(STARTUP_FAILURE)
        self._listener.setblocking(False)  # noqa: FBT003 (the standard library's)
        self.port = self._listener.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        """Stop listening, then end what runs."""
        loop = asyncio.get_running_loop()
        if self._listener is not None:
            loop.remove_reader(self._listener.fileno())
            self._listener.close()
        for connection in list(self._waiting):
            self._forget(connection)
            connection.close()
        for task in list(self._tasks):
            task.cancel()
        await super().shutdown(sockets=[])

    def _accept(self) -> None:
        assert self._listener is not None
        while True:
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            connection.setblocking(False)  # noqa: FBT003
            # What comes late is sent late otherwise: audio frames are small.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._waiting.add(connection)
            asyncio.get_running_loop().add_reader(connection.fileno(), self._look, connection)

    def _look(self, connection: socket.socket) -> None:
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            first = b""
        self._forget(connection)
        if not first:
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._hand_over(connection, first[0] == TLS_CLIENT_HELLO))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget(self, connection: socket.socket) -> None:
        self._waiting.discard(connection)
        asyncio.get_running_loop().remove_reader(connection.fileno())

    async def _hand_over(self, connection: socket.socket, tls: bool) -> None:  # noqa: FBT001
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._protocol, connection, ssl=self._context if tls else None
            )
        except (OSError, ssl.SSLError):
            connection.close()  # the client does not trust us, or has gone

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=None
        )
        return made
