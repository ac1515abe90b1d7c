"""Twilio's REST stand-in over real HTTP, and its unmodified client library pointed at it; it holds no tests."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from local.crm.app import StandIns
from local.twilio import MAIN
from local.twilio.app import create_app, served
from tests.local.twilio_bot import TO, serving


class Service:
    """The stand-in, its control plane, and clients of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opened: list[TwilioHttpClient] = []

    def client(self, sid: str = MAIN.sid, token: str = MAIN.token, account: str | None = None) -> Client:
        """The library's client, pointed here."""
        http = TwilioHttpClient()
        self.opened.append(http)
        client = Client(sid, token, account, http_client=http)
        client.api.base_url = self.url
        return client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """The control plane."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/{path}", data, method=method)) as answer:
            return json.loads(answer.read())

    def number(self, number: str = TO, **fields: Any) -> Any:
        """A number of the main account."""
        return self.control("POST", "_numbers", {"phone_number": number, **fields})


@contextmanager
def service() -> Iterator[Service]:
    """A running one, for the length of the block."""
    with serving(StandIns(routes=served(create_app()))) as url:
        made = Service(url)
        try:
            yield made
        finally:
            for http in made.opened:
                if http.session:
                    http.session.close()


def refused(act: Any) -> tuple[int, int | None]:
    """The error that a call ends in."""
    with pytest.raises(TwilioRestException) as caught:
        act()
    return caught.value.status, caught.value.code
