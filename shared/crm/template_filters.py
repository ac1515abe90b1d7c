"""The filters of templates. The library's own are left out where they read a clock or can be made to grow. Pure."""

import datetime as dt
import math
import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any, Final

from liquid.builtin.filters import array, misc, string
from liquid.exceptions import FilterArgumentError

MAX_OUTPUT: Final = 300_000
_LARGEST: Final = 10**15
_DIGITS: Final = 15
_NUMBER = re.compile(r"\s*[+-]?\d{1,15}(\.\d{1,15})?\s*", re.ASCII)

_Filter = Callable[..., Any]
_Number = int | float


def _refused(reason: str) -> FilterArgumentError:
    return FilterArgumentError(reason, token=None)


def _bounded(apply: _Filter) -> _Filter:
    """Keep a chain of filters from growing a text step by step."""

    @wraps(apply)
    def wrapper(value: object, *arguments: object, **options: object) -> object:
        found = apply(value, *arguments, **options)
        if isinstance(found, str | list) and len(found) > MAX_OUTPUT:
            raise _refused("a text becomes too long")
        return found

    return wrapper


def _replace(value: object, old: object, new: object = "") -> str:
    """Replace every occurrence; refused before the work where the result would be too long."""
    text, seen, put = _text(value), _text(old), _text(new)
    if (text.count(seen) + 1) * len(put) > MAX_OUTPUT:
        raise _refused("a text becomes too long")
    return text.replace(seen, put)


def _join(value: object, separator: object = " ") -> str:
    """Join a list's items."""
    items = [_text(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
    between = _text(separator)
    if sum(map(len, items)) + len(items) * len(between) > MAX_OUTPUT:
        raise _refused("a text becomes too long")
    return between.join(items) if items else _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _number(value: object) -> _Number:
    """Return a number, 0 for what is none. Nothing here is so large that working with it takes time."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return value
    return 0


def _calculated(apply: Callable[[Any, Any], Any]) -> _Filter:
    def wrapper(value: object, other: object = 0) -> _Number:
        left, right = _number(value), _number(other)
        if isinstance(left, int) and isinstance(right, int):
            found: _Number = apply(left, right)
        else:
            # As people calculate: 0.1 and 0.2 are 0.3.
            found = float(apply(Decimal(str(left)), Decimal(str(right))))
        if abs(found) > _LARGEST:
            raise _refused("a number becomes too large")
        return found

    return wrapper


def _divided(left: Any, right: Any) -> Any:  # noqa: ANN401 - two whole numbers or two decimals
    if right == 0:
        raise _refused("a number is divided by zero")
    return left // right if isinstance(left, int) else left / right


def _modulo(left: Any, right: Any) -> Any:  # noqa: ANN401 - two whole numbers or two decimals
    if right == 0:
        raise _refused("a number is divided by zero")
    return left % right


def _rounded(value: object, digits: object = 0) -> _Number:
    places = min(max(int(_number(digits)), 0), _DIGITS)
    return round(float(_number(value)), places) if places else math.floor(_number(value) + 0.5)


def _date(value: object, form: object = "%Y-%m-%d") -> str:
    """Write an ISO date or time in another form; what is none stays as it is."""
    text = _text(value)
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return found.strftime(_text(form)[:100])


_OWN: dict[str, _Filter] = {
    "abs": lambda value: abs(_number(value)),
    "at_least": _calculated(max),
    "at_most": _calculated(min),
    "ceil": lambda value: math.ceil(_number(value)),
    "date": _date,
    "divided_by": _calculated(_divided),
    "floor": lambda value: math.floor(_number(value)),
    "join": _join,
    "minus": _calculated(operator.sub),
    "modulo": _calculated(_modulo),
    "plus": _calculated(operator.add),
    "replace": _replace,
    "round": _rounded,
    "times": _calculated(operator.mul),
}
_LIBRARY: tuple[str, ...] = (
    "append", "capitalize", "downcase", "escape", "lstrip", "newline_to_br", "prepend", "remove", "remove_first",
    "remove_last", "replace_first", "replace_last", "rstrip", "split", "squish", "strip", "strip_newlines", "truncate",
    "upcase", "url_encode",
)  # fmt: skip
FILTERS: dict[str, _Filter] = {
    **{name: _bounded(getattr(string, name)) for name in _LIBRARY},
    "slice": _bounded(string.slice_),
    "first": array.first,
    "last": array.last,
    "size": misc.size,
    "default": misc.default,
    **_OWN,
}
