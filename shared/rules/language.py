"""Conditions: CEL (github.com/google/cel-spec) through Google's own library, held to what a turn can afford.

`compile_condition` checks everything before a condition is ever used: grammar, types, that every name is a fact, and
that its largest cost is bounded. There are no regular expressions and nothing that makes lists longer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from shared.domain.rules import MAX_CONDITION_CHARS
from shared.rules.complaints import FUNCTIONS, LOOPS, RuleError, did_you_mean, not_a_fact, position, translate
from shared.rules.facts import FACTS, FactType, fact_by_name
from shared.rules.survey import MAX_COST, Mention, Survey, survey
from shared.rules.tree import Node, read_tree

_SHOWN = 80
_KEPT = 1024  # compiled conditions, of 10 kB to 130 kB
# The library's own types: it publishes stubs, but without the mark that they are to be used.
_Program = Any
_Activation = Any
_Cel = Any
_OPERATORS = (
    "_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "_+_", "_-_", "_*_", "_/_", "_%_", "-_", "_[_]", "@in",
    "@not_strictly_false",
)  # fmt: skip
# Declared one by one: the library would compare `sentiment.score < 0` (a decimal with a whole number), its checker not.
_COMPARISONS = {"_<_": "less", "_<=_": "less_equals", "_>_": "greater", "_>=_": "greater_equals"}
_COMPARED = (
    ("int64", "int64"), ("double", "double"), ("string", "string"), ("double", "int64"), ("int64", "double"),
)  # fmt: skip
_FAILURES = {
    "divide by zero": "it divides by zero",
    "modulus by zero": "it divides by zero",
    "cannot convert": "it reads a text as a number that is none",
    "out of": "a number gets too large",
    "overflow": "a number gets too large",
    "Index error": "it asks for a place that a list does not have",
    "No matching overload": "it compares values of different kinds, such as a text with a number",
    "Invalid container": "it asks for a part of something that has none",
    "SELECT": "it asks for a part of something that has none",
}


@dataclass(frozen=True)
class Unknown:
    """What a condition needs and nobody knows: a fact, or a key of one."""

    name: str


@dataclass(frozen=True)
class Failed:
    """Why a condition could not be decided."""

    because: str


@dataclass(frozen=True)
class Condition:
    """A checked condition.

    Args:
        facts: the facts it needs.
        names: the same as its owner wrote them, `fields.email`.
        mentions: literal texts that stand for a fact's values or keys.
        cost: what evaluating may cost at most, in units of survey.py, beside making the facts.
    """

    text: str
    facts: tuple[str, ...]
    names: tuple[str, ...]
    mentions: tuple[Mention, ...]
    cost: int
    program: _Program = field(repr=False, compare=False)

    def decide(self, known: _Activation) -> bool | Unknown | Failed:
        """Return whether it is true of what is known; never raises."""
        try:
            value = self.program.eval(known).value()  # true, false, or the words of an error
        except RuntimeError as error:
            return Failed(_why(str(error)))
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and (missing := _missing().search(value)):
            return Unknown(self._as_written(missing[1] or missing[2]))
        return Failed(_why(str(value)))

    def _as_written(self, missing: str) -> str:
        """Return the missing fact, or the missing key with its map where that is plain."""
        if missing in self.facts:
            return missing
        maps = [name for name in self.facts if "by name" in fact_by_name()[name].type]
        near = [name for name in self.names if name.endswith(f".{missing}")]
        return (near or [f"{name}.{missing}" for name in maps if len(maps) == 1] or [missing])[0][:_SHOWN]


def activation(known: Mapping[str, object]) -> _Activation:
    """Return facts as `Condition.decide` takes them; what is None is not known."""
    return _environment().Activation({name: value for name, value in known.items() if value is not None})


def compile_condition(text: str) -> Condition:
    """Return `text` checked and ready.

    Raises:
        RuleError: with a sentence for its owner and the position.
    """
    found = check_condition(text)
    if isinstance(found, RuleError):
        raise RuleError(found.message, found.position)  # a new one: a raised error grows a traceback
    return found


def check_condition(text: str) -> Condition | RuleError:
    """Return `text` checked and ready, or what is wrong with it."""
    if len(text) > MAX_CONDITION_CHARS:
        return RuleError(f"has more than {MAX_CONDITION_CHARS} characters", position(text, MAX_CONDITION_CHARS))
    return _checked(text)


@lru_cache(maxsize=_KEPT)
def _checked(text: str) -> Condition | RuleError:
    try:
        program = _compiled(text)
        found = survey(read_tree(program.serialize()))
        _check(text, program, found)
    except RuleError as error:
        return error.with_traceback(None)
    return Condition(text, tuple(found.facts), tuple(found.names), tuple(found.mentions), found.cost, program)


def _compiled(text: str) -> _Program:
    """Return the library's program, planned: its first evaluation would cost more than all others."""
    try:
        text.encode()
        program = _environment().compile(text)
        program.eval(activation({}))
    except UnicodeEncodeError as error:
        raise RuleError("has a character that is none", position(text, error.start)) from None
    except RuntimeError as error:
        raise _misused_has(text) or translate(str(error), text) from None
    return program


