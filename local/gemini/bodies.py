"""Response bodies of the generation calls, and the token counts in them. Pure."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.gemini.fields import Json
from local.gemini.request import Content, FunctionCall, GenerateRequest

CHARS_PER_TOKEN = 4


def count_tokens(text: str) -> int:
    """About one token per four characters, at least one for any text."""
    return -(-len(text) // CHARS_PER_TOKEN)


def contents_tokens(contents: Sequence[Content]) -> int:
    """Tokens of all turns."""
    return sum(count_tokens(turn.text) + sum(map(_part_tokens, (*turn.calls, *turn.responses))) for turn in contents)


def _part_tokens(part: object) -> int:
    return count_tokens(str(part))


def prompt_tokens(request: GenerateRequest) -> int:
    """Tokens of the whole request: turns, system instruction, declared functions."""
    declared = sum(count_tokens(f"{item.name}{item.description}{item.schema}") for item in request.declarations)
    return contents_tokens(request.contents) + count_tokens(request.system) + declared


@dataclass(frozen=True)
class Meta:
    """What every body of one answer repeats."""

    model: str
    response_id: str
    prompt_tokens: int


def usage(meta: Meta, answered: int) -> Json:
    """The usageMetadata with `answered` candidate tokens."""
    details = [{"modality": "TEXT", "tokenCount": meta.prompt_tokens}]
    counts: Json = {"promptTokenCount": meta.prompt_tokens, "promptTokensDetails": details}
    if answered:
        counts["candidatesTokenCount"] = answered
    return counts | {"totalTokenCount": meta.prompt_tokens + answered}


def candidate(meta: Meta, parts: Sequence[Json] | None, answered: int, finish: str | None = None) -> Json:
    """A whole answer or one chunk. `parts` None leaves `parts` out, as the last chunk sometimes does."""
    content: Json = {"role": "model"}
    if parts is not None:
        content = {"parts": list(parts)} | content
    entry: Json = {"content": content, "index": 0}
    if finish:
        entry["finishReason"] = finish
    return {"candidates": [entry]} | _closing(meta, answered)


def refused(meta: Meta, answered: int) -> Json:
    """A candidate stopped for safety, without content."""
    rating = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}
    entry: Json = {"finishReason": "SAFETY", "index": 0, "safetyRatings": [rating]}
    return {"candidates": [entry]} | _closing(meta, answered)


def blocked(meta: Meta) -> Json:
    """A prompt that was not let through: no candidates."""
    return {"promptFeedback": {"blockReason": "SAFETY"}} | _closing(meta, 0)


def nothing(meta: Meta) -> Json:
    """An answer with neither candidates nor feedback."""
    return _closing(meta, 0)


def _closing(meta: Meta, answered: int) -> Json:
    return {
        "usageMetadata": usage(meta, answered),
        "modelVersion": meta.model,
        "responseId": meta.response_id,
    }


def call_part(call: FunctionCall, signature: bytes | None) -> Json:
    """A functionCall part; only the first of a turn carries a signature."""
    args: Mapping[str, object] = call.args
    part: Json = {"functionCall": {"id": call.id, "name": call.name, "args": dict(args)}}
    if signature is not None:
        part["thoughtSignature"] = base64.b64encode(signature).decode()
    return part
