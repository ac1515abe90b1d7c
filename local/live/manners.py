"""What a voice model does besides answering from facts: notes details, looks things up, puts through, says goodbye.

Pure. It tells functions by their shape and name, and must not know whose functions they are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.gemini.arguments import read_arguments
from local.gemini.phrases import phrases_in
from local.gemini.question import is_thanks
from local.gemini.reader import Prompt, read
from local.gemini.request import Declaration, FunctionCall, FunctionResponse, GenerateRequest

_DETAIL = re.compile(
    r"e?_?-?mail(_?address)?|(tele)?phone(_?number)?|mobile|(full|first|last|your)?_?name", re.IGNORECASE
)
_GOODBYE = re.compile(r"\b(?:good)?bye\b|\bthat(?:'s| is| was) all\b|\bhang up\b", re.IGNORECASE)
_PERSON = re.compile(
    r"\b(?:speak|talk|put me through|transfer|connect)\b.{0,30}?"
    r"\b(?:person|human|someone|somebody|agent|colleague|staff)\b"
    r"|\breal (?:person|human)\b",
    re.IGNORECASE,
)
# An address as it is said; it begins after the word that announces it.
_SPOKEN_ADDRESS = re.compile(r"\be?-?mail\b.{0,20}?\bis ((?:[\w.]+ )+at (?:[\w.]+ )+dot \w+)", re.IGNORECASE)
_LINK = re.compile(r"\b(?:text|send)\b.{0,30}?\blink\b", re.IGNORECASE)
# What is said when a function did what its name says.
_DONE = (
    ("transfer", "One moment, I will put you through."),
    ("end_call", "Thank you for calling. Goodbye!"),
    ("hang_up", "Thank you for calling. Goodbye!"),
    ("link", "I have sent you the link."),
    ("capture", "Thank you, I have noted that."),
)
_FAILED = (("transfer", "I am afraid nobody can come to the phone now. Shall I take a message?"),)
UNKNOWN = phrases_in("en").unknown


def calls_for(request: GenerateRequest) -> tuple[FunctionCall, ...]:
    """The functions the last message plainly asks for; none for an ordinary question."""
    prompt = read(request)
    message = prompt.message
    offered = request.declarations
    if details := tuple(_details(offered, prompt)):
        return details
    if _PERSON.search(message) and (found := _named(offered, "transfer")):
        return (FunctionCall(found.name, _filled(found, message)),)
    if _LINK.search(message) and (found := _named(offered, "link")):
        return (FunctionCall(found.name, _filled(found, message)),)
    over = _GOODBYE.search(message) and (is_thanks(message) or len(message.split()) <= 8)  # noqa: PLR2004
    if over and (found := _named(offered, "end_call", "hang_up")):
        return (FunctionCall(found.name, {}),)
    return ()


def search_for(request: GenerateRequest) -> tuple[FunctionCall, ...]:
    """The look-up to try before saying that one does not know."""
    message = read(request).message
    found = next((item for item in request.declarations if list(_properties(item)) == ["query"]), None)
    return (FunctionCall(found.name, {"query": message}),) if found and message else ()


def after(responses: Sequence[FunctionResponse]) -> str:
    """What to say when functions have run; '' when their answer is to be told. What one wants said is said."""
    wanted = [str(item.response["message"]) for item in responses if item.response.get("message")]
    if wanted:
        return " ".join(wanted)
    for item in responses:
        failed = bool(item.response.get("error"))
        for part, text in _FAILED if failed else _DONE:
            if part in item.name:
                return text
        if failed and "search" in item.name:
            return UNKNOWN
    return ""


def _details(offered: Sequence[Declaration], prompt: Prompt) -> Iterator[FunctionCall]:
    """A call for each detail in the message that a function with `field` and `value` takes."""
    # What was said before has been noted before.
    fresh = Prompt(prompt.message, last_reply=prompt.last_reply)
    for item in offered:
        properties = _properties(item)
        if not {"field", "value"} <= properties.keys():
            continue
        names = [name for name in properties["field"].get("enum") or () if _DETAIL.fullmatch(str(name))]
        given, _ = read_arguments({"properties": {name: {"type": "string"} for name in names}}, fresh)
        spelled = _SPOKEN_ADDRESS.search(prompt.message)
        if spelled and "email" in names and "email" not in given:
            given = {**given, "email": _written(spelled[1])}
        for name, value in given.items():
            yield FunctionCall(item.name, {"field": name, "value": value})


def _written(said: str) -> str:
    """Return an address as a model writes down what it heard."""
    for word, sign in ((" at ", "@"), (" dot ", "."), (" dash ", "-"), (" ", "")):
        said = said.replace(word, sign)
    return said


def _named(offered: Sequence[Declaration], *parts: str) -> Declaration | None:
    return next((item for item in offered if any(part in item.name for part in parts)), None)


def _filled(item: Declaration, message: str) -> dict[str, Any]:
    """Arguments: the first of the values allowed, or the message."""
    return {
        name: next(iter(shape.get("enum") or ()), message)
        for name, shape in _properties(item).items()
        if isinstance(shape, Mapping)
    }


def _properties(item: Declaration) -> Mapping[str, Any]:
    found = item.schema.get("properties")
    return found if isinstance(found, Mapping) else {}
