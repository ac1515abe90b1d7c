"""CSV and TSV files as numbered rows of cells. Knows nothing of what the columns mean."""

import csv
import io
import re
from collections.abc import Iterator

from shared.ingestion.parse.decoding import decoded
from shared.ingestion.parse.entries import Skipped
from shared.ingestion.parse.unreadable import Unreadable

_DELIMITERS = (",", ";", "\t", "|")
_QUOTED = re.compile('"[^"]*"')
Row = tuple[int, list[str]]


def rows(data: bytes, skipped: Skipped, delimiter: str = "") -> Iterator[Row]:
    """Yield each row that holds something, with its number as a spreadsheet counts them (from 1).

    A row that cannot be read is noted in `skipped`. Without a `delimiter` it is the one most frequent in the first row.
    """
    text = decoded(data)
    first = _QUOTED.sub("", text.lstrip("\n").partition("\n")[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or max(_DELIMITERS, key=first.count))
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            skipped.add(number, f"cannot be read ({error})")
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def with_headings(data: bytes, skipped: Skipped, delimiter: str = "") -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row as heading -> cell, with its number; the first row that holds something is the headings.

    A row with more cells than headings is skipped: which cell belongs where, nobody knows (a price might be wrong).

    Raises:
        Unreadable: there are no headings.
    """
    found = rows(data, skipped, delimiter)
    _, headings = next(found, (0, []))
    if skipped.reasons:
        raise Unreadable("the heading row cannot be read")
    if len([heading for heading in headings if heading.strip()]) < 2:  # noqa: PLR2004 - a name and something about it
        raise Unreadable("the table needs a heading row with at least two columns")
    for number, cells in found:
        if any(cell.strip() for cell in cells[len(headings) :]):
            skipped.add(number, f"has {len(cells)} cells for {len(headings)} headings")
            continue
        yield number, {heading: cell for heading, cell in zip(headings, cells, strict=False) if heading.strip()}
