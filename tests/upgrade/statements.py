"""A migration's SQL, statement by statement, and what each takes away from those who still use it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NOT_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_NAMES = r"(?:IF EXISTS\s+)?((?:public\.)?\w+(?:\s*,\s*(?:public\.)?\w+)*)"
_ALTER_TABLE = re.compile(
    r"ALTER TABLE\s+(?:IF EXISTS\s+)?(?:ONLY\s+)?(?:public\.)?(\w+)\s+(.*)", re.IGNORECASE | re.DOTALL
)
_WRITTEN = re.compile(
    r"ADD CONSTRAINT\s+\w+\s+CHECK\s*\(\s*(\w+)\s+IS\s+NOT\s+NULL\s*\)"
    r"|ALTER\s+(?:COLUMN\s+)?(\w+)\s+(?:DROP DEFAULT|SET NOT NULL)",
    re.IGNORECASE,
)
_ACTIONS = {
    "column": re.compile(
        r"DROP COLUMN\s+(?:IF EXISTS\s+)?(\w+)|RENAME\s+(?:COLUMN\s+)?(?!TO\b|CONSTRAINT\b)(\w+)\s+TO",
        re.IGNORECASE,
    ),
    "table": re.compile(r"RENAME TO\s|ADD CONSTRAINT|DROP CONSTRAINT", re.IGNORECASE),
}
_OBJECTS = (
    (re.compile(rf"DROP TABLE\s+{_NAMES}", re.IGNORECASE), "table"),
    (re.compile(rf"DROP (?:FUNCTION|INDEX|TYPE|VIEW|SEQUENCE)\s+(?:CONCURRENTLY\s+)?{_NAMES}", re.IGNORECASE), "name"),
    (
        re.compile(rf"(?:DROP POLICY\s+(?:IF EXISTS\s+)?\w+|REVOKE\s.*?)\s+ON\s+(?:TABLE\s+)?{_NAMES}", re.IGNORECASE),
        "table",
    ),
)


@dataclass(frozen=True)
class Target:
    """Something that a migration takes away. `how` is table, column, name (of any other thing) or written.

    `written` is a column that every new row must have a value for from now on.
    """

    how: str
    name: str
    table: str = ""


@dataclass(frozen=True)
class Statement:
    """One statement without comments and literals, with its first and last line, from 0."""

    text: str
    first: int
    last: int

    def targets(self) -> set[Target]:
        """Return what the statement takes away."""
        for pattern, how in _OBJECTS:
            if found := pattern.match(self.text):
                return {Target(how, name.strip().removeprefix("public.")) for name in found[1].split(",")}
        altered = _ALTER_TABLE.match(self.text)
        return set(_of_table(altered[1], altered[2])) if altered else set()


def _of_table(table: str, actions: str) -> Iterator[Target]:
    for found in _WRITTEN.finditer(actions):
        yield Target("written", found[1] or found[2], table)
    for found in _ACTIONS["column"].finditer(actions):
        yield Target("column", next(filter(None, found.groups())), table)
    if _ACTIONS["table"].search(_WRITTEN.sub("", actions)):
        yield Target("table", table)


def statements(sql: str) -> Iterator[Statement]:
    """Yield the statements of a script. Comments and literals are blanks, so that lines keep their numbers."""
    blank = _NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), sql)
    place = 0
    for part in blank.split(";"):
        text = part.strip()
        if text:
            first = blank.count("\n", 0, place + part.index(text))
            yield Statement(text, first, first + text.count("\n"))
        place += len(part) + 1
