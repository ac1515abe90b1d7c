"""The one client that calls what tenants name. It resolves a host once, checks the address, and connects to that.

Refused: loopback, private, link-local, metadata and other special ranges in IPv4 and IPv6, at every redirect; other
schemes than http and https; more bytes or seconds than allowed. Exceptions come from the operator's EGRESS_ALLOW alone.
"""

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import httpcore2

USER_AGENT = "ChatbotPlatformCrawler/1.0 (+https://github.com/chatbot-platform)"
MAX_REDIRECTS = 5
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_BODILESS = (204, 304)
# Headers by which an answer is delimited or decoded, or a connection kept: no caller's business.
_OURS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer", "keep-alive")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Not global by IANA's registries, whatever this Python's tables say of them.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10"),
    )
)


class EgressRefused(Exception):
    """We will not fetch this; the text says why, for the owner."""


class TooMuch(EgressRefused):
    """The answer is larger than the caller takes."""


class FetchFailed(Exception):
    """We tried and it did not work; the text says why, for the owner."""


@dataclass(frozen=True)
class Fetched:
    """A response. `url` is where the redirects ended; `headers` have lower-case names."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the open internet's, also when it is an IPv4 one inside IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
    if any(ip in network for network in _SPECIAL if network.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


_ends: ContextVar[float] = ContextVar("egress_ends", default=float("inf"))


class _DeadlineStream(httpcore2.NetworkStream):
    """A connection on which no read or write outlives the fetch's deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _bounded(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _bounded(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _bounded(timeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the interface's own type
        return self._stream.get_extra_info(info)


def _bounded(timeout: float | None) -> float:
    left = _ends.get() - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the deadline has passed")
    return min(left, float("inf") if timeout is None else timeout)


class _GuardedBackend(httpcore2.SyncBackend):
    """Opens TCP connections to checked addresses only. TLS above it still verifies the host's name."""

    def __init__(self, allow: frozenset[str], resolver: Callable[[str, int], list[str]]) -> None:
        super().__init__()
        self._allow = allow
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        name = f"[{host}]" if ":" in host else host
        addresses = _resolved(self._resolver, host, port, timeout)
        if f"{name}:{port}" not in self._allow:
            for address in addresses:
                if not is_public(address):
                    raise EgressRefused(f"{host} is a private or reserved address")
        return _DeadlineStream(
            super().connect_tcp(addresses[0], port, _bounded(timeout), local_address, socket_options)
        )

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore2.NetworkStream:  # noqa: ANN401
        raise EgressRefused(f"{path} is a socket of this machine")


def _resolved(resolver: Callable[[str, int], list[str]], host: str, port: int, timeout: float | None) -> list[str]:
    """Resolve a name within the deadline: in a thread of its own, as the system's resolver takes no time-out."""
    found: Future[list[str]] = Future()

    def ask() -> None:
        try:
            found.set_result(resolver(host, port))
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            found.set_exception(error)

    threading.Thread(target=ask, daemon=True, name="egress-resolver").start()
    try:
        return found.result(_bounded(timeout))
    except TimeoutError:
        raise httpcore2.ConnectTimeout("the name was not resolved in time") from None


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, IPv4 first; FetchFailed when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailed(f"the host name {host} does not resolve") from None
    return sorted({str(entry[4][0]) for entry in found}, key=lambda address: (":" in address, address))


