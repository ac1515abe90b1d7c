"""What the product's code of a revision uses of the schema: found in the strings of its source, without running it."""

import ast
import re
from collections.abc import Iterator, Mapping

from tests.upgrade.history import archive, revision_without

PRODUCT = ("shared", "functions", "voice_service")
_AFTER = r"(?:FROM|INTO|UPDATE|JOIN|TABLE|ONLY|USING|ON)"


class Usage:
    """The strings of a revision's product, file by file; docstrings and migrations are not among them."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._strings = {path: list(_strings(source)) for path, source in sources.items()}

    @classmethod
    def before(cls, migration: str) -> "Usage":
        """Return the usage of the revision that served before a migration's file. Raises NoHistory."""
        with archive(revision_without(migration), *PRODUCT) as files:
            return cls({
                member.name: content.read().decode()
                for member in files
                if member.name.endswith(".py")
                and not member.name.startswith("shared/migrations/")
                and (content := files.extractfile(member))
            })  # fmt: skip

    def files(self, table: str, column: str = "") -> list[str]:
        """Return the files that use a table, or a column of it. One that asks for `*` uses every column."""
        found = []
        for path, strings in self._strings.items():
            if not any(_names(table, text) for text in strings):
                continue
            if not column or any(re.search(rf"\b{column}\b|(?:SELECT|RETURNING) \*|\w\.\*", text) for text in strings):
                found.append(path)
        return found

    def mentions(self, name: str) -> list[str]:
        """Return the files in which a string has a name, such as a function's or an index's."""
        word = re.compile(rf"\b{name}\b")
        return [path for path, strings in self._strings.items() if any(map(word.search, strings))]

    def inserts_without(self, table: str, column: str) -> list[str]:
        """Return the files that make rows of a table without naming a column."""
        makes = re.compile(rf"INSERT INTO (?:public\.)?{table}\b", re.IGNORECASE)
        named = re.compile(rf"\b{column}\b")
        return [
            path
            for path, strings in self._strings.items()
            if any(makes.search(text) and not named.search(text) for text in strings)
        ]


def _names(table: str, text: str) -> bool:
    """Say whether a string is a statement about a table, or its name alone."""
    return text == table or bool(re.search(rf"\b{_AFTER}\s+(?:public\.)?{table}\b", text, re.IGNORECASE))


def _strings(source: str) -> Iterator[str]:
    """Yield the strings of a file; one with values in it is one string, with a gap for each value."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    pieces: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else " " for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (prose | pieces):
            yield node.value
