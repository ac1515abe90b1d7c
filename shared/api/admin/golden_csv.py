"""Golden questions as a table: one a row, several pages or facts in a cell on lines of their own."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from shared.domain.errors import FieldError, Invalid
from shared.domain.golden import GoldenQuestion, GoldenSet
from shared.ingestion.parse.entries import Skipped
from shared.ingestion.parse.tables import with_headings
from shared.ingestion.parse.unreadable import Unreadable
from shared.web.spreadsheet import Cell

COLUMNS = ("id", "question", "pages", "facts", "answerable", "history", "language")
_LISTS = ("pages", "facts", "history")
_NO = {"no", "false", "0", "nein", "non"}
_YES = {"", "yes", "true", "1", "ja", "oui"}
# What makes a text no formula when it is written (web/spreadsheet.py) is no part of it.
_GUARD = re.compile("^'(?=[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")


def as_rows(questions: Iterable[GoldenQuestion]) -> Iterable[Sequence[Cell]]:
    """Yield a row for each question."""
    for one in questions:
        pages, facts, history = ("\n".join(getattr(one, name)) for name in _LISTS)
        yield one.id, one.question, pages, facts, "yes" if one.answerable else "no", history, one.language


def parse(data: bytes) -> GoldenSet:
    """Return the questions of a CSV file; Invalid with the row when one cannot be one. An empty id is made up."""
    skipped, found, problems = Skipped("row"), [], []
    try:
        for number, row in with_headings(data, skipped):
            try:
                found.append(GoldenQuestion.model_validate(_question(row)))
            except ValidationError as error:
                problems += [_problem(number, one) for one in error.errors()]
    except Unreadable as error:
        raise Invalid([FieldError((), str(error))]) from None
    problems += [FieldError((), reason) for reason in skipped.reasons]
    if problems:
        raise Invalid(problems[:50])
    return _set(found)


def _set(found: Sequence[GoldenQuestion]) -> GoldenSet:
    try:
        return GoldenSet(questions=tuple(found))
    except ValidationError as error:
        raise Invalid([FieldError((), one["msg"].removeprefix("Value error, ")) for one in error.errors()]) from None


def _problem(number: int, error: Any) -> FieldError:  # noqa: ANN401 - pydantic's ErrorDetails
    path = (number, *error["loc"])
    name = f"{'.'.join(map(str, error['loc']))}: " if error["loc"] else ""
    return FieldError(path, f"row {number}: {name}{error['msg'].removeprefix('Value error, ')}")


def _question(row: dict[str, str]) -> dict[str, Any]:
    """Return a row as a question's fields; columns of other names are ignored."""
    cells = {name.strip().casefold(): _GUARD.sub("", cell).strip() for name, cell in row.items()}
    question = cells.get("question", "")
    return {
        "id": cells.get("id") or f"q-{hashlib.sha256(question.encode()).hexdigest()[:10]}",
        "question": question,
        "answerable": _truth(cells.get("answerable", "")),
        "language": cells.get("language", ""),
        **{name: _lines(cells.get(name, "")) for name in _LISTS},
    }


def _truth(cell: str) -> bool | str:
    said = cell.casefold()
    return said in _YES if said in _YES | _NO else cell


def _lines(cell: str) -> list[str]:
    return [line.strip() for line in cell.splitlines() if line.strip()]
