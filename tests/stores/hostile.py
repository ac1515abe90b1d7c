"""A web server that misbehaves on purpose: every path is a function that is handed the raw connection."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]
DRIP_S = 0.05


class HostileServer:
    """Listens on a loopback address; `paths` says what happens to a request. Counts connections and requests."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family, backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self.paths: dict[str, Behaviour] = {}
        self.requests: list[str] = []
        self.connections = 0
        self.closing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        """End everything that is still open."""
        self.closing.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65_536)
                if not piece:
                    return
                request += piece
            path = request.split(b" ", 2)[1].decode()
            self.requests.append(request.decode("latin-1"))
            self.paths.get(path, sending(response(status="404 Not Found")))(connection)
            connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def hostile_server(address: str = "127.0.0.1", port: int = 0) -> Iterator[HostileServer]:
    """Run a server for the length of the block."""
    server = HostileServer(address, port)
    try:
        yield server
    finally:
        server.close()


def response(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return a response; `length` is what it claims, by default the truth, -1 to claim nothing."""
    claimed = [f"Content-Length: {len(body) if length is None else length}"] if length != -1 else []
    lines = [f"HTTP/1.1 {status}", "Connection: close", *claimed, *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> Behaviour:
    """Send elsewhere."""
    return sending(response(b"moved", f"Location: {location}", status=status))


def sending(data: bytes) -> Behaviour:
    """Send exactly this."""
    return lambda connection: connection.sendall(data)


def dripping(head: bytes, piece: bytes, seconds: float = 30.0) -> Behaviour:
    """Send a beginning, then a piece at a time, never long silent and never done."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            connection.sendall(piece)
            time.sleep(DRIP_S)

    return drip


def endless(head: bytes, piece: bytes) -> Behaviour:
    """Send a beginning, then the same piece as fast as the other side takes it, for ever."""

    def flood(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return flood


def silent(connection: socket.socket) -> None:
    """Take the request and say nothing until the other side leaves."""
    connection.recv(1)


def gzipped(body: bytes) -> bytes:
    """Return a response that is packed."""
    return response(gzip.compress(body, 1), "Content-Encoding: gzip")
