"""Visitors and an owner who do not stop while something happens to the platform; what went wrong for them is kept."""

import threading
from types import TracebackType

import httpx2

from tests.clients import Chat


class Traffic:
    """A context in which one visitor after another asks, rates, clicks and leaves an address, and the owner looks.

    Args:
        chat_url: the chat function that serves them.
        business_url: the business at the admin API.
        key: the owner's.
    """

    def __init__(self, chat_url: str, business_url: str, key: str) -> None:
        self.failures: list[str] = []
        self.rounds = 0
        self._chat_url, self._business_url = chat_url, business_url
        self._http = httpx2.Client(timeout=30, trust_env=False, headers={"X-API-Key": key})
        self._over = threading.Event()
        self._moved = threading.Condition()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        self.go_on()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._http.close()

    def go_on(self, rounds: int = 3) -> None:
        """Return when so many more rounds are over."""
        with self._moved:
            wanted = self.rounds + rounds
            assert self._moved.wait_for(lambda: self.rounds >= wanted, 60), f"stuck after {self.rounds} rounds"

    def _run(self) -> None:
        while not self._over.wait(0.02):
            try:
                self._round()
            except Exception as error:  # noqa: BLE001 - whatever a visitor meets is a failure
                self.failures.append(repr(error))
            with self._moved:
                self.rounds += 1
                self._moved.notify_all()

    def _round(self) -> None:
        chat = Chat(self._http, self._chat_url, self._business_url.rpartition("/")[2])
        answer = self._checked(chat.post("What does a full service cost?")).json()
        if answer["degraded"]:
            self.failures.append(f"degraded: {answer['degraded']}")
        who = {"business_id": chat.business_id, "session_id": chat.session_id}
        rating = {**who, "message_id": answer["message_id"], "rating": "up"}
        self._checked(self._http.post(f"{self._chat_url}/feedback", json=rating))
        self._checked(self._http.post(f"{self._chat_url}/events", json={**who, "type": "widget_opened"}))
        self._checked(chat.post(f"My name is Ana and my email is ana.{self.rounds}@acme-mail.com"))
        self._checked(self._http.get(f"{self._business_url}/crm/outbox"))

    def _checked(self, response: httpx2.Response) -> httpx2.Response:
        if response.is_error:
            self.failures.append(f"{response.request.method} {response.url}: {response.status_code} {response.text}")
        return response
