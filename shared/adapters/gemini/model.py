"""The `Model` port on google-genai. Retries only before the first token, within a deadline; stops when told to."""

import asyncio
import math
import queue
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

from shared.adapters.gemini.client import GeminiAccess, build_client
from shared.adapters.gemini.failures import asked_delay_s, translated
from shared.adapters.loop import LoopThread
from shared.domain.errors import ModelUnavailable
from shared.domain.knowledge import Space
from shared.domain.prompt import Finish, ModelChunk, Prompt, ToolCall
from shared.domain.turn import Usage
from shared.once import once
from shared.ports import Vector

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import GenerateContentResponse
    from tenacity import RetryCallState

_Result = TypeVar("_Result")

FIRST_TOKEN_DEADLINE_S = 25.0
QUERY_DEADLINE_S = 8.0
DOCUMENTS_DEADLINE_S = 60.0  # a build tells of itself between two batches (SILENT_AFTER_S)
ATTEMPTS = 4
MAX_BATCH = 100  # the service answers 400 above
_TASK_TYPED = "gemini-embedding-001"  # newer embedding models take the task in the text instead


class GeminiModel:
    """Answers and embeds. The SDK is imported with the first call."""

    def __init__(self, access: GeminiAccess, embedding_model: str, dimensions: int) -> None:
        self._access = access
        self._space = Space(embedding_model, dimensions)
        self._loop = LoopThread()

    @once
    def _client(self) -> "Client":
        return build_client(self._access)

    def warm_up(self) -> None:
        """Import the SDK and build the client now, while nobody waits for it."""
        _ = self._client

    def stream(self, prompt: Prompt) -> "GeminiStream":
        """See `Model.stream`."""
        client = self._client
        return GeminiStream(self._loop, lambda: _open_stream(client, prompt))

    def embed_queries(self, texts: Sequence[str], space: Space | None = None) -> list[Vector]:
        """See `Model.embed_queries`."""
        space = space or self._space
        worded = list(texts) if _typed(space) else [f"task: search result | query: {text}" for text in texts]
        return self._wait(self._embed(worded, space, "RETRIEVAL_QUERY", QUERY_DEADLINE_S), QUERY_DEADLINE_S)

    def embed_documents(self, documents: Sequence[tuple[str, str]]) -> list[Vector]:
        """Return one unit vector per (title, text), in order; any number, sent in batches of a hundred.

        Raises:
            ModelUnavailable: a batch failed for good.
        """
        space = self._space
        worded = [
            f"{title}\n{text}" if _typed(space) else f"title: {title or 'none'} | text: {text}"
            for title, text in documents
        ]
        vectors: list[Vector] = []
        for start in range(0, len(worded), MAX_BATCH):
            batch = worded[start : start + MAX_BATCH]
            call = self._embed(batch, space, "RETRIEVAL_DOCUMENT", DOCUMENTS_DEADLINE_S)
            vectors += self._wait(call, DOCUMENTS_DEADLINE_S)
        return vectors

    def close(self) -> None:
        """Stop the loop and what runs on it."""
        self._loop.close()

    def check(self, model: str) -> None:
        """Ask the service whether it knows `model`; free of charge. ModelUnavailable when not."""

        async def ask() -> None:
            await self._client.aio.models.get(model=model)

        self._wait(ask(), QUERY_DEADLINE_S)

    def _wait(self, call: Coroutine[Any, Any, _Result], deadline_s: float) -> _Result:
        self.warm_up()

        async def bounded() -> _Result:
            async with asyncio.timeout(deadline_s):
                return await call

        try:
            return self._loop.spawn(bounded()).result()
        except Exception as error:
            raise translated(error) from error

    async def _embed(self, texts: list[str], space: Space, task: str, deadline_s: float) -> list[Vector]:
        from google.genai import types

        # One Content each: a bare list of strings becomes ONE content, hence one vector, on newer models.
        contents: Any = [types.Content(parts=[types.Part(text=text)]) for text in texts]
        config = types.EmbedContentConfig(
            output_dimensionality=space.dimensions, task_type=task if _typed(space) else None
        )
        call = self._client.aio.models.embed_content
        reply = await _retried(lambda: call(model=space.model, contents=contents, config=config), deadline_s)
        vectors = [embedding.values or [] for embedding in reply.embeddings or []]
        if len(vectors) != len(texts) or any(len(vector) != space.dimensions for vector in vectors):
            raise ModelUnavailable("The embeddings do not fit.", transient=False, reason="wrong_embeddings")
        return [_unit(vector) for vector in vectors]


