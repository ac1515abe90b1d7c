"""SOQL: SELECT fields FROM object WHERE ... ORDER BY ... LIMIT n OFFSET n, read into a query that can be run."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.crm.salesforce.errors import ApiError
from local.crm.salesforce.schema import Field, Kind
from local.crm.salesforce.values import ID_LENGTHS, moment
from local.crm.vendor import Json

Test = Callable[[Json], bool]
MAX_ROWS = 2000

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\\n\r]|\\.)*')
    |(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))|(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|<>|[=<>(),]))""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_LITERALS = {"date": ("date",), "moment": ("datetime",), "number": ("double", "currency"), "truth": ("boolean",)}


@dataclass(frozen=True)
class Token:
    """A piece of a query: what it is, and its text."""

    kind: str
    text: str

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords."""
        return self.kind == "name" and self.text.upper() in words


@dataclass(frozen=True)
class Query:
    """What to select. `order` are fields with whether downwards."""

    kind: Kind
    fields: tuple[str, ...]
    where: Test
    order: tuple[tuple[str, bool], ...] = ()
    limit: int = MAX_ROWS
    offset: int = 0
    counts: bool = False

    def run(self, rows: Iterable[Json]) -> list[Json]:
        """The records selected, with all their values."""
        found = [row for row in rows if self.where(row)]
        for name, down in reversed(self.order):
            found.sort(key=lambda row, name=name: (row.get(name) is not None, row.get(name)), reverse=down)  # type: ignore[misc]
        return found[self.offset : self.offset + self.limit]


def malformed(message: str) -> ApiError:
    """A query that cannot be read."""
    return ApiError(400, "MALFORMED_QUERY", message)


