"""Decides what the model says to a request: a function call, JSON, or an extractive answer.

Pure, given an embedding function; it must not know how the reply is sent.
"""

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from local.gemini.bodies import call_part, count_tokens
from local.gemini.composer import Answer, Embed, compose, language
from local.gemini.errors import ApiError
from local.gemini.fields import Json
from local.gemini.phrases import phrases_in
from local.gemini.reader import Prompt, read
from local.gemini.request import FunctionCall, GenerateRequest
from local.gemini.structured import Filler
from local.gemini.toolanswer import speak
from local.gemini.tools import Ask, choose
from local.gemini.turns import check_turns, sign

# Scripted text is cut with no regard to words, as a real stream may cut it.
_SCRIPT_SIZES = (3, 1, 4, 2, 5)


@dataclass(frozen=True)
class Reply:
    """Text pieces in order, or the parts of a function call; `finish` is the finish reason."""

    pieces: tuple[str, ...] = ()
    parts: tuple[Json, ...] = ()
    finish: str = "STOP"


def check(request: GenerateRequest) -> None:
    """Refuses what the API refuses before it generates. Raises ApiError."""
    if request.cached_content:
        raise ApiError(403, "CachedContent not found (or permission denied)")
    check_turns(request.contents)


def reply_to(request: GenerateRequest, embed: Embed) -> Reply:
    """What the model says. Raises ApiError 400 for a calling mode that cannot be met."""
    prompt = read(request)
    if responses := request.contents[-1].responses:
        answer = speak(responses, prompt, embed)
    else:
        answer = compose(prompt, embed)
        decision = choose(request, prompt, embed, answer.score if answer.known else 0.0)
        if isinstance(decision, FunctionCall):
            return Reply(parts=(call_part(decision, sign(decision)),))
        if isinstance(decision, Ask):
            answer = _asking(decision, prompt)
    text = _json(request, prompt, answer, embed) if request.json_output else answer.text
    return limited(tuple(re.findall(r"\s*\S+", text)) or ("",), request.max_tokens)


def _asking(ask: Ask, prompt: Prompt) -> Answer:
    names = ", ".join(name.replace("_", " ") for name in ask.names)
    text = phrases_in(language(prompt)).ask.format(names=names)
    return Answer(text, text, 0.0, known=False)


def scripted(text: str, max_tokens: int | None) -> Reply:
    """A literal reply in small pieces that may split a token of markup anywhere."""
    return limited(tuple(_cut(text)) or ("",), max_tokens)


def calling(name: str, args: Mapping[str, Any]) -> Reply:
    """A call nobody chose, with an id of its own."""
    call = FunctionCall(name, args, uuid.uuid4().hex[:8])
    return Reply(parts=(call_part(call, sign(call)),))


def _cut(text: str) -> Iterator[str]:
    sizes = cycle(_SCRIPT_SIZES)
    start = 0
    while start < len(text):
        end = start + next(sizes)
        yield text[start:end]
        start = end


def limited(pieces: tuple[str, ...], max_tokens: int | None) -> Reply:
    """The pieces that fit into `max_tokens`; finish MAX_TOKENS when some do not."""
    if max_tokens is None:
        return Reply(pieces)
    kept: list[str] = []
    for piece in pieces:
        if count_tokens("".join((*kept, piece))) > max_tokens:
            return Reply(tuple(kept), finish="MAX_TOKENS")
        kept.append(piece)
    return Reply(tuple(kept))


def _json(request: GenerateRequest, prompt: Prompt, answer: Answer, embed: Embed) -> str:
    def pick(options: Sequence[str]) -> str:
        """The enum value nearest in meaning to the message."""
        vectors = embed([prompt.message, *(option.replace("_", " ") for option in options)])
        return options[int((vectors[1:] @ vectors[0]).argmax())]

    # Without passages there is nothing to extract from but the message.
    text = answer.best if answer.known or prompt.passages else prompt.message
    schema = request.schema or {"type": "object", "properties": {"answer": {"type": "string"}}}
    return json.dumps(Filler(text, pick, schema).fill(schema), ensure_ascii=False)
