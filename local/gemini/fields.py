"""Typed reads of JSON fields; a wrong type is the API's 400. Pure."""

import json
from typing import Any

from local.gemini.casing import normalise
from local.gemini.errors import invalid

Json = dict[str, Any]


def parse_json(raw: bytes) -> Json:
    """The body as an object with camelCase field names. Raises ApiError 400."""
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error
    result: Json = normalise(object_at(body, "body"))
    return result


def object_at(value: object, where: str) -> Json:
    """The value as an object. Raises ApiError 400."""
    if not isinstance(value, dict):
        raise invalid(f"Invalid value at '{where}': an object is expected.")
    return value


def array_at(value: object, where: str) -> list[Any]:
    """The value as a list. Raises ApiError 400."""
    if not isinstance(value, list):
        raise invalid(f"Invalid value at '{where}': a list is expected.")
    return value


def string_at(value: object, where: str) -> str:
    """The value as text. Raises ApiError 400."""
    if not isinstance(value, str):
        raise invalid(f"Invalid value at '{where}' (TYPE_STRING), {json.dumps(value)}")
    return value


def integer_at(value: object, where: str, low: int, high: int) -> int:
    """The value as a whole number in low..high (a float such as 40.0 counts). Raises ApiError 400."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not isinstance(value, int | float) or value != value // 1 or not low <= value <= high:
        raise invalid(f"* {where}: must be {low} to {high}\n")
    return int(value)
