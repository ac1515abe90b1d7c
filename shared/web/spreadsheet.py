"""Tables as CSV (RFC 4180) that a spreadsheet may open. Knows nothing of what is in them."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Request, Response

MEDIA_TYPE = "text/csv"
Cell = str | int | float | bool | None

# A spreadsheet takes text that begins so as a formula, also with the wide forms (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def wants_csv(request: Request, chosen: str | None) -> bool:
    """Say whether the answer is to be CSV: by `chosen`, else by the Accept header, which has to prefer it to JSON."""
    if chosen is not None:
        return chosen == "csv"
    return request.accept_mimetypes.best_match(["application/json", MEDIA_TYPE]) == MEDIA_TYPE


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return the table with its header. Numbers stay numbers, no text becomes a formula, None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(column) for column in columns])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return the table as a file called `name`, which is plain ASCII."""
    response = Response(table(columns, rows), content_type=f"{MEDIA_TYPE}; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
