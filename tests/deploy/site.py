"""A deployed site as the world sees it: through nginx, over TLS. Knows the public contract and the first admin key."""

import contextlib
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any

import httpx2
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.clients import Chat

START = {
    "event": "start",
    "start": {
        "streamSid": "MZ1", "callSid": "CA1", "accountSid": "AC1", "customParameters": {"token": "nobody's"},
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    },
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """`certificate` is what the site proves itself with, in PEM."""

    port: int
    http_port: int
    certificate: str
    admin_key: str

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://localhost:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        """Trust in this site's certificate and in no other."""
        return ssl.create_default_context(cadata=self.certificate)

    def client(self) -> httpx2.Client:
        """Return a client that checks the certificate."""
        return httpx2.Client(verify=self.trust, timeout=30, trust_env=False)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin API, which must agree; return its answer."""
        with self.client() as http:
            headers = {"Authorization": f"Bearer {self.admin_key}"}
            response = http.request(method, f"{self.url}{path}", json=body, headers=headers)
            assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
            return response.json() if response.content else None

    def businesses(self) -> list[str]:
        """Return the ids of all businesses."""
        return [item["id"] for item in self.admin("GET", "/v1/businesses")["items"]]

    def stream(self, business_id: str) -> list[tuple[float, str]]:
        """Ask something; return when each event of the answer came, in seconds from the question, and its name."""
        with self.client() as http:
            begun = time.monotonic()
            chat = Chat(http, self.url, business_id)
            return [(time.monotonic() - begun, event.name) for event in chat.stream("What do you offer?")]

    def knock_at_stream(self) -> tuple[int, str]:
        """Open the media socket as Twilio would, with a start that is nobody's; return how it is closed."""
        url = f"wss://localhost:{self.port}/stream"
        headers = {"X-Twilio-Signature": "nobody"}
        with connect(url, ssl=self.trust, additional_headers=headers, proxy=None, open_timeout=10) as socket:
            socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
            socket.send(json.dumps(START))
            with contextlib.suppress(ConnectionClosed):
                while True:
                    socket.recv(timeout=10)
            return socket.close_code or 0, socket.close_reason or ""
