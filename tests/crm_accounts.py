"""An account at a made-up CRM: its connector, the server behind it, and credentials in memory; holds no tests."""

import datetime as dt
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.adapters.crm.tokens import Account
from shared.crm.connector import Pace, Token
from shared.crm.failure import Category, CrmError
from shared.crm.wire import Request, Response, Steps
from shared.domain.limits import RateLimit

T0 = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SECRET = "client-secret-7319"
REFRESH = "refresh-0"
_CATEGORIES: dict[int, Category] = {
    400: "refused", 401: "unauthorised", 403: "forbidden", 404: "missing", 418: "malformed", 429: "limited",
    500: "unavailable", 503: "unavailable",
}  # fmt: skip


@dataclass(frozen=True)
class Got:
    """A request the CRM got; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the CRM does with a request. `drop` ends the connection without a word, `after_s` thinks first."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    after_s: float = 0.0


def said(value: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer in JSON."""
    return Answer(status, json.dumps(value).encode(), {name.replace("_", "-"): text for name, text in headers.items()})


@dataclass
class Crm:
    """A running server. `answers` are taken by path, one after the other; the last one stays.

    `revoked` are tokens it does not take (any more). Counts those it gave.
    """

    url: str = ""
    revoked: set[str] = field(default_factory=set)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    received: list[Got] = field(default_factory=list)
    tokens: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        """Return what the operator has to allow."""
        return self.url.partition("//")[2]

    def calls(self, path: str) -> list[Got]:
        """Return the requests of a path, whatever their query."""
        return [got for got in self.received if got.path.partition("?")[0] == path]

    def answer(self, got: Got) -> Answer:
        """Note a request and choose its answer."""
        path = got.path.partition("?")[0]
        with self._guard:
            self.received.append(got)
            if got.headers.get("authorization", "").removeprefix("Bearer ") in self.revoked:
                return Answer(401)
            prepared = self.answers.get(path, [])
            if prepared:
                return prepared.pop(0) if len(prepared) > 1 else prepared[0]
            if path != "/token":
                return Answer()
            self.tokens += 1
            return said({"access_token": f"access-{self.tokens}"})


@contextmanager
def crm() -> Iterator[Crm]:
    """Run a CRM on a loopback port for the length of the block."""
    running = Crm()

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                return
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = running.answer(Got(self.command, self.path, headers, body))
            running.closing.wait(answer.after_s)
            if answer.drop or running.closing.is_set():
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that has left is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    running.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class FakeConnector:
    """Speaks to that server. `static` is a token that needs no call; `lasts_s` is how long the others last."""

    unique_email = True
    has_objects = False

    def __init__(self, url: str, name: str = "acme", *, static: str = "", lasts_s: float | None = 3600) -> None:
        self.url = url
        self.name = name
        self.static = static
        self.lasts_s = lasts_s
        self.pace = Pace(RateLimit(1000, 1), {"search": RateLimit(1000, 1)})

    def account(self) -> str:
        """See `Connector.account`."""
        return self.name

    def sign_in(self, now: dt.datetime) -> Steps[Token]:
        """See `Connector.sign_in`."""
        if self.static:
            return Token(self.static)
        form = {"client_secret": SECRET}
        got = (yield Request("sign in", "POST", f"{self.url}/token", form=form, repeatable=True, signed=False)).object()
        expires = None if self.lasts_s is None else now + dt.timedelta(seconds=self.lasts_s)
        return Token(got["access_token"], expires, got.get("base_url", ""), got.get("refresh_token", ""))

    def authorised(self, request: Request, token: Token) -> Request:
        """See `Connector.authorised`."""
        return replace(request, headers={**request.headers, "Authorization": f"Bearer {token.value}"})

    def failure(self, request: Request, response: Response) -> CrmError | None:
        """See `Connector.failure`."""
        category = _CATEGORIES.get(response.status)
        if category is None:
            return None
        asked = response.headers.get("retry-after")
        return CrmError(category, f"{request.does}: {category}", retry_after_s=float(asked) if asked else None)


@dataclass
class Stored:
    """Credentials as the store gives them out."""

    values: Mapping[str, str] = field(default_factory=lambda: {"client_secret": SECRET, "refresh_token": REFRESH})
    token: dict[str, Any] | None = None
    updated_at: dt.datetime = T0
    connector: str = "fake"


class MemoryTokens:
    """The store of one business's credentials, for threads. `claims` counts who was given the claim."""

    def __init__(self, stored: Stored | None = None) -> None:
        self.stored: Stored | None = stored or Stored()
        self.claims = 0
        self.claimed = False
        self.reads = 0
        self._guard = threading.Lock()

    def get(self, _: str) -> Stored | None:
        """See `TokenStore.get`."""
        self.reads += 1
        return self.stored and replace(self.stored)

    def claim_refresh(self, _: str, __: float) -> bool:
        """See `TokenStore.claim_refresh`."""
        with self._guard:
            given = not self.claimed
            self.claimed = True
            self.claims += given
            return given

    def save_token(
        self, _: str, token: dict[str, Any] | None, refresh_token: str = "", *, read_at: dt.datetime
    ) -> bool:
        """See `TokenStore.save_token`."""
        with self._guard:
            if self.stored is None or self.stored.updated_at != read_at:
                return False
            rotated = {"refresh_token": refresh_token} if refresh_token else {}
            self.stored = replace(self.stored, token=token, values={**self.stored.values, **rotated})
            self.claimed = False
            return True

    def release_refresh(self, _: str) -> None:
        """See `TokenStore.release_refresh`."""
        with self._guard:
            self.claimed = False


def an_account(connector: Any, store: MemoryTokens) -> Account:
    """Return the account as a caller makes it: from what the store has now."""
    stored = store.get("shop")
    assert stored is not None
    store.reads = 0
    return Account("shop", connector, stored)
