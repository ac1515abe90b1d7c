"""Checks the function-calling turns of a request as the real API does. Pure; faults raise ApiError 400."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from local.gemini.errors import invalid
from local.gemini.request import Content, FunctionCall, FunctionResponse

_PREFIX = b"stand-in thought "


def sign(call: FunctionCall) -> bytes:
    """The thought signature that goes out with a call."""
    return _PREFIX + hashlib.sha256(f"{call.id}:{call.name}".encode()).digest()


def check_turns(contents: Sequence[Content]) -> None:
    """Every call answered one to one, in the next turn; signatures kept in the turn in progress."""
    for before, turn in pairwise([None, *contents]):
        if turn is not None and turn.responses and not (before and before.calls):
            raise invalid("Please ensure that function response turn comes immediately after a function call turn.")
    for turn, after in pairwise([*contents, None]):
        if turn is not None and turn.calls:
            _check_answers(turn, after)
    start = max((n for n, turn in enumerate(contents) if _is_question(turn)), default=0)
    for index, turn in enumerate(contents[start:], start=start):
        if turn.role == "model" and turn.calls:
            _check_signature(turn, index + 1)


def _is_question(turn: Content) -> bool:
    return turn.role == "user" and not turn.responses


def _check_answers(turn: Content, after: Content | None) -> None:
    if after is None or len(after.responses) != len(turn.calls):
        raise invalid(
            "Please ensure that the number of function response parts is equal to the number of "
            "function call parts of the function call turn."
        )
    waiting = list(turn.calls)
    for response in after.responses:
        match = next((call for call in waiting if _answers(response, call)), None)
        if match is None:
            raise invalid(
                f"Function response `{response.name}` (id `{response.id or ''}`) does not match the id and name "
                "of a function call in the preceding turn."
            )
        waiting.remove(match)


def _answers(response: FunctionResponse, call: FunctionCall) -> bool:
    # A response without an id is told by its name; automatic function calling sends those.
    return response.name == call.name and response.id in {call.id, None}


def _check_signature(turn: Content, position: int) -> None:
    first = next(part for part in turn.parts if part.call)
    if first.call and not first.signature:
        raise invalid(
            "Function call is missing a thought_signature in functionCall parts. This is required for tools to "
            "work correctly, and missing thought_signature may lead to degraded model performance. "
            f"Additional data, function call `default_api:{first.call.name}` , position {position}."
        )
    if first.signature and not first.signature.startswith(_PREFIX):
        raise invalid("Corrupted thought signature.")