class EgressClient:
    """Speaks HTTP/1.1 without proxies (they would resolve the name again). Safe to share by threads.

    Args:
        allow: `host:port` pairs that may be reached although their address is private.
        timeout_s: for connecting and between two pieces of a response.
        resolver: from (host, port) to addresses.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        timeout_s: float = 10.0,
        resolver: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        self._timeout_s = timeout_s
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=20,
            keepalive_expiry=5,
            network_backend=_GuardedBackend(frozenset(allow), resolver),
        )

    def get(
        self,
        url: str,
        *,
        max_bytes: int,
        deadline_s: float = 30.0,
        may_redirect: Callable[[str], bool] | None = None,
        unless: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Fetch a URL, following redirects, each checked like the first.

        Args:
            url: absolute, http or https.
            max_bytes: of the decoded body.
            deadline_s: for everything, redirects included.
            may_redirect: asked with each redirect's target; None allows any public one.
            unless: `if-none-match`, `if-modified-since`: headers on which the answer may be 304, without a body.

        Raises:
            EgressRefused: an address, scheme, size or redirect that is not allowed.
            FetchFailed: connection, name, TLS or time-out trouble.
        """
        _ends.set(time.monotonic() + deadline_s)
        for _ in range(MAX_REDIRECTS + 1):
            url = _checked(url)
            fetched = self._once("GET", url, [*_headers(url), *(unless or {}).items()], None, max_bytes)
            location = fetched.headers.get("location")
            if not (300 <= fetched.status < 400 and location) or fetched.status in _BODILESS:  # noqa: PLR2004
                return fetched
            url = _joined(url, location)
            if may_redirect and not may_redirect(url):
                site = urlsplit(url).netloc
                where = f"another site ({site})" if site else "something that is not a web address"
                raise EgressRefused(f"redirects to {where}")
        raise EgressRefused(f"redirects more than {MAX_REDIRECTS} times")

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, deadline_s: float) -> int:
        """Send `body` and return the answer's status. No redirect is followed and nothing of the answer's body read.

        Args:
            url: absolute, http or https.
            body: as it is sent.
            headers: beside host and length.
            deadline_s: for everything.

        Raises:
            EgressRefused: an address or scheme that is not allowed.
            FetchFailed: connection, name, TLS or time-out trouble; it may have arrived nevertheless.
        """
        _ends.set(time.monotonic() + deadline_s)
        url = _checked(url)
        sent = {"host": urlsplit(url).netloc, "content-length": str(len(body)), **headers}
        with self._exchange("POST", url, list(sent.items()), body) as response:
            return int(response.status)

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, max_bytes: int, deadline_s: float
    ) -> Fetched:
        """Make one call of an API and read its answer. No redirect is followed.

        Args:
            method: as HTTP writes it.
            url: absolute, http or https.
            headers: beside host, length and encoding, which are ours; names in any case.
            body: as it is sent, empty for none.
            max_bytes: of the decoded answer.
            deadline_s: for everything.

        Raises:
            EgressRefused: an address or scheme that is not allowed; TooMuch, a kind of it: the answer is too large.
            FetchFailed: connection, name, TLS or time-out trouble; it may have arrived nevertheless.
        """
        _ends.set(time.monotonic() + deadline_s)
        url = _checked(url)
        return self._once(method, url, _call_headers(method, url, headers, body), body or None, max_bytes)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    @contextmanager
    def _exchange(
        self, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None = None
    ) -> Iterator[httpcore2.Response]:
        with _failures_explained():
            wire = httpcore2.URL(url.encode("ascii", "strict"))
            # Waiting for a free connection is bounded here, what is read and written by the connection itself.
            extensions = {"timeout": dict.fromkeys(("connect", "read", "write"), self._timeout_s)}
            extensions["timeout"]["pool"] = _bounded(self._timeout_s)
            lines = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]
            with self._pool.stream(method, wire, headers=lines, content=body, extensions=extensions) as response:
                yield response

    def _once(
        self, method: str, url: str, sent: list[tuple[str, str]], content: bytes | None, max_bytes: int
    ) -> Fetched:
        with self._exchange(method, url, sent, content) as response:
            headers = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in response.headers}
            # An answer that cannot have a body may name an encoding all the same.
            encoding = "" if response.status in _BODILESS else headers.get("content-encoding", "")
            return Fetched(url, response.status, headers, _body(response.iter_stream(), encoding, max_bytes))


def _headers(url: str) -> list[tuple[str, str]]:
    return [("host", urlsplit(url).netloc), ("user-agent", USER_AGENT), ("accept", "*/*"), ("accept-encoding", "gzip")]


def _call_headers(method: str, url: str, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    """Return the headers of a call: the caller's, our defaults, and what only we set."""
    given = {name.lower(): value for name, value in headers.items() if name.lower() not in _OURS}
    sent = {"host": urlsplit(url).netloc, "user-agent": USER_AGENT, "accept": "*/*", **given, "accept-encoding": "gzip"}
    if body or method in ("POST", "PUT", "PATCH"):
        sent["content-length"] = str(len(body))
    return list(sent.items())


def _body(pieces: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Return the decoded body; never holds more than `max_bytes` of it, whatever it unpacks to."""
    encoding = encoding.lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchFailed(f"the encoding {encoding[:20]} was not asked for")
    unpack = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None
    body = bytearray()
    for piece in pieces:
        body += unpack.decompress(piece, max_bytes - len(body) + 1) if unpack else piece
        if len(body) > max_bytes:
            raise TooMuch(f"is larger than {max_bytes // 1024} KB")
    if unpack and not unpack.eof:
        raise FetchFailed("the answer ended early")
    return bytes(body)


@contextmanager
def _failures_explained() -> Iterator[None]:
    try:
        yield
    except httpcore2.TimeoutException:
        raise FetchFailed("did not answer in time") from None
    except httpcore2.ConnectError as error:
        raise FetchFailed("the connection failed" + (" (TLS)" if "SSL" in str(error) else "")) from None
    except (httpcore2.LocalProtocolError, UnicodeEncodeError):
        raise FetchFailed("a header or the address has characters that cannot be sent") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, zlib.error, ValueError) as error:
        raise FetchFailed(f"the answer cannot be read ({type(error).__name__})") from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise EgressRefused("redirects to something that is not a URL") from None


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = host if host.isascii() else host.encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # also an international name that is none
        raise EgressRefused("is not a URL") from None
    if parts.scheme not in ("http", "https") or not host:
        raise EgressRefused("is not an http or https URL")
    if parts.username or parts.password:
        raise EgressRefused("carries a user name or password")
    netloc = f"[{host}]{port}" if ":" in host else f"{host}{port}"
    path = quote(parts.path or "/", safe=_SAFE)
    return urlunsplit((parts.scheme, netloc, path, quote(parts.query, safe=_SAFE), ""))