def _check(text: str, program: _Program, found: Survey) -> None:
    for node in found.strangers:
        what = not_a_fact(node.name) if node.name else "maps in braces are not available"
        raise RuleError(what, position(text, _start(text, node)))
    if program.return_type() != _types()["true or false"]:
        what = 'gives a value, not true or false: compare it with something, such as state == "new"'
        raise _misused_has(text) or RuleError(what)
    for mention in found.mentions:
        values = fact_by_name()[mention.fact].values
        if values and mention.value not in values:
            hint = did_you_mean(mention.value, values) or f": it is one of {', '.join(values)}"
            what = f"{mention.fact} is never '{mention.value}'{hint}"
            raise RuleError(what, position(text, mention.offset))
    if found.cost + found.handing > MAX_COST:
        what = "may take too long: it goes through lists within lists, or through too many"
        raise RuleError(what, position(text, found.dearest))


def _start(text: str, node: Node) -> int:
    """The library points at the last dot of a dotted name."""
    start = node.offset - len(node.name.rpartition(".")[0])
    return start if text.startswith(node.name, start) else node.offset


def _misused_has(text: str) -> RuleError | None:
    """Return what to say of has(page.url): the library takes it for page.url itself and complains of the outcome."""
    for match in re.finditer(r"\bhas\(\s*([a-z_.]+)\s*\)", text):
        if match[1] in fact_by_name():
            what = f"has() is for a key, such as has(fields.email); compare {match[1]} itself with something"
            return RuleError(what, position(text, match.start()))
    return None


def _why(report: str) -> str:
    return next((because for sign, because in _FAILURES.items() if sign in report), "it could not be worked out")


@cache
def _missing() -> re.Pattern[str]:
    return re.compile(r'No value with name "([^"]*)"|Key not found in map : "([^"]*)"')


@cache
def _library() -> _Cel:
    from cel_expr_python import cel  # type: ignore[import-untyped]

    return cel


@cache
def _environment() -> _Cel:
    cel = _library()
    functions = (*_OPERATORS, *FUNCTIONS)
    config = "\n".join((
        "name: rules",
        "stdlib:",
        f"  include_macros: [{', '.join(LOOPS)}]",
        "  include_functions:",
        *(f'    - name: "{name}"' for name in functions),
    ))  # fmt: skip
    return cel.NewEnv(
        config=cel.NewEnvConfigFromYaml(config),
        variables={fact.name: _types()[fact.type] for fact in FACTS},
        functions=[_comparison(operator, name) for operator, name in _COMPARISONS.items()],
    )


def _comparison(operator: str, name: str) -> _Cel:
    cel = _library()
    kinds = {"int64": cel.Type.INT, "double": cel.Type.DOUBLE, "string": cel.Type.STRING}
    return cel.FunctionDecl(operator, [
        cel.Overload(
            f"{name}_{one}" if one == other else f"{name}_{one}_{other}",
            return_type=cel.Type.BOOL,
            parameters=[kinds[one], kinds[other]],
        )
        for one, other in _COMPARED
    ])  # fmt: skip


@cache
def _types() -> Mapping[FactType, Any]:
    kinds = _library().Type
    return {
        "text": kinds.STRING,
        "whole number": kinds.INT,
        "number": kinds.DOUBLE,
        "true or false": kinds.BOOL,
        "list of texts": kinds.List(kinds.STRING),
        "texts by name": kinds.Map(kinds.STRING, kinds.STRING),
        "values by name": kinds.Map(kinds.STRING, kinds.DYN),
    }