class GeminiStream:
    """The `ModelStream` port: the call runs on the loop, its chunks wait in a queue for the turn's thread."""

    def __init__(self, loop: LoopThread, open_stream: Callable[[], Coroutine[Any, Any, "_Opened"]]) -> None:
        self._chunks: queue.SimpleQueue[ModelChunk | ModelUnavailable | None] = queue.SimpleQueue()
        self._call = loop.spawn(self._pump(open_stream))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop the call if it is still running: the connection is closed, nothing more is generated for nobody."""
        self._call.cancel()

    def next(self, wait_s: float) -> ModelChunk | None:
        """See `ModelStream.next`."""
        try:
            item = self._chunks.get(timeout=wait_s)
        except queue.Empty:
            return None
        if item is None:
            raise StopIteration
        if isinstance(item, ModelUnavailable):
            raise item
        return item

    async def _pump(self, open_stream: Callable[[], Coroutine[Any, Any, "_Opened"]]) -> None:
        try:
            async with asyncio.timeout(FIRST_TOKEN_DEADLINE_S):
                first, rest = await _retried(open_stream, FIRST_TOKEN_DEADLINE_S)
            if first is not None:
                self._chunks.put(_chunk(first))
            async for response in rest:
                self._chunks.put(_chunk(response))
            self._chunks.put(None)
        except Exception as error:  # noqa: BLE001 - crosses to the turn's thread, which raises it
            self._chunks.put(translated(error))


_Opened = tuple["GenerateContentResponse | None", AsyncIterator["GenerateContentResponse"]]


async def _open_stream(client: "Client", prompt: Prompt) -> _Opened:
    """Start the call and wait for its first chunk: until then it may be tried again without anybody noticing."""
    from google.genai import types

    tools: Any = _tools(prompt) or None
    config = types.GenerateContentConfig(
        system_instruction=prompt.system,
        max_output_tokens=prompt.max_output_tokens,
        tools=tools,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    contents: Any = list(prompt.contents)
    stream = await client.aio.models.generate_content_stream(model=prompt.model, contents=contents, config=config)
    return await anext(stream, None), stream


async def _retried(call: Callable[[], Coroutine[Any, Any, _Result]], deadline_s: float) -> _Result:
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential
    from tenacity.stop import stop_before_delay

    backoff = wait_random_exponential(multiplier=0.25, max=4)

    def pause(state: "RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(backoff(state), asked_delay_s(error))

    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, Exception) and translated(error).transient),
        wait=pause,
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(deadline_s),
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            return await call()
    raise AssertionError("tenacity raises the last error itself")


def _chunk(response: "GenerateContentResponse") -> ModelChunk:
    """Return what of a response matters. Thoughts are never shown."""
    counted = response.usage_metadata
    used: Usage | None = None
    if counted:
        spoken = (counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0)
        used = Usage(counted.prompt_token_count or 0, spoken)
    if response.prompt_feedback and response.prompt_feedback.block_reason:
        return ModelChunk(finish="blocked", usage=used)
    candidate = response.candidates[0] if response.candidates else None
    parts = (candidate.content.parts if candidate and candidate.content else None) or []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    called = [part.function_call for part in parts if part.function_call]
    calls = tuple(ToolCall(call.name or "", dict(call.args or {}), call.id or "") for call in called)
    # Sent back unchanged: a part may carry a signature without which the service refuses the next call.
    raw = tuple(part.model_dump(mode="json", by_alias=True, exclude_none=True) for part in parts) if calls else ()
    return ModelChunk(text, _finish(candidate.finish_reason if candidate else None), used, calls, raw)


def _tools(prompt: Prompt) -> list[dict[str, Any]]:
    """Return the prompt's functions as one Tool of the service."""
    declared = [
        {"name": tool.name, "description": tool.description, "parameters_json_schema": tool.parameters}
        for tool in prompt.tools
    ]
    return [{"function_declarations": declared}] if declared else []


def _finish(reason: Any) -> Finish:  # noqa: ANN401 - the SDK's enum, which admits values it does not know
    name = getattr(reason, "name", None) or ""
    if name in ("", "FINISH_REASON_UNSPECIFIED"):
        return ""
    return {"STOP": "stop", "MAX_TOKENS": "length"}.get(name, "blocked")  # type: ignore[return-value]


def _typed(space: Space) -> bool:
    return space.model.startswith(_TASK_TYPED)


def _unit(vector: Sequence[float]) -> Vector:
    """Return the vector at length 1: shortened embeddings come unnormalised."""
    length = math.sqrt(sum(number * number for number in vector)) or 1.0
    return [number / length for number in vector]
