"""One account behind Twilio's REST API, answering as Twilio documents it; holds no tests."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "0123456789abcdef" * 2, "+441632960001"
_ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
_NOT_FOUND = {"code": 20404, "message": "The requested resource was not found", "status": 404}
_METHODS = {"voice_method": "POST", "voice_fallback_method": "POST", "status_callback_method": "POST"}


@dataclass
class TwilioAccount:
    """What the account has and was asked. `fails` answers everything with (status, body) instead."""

    url: str = ""
    status: str = "active"
    numbers: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, str]] = field(default_factory=list)
    recordings: list[dict[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    fails: tuple[int, str] | None = None

    def buy(self, number: str, **settings: Any) -> dict[str, Any]:
        """Add a number that calls nothing yet."""
        sid = f"PN{len(self.numbers):032x}"
        blank = dict.fromkeys(("voice_url", "voice_fallback_url", "status_callback", "voice_application_sid"), "")
        bought = {
            "sid": sid, "account_sid": ACCOUNT, "phone_number": number, "trunk_sid": None, **blank, **_METHODS,
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False}, **settings,
        }  # fmt: skip
        self.numbers.append(bought)
        return bought

    def record(self, call_id: str) -> str:
        """Add a recording of a call; return its address."""
        sid = f"RE{len(self.recordings):032x}"
        self.recordings.append({"sid": sid, "call_sid": call_id, "account_sid": ACCOUNT, "status": "completed"})
        return f"https://api.twilio.com{_ROOT}/Recordings/{sid}"

    def refuse(self, status: int, code: int) -> None:
        """Answer everything with one of Twilio's errors."""
        text = {"code": code, "message": "A vendor's text", "more_info": "https://www.twilio.com", "status": status}
        self.fails = (status, json.dumps(text))

    def answer(self, method: str, target: str, form: dict[str, str]) -> tuple[int, Any]:
        """Return status and JSON."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == f"{_ROOT}.json":
            return 200, {"sid": ACCOUNT, "status": self.status, "friendly_name": "local"}
        if parts.path == f"{_ROOT}/Messages.json" and method == "POST":
            self.messages.append(form)
            return 201, {"sid": "SM" + "2" * 32, "status": "queued", "to": form["To"], "from": form["From"]}
        if parts.path == f"{_ROOT}/IncomingPhoneNumbers.json":
            wanted = query["PhoneNumber"].lstrip("+")
            found = [number for number in self.numbers if wanted in number["phone_number"]]
            return 200, {"incoming_phone_numbers": found, "page": 0, "page_size": 20, "next_page_uri": None}
        if parts.path.startswith(f"{_ROOT}/Recordings"):
            return self._recorded(method, parts.path, query)
        for number in self.numbers:
            if parts.path == f"{_ROOT}/IncomingPhoneNumbers/{number['sid']}.json" and method == "POST":
                names = {_snake(name): value for name, value in form.items()}
                assert set(names) <= set(number), names
                number.update(names)
                return 200, number
        return 404, _NOT_FOUND

    def _recorded(self, method: str, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path == f"{_ROOT}/Recordings.json":
            of_call = [one for one in self.recordings if one["call_sid"] == query.get("CallSid", one["call_sid"])]
            return 200, {"recordings": of_call, "page": 0, "page_size": 50, "next_page_uri": None}
        for recording in self.recordings:
            if path == f"{_ROOT}/Recordings/{recording['sid']}.json" and method == "DELETE":
                self.recordings.remove(recording)
                return 204, None
        return 404, _NOT_FOUND


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


@contextmanager
def twilio_account(port: int = 0) -> Iterator[TwilioAccount]:
    """Run the account's API on a loopback port for the length of the block."""
    account = TwilioAccount()
    right = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            account.asked.append((self.command, self.path))
            if account.fails:
                return self._say(*account.fails)
            if self.headers["Authorization"] != right:
                return self._say(401, json.dumps({"code": 20003, "message": "Authenticate", "status": 401}))
            status, found = account.answer(self.command, self.path, form)
            return self._say(status, "" if found is None else json.dumps(found))

        do_POST = do_DELETE = do_GET  # noqa: N815 - the handler's own names

        def _say(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    account.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
