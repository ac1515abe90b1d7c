"""What a condition names and what it may cost at most, both read from its tree. Pure.

A unit of cost is 20 to 40 nanoseconds at worst. Every value has a largest size (facts.py), so every loop and comparison
has a largest price; a condition above MAX_COST is refused when it is saved, and no evaluation needs a clock. MAX_COST
is also below what the library's own limit of 10 000 loop steps allows: each step costs at least six units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.rules.facts import LIST_IN_A_MAP, Fact, fact_by_name
from shared.rules.tree import Node

MAX_COST = 60_000
_CHUNK = 100  # characters that count as one element
_SEARCH = 5  # a text may have to be compared at every place of the other: per pair of chunks, and two to begin with


class Size(NamedTuple):
    """At most `items` elements of at most `each` chunks; a number, true and false have none. Maps have short keys."""

    items: int
    each: int
    by_name: bool = False

    @property
    def total(self) -> int:
        """All chunks."""
        return self.items * self.each

    def element(self) -> "Size":
        """Return the size of one element, which may itself be a list."""
        return Size(self.each, 1)

    def step(self) -> "Size":
        """Return the size of what a loop's variable holds: of a map, a key."""
        return Size(1, 1) if self.by_name else self.element()


SCALAR = Size(0, 1)
_LOGIC = ("_&&_", "_||_", "!_", "@not_strictly_false", "_?_:_", "_[_]")  # look at no more than one element
_Scope = Mapping[str, Size]


class Mention(NamedTuple):
    """A literal text that stands for one of a fact's values, or a key of it."""

    fact: str
    value: str
    offset: int


@dataclass
class Survey:
    """What was found: `facts` in order, `names` as the trace shows them (`fields.email`), and `strangers`, no facts.

    `cost` is that of evaluating, `handing` that of the facts it needs, which rules share. `dearest` is where the loop
    or search stands that costs most, `price` what it costs.
    """

    facts: dict[str, None] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    strangers: list[Node] = field(default_factory=list)
    cost: int = 0
    handing: int = 0
    dearest: int = 0
    price: int = 0

    def priced(self, node: Node, cost: int) -> None:
        """Remember where the part that costs most stands."""
        if cost > self.price:
            self.price, self.dearest = cost, node.offset

    def fact(self, node: Node, scope: _Scope) -> Fact | None:
        """Return the fact a node names; None when it names none."""
        return fact_by_name().get(node.name) if node.kind == "name" and node.name not in scope else None


def survey(tree: Node) -> Survey:
    """Return what the condition names, and its largest cost."""
    found = Survey()
    _, found.cost = _visit(tree, {}, found)
    found.handing = sum(_handing_over(fact_by_name()[name]) for name in found.facts)
    return found


def _visit(node: Node, scope: _Scope, found: Survey) -> tuple[Size, int]:
    """Return how large a node's value gets and what making it costs."""
    match node.kind:
        case "text":
            return Size(1, 1 + len(node.name) // _CHUNK), 1
        case "name":
            return _named(node, scope, found), 1
        case "select" | "has":
            return _keyed(node, node.name, scope, found)
        case "call":
            return _called(node, scope, found)
        case "loop":
            return _looped(node, scope, found)
        case _:
            return _literal(node, scope, found)


def _literal(node: Node, scope: _Scope, found: Survey) -> tuple[Size, int]:
    sizes, cost = _parts(node, scope, found)
    if node.kind == "struct":
        found.strangers.append(node)
    return Size(len(sizes), max((size.total for size in sizes), default=0) or 1), cost


def _parts(node: Node, scope: _Scope, found: Survey) -> tuple[list[Size], int]:
    visited = [_visit(part, scope, found) for part in node.parts]
    return [size for size, _ in visited], 1 + sum(cost for _, cost in visited)


def _named(node: Node, scope: _Scope, found: Survey) -> Size:
    if node.name in scope:
        return scope[node.name]
    fact = found.fact(node, scope)
    if fact is None:
        found.strangers.append(node)
        return SCALAR
    found.facts[fact.name] = found.names[fact.name] = None
    return _size(fact)


def _keyed(node: Node, key: str, scope: _Scope, found: Survey) -> tuple[Size, int]:
    """A key of a map: `fields.email` is what is named, not all fields."""
    fact = found.fact(node.parts[0], scope)
    if fact is None:
        size, cost = _visit(node.parts[0], scope, found)
    else:
        found.facts[fact.name] = found.names[f"{fact.name}.{key}"] = None
        found.mentions.append(Mention(fact.name, key, node.offset))
        size, cost = _size(fact), 1
    return SCALAR if node.kind == "has" else size.element(), cost + 1


def _called(node: Node, scope: _Scope, found: Survey) -> tuple[Size, int]:
    if node.name == "_[_]" and node.parts[1].kind == "text":
        return _keyed(node, node.parts[1].name, scope, found)
    _note_mentions(node, scope, found)
    sizes, cost = _parts(node, scope, found)
    work = 0 if node.name in _LOGIC else sum(size.total for size in sizes)
    if node.name == "contains":
        work = _SEARCH * sizes[0].total * (2 + sizes[1].total)
        found.priced(node, work)
    return _outcome(node.name, sizes), cost + work


def _outcome(function: str, sizes: list[Size]) -> Size:
    """Return how large what a function gives can get."""
    match function:
        case "_?_:_":
            return Size(max(size.items for size in sizes), max(size.each for size in sizes))
        case "_+_":
            return Size(sum(size.items for size in sizes), max(size.each for size in sizes))
        case "_[_]":
            return sizes[0].element()
        case "string":
            return Size(1, max(sizes[0].total, 1))
    return SCALAR


def _looped(node: Node, scope: _Scope, found: Survey) -> tuple[Size, int]:
    """A step is priced twice: to learn how much its result grows, then with the result as large as it gets."""
    around, start, condition, step, result = node.parts
    over, cost = _visit(around, scope, found)
    gathered, _ = _visit(start, scope, found)
    inside = {**scope, node.name: over.step(), node.result: gathered}
    grown, _ = _visit(step, inside, Survey())
    inside[node.result] = Size(over.items * grown.items, grown.each)
    each = _visit(condition, inside, found)[1] + _visit(step, inside, found)[1]
    last, end = _visit(result, inside, found)
    found.priced(node, over.items * each)
    return last, cost + 1 + over.items * each + end


def _note_mentions(node: Node, scope: _Scope, found: Survey) -> None:
    """Note texts that a fact is compared with: `state == "new"`, `state in ["new"]`, `"email" in known`."""
    if node.name not in ("_==_", "_!=_", "@in"):
        return
    one, other = node.parts
    for fact, literal in ((found.fact(one, scope), other), (found.fact(other, scope), one)):
        texts = literal.parts if literal.kind == "list" else (literal,)
        if fact:
            found.mentions += [Mention(fact.name, text.name, text.offset) for text in texts if text.kind == "text"]


def _size(fact: Fact) -> Size:
    if fact.type in ("whole number", "number", "true or false"):
        return SCALAR
    each = 1 + (fact.chars - 1) // _CHUNK
    if fact.type == "values by name":
        return Size(fact.count, max(each, LIST_IN_A_MAP), by_name=True)
    return Size(fact.count, each, fact.type == "texts by name")


def _handing_over(fact: Fact) -> int:
    """Return what it costs to make a fact one of the library's values, which happens once a turn."""
    if fact.type == "texts by name":
        return 20 * fact.count
    return (5 if fact.type == "values by name" else 10) * _size(fact).total
