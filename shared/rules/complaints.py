"""What is wrong with a condition, in words for its owner: the library's messages are for programmers. Pure."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from shared.rules.facts import FACTS

FUNCTIONS = ("size", "contains", "startsWith", "endsWith", "int", "double", "string")
LOOPS = ("has", "all", "exists", "exists_one", "filter")
TOO_DEEP = "is nested too deeply: split it into two rules"
_SHOWN = 200
_TYPES = {
    "string": "a text", "int": "a whole number", "uint": "a whole number", "double": "a decimal number",
    "bool": "true or false", "null_type": "nothing", "bytes": "bytes", "dyn": "a value", "type": "a type",
}  # fmt: skip
_INSTEAD = {"and": "&&", "or": "||", "not": "!", "=": "==", "AND": "&&", "OR": "||", "NOT": "!", "&": "&&", "|": "||"}
_OTHER_FUNCTIONS = {
    "matches": "contains, startsWith and endsWith are there instead",
    "map": "all, exists and filter are there instead",
    "lowerAscii": "message.plain is the message in small letters",
    "lower": "message.plain is the message in small letters",
}


class Position(NamedTuple):
    """Where in a condition, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class RuleError(ValueError):
    """A condition that cannot be used: what is wrong, and where."""

    def __init__(self, message: str, position: Position = Position(1, 1)) -> None:  # noqa: B008 - it is immutable
        super().__init__(f"{message} ({position})")
        self.message = message
        self.position = position


def position(text: str, offset: int) -> Position:
    """Return the line and column of the character at `offset`."""
    before = text[:offset]
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n"))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint at what `name` is probably meant to be; "" when nothing is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f": did you mean {near[0]}?" if near else ""


def not_a_fact(name: str) -> str:
    """Return what to say of a name that no fact has."""
    parts = [fact.name for fact in FACTS if fact.name.startswith(f"{name}.")]
    if parts:
        return f"'{name}' is several facts: use {', '.join(parts)}"
    return f"'{name}' is not a fact{did_you_mean(name, (fact.name for fact in FACTS))}"


def translate(report: str, text: str) -> RuleError:
    """Return the library's report of errors as the one that helps most."""
    found = [(int(line), int(column), what) for line, column, what in _line().findall(report) if int(line) > 0]
    if not found or "recursion" in report:
        return RuleError(TOO_DEEP if "recursion" in report else f"cannot be read: {report[:_SHOWN]}")
    calls = [item for item in found if item[2].startswith("undeclared") and _at(text, item[0], item[1]) == "("]
    line, column, what = (calls or found)[0]
    for pattern, say in _sayings():
        if match := pattern.search(what):
            message, back = say(match, text, Position(line, column))
            return RuleError(message, Position(line, max(column - back, 1)))
    return RuleError(what[:_SHOWN], Position(line, column))


_Saying = Callable[[re.Match[str], str, Position], tuple[str, int]]


def _undeclared(match: re.Match[str], text: str, where: Position) -> tuple[str, int]:
    name = match[1]
    if _at(text, *where) == "(":
        hint = _OTHER_FUNCTIONS.get(name)
        near = (
            f": {hint}" if hint else did_you_mean(name, (*FUNCTIONS, *LOOPS)) or f": there are {', '.join(FUNCTIONS)}"
        )
        return f"there is no function '{name}'{near}", len(name)
    # The library points at the last dot of a dotted name.
    return not_a_fact(name), len(name.rpartition(".")[0])


def _overload(match: re.Match[str], _text: str, _where: Position) -> tuple[str, int]:
    function, types = match[1], [_typed(part) for part in _split(match[2])]
    operator = function.replace("_", "").removeprefix("@")
    if function == "_[_]":
        return f"{types[0]} has no entry by {types[1]}", 0
    if function == "_?_:_":
        return "the two outcomes of '? :' have to be of the same kind, after something that is true or false", 0
    if function in ("!_", "-_"):
        return f"'{operator}' does not go with {types[0]}", 0
    if function in FUNCTIONS:
        return f"'{function}' does not go with {' and '.join(types)}", 0
    return f"'{operator}' does not go with {' and '.join(types)}{_number_hint(types)}", 0


def _number_hint(types: list[str]) -> str:
    if {"a decimal number", "a whole number"} == set(types):
        return ": write a decimal number such as 1.0"
    if "a text" in types and set(types) & {"a decimal number", "a whole number"}:
        return ": use double(...) to read a text as a number, or put the number in quotes"
    return ""


def _no_parts(match: re.Match[str], _text: str, _where: Position) -> tuple[str, int]:
    return f"{_typed(match[1])} has nothing after a dot", 0


def _unexpected(match: re.Match[str], _text: str, _where: Position) -> tuple[str, int]:
    found = match[1].strip()
    if found == "<EOF>":
        return "the condition ends too early: something is missing", 0
    if found in _INSTEAD:
        return f"'{found}' is written {_INSTEAD[found]} here", 0
    return f"'{found}' is not expected here", 0


def _no_token(match: re.Match[str], _text: str, _where: Position) -> tuple[str, int]:
    token = match[1].strip()
    if token[:1] in "“”„«»‘’":
        return 'texts stand between straight quotes: "..."', 0
    if token[:1] in "\"'":
        return "a text has no end: its closing quote is missing", 0
    if token in _INSTEAD:
        return f"'{token}' is written {_INSTEAD[token]} here", 0
    return f"'{token[:20]}' means nothing here: texts stand between quotes", 0


def _absent(match: re.Match[str], _text: str, _where: Position) -> tuple[str, int]:
    return f"a '{match[1]}' is missing here", 0


def _as_it_is(message: str) -> _Saying:
    return lambda _match, _text, _where: (message, 0)


@cache
def _sayings() -> tuple[tuple[re.Pattern[str], _Saying], ...]:
    sayings: tuple[tuple[str, _Saying], ...] = (
        (r"^undeclared reference to '([^']*)'", _undeclared),
        (r"^found no matching overload for '([^']*)' applied to '\((.*)\)'", _overload),
        (r"^expression of type '([^']*)' cannot be the operand of a select", _no_parts),
        (r"^expression of type '[^']*' cannot be the range", _as_it_is("only lists and maps can be gone through")),
        (r"token recognition error at: '(.*?)'?$", _no_token),
        (r"(?:mismatched|extraneous) input '(.*?)' expecting", _unexpected),
        (r"missing '(.+?)' at ", _absent),
        (r"no viable alternative at input '.*?(\S{1,20})'$", _unexpected),
        (r"^reserved identifier: (\w+)", _unexpected),
        (r"has\(\) argument must be", _as_it_is("has() is for a key, such as has(fields.email)")),
        (
            r"variable name must be a simple identifier",
            _as_it_is("a loop begins with a name of your own"),
        ),
    )
    return tuple((re.compile(pattern), say) for pattern, say in sayings)


@cache
def _line() -> re.Pattern[str]:
    return re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")


def _at(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    return lines[line - 1][column - 1 : column] if 0 < line <= len(lines) else ""


def _typed(name: str) -> str:
    if name.startswith(("list", "map")):
        return "a list" if name.startswith("list") else "a map"
    return _TYPES.get(name, name)


def _split(types: str) -> list[str]:
    """Split `string, map(string, dyn)` at its outer commas."""
    parts, depth = [""], 0
    for char in types:
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]
