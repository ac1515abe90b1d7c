"""Decides whether to call a declared function, and with which arguments.

Pure, given an embedding function; running functions is the client's job.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.gemini.arguments import holds_contact, read_arguments
from local.gemini.composer import Embed
from local.gemini.errors import invalid
from local.gemini.phrases import ASK_STARTS
from local.gemini.question import is_greeting, is_thanks
from local.gemini.reader import Prompt
from local.gemini.request import Declaration, FunctionCall, GenerateRequest
from local.gemini.words import content_words, likeness

# Tuned on the tools of the tests; a call also has to fit better than the best passage answers.
THRESHOLD = 0.42
WORD_WEIGHT = 0.30
CONTACT_BONUS = 0.35
# Asking for details the visitor did not offer needs a better fit than acting on details given.
ASK_THRESHOLD = 0.50


@dataclass(frozen=True)
class Ask:
    """A function fits, but the visitor has not said these arguments yet."""

    names: tuple[str, ...]


def choose(request: GenerateRequest, prompt: Prompt, embed: Embed, rival: float) -> FunctionCall | Ask | None:
    """The call to make, what to ask for first, or None to answer in text.

    `rival` is the score of the text answer (0 if none). Raises ApiError 400 when mode ANY has nothing to call.
    """
    allowed = _allowed(request)
    if request.mode == "NONE" or not allowed:
        return None
    forced = request.mode == "ANY"
    if not forced and (is_greeting(prompt.message) or is_thanks(prompt.message)):
        return None
    message = _with_request(prompt)
    fit, declaration = max(_fits(allowed, message, prompt, embed, rival), key=lambda pair: pair[0])
    arguments, missing = read_arguments(declaration.schema, prompt)
    if forced or (fit >= THRESHOLD and not missing):
        return FunctionCall(declaration.name, arguments, _call_id(declaration.name, arguments, prompt))
    offered = holds_contact(declaration.schema, prompt.message)
    return Ask(tuple(missing)) if fit >= (THRESHOLD if offered else ASK_THRESHOLD) else None


def _with_request(prompt: Prompt) -> str:
    """The message, after the request it completes when the bot has just asked for an argument."""
    asked = prompt.last_reply.startswith(ASK_STARTS)
    return f"{prompt.earlier[-1]} {prompt.message}" if asked and prompt.earlier else prompt.message


def _allowed(request: GenerateRequest) -> Sequence[Declaration]:
    known = {declaration.name for declaration in request.declarations}
    for name in request.allowed:
        if name not in known:
            raise invalid(f"allowed_function_names: {name} is not a declared function.")
    if request.mode == "ANY" and not known:
        raise invalid("Function calling mode is ANY but no function declarations are provided.")
    return [item for item in request.declarations if not request.allowed or item.name in request.allowed]


def _fits(
    declarations: Sequence[Declaration], message: str, prompt: Prompt, embed: Embed, rival: float
) -> list[tuple[float, Declaration]]:
    """How well the message fits each function: cosine, shared words, contact details given.

    Zero where the text answer fits better; details given are no question, so nothing rivals them.
    """
    names = [re.sub(r"[_.:-]+|(?<=[a-z])(?=[A-Z])", " ", item.name).lower() for item in declarations]
    told = [f"{name}. {item.description}" for name, item in zip(names, declarations, strict=True)]
    vectors = embed([message, *told])
    cosines = vectors[1:] @ vectors[0]
    said = content_words(message)
    fits = []
    for declaration, text, cosine in zip(declarations, told, cosines, strict=True):
        share = sum(likeness(word, content_words(text)) for word in said) / max(len(said), 1)
        given = holds_contact(declaration.schema, prompt.message)
        fit = float(cosine) + WORD_WEIGHT * share + (CONTACT_BONUS if given else 0.0)
        beaten = fit < rival and (not given or prompt.message.endswith("?"))
        fits.append((0.0 if beaten else fit, declaration))
    return fits


def _call_id(name: str, arguments: Mapping[str, Any], prompt: Prompt) -> str:
    # From the content, so that a repeated request gets the same answer.
    seed = json.dumps([name, arguments, prompt.said], sort_keys=True, default=str)
    return hashlib.sha256(seed.encode()).hexdigest()[:8]