def tokens(text: str) -> list[Token]:
    """Return the pieces of a query; ApiError for what is none."""
    found: list[Token] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise malformed(f"unexpected character or unclosed string at position {at}")
        found.append(Token(match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


def parse(text: str, find_kind: Callable[[str], Kind]) -> Query:
    """Read a query; ApiError as Salesforce words it."""
    return Parser(tokens(text), find_kind).query()


class Parser:
    """Reads a query from its pieces, one after the other."""

    def __init__(self, pieces: list[Token], find_kind: Callable[[str], Kind]) -> None:
        self._pieces = pieces
        self._at = 0
        self._find_kind = find_kind

    def query(self) -> Query:
        """The whole query."""
        self.word("SELECT")
        counts = self.peek().is_word("COUNT")
        names = [] if counts else self.names()
        if counts:
            for sign in ("COUNT", "(", ")"):
                self.take(sign)
        self.word("FROM")
        name = self.name()
        try:
            kind = self._find_kind(name)
        except ApiError:
            raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.") from None
        where, order, limit, offset = self.tail(kind)
        if self.peek().kind != "end":
            raise malformed(f"unexpected token: '{self.peek().text}'")
        fields = tuple(self.field(kind, item).name for item in names)
        return Query(kind, fields, where, order, limit, offset, counts)

    def tail(self, kind: Kind) -> tuple[Test, tuple[tuple[str, bool], ...], int, int]:
        """What follows the object: conditions, order, limit, offset."""
        where: Test = lambda _: True  # noqa: E731
        if self.skip("WHERE"):
            where = self.conditions(kind)
        order: list[tuple[str, bool]] = []
        if self.skip("ORDER"):
            self.word("BY")
            order = self._orders(kind)
        limit = self.whole() if self.skip("LIMIT") else MAX_ROWS
        offset = self.whole() if self.skip("OFFSET") else 0
        return where, tuple(order), limit, offset

    def names(self) -> list[str]:
        """A list of names."""
        found = [self.name()]
        while self.skip(","):
            found.append(self.name())
        return found

    def conditions(self, kind: Kind) -> Test:
        """Conditions joined by AND or by OR; both together need parentheses."""
        tests = [self._condition(kind)]
        joint = self.peek().text.upper() if self.peek().is_word("AND", "OR") else ""
        while joint and self.skip(joint):
            tests.append(self._condition(kind))
        if self.peek().is_word("AND", "OR"):
            raise malformed(f"unexpected token: '{self.peek().text}'")
        join = any if joint == "OR" else all
        return lambda row: join(test(row) for test in tests)

    def peek(self) -> Token:
        """The next piece."""
        return self._pieces[self._at] if self._at < len(self._pieces) else Token("end", "<EOF>")

    def skip(self, text: str) -> bool:
        """Pass over a word or sign if it is the next piece."""
        found = self.peek().kind in ("name", "sign") and self.peek().text.upper() == text
        self._at += found
        return found

    def take(self, text: str) -> None:
        """Pass over a word or sign that must be there."""
        if not self.skip(text):
            raise malformed(f"unexpected token: '{self.peek().text}'")

    word = take

    def name(self) -> str:
        """A name."""
        piece = self.peek()
        if piece.kind != "name":
            raise malformed(f"unexpected token: '{piece.text}'")
        self._at += 1
        return piece.text

    def field(self, kind: Kind, name: str) -> Field:
        """The field of this name; ApiError when the object has none."""
        found = kind.find(name)
        if found is None:
            message = (
                f"No such column '{name}' on entity '{kind.name}'. If you are attempting to use a custom field, be"
            )
            raise ApiError(400, "INVALID_FIELD", f"{message} sure to append the '__c' after the custom field name.")
        return found

    def whole(self) -> int:
        """A whole number."""
        piece = self.peek()
        if piece.kind != "number" or not piece.text.isdigit():
            raise malformed(f"unexpected token: '{piece.text}'")
        self._at += 1
        return int(piece.text)

    def _orders(self, kind: Kind) -> list[tuple[str, bool]]:
        order = []
        while True:
            name = self.field(kind, self.name()).name
            down = self.skip("DESC")
            if not down:
                self.skip("ASC")
            if self.skip("NULLS") and not self.skip("FIRST"):
                self.take("LAST")
            order.append((name, down))
            if not self.skip(","):
                return order

    def _condition(self, kind: Kind) -> Test:
        if self.skip("NOT"):
            inner = self._condition(kind)
            return lambda row: not inner(row)
        if self.skip("("):
            inner = self.conditions(kind)
            self.take(")")
            return inner
        item = self.field(kind, self.name())
        if item.type == "textarea":
            raise ApiError(400, "INVALID_FIELD", f"field '{item.name}' can not be filtered in a query call")
        if self.skip("LIKE"):
            return _like(item.name, str(self._literal(item)))
        wanted_not = self.skip("NOT")
        if wanted_not or self.peek().is_word("IN"):
            self.word("IN")
            values = self._list(item)
            return lambda row: (_comparable(item, row.get(item.name)) in values) != wanted_not
        return self._compared(item)

    def _compared(self, item: Field) -> Test:
        sign = self.peek()
        if sign.kind != "sign" or sign.text in "(),":
            raise malformed(f"unexpected token: '{sign.text}'")
        self._at += 1
        wanted = self._literal(item)
        if sign.text in ("=", "!=", "<>"):
            return lambda row: (_comparable(item, row.get(item.name)) == wanted) == (sign.text == "=")
        less = _ORDER[sign.text]

        def test(row: Json) -> bool:
            found = _comparable(item, row.get(item.name))
            return found is not None and wanted is not None and less(found, wanted)

        return test

    def _list(self, item: Field) -> list[object]:
        self.take("(")
        values = [self._literal(item)]
        while self.skip(","):
            values.append(self._literal(item))
        self.take(")")
        return values

    def _literal(self, item: Field) -> object:
        piece = self.peek()
        self._at += 1
        if piece.is_word("NULL"):
            return None
        if piece.kind in ("end", "sign"):
            raise malformed(f"unexpected token: '{piece.text}'")
        kind = "truth" if piece.is_word("TRUE", "FALSE") else piece.kind
        if kind == "text" and item.type not in ("double", "currency", "boolean", "date", "datetime"):
            return _comparable(item, _unescaped(piece.text, like=True))
        if kind == "text" or item.type not in _LITERALS.get(kind, ()):
            quotes = "should not be" if kind == "text" else "should be"
            message = f"value of filter criterion for field '{item.name}' must be of type {item.type} and {quotes}"
            raise ApiError(400, "INVALID_FIELD", f"{message} enclosed in quotes")
        return _comparable(item, piece.text.lower() == "true" if kind == "truth" else piece.text)


def _unescaped(quoted: str, *, like: bool = False) -> str:
    def one(match: re.Match[str]) -> str:
        letter = match[1]
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        if like and letter in "%_":
            return f"\\{letter}"
        raise malformed("Invalid string literal. Illegal character sequence")

    return re.sub(r"\\(.)", one, quoted[1:-1])


def _like(name: str, pattern: str) -> Test:
    parts = re.split(r"(\\[%_]|[%_])", pattern)
    made = "".join({"%": ".*", "_": "."}.get(part, re.escape(part.removeprefix("\\"))) for part in parts)
    return lambda row: re.fullmatch(made, str(row.get(name) or ""), re.IGNORECASE | re.DOTALL) is not None


def _comparable(item: Field, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if item.type in ("id", "reference"):
        if len(str(value)) not in ID_LENGTHS:
            raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
        return str(value)[:15]
    if item.type in ("double", "currency"):
        return float(str(value))
    if item.type == "datetime":
        return moment(str(value))
    return dt.date.fromisoformat(str(value)) if item.type == "date" else str(value).lower()
