"""The Gemini adapter against the stand-in: a prompt, and what comes out of a stream."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.gemini.client import GeminiAccess
from shared.adapters.gemini.model import GeminiModel, GeminiStream
from shared.domain.errors import ModelUnavailable
from shared.domain.prompt import ModelChunk, Prompt
from shared.domain.session import text_content
from tests.clients import StandIn

CHAT_MODEL = "gemini-3.5-flash-lite"
EMBEDDING_MODEL = "gemini-embedding-2"
PATIENCE_S = 30.0
STREAM = "streamGenerateContent"
ANSWER = "A full service costs 95 pounds, and it takes about two hours. Ümlaut 商店 👋 included."


@contextmanager
def adapter(port: int, embedding_model: str = EMBEDDING_MODEL, dimensions: int = 256) -> Iterator[GeminiModel]:
    """Return the adapter, speaking to a server of the protocol on this port; its connections end with the block."""
    access = GeminiAccess(api_key="stand-in", base_url=f"http://127.0.0.1:{port}")
    model = GeminiModel(access, embedding_model, dimensions)
    try:
        yield model
    finally:
        close(model)


def close(model: GeminiModel) -> None:
    """End what a process keeps for its whole life: connections, and the loop with its thread."""
    transports = vars(model._client._api_client)["_http_options"]
    model._loop.spawn(transports.httpx_async_client.aclose()).result(5)
    transports.httpx_client.close()
    model._client.close()
    loop = model._loop._loop
    assert loop is not None
    model._loop.close()
    while loop.is_running():
        time.sleep(0.005)
    loop.close()


def prompt(text: str = "Hello", model: str = CHAT_MODEL) -> Prompt:
    """Return a prompt of one question."""
    return Prompt(model, "You answer briefly.", (text_content("user", text),))


@dataclass
class Heard:
    """What came out of a stream until it ended."""

    chunks: list[ModelChunk] = field(default_factory=list)
    error: ModelUnavailable | None = None

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(chunk.text for chunk in self.chunks)

    @property
    def finishes(self) -> list[str]:
        """The finish reasons given."""
        return [chunk.finish for chunk in self.chunks if chunk.finish]


def listen(stream: GeminiStream, until: Callable[[Heard], bool] = lambda _: False) -> Heard:
    """Take chunks until the stream ends or `until` says that it is enough."""
    heard = Heard()
    ends = time.monotonic() + PATIENCE_S
    while not until(heard):
        assert time.monotonic() < ends, "the stream does not end"
        try:
            chunk = stream.next(0.5)
        except StopIteration:
            break
        except ModelUnavailable as error:
            heard.error = error
            break
        if chunk is not None:
            heard.chunks.append(chunk)
    return heard


def ask(model: GeminiModel, question: Prompt | None = None) -> Heard:
    """Let the model answer to the end."""
    with model.stream(question or prompt()) as stream:
        return listen(stream)


def failing(service: StandIn, kind: str, times: int = 1, **more: Any) -> None:
    """Let calls go wrong, the answer staying the same."""
    fault = {"method": STREAM, "kind": kind, "times": times, **more}
    service.control(tokens_per_second=None, faults=[fault], script=[{"text": ANSWER}] * 10)
