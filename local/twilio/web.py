"""Twilio as an HTTP client: signed webhooks, its time limits, redirects and cookies. Decides nothing about calls."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from local.twilio.accounts import Account, new_sid
from local.twilio.sign import HEADER, signature

CONNECT_S, TOTAL_S = 10.0, 15.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 10
_OK, _ERROR, _KEEPS_METHOD = 200, 400, 307

Pairs = tuple[tuple[str, str], ...]


class FetchError(Exception):
    """A request that got no usable answer; `code` is Twilio's error number."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


@dataclass
class Exchange:
    """One request as it was sent and answered; `status` 0 when no answer came. `at` is in seconds of the call."""

    method: str
    url: str
    params: dict[str, str]
    at: float = 0.0
    status: int = 0
    seconds: float = 0.0
    body: str = field(default="", repr=False)
    error: str = ""


@dataclass(frozen=True)
class Answer:
    """What a server said. `url` is where it was found in the end: relative addresses in it start there."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Reach:
    """How addresses are reached.

    Args:
        routes: public beginnings of addresses and what they are reached at instead, such as
            {"https://phone.example": "http://127.0.0.1:8083"}: signed and named (Host) as public, as behind a proxy.
        signing: good, forged (with another token) or missing.
        connect_s, total_s: Twilio's limits; shorter ones make fault tests quick.
    """

    routes: Mapping[str, str] = field(default_factory=dict)
    signing: str = "good"
    connect_s: float = CONNECT_S
    total_s: float = TOTAL_S

    def target(self, url: str) -> str:
        """Return the address that a public one is reached at."""
        for public, local in self.routes.items():
            if url.startswith(public):
                return local + url[len(public) :]
        return url

    def headers(self, account: Account, url: str, params: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
        """Return what proves that a request is Twilio's, and what a proxy adds."""
        token = account.token if self.signing == "good" else "0" * 32
        signed = {} if self.signing == "missing" else {HEADER: signature(token, url, params)}
        parts = urlsplit(url)
        if self.target(url) == url:
            return signed
        proto = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
        return {**signed, "Host": parts.netloc, "X-Forwarded-Proto": proto, "X-Forwarded-Host": parts.netloc}


class Web:
    """One call's requests: they share cookies, and are kept in `journal`."""

    def __init__(self, account: Account, reach: Reach, connector: aiohttp.BaseConnector) -> None:
        self.account = account
        self.reach = reach
        self.connector = connector
        self.journal: list[Exchange] = []
        timeout = aiohttp.ClientTimeout(total=reach.total_s, sock_connect=reach.connect_s)
        self._session = aiohttp.ClientSession(
            connector=connector, connector_owner=False, timeout=timeout, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        self._running: set[asyncio.Task[Answer]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Let requests that nobody waits for come to their end."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)
        await self._session.close()

    async def ask(self, method: str, url: str, params: Mapping[str, str], *, at: float = 0.0) -> Answer:
        """Return the answer to a signed webhook; FetchError when there is none. A hang-up does not take it back."""
        job = asyncio.create_task(self._ask(method.upper(), url, params, at))
        self._running.add(job)
        job.add_done_callback(self._running.discard)
        return await asyncio.shield(job)

    async def media(self, url: str, *, at: float = 0.0) -> Answer:
        """Return a sound file. Such requests are not signed."""
        exchange = Exchange("GET", url, {}, at)
        self.journal.append(exchange)
        answer, _ = await self._send(exchange, (), signed=False)
        return answer

    async def _ask(self, method: str, url: str, params: Mapping[str, str], at: float) -> Answer:
        for _ in range(_MOST_REDIRECTS):
            url = url.partition("#")[0]
            exchange = Exchange(method, url, dict(params), at)
            self.journal.append(exchange)
            answer, location = await self._send(exchange, tuple(params.items()), signed=True)
            if not location:
                return answer
            url = urljoin(url, location)
            method = method if exchange.status >= _KEEPS_METHOD else "GET"
        raise FetchError(11200, "too many redirects")

    async def _send(self, exchange: Exchange, params: Pairs, *, signed: bool) -> tuple[Answer, str]:
        url, form = exchange.url, b""
        if exchange.method == "GET" and params:
            parts = urlsplit(url)
            url = parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *params])).geturl()
        elif params:
            form = urlencode(params).encode()
        headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "Cache-Control": "max-age=259200"}
        if signed:
            headers |= {"I-Twilio-Idempotency-Token": new_sid("")}
            headers |= self.reach.headers(self.account, url, params if form else ())
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        began = time.monotonic()
        try:
            target = URL(self.reach.target(url), encoded=True)
            async with self._session.request(
                exchange.method, target, data=form or None, headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.read()
                exchange.status, exchange.body = answer.status, body.decode(errors="replace")
                kind, location = answer.content_type, answer.headers.get("Location", "")
        except (TimeoutError, aiohttp.ClientConnectorError) as error:
            exchange.error = type(error).__name__
            raise FetchError(11205, f"{exchange.error} at {exchange.url}") from None
        except (aiohttp.ClientError, ValueError) as error:
            exchange.error = f"{type(error).__name__} {error}"
            raise FetchError(11200, exchange.error) from None
        finally:
            exchange.seconds = time.monotonic() - began
        if exchange.status in _REDIRECTS and location:
            return Answer(url, kind, body), location
        if not _OK <= exchange.status < _ERROR:
            raise FetchError(11200, f"{exchange.url} answered {exchange.status}")
        return Answer(exchange.url, kind, body), ""
