"""Faults on demand, as the unmodified SDK sees them, and the stand-in's control plane."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from google.genai import errors

from tests.local.gemini_process import EMBEDDER, ask, running, stream


@pytest.fixture(scope="module")
def process():
    with running() as server:
        yield server


@pytest.fixture
def server(process):
    process.reset()
    return process


@pytest.fixture
def client(server):
    return server.sdk


def drain(chunks: Iterator[Any]) -> tuple[list[Any], Exception | None]:
    """Texts and finish reasons of a stream until it ends or raises."""
    seen: list[Any] = []
    try:
        seen.extend(chunks)
    except (errors.APIError, errors.UnknownApiResponseError, httpx2.HTTPError) as error:
        return seen, error
    return seen, None


def test_quota_error_carries_retry_info(client, server):
    """A 429 has the RetryInfo a client waits by, and goes away after its number of times."""
    server.control(faults=[{"method": "generateContent", "kind": "status", "status": 429, "retry_delay": "1s"}])
    with pytest.raises(errors.ClientError) as caught:
        ask(client, "Are you open on Sunday?")
    assert caught.value.code == 429
    assert caught.value.details["error"]["details"][0]["retryDelay"] == "1s"
    assert ask(client, "Are you open on Sunday?").text == "Sunday: closed. [2]"


@pytest.mark.parametrize(
    ("kind", "chunks", "error"),
    [
        ("status", 0, errors.ServerError),
        ("mid_stream_error", 2, errors.ServerError),
        ("garbage", 2, errors.UnknownApiResponseError),
        ("drop", 2, httpx2.RemoteProtocolError),
        ("hang", 2, httpx2.ReadTimeout),
    ],
)
def test_faults_that_raise(client, server, kind, chunks, error):
    """Each broken stream delivers what came before the fault, then the error a real one gives."""
    server.control(faults=[{"kind": kind, "after_chunks": 2}])
    config: dict[str, Any] = {"http_options": {"timeout": 700}}
    seen: list[Any] = []
    raised: Exception | None = None
    try:
        seen, raised = drain(stream(client, **config))
    except errors.ServerError as refused:
        raised = refused
    assert isinstance(raised, error)
    assert len(seen) == chunks


@pytest.mark.parametrize(
    ("kind", "reason", "spoken"),
    [
        ("truncate", None, True),
        ("safety", "SAFETY", True),
        ("max_tokens", "MAX_TOKENS", True),
        ("no_parts_last_chunk", "STOP", True),
        ("empty", None, False),
        ("blocked_prompt", None, False),
    ],
)
def test_faults_that_end_quietly(client, server, kind, reason, spoken):
    """Each odd ending is one the SDK takes without an error, as from the real API."""
    server.control(faults=[{"kind": kind, "after_chunks": 2}])
    seen, raised = drain(stream(client))
    assert raised is None
    assert bool("".join(chunk.text or "" for chunk in seen)) is spoken
    last = seen[-1].candidates if seen else None
    assert (last[0].finish_reason.name if last and last[0].finish_reason else None) == reason
    assert bool(seen and seen[-1].prompt_feedback) is (kind == "blocked_prompt")


@pytest.mark.parametrize("kind", ["status", "drop", "hang"])
def test_faults_of_embeddings(client, server, kind):
    """A fault can be aimed at the embeddings alone."""
    server.control(faults=[{"method": "batchEmbedContents", "kind": kind}])
    config = {"http_options": {"timeout": 700}}
    assert ask(client, "Are you open on Sunday?").text == "Sunday: closed. [2]"
    with pytest.raises((errors.ServerError, httpx2.HTTPError)):
        client.models.embed_content(model=EMBEDDER, contents="x", config=config)
    assert server.call("GET", "/control")[1]["faults"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"speed": 1},
        {"faults": [{"kind": "status", "colour": "red"}]},
        {"faults": [{"kind": "earthquake"}]},
        {"faults": [{"kind": "safety", "method": "batchEmbedContents"}]},
        {"script": [{"txt": "x"}]},
        {"tokens_per_second": 0},
        [],
    ],
)
def test_control_refuses_what_it_does_not_know(server, body):
    """A misspelt control field is a 400, not a test that silently proves nothing."""
    before = server.call("GET", "/control")[1]
    assert server.call("PUT", "/control", body)[0] == 400
    assert server.call("GET", "/control")[1] == before
