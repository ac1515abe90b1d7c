"""Server-sent events: one event is one block, whatever its data; who did not ask for a stream gets none."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.sse import encode, stream_response, wants_stream
from tests.unit.properties import NORMAL, real_text
from tests.unit.web.http_request import http_request


@NORMAL
@given(st.dictionaries(real_text, real_text, max_size=4))
def test_an_event_is_one_block(data):
    """Line breaks in the data do not end it."""
    name, line, *rest = encode("delta", data).decode().split("\n")
    assert name == "event: delta"
    assert json.loads(line.removeprefix("data: ")) == data
    assert rest == ["", ""]


@pytest.mark.parametrize(
    ("accept", "stream"),
    [
        ("text/event-stream", True),
        ("text/event-stream, */*;q=0.1", True),
        ("application/json;q=0.5, text/event-stream", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        (None, False),
        ("application/json, text/event-stream;q=0.9", False),
        ("text/html", False),
        ("nonsense;;;", False),
    ],
)
def test_a_stream_is_for_those_who_prefer_it(accept, stream):
    """By the Accept header."""
    headers = {} if accept is None else {"HTTP_ACCEPT": accept}
    assert wants_stream(http_request(environ=headers)) is stream


def test_closing_the_response_closes_the_events():
    """That is how a client that has gone stops the model."""
    closed: list[bool] = []

    def events() -> Iterator[bytes]:
        try:
            yield b"one"
            yield b"two"
        finally:
            closed.append(True)

    response = stream_response(events(), {"X-A": "b"})
    assert next(iter(response.response)) == b"one"
    response.close()
    assert closed == [True]
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["X-A"] == "b"
