"""Reads request bodies and parameters into validated models; every complaint becomes one of our errors."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shared.domain.errors import FieldError, Invalid, Malformed, TooLarge, UnsupportedMediaType

_Model = TypeVar("_Model")

MAX_DRAINED = 32_000_000
_UNREADABLE = ("json_invalid", "json_type")


def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the whole body.

    Raises:
        TooLarge: more than `max_bytes`, by its length or while reading.
        Malformed: it ended early.
    """
    request.max_content_length = max_bytes + 1  # of an unannounced length, werkzeug cuts silently at its limit
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        body = None
    except HTTPException:
        raise Malformed("The body ended early.") from None
    if body is None or len(body) > max_bytes:
        drain(request)
        raise TooLarge(f"The body may have at most {max_bytes} bytes.")
    return body


def drain(request: Request) -> None:
    """Read and forget what is left of a body, up to a limit.

    A connection that is closed on unread data is reset, and the client never sees the answer.
    """
    stream, left = request.environ["wsgi.input"], MAX_DRAINED
    while left > 0:
        piece = stream.read(min(left, 65_536))
        if not piece:
            return
        left -= len(piece)


def read_json(request: Request, adapter: TypeAdapter[_Model], max_bytes: int) -> _Model:
    """Return the JSON body as the adapter's type.

    Raises:
        UnsupportedMediaType: the content type is not JSON.
        Malformed: the bytes are not JSON.
        Invalid: the JSON breaks a rule of the type.
    """
    media_type = request.mimetype
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    body = read_body(request, max_bytes)
    return validated(lambda: adapter.validate_json(body))


def read_query(request: Request, adapter: TypeAdapter[_Model]) -> _Model:
    """Return the query parameters as the adapter's type; a repeated one is an error."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise Invalid([FieldError((repeated[0],), f"'{repeated[0]}' is given more than once")])
    return validated(lambda: adapter.validate_python(request.args.to_dict()))


def validated(validate: Callable[[], _Model]) -> _Model:
    """Return what `validate` returns; pydantic's complaints become Malformed or Invalid."""
    try:
        return validate()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        if problems[0]["type"] in _UNREADABLE:
            raise Malformed("The body is not valid JSON.") from None
        raise Invalid([_field_error(problem) for problem in problems[:50]]) from None


def _field_error(problem: Any) -> FieldError:  # noqa: ANN401 - pydantic's ErrorDetails
    path = tuple(problem["loc"])
    sentence = problem["msg"].removeprefix("Value error, ")
    name = ".".join(str(part) for part in path)
    return FieldError(path, f"{name}: {sentence}" if name else sentence)
