"""Server-sent events: the form on the wire and the headers that keep proxies from holding them back."""

import json
from collections.abc import Iterator
from typing import Any

from flask import Request, Response

KEEP_ALIVE = b": keep-alive\n\n"
HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "Connection": "keep-alive",
}


def wants_stream(request: Request) -> bool:
    """Say whether the client asked for an event stream and not for JSON."""
    best = request.accept_mimetypes.best_match(["application/json", "text/event-stream"], "application/json")
    return best == "text/event-stream"


def encode(name: str, data: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return one event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def stream_response(events: Iterator[bytes], headers: dict[str, str]) -> Response:
    """Return a response that sends the events as they come; closing it closes the iterator."""
    return Response(events, headers={**HEADERS, **headers}, content_type="text/event-stream; charset=utf-8")
