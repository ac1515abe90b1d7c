"""Cursors: the last item's key, opaque to the caller. Lists ask for one item more to know whether more follow."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from shared.domain.errors import FieldError, Invalid

_Record = TypeVar("_Record")


def page(
    records: Sequence[_Record], limit: int, key: Callable[[_Record], object], show: Callable[[_Record], Any]
) -> dict[str, Any]:
    """Return a page's JSON from up to `limit + 1` records."""
    shown = records[:limit]
    more = len(records) > limit
    return {"items": [show(record) for record in shown], "next_cursor": encode(str(key(shown[-1]))) if more else None}


def text_cursor(cursor: str) -> str:
    """Return the key in a cursor, "" for the first page; Invalid when it is not one of ours."""
    if not cursor:
        return ""
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise invalid_cursor() from None
    if not text.isprintable():
        raise invalid_cursor()
    return text


def number_cursor(cursor: str) -> int | None:
    """Return the number in a cursor, None for the first page."""
    text = text_cursor(cursor)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:  # noqa: PLR2004 - far above any id, below overflow
        raise invalid_cursor()
    return int(text)


def encode(key: str) -> str:
    """Return a cursor for a key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def invalid_cursor() -> Invalid:
    """Return the complaint about a cursor that is not one of ours."""
    return Invalid([FieldError(("cursor",), "cursor: is not one that this API returned")])
