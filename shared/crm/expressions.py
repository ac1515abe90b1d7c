"""JMESPath expressions of owners, which point at a value of an answer: checked once, bounded, never raising. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from pydantic import AfterValidator, StringConstraints

MAX_CHOICES: Final = 8
# What is of use to point at a value; sorting and mapping are not.
_FUNCTIONS: Final = (
    "contains", "ends_with", "join", "keys", "length", "not_null", "starts_with", "to_array", "to_number", "to_string",
    "type", "values",
)  # fmt: skip
# What the library raises for an expression, or for one that does not fit the answer.
_MISFITS: Final = (
    JMESPathError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError
)  # fmt: skip


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> ParsedResult:
    return jmespath.compile(expression)


def _is_modest(node: Mapping[str, Any]) -> bool:
    """Whether an expression's answer cannot grow with every step of it: `[@, @][]` again and again would."""
    nodes, functions, choices = [node], 0, 0
    for item in nodes:
        children = [child for child in item.get("children", ()) if isinstance(child, dict)]
        nodes += children
        if item["type"] == "function_expression":
            functions += 1
            # A glue from the answer would stand between all of its items.
            if item["value"] not in _FUNCTIONS or (item["value"] == "join" and children[0]["type"] != "literal"):
                return False
        choices += len(children) if item["type"].startswith("multi_select") else 0
    return functions <= MAX_CHOICES and choices <= MAX_CHOICES


def _expression(text: str) -> str:
    try:
        modest = _is_modest(_parsed(text).parsed)
    except _MISFITS:
        raise ValueError(f"'{text[:80]}' is not a JMESPath expression") from None
    if not modest:
        raise ValueError(f"'{text[:80]}' does too much: only {', '.join(_FUNCTIONS)}, and at most {MAX_CHOICES} [a, b]")
    return text


def searched(expression: str, data: object) -> Any:  # noqa: ANN401 - any JSON
    """Return what an expression finds in an answer; None also where it does not fit the answer."""
    try:
        return _parsed(expression).search(data)
    except _MISFITS:
        return None


JmesPath = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_expression)]
