"""A server that is not ours but speaks the Gemini protocol works through GOOGLE_GEMINI_BASE_URL alone."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class OtherServer(BaseHTTPRequestHandler):
    """The least a Gemini server can be: batchEmbedContents and streamGenerateContent, nothing of ours in it."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def do_POST(self) -> None:
        """Answer a call."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append(self.path)
        if ":batchEmbedContents" in self.path:
            size = body["requests"][0]["outputDimensionality"]
            vectors = [{"values": [1.0] + [0.0] * (size - 1)} for _ in body["requests"]]
            return self._send(json.dumps({"embeddings": vectors}), "application/json")
        asked = body["contents"][-1]["parts"][-1]["text"]
        pieces = ["Somebody else ", "says: you asked ", f"{asked!r}. "]
        chunks = [
            {"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}]} for piece in pieces
        ]
        chunks[-1]["candidates"][0]["finishReason"] = "STOP"
        return self._send("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "text/event-stream")

    def _send(self, body: str, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def other_server() -> Iterator[str]:
    OtherServer.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherServer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_another_server_of_the_protocol_answers(own_platform, open_business, other_server):
    """One variable points the platform elsewhere; knowledge is built and questions are answered there."""
    for name in ("chat", "admin"):
        own_platform.children[name].stop()
    own_platform.env["GOOGLE_GEMINI_BASE_URL"] = other_server
    own_platform.start_functions()
    business = open_business(own_platform)
    answer = business.chat.ask("Who are you?")
    assert "Somebody else says: you asked 'Who are you?'" in answer["reply"]["text"]
    assert any(":batchEmbedContents" in path for path in OtherServer.seen)
    assert any(":streamGenerateContent" in path for path in OtherServer.seen)
