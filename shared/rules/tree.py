"""The checked syntax tree of a condition, read from what the CEL library serialises.

The library shows its tree only as a `cel.expr.CheckedExpr` (google/cel-spec, proto/cel/expr), wrapped in an `Any`.
The few fields that are needed are read here by number, which the format keeps for good: no generated code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "plain", "name", "select", "has", "call", "list", "struct", "loop"]
_Fields = dict[int, list[int | bytes]]
_OVERLOADS, _STRING_VALUE = 3, 6  # field numbers of Reference and Constant
_MORE = 0x80  # the bit of a byte that says another follows


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `offset` counts characters of the condition.

    Args:
        kind: `text` is a literal text, `plain` any other literal; `loop` what all, exists and filter become.
        name: the text, the name, the selected key, the function, or the loop's variable.
        parts: operands in order; of a loop: range, start, condition, step, result.
        offset: where it stands.
        result: the loop's other variable, in which it gathers its result.
    """

    kind: Kind
    name: str = ""
    parts: tuple["Node", ...] = ()
    offset: int = 0
    result: str = ""

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class _Source:
    """What the nodes' ids stand for: the names that are facts, and offsets."""

    names: dict[int, str]
    offsets: dict[int, int]


def read_tree(serialized: bytes) -> Node:
    """Return the tree of a serialised checked expression."""
    checked = _fields(_message(_fields(serialized), 2))
    references = ((key, _fields(value)) for key, value in _map(checked, 2))
    names = {key: _text(value, 1) for key, value in references if _OVERLOADS not in value}
    info = _fields(_message(checked, 5))
    offsets = {_number(entry, 1): _number(entry, 2) for entry in _each(info, 4)}
    return _node(_message(checked, 4), _Source(names, offsets))


def _node(raw: bytes, source: _Source) -> Node:
    expr = _fields(raw)
    number = _number(expr, 2)
    offset = source.offsets.get(number, 0)
    if number in source.names:
        return Node("name", source.names[number], (), offset)
    for field, read in _READERS.items():
        if field in expr:
            return read(_fields(_message(expr, field)), source, offset)
    return Node("plain", "", (), offset)


def _constant(value: _Fields, _source: _Source, offset: int) -> Node:
    return (
        Node("text", _text(value, _STRING_VALUE), (), offset)
        if _STRING_VALUE in value
        else Node("plain", "", (), offset)
    )


def _name(value: _Fields, _source: _Source, offset: int) -> Node:
    return Node("name", _text(value, 1), (), offset)


def _select(value: _Fields, source: _Source, offset: int) -> Node:
    operand = _node(_message(value, 1), source)
    return Node("has" if _number(value, 3) else "select", _text(value, 2), (operand,), offset)


def _call(value: _Fields, source: _Source, offset: int) -> Node:
    return Node("call", _text(value, 2), _nodes(value, (1, 3), source), offset)


def _list(value: _Fields, source: _Source, offset: int) -> Node:
    return Node("list", "", _nodes(value, (1,), source), offset)


def _struct(_value: _Fields, _source: _Source, offset: int) -> Node:
    return Node("struct", "", (), offset)


def _loop(value: _Fields, source: _Source, offset: int) -> Node:
    return Node("loop", _text(value, 1), _nodes(value, (2, 4, 5, 6, 7), source), offset, _text(value, 3))


_READERS = {3: _constant, 4: _name, 5: _select, 6: _call, 7: _list, 8: _struct, 9: _loop}


def _nodes(value: _Fields, numbers: tuple[int, ...], source: _Source) -> tuple[Node, ...]:
    return tuple(_node(item, source) for number in numbers for item in value.get(number, ()) if isinstance(item, bytes))


def _fields(raw: bytes) -> _Fields:
    """Return a message's values by field number (wire format of protocol buffers)."""
    found: _Fields = {}
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        match tag & 7:
            case 0:
                value, at = _varint(raw, at)
                found.setdefault(tag >> 3, []).append(value)
            case 2:
                size, at = _varint(raw, at)
                found.setdefault(tag >> 3, []).append(raw[at : at + size])
                at += size
            case width:  # fixed numbers: literals' values, which nobody asks for
                found.setdefault(tag >> 3, []).append(0)
                at += 8 if width == 1 else 4
    return found


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        value |= (byte & (_MORE - 1)) << shift
        at, shift = at + 1, shift + 7
        if byte < _MORE:
            return value, at


def _number(fields: _Fields, number: int) -> int:
    value = fields.get(number, [0])[-1]
    return value if isinstance(value, int) else 0


def _message(fields: _Fields, number: int) -> bytes:
    value = fields.get(number, [b""])[-1]
    return value if isinstance(value, bytes) else b""


def _text(fields: _Fields, number: int) -> str:
    return _message(fields, number).decode(errors="replace")


def _each(fields: _Fields, number: int) -> Iterator[_Fields]:
    return (_fields(item) for item in fields.get(number, ()) if isinstance(item, bytes))


def _map(fields: _Fields, number: int) -> Iterator[tuple[int, bytes]]:
    return ((_number(entry, 1), _message(entry, 2)) for entry in _each(fields, number))
