"""The columns that hold visitors' personal data, and how they stand in a row: sealed, or in clear. Runs no SQL.

Both forms are read everywhere; which one is written is a setting (SEAL_AT_REST), so that a release that reads only the
one can serve beside this one. What was said in turns, and gaps, are not here: those are never in clear.
"""

import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.postgres.database import Row
from shared.adapters.vault import Vault, VaultError
from shared.domain.errors import Conflict
from shared.logs import event

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Form:
    """How the personal data of a table stand in a row whose `sealed` is not null.

    Args:
        table: its name, and what its values are sealed for.
        key: the columns that name a row of a business.
        empty: the columns whose values are in `sealed`, with what stands in them instead.
        marked: the columns whose values are there too, and that hold marks of them instead: by these rows are found.
        lines: a column with a JSON list that grows: each entry is sealed by itself, within the list.
        alone: text columns that have a sealed one of their own, by its name.
        digest: the column of `empty` of which `digest` tells whether it changes.
    """

    table: str
    key: tuple[str, ...]
    empty: Mapping[str, Any]
    marked: tuple[str, ...] = ()
    lines: str = ""
    alone: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that has to be read to open a row."""
        lines = (self.lines,) if self.lines else ()
        return (*self.marked, *self.empty, *lines, *self.alone, *self.alone.values(), "sealed")

    def assigned(self, columns: Mapping[str, object]) -> str:
        """Return `SET`'s part for columns as `Sealing` gives them."""
        return ", ".join(f"{name} = {self.place(name)}" for name in columns)

    def place(self, name: str) -> str:
        """Return the parameter of a column, with its type where Postgres cannot tell."""
        if name == self.lines or (name in self.empty and not isinstance(self.empty[name], str)):
            return "%s::jsonb"
        return "%s"


FEEDBACK = Form("feedback", ("session_id", "message_id"), {"comment": ""})
WIDGET_EVENTS = Form("widget_events", ("id",), {"data": {}})
HANDOFFS = Form("handoffs", ("id",), {"reason": "", "payload": {}})
VISITORS = Form("visitors", ("user_id",), {"fields": {}}, marked=("user_id",))
CALLS = Form(
    "calls", ("id",), {"summary": "", "fields": {}, "reason": "", "next": None}, marked=("caller",), lines="transcript"
)
OUTBOX = Form(
    "crm_outbox", ("id",), {"payload": {}}, marked=("key", "people"), alone={"reason": "sealed_reason"},
    digest="payload",
)  # fmt: skip
FORMS = {form.table: form for form in (CALLS, OUTBOX, FEEDBACK, HANDOFFS, VISITORS, WIDGET_EVENTS)}


class Sealing:
    """Gives values the form in which they are kept, and opens rows of either form.

    Args:
        vault: seals, opens and marks.
        on: whether what is written is sealed.
    """

    def __init__(self, vault: Vault, *, on: bool) -> None:
        self.vault = vault
        self.on = on

    def written(self, form: Form, business_id: str, values: Mapping[str, Any]) -> dict[str, object]:
        """Return the columns that keep personal values, as parameters; what is not given is empty.

        A row without any is not sealed: there is nothing to hide in it.
        """
        whole: dict[str, Any] = {**form.empty, **values}
        digest: dict[str, object] = {"digest": ""} if form.digest else {}
        if not self.on or not _says_anything(form, whole):
            return {**{name: _parameter(value) for name, value in whole.items()}, "sealed": None, **digest}
        kept: dict[str, object] = {name: _parameter(value) for name, value in form.empty.items()}
        kept |= {name: self._mark(form, business_id, name, whole[name]) for name in form.marked}
        if form.digest:
            text = json.dumps(whole[form.digest], sort_keys=True)
            digest = {"digest": self.vault.marks(business_id, f"{form.table} digest", text)[0]}
        return {**kept, "sealed": self._sealed(form, business_id, whole), **digest}

    def opened(self, form: Form, business_id: str, row: Row) -> Row:
        """Return a row with its personal values in their columns, and without the sealed ones.

        Raises:
            Conflict: `unreadable`: no key of the platform opens it.
        """
        try:
            return self._opened(form, business_id, row)
        except VaultError:
            raise Conflict("What is stored cannot be opened with the platform's keys.", code="unreadable") from None

    def shown(self, form: Form, business_id: str, row: Row) -> Row:
        """Return a row as `opened` does; one that no key opens with nothing in its personal columns, and a warning."""
        try:
            return self._opened(form, business_id, row)
        except VaultError:
            event(_log, "row_unreadable", logging.WARNING, business_id=business_id, table=form.table)
            nothing = {**dict.fromkeys(form.marked, ""), **form.empty, form.lines: [], **dict.fromkeys(form.alone, "")}
            own = {"sealed", *form.alone.values()}
            return {name: nothing.get(name, value) for name, value in row.items() if name not in own}

    def line(self, form: Form, business_id: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return an entry of a list that grows, as it is kept."""
        if not self.on:
            return dict(entry)
        return {"sealed": base64.b64encode(self._sealed(form, business_id, entry)).decode()}

    def alone(self, form: Form, business_id: str, column: str, text: str) -> tuple[str, bytes | None]:
        """Return a text column that is sealed by itself: what stands in it, and in its sealed one."""
        if not self.on or not text:
            return text, None
        return "", self._sealed(form, business_id, {column: text})

    def found_by(self, form: Form, column: str, business_id: str, value: str) -> list[str]:
        """Return all that may stand in a marked column for a value: itself, and its mark by each key.

        The first one is how it is written now.
        """
        marks = list(self.vault.marks(business_id, f"{form.table}.{column}", value))
        return [*marks, value] if self.on else [value, *marks]

    def _mark(self, form: Form, business_id: str, column: str, value: Any) -> Any:  # noqa: ANN401 - text, or a list
        if isinstance(value, str):
            return self.found_by(form, column, business_id, value)[0] if value else ""
        return [self.found_by(form, column, business_id, one)[0] for one in value]

    def _opened(self, form: Form, business_id: str, row: Row) -> Row:
        known = self._unsealed(form, business_id, row["sealed"]) if row.get("sealed") is not None else {}
        for own in form.alone.values():
            if row.get(own) is not None:
                known |= self._unsealed(form, business_id, row[own])
        if form.lines in row:
            known[form.lines] = [self._line(form, business_id, one) for one in row[form.lines]]
        own_columns = {"sealed", *form.alone.values()}
        return {name: known.get(name, value) for name, value in row.items() if name not in own_columns}

    def _line(self, form: Form, business_id: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        sealed = entry.get("sealed")
        return entry if sealed is None else self._unsealed(form, business_id, base64.b64decode(sealed))

    def _sealed(self, form: Form, business_id: str, values: Mapping[str, Any]) -> bytes:
        text = json.dumps(values, ensure_ascii=False)
        return self.vault.seal(business_id, form.table, text.encode("utf-8", "surrogatepass"))

    def _unsealed(self, form: Form, business_id: str, sealed: bytes) -> dict[str, Any]:
        text = self.vault.open(business_id, form.table, sealed).decode("utf-8", "surrogatepass")
        values: dict[str, Any] = json.loads(text)
        return values


def _says_anything(form: Form, values: Mapping[str, Any]) -> bool:
    return any(values[name] for name in form.marked) or any(values[name] != form.empty[name] for name in form.empty)


def _parameter(value: Any) -> object:  # noqa: ANN401 - what a column holds
    """Return a value as it is bound: JSON as text."""
    return json.dumps(value) if isinstance(value, dict) else value
