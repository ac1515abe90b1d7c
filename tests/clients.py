"""Clients the tests speak through; they know the public contract and nothing else."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from local.seed import Admin, build


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    data: Any


class Chat:
    """A visitor of one business."""

    def __init__(self, http: httpx2.Client, url: str, business_id: str, session_id: str | None = None) -> None:
        self.http = http
        self.url = url
        self.business_id = business_id
        self.session_id = session_id or f"visitor-{uuid.uuid4().hex}"

    def body(self, message: str, **fields: Any) -> dict[str, Any]:
        """Return the request for a message."""
        return {"business_id": self.business_id, "session_id": self.session_id, "message": message, **fields}

    def post(self, message: str, *, headers: dict[str, str] | None = None, **fields: Any) -> httpx2.Response:
        """Send a message and return the HTTP response."""
        return self.http.post(f"{self.url}/chat", json=self.body(message, **fields), headers=headers or {})

    def ask(self, message: str, **fields: Any) -> dict[str, Any]:
        """Send a message and return the answer, which must be one."""
        response = self.post(message, **fields)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def stream(self, message: str, **fields: Any) -> Iterator[Event]:
        """Send a message and yield the events as they come."""
        headers = {"Accept": "text/event-stream"}
        with self.http.stream(
            "POST", f"{self.url}/chat", json=self.body(message, **fields), headers=headers
        ) as response:
            assert response.status_code == 200, response.read()
            yield from events(response.iter_lines())

    def visitor(self) -> "Chat":
        """Return another visitor of the same business."""
        return Chat(self.http, self.url, self.business_id)


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Yield the events of a stream, comments left out."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield Event(name, json.loads(line.removeprefix("data: ")))


@dataclass(frozen=True)
class Business:
    """A business made for a test."""

    id: str
    admin: Admin
    chat: Chat

    @property
    def path(self) -> str:
        """Its path in the admin API."""
        return f"/v1/businesses/{self.id}"

    def learn(self, text: str, title: str = "Facts") -> dict[str, Any]:
        """Give it a text as knowledge and build its index; return the build."""
        self.tell(text, title)
        return self.build()

    def tell(self, text: str, title: str = "Facts") -> None:
        """Give it a text as a source, which is indexed by the next build."""
        self.admin.call("POST", f"{self.path}/knowledge/sources", {"kind": "text", "title": title, "text": text})

    def build(self) -> dict[str, Any]:
        """Build its index; return the build, which must have succeeded."""
        return build(self.admin, self.path, lambda _: None, look_every_s=0.1)

    def key(self, *scopes: str) -> str:
        """Return a new API key of this business."""
        made = self.admin.call("POST", f"{self.path}/api-keys", {"name": "test", "scopes": list(scopes) or ["read"]})
        key: str = made["key"]
        return key


class StandIn:
    """The Gemini stand-in's control plane."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=30, trust_env=False)

    def control(self, **settings: Any) -> None:
        """Put settings: tokens_per_second, first_token_delay_ms, faults, script."""
        response = self._http.put("/control", json=settings)
        assert response.status_code == 200, response.text

    def say(self, *replies: str | tuple[str, dict[str, Any]]) -> None:
        """Let the model give these replies next: a text, or a function's name with the arguments of a call."""
        self.control(script=[_scripted(reply) for reply in replies])

    def fail(self, kind: str, times: int = 1, method: str = "streamGenerateContent", **more: Any) -> None:
        """Let the next calls of a method go wrong."""
        self.control(faults=[{"method": method, "kind": kind, "times": times, **more}])

    def requests(self, method: str = "streamGenerateContent") -> list[dict[str, Any]]:
        """Return the calls of a method since the last reset, oldest first."""
        seen: list[dict[str, Any]] = self._http.get("/control/requests").json()
        return [entry for entry in seen if entry["method"] == method]

    def reset(self) -> None:
        """Forget settings and calls."""
        self._http.delete("/control")
        self._http.delete("/control/requests")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _scripted(reply: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"text": reply} if isinstance(reply, str) else {"call": {"name": reply[0], "args": reply[1]}}
