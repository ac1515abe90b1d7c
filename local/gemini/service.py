"""Serves one call of a model method: checks it, computes the answer off the event loop, sends it.

It must not know about routes.
"""

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from local.gemini import faults
from local.gemini.bodies import Meta, contents_tokens, prompt_tokens
from local.gemini.control import BATCH, COUNT, SINGLE, STREAM, UNARY, Control, Fault, ScriptedCall
from local.gemini.delivery import ARRAY, SSE, Delivery
from local.gemini.embedding import batch_json, parse_batch, parse_item, single_json
from local.gemini.errors import injected, invalid, model_not_found, publisher_model_not_found
from local.gemini.exchange import Exchange
from local.gemini.fields import Json, object_at, parse_json
from local.gemini.journal import Entry, Journal
from local.gemini.models import find
from local.gemini.request import EmbedItem, GenerateRequest
from local.gemini.speaker import Reply, calling, check, reply_to, scripted
from local.gemini.vectors import Vectors
from local.gemini.wire import parse_contents, parse_generate

# A batch up to this size shares the thread of the chat answers; a larger one must not delay them.
QUICK_BATCH = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """Which method of which model was called; `resource` is the full name on Vertex, else empty."""

    method: str
    model: str
    version: str
    sse: bool = False
    resource: str = ""


@dataclass
class Service:
    """The stand-in's state and threads."""

    control: Control
    journal: Journal = field(default_factory=Journal)
    vectors: Vectors = field(default_factory=Vectors)
    quick: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "quick"))
    bulk: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "bulk"))

    async def warm_up(self) -> None:
        """Loads the model. Raises WeightsMissingError."""
        await self._run(self.quick, lambda: self.vectors.embed(["warm up"]))

    def close(self) -> None:
        """Stops the threads."""
        self.quick.shutdown(wait=False, cancel_futures=True)
        self.bulk.shutdown(wait=False, cancel_futures=True)

    async def serve(self, call: Call, exchange: Exchange, entry: Entry, raw: bytes) -> None:
        """Answers the call. Raises ApiError or ClientGoneError."""
        body = parse_json(raw)
        entry.body = body
        if find(call.model, call.version, call.method) is None:
            if call.resource:
                raise publisher_model_not_found(call.resource)
            raise model_not_found(call.model, call.version, call.method)
        if call.method in {STREAM, UNARY}:
            await self._generate(call, exchange, entry, body)
        else:
            await self._compute(call, exchange, entry, body)

    async def _generate(self, call: Call, exchange: Exchange, entry: Entry, body: Json) -> None:
        request = parse_generate(body)
        check(request)
        settings = self.control.settings
        fault = self._fault(call.method)
        reply = await self._reply(request)
        meta = Meta(call.model, uuid.uuid4().hex[:22], prompt_tokens(request))
        delivery = Delivery(exchange, entry, settings)
        if call.method == UNARY:
            await delivery.whole(faults.whole_step(reply, meta, fault))
        else:
            framing = SSE if call.sse else ARRAY
            await delivery.stream(faults.stream_steps(reply, meta, fault), framing)

    async def _reply(self, request: GenerateRequest) -> Reply:
        script = self.control.take_script()
        if isinstance(script, ScriptedCall):
            return calling(script.name, script.args)
        if script is not None:
            return scripted(script, request.max_tokens)
        return await self._run(self.quick, lambda: reply_to(request, self.vectors.embed))

    async def _compute(self, call: Call, exchange: Exchange, entry: Entry, body: Json) -> None:
        """Methods that answer at once: embeddings and token counts."""
        work, size = self._work(call, body)
        fault = self._fault(call.method)
        if fault is None:
            text = await self._run(self.quick if size <= QUICK_BATCH else self.bulk, work)
            await exchange.answer(200, text)
            entry.chunks_sent, entry.finished = 1, True
            return
        steps: dict[str, faults.Step] = {
            "hang": faults.Act.HANG,
            "drop": faults.Act.DROP,
            "garbage": faults.Raw(faults.GARBAGE),
        }
        delivery = Delivery(exchange, entry, self.control.settings)
        await delivery.whole(steps.get(fault.kind, faults.Raw(b"{}")))

    def _work(self, call: Call, body: Json) -> tuple[Callable[[], str], int]:
        """What to compute, and for how many texts. Raises ApiError 400."""
        if call.method == COUNT:
            inner = object_at(body.get("generateContentRequest") or body, "generate_content_request")
            count = contents_tokens(parse_contents(inner))
            return (lambda: f'{{"totalTokens":{count}}}'), 0
        items = parse_batch(body) if call.method == BATCH else (parse_item(body),)
        for item in items:
            if item.model not in {None, call.model}:
                raise invalid("* BatchEmbedContentsRequest.requests.model: must match the model of the call\n")
        single = call.method == SINGLE
        return (lambda: self._embedded(items, single=single)), len(items)

    def _embedded(self, items: tuple[EmbedItem, ...], *, single: bool) -> str:
        vectors = self.vectors.embed([item.text for item in items])
        return single_json(vectors[0], items[0]) if single else batch_json(list(vectors), items)

    def _fault(self, method: str) -> Fault | None:
        fault = self.control.take_fault(method)
        if fault is not None and fault.kind == "status":
            raise injected(fault.status, fault.retry_delay)
        return fault

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)
