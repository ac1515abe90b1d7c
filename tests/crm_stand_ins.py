"""Serves a CRM's stand-in over real HTTP and drives connectors against it; knows no CRM and holds no tests."""

import datetime as dt
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Self, TypeVar

import httpx2
import pytest
import uvicorn

from local.crm.app import create_app
from shared.adapters.crm.tokens import driven
from shared.crm.connector import Connector, Token
from shared.crm.failure import CrmError
from shared.crm.wire import Request, Response, Steps
from shared.domain.crm import Contact, Identity, Value

_Result = TypeVar("_Result")
# What the driver deals with itself: such answers never reach a connector's steps.
_DRIVERS = ("unauthorised", "limited", "unavailable")


def now() -> dt.datetime:
    """Return the moment it is."""
    return dt.datetime.now(dt.UTC)


def ana(values: Mapping[str, Value]) -> Contact:
    """Return a visitor who has left address, number and name, and these values."""
    return Contact("c-4f1d", Identity("ana@example.com", "+34600111222"), "Ana María López", values)


@contextmanager
def served(name: str, *, at_root: bool = False) -> Iterator[str]:
    """Run one stand-in on a free loopback port for the length of the block; gives where it is."""
    app = create_app([name], at_root=at_root)
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    # It listens before the server runs: an early caller waits a moment, and no port is taken by others meanwhile.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield url if at_root else f"{url}/{name}"
        finally:
            running.should_exit = True
            thread.join(10)


class StandInAccount:
    """An account at a running stand-in: what every CRM's has. `base` is where the stand-in is."""

    vendor: ClassVar[str]

    def __init__(self, base: str, client: httpx2.Client) -> None:
        self.base = base
        self.client = client

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Self]:
        """Serve the stand-in for the length of the block; gives the account at it."""
        with served(cls.vendor) as base, httpx2.Client(timeout=10, trust_env=False) as client:
            yield cls(base, client)

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """Call the control plane."""
        answer = self.client.request(method, f"{self.base}/_{name}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def reset(self) -> None:
        """Make the account as new."""
        self.control("POST", "reset")

    def records(self) -> dict[str, Any]:
        """Return what is in the account."""
        found: dict[str, Any] = self.control("GET", "records")
        return found

    def put(self, **contact: Any) -> str:
        """Add a contact of long ago; return its id."""
        made: str = self.control("POST", "contacts", contact)["id"]
        return made

    def behave(self, lag_s: float = 0, **extra: Any) -> None:
        """Set how it behaves."""
        self.control("PUT", "settings", {"search_lag_s": lag_s, "extra": extra})

    def fault(self, kind: str, path: str = "", method: str = "*") -> None:
        """Let the next such call go wrong."""
        self.control("PUT", "faults", [{"kind": kind, "method": method, "path": path}])

    def lose(self, path: str, method: str = "POST") -> None:
        """Let the answer to the next such call be lost, though it is applied."""
        self.fault("lost", path, method)

    def token_of(self, connector: Connector, at: dt.datetime | None = None) -> Token:
        """Return the token that a connector gets by itself."""
        return driven(connector.sign_in(at or now()), self.send)

    def run(self, connector: Connector, steps: Steps[_Result], token: Token | None = None) -> _Result:
        """Run a connector's steps to their end, as the driver does."""
        signed_by = token or self.token_of(connector)

        def send(request: Request) -> Response:
            response = self.send(connector.authorised(request, signed_by))
            error = connector.failure(request, response)
            if error and error.category in _DRIVERS:
                raise error
            return response

        return driven(steps, send)

    def refused(self, connector: Connector, steps: Steps[Any], token: Token | None = None) -> CrmError:
        """Run steps that must fail; return the error that they end in."""
        with pytest.raises(CrmError) as caught:
            self.run(connector, steps, token)
        return caught.value

    def send(self, request: Request) -> Response:
        """Send a request as it is."""
        body, kind = request.body()
        headers = {**request.headers, **({"Content-Type": kind} if kind else {})}
        try:
            answer = self.client.request(request.method, request.target, headers=headers, content=body)
        except httpx2.TransportError:
            raise CrmError("unavailable", "no answer") from None
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, names, answer.content)
