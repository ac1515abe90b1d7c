"""Finds answers with the REST stand-in's own brain and a voice model's manners.

Slow at first use: not for the event loop.
"""

import re
from collections.abc import Mapping
from itertools import takewhile

from local.gemini.composer import Embed
from local.gemini.request import FunctionCall, GenerateRequest
from local.gemini.speaker import reply_to
from local.live import manners
from local.live.events import Answer, Calling, Spoken

# Citations are for readers; nobody says them.
_CITATION = re.compile(r"\s*\[\d+\]")


def answer(request: GenerateRequest, embed: Embed) -> Answer:
    """What the model says or calls."""
    # Each function's answer may come in a turn of its own.
    answered = [*takewhile(lambda content: content.responses, reversed(request.contents))]
    if responses := [response for content in reversed(answered) for response in content.responses]:
        said = manners.after(responses)
        return Spoken(said) if said else _replied(request, embed)
    if calls := manners.calls_for(request):
        return Calling(calls)
    found = _replied(request, embed)
    if found == Spoken(manners.UNKNOWN) and (calls := manners.search_for(request)):
        return Calling(calls)
    return found


def _replied(request: GenerateRequest, embed: Embed) -> Answer:
    reply = reply_to(request, embed)
    calls = tuple(_call(part["functionCall"]) for part in reply.parts if "functionCall" in part)
    if calls:
        return Calling(calls)
    return Spoken(_CITATION.sub("", "".join(reply.pieces)).strip())


def _call(part: Mapping[str, object]) -> FunctionCall:
    args = part.get("args")
    return FunctionCall(str(part["name"]), args if isinstance(args, Mapping) else {})
