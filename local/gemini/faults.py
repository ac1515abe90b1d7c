"""Turns a reply, and the fault a test asked for, into the steps of sending it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from local.gemini import bodies
from local.gemini.bodies import Meta, count_tokens
from local.gemini.control import Fault
from local.gemini.errors import injected
from local.gemini.fields import Json
from local.gemini.speaker import Reply

GARBAGE = b'{"candidates": [{"content'
# Kinds that only make sense after something was said.
_LATE = {"mid_stream_error": 3, "truncate": 3}


class Act(Enum):
    """Steps that send nothing: wait until the client leaves, or cut the connection."""

    HANG = "hang"
    DROP = "drop"


@dataclass(frozen=True)
class Chunk:
    """One JSON body; it takes `tokens` tokens of time."""

    body: Json
    tokens: int = 0


@dataclass(frozen=True)
class Raw:
    """Bytes that go out as they are."""

    data: bytes


Step = Chunk | Raw | Act


def stream_steps(reply: Reply, meta: Meta, fault: Fault | None) -> list[Step]:
    """The chunks of a streamed answer, changed as the fault says."""
    chunks = _chunks(reply, meta)
    if fault is None:
        return [*chunks]
    wanted = fault.after_chunks if fault.after_chunks is not None else _LATE.get(fault.kind, 0)
    # The last chunk holds the finish reason; a stream that breaks never gets there.
    kept = chunks[: min(wanted, len(chunks) - 1)]
    said = sum(chunk.tokens for chunk in kept)
    endings: dict[str, list[Step]] = {
        "hang": [Act.HANG],
        "drop": [Act.DROP],
        "garbage": [Raw(GARBAGE)],
        "truncate": [],
        "empty": [],
        "mid_stream_error": [Chunk(injected(fault.status, fault.retry_delay).body())],
        "safety": [Chunk(bodies.refused(meta, said))],
        "max_tokens": [Chunk(bodies.candidate(meta, None, said, "MAX_TOKENS"))],
        "blocked_prompt": [Chunk(bodies.blocked(meta))],
    }
    if fault.kind == "no_parts_last_chunk":
        return _without_last_parts(reply, meta)
    return [*(kept if fault.kind not in {"empty", "blocked_prompt"} else []), *endings[fault.kind]]


def _without_last_parts(reply: Reply, meta: Meta) -> list[Step]:
    open_ended = Reply(reply.pieces, reply.parts, finish="")
    chunks = _chunks(open_ended, meta)
    said = sum(chunk.tokens for chunk in chunks)
    return [*chunks, Chunk(bodies.candidate(meta, None, said, reply.finish))]


def _chunks(reply: Reply, meta: Meta) -> list[Chunk]:
    """One chunk per piece; the finish reason rides on the last one."""
    if reply.parts or not reply.pieces:
        tokens = sum(count_tokens(str(part)) for part in reply.parts)
        parts = list(reply.parts) or None
        return [Chunk(bodies.candidate(meta, parts, tokens, reply.finish), tokens)]
    chunks: list[Chunk] = []
    said = ""
    for number, piece in enumerate(reply.pieces, start=1):
        before, said = count_tokens(said), said + piece
        finish = reply.finish if number == len(reply.pieces) else None
        body = bodies.candidate(meta, [{"text": piece}], count_tokens(said), finish)
        chunks.append(Chunk(body, count_tokens(said) - before))
    return chunks


def whole_step(reply: Reply, meta: Meta, fault: Fault | None) -> Step:
    """The answer in one body, changed as the fault says."""
    text = "".join(reply.pieces)
    tokens = count_tokens(text) + sum(count_tokens(str(part)) for part in reply.parts)
    parts = [{"text": text}, *reply.parts] if text else list(reply.parts) or None
    if fault is None:
        return Chunk(bodies.candidate(meta, parts, tokens, reply.finish), tokens)
    bare: dict[str, Step] = {
        "hang": Act.HANG,
        "drop": Act.DROP,
        "garbage": Raw(GARBAGE),
        "truncate": Chunk(bodies.candidate(meta, _half(reply.pieces), tokens)),
        "empty": Chunk(bodies.nothing(meta)),
        "safety": Chunk(bodies.refused(meta, 0)),
        "max_tokens": Chunk(bodies.candidate(meta, None, 0, "MAX_TOKENS")),
        "blocked_prompt": Chunk(bodies.blocked(meta)),
        "no_parts_last_chunk": Chunk(bodies.candidate(meta, None, tokens, reply.finish)),
    }
    if fault.kind not in bare:
        raise injected(fault.status, fault.retry_delay)
    return bare[fault.kind]


def _half(pieces: Sequence[str]) -> list[Json]:
    return [{"text": "".join(pieces[: len(pieces) // 2])}]
