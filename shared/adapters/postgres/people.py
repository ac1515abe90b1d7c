"""Where Postgres may name a person: calls, hand-offs, leads, visitors, feedback, and turns. Reads only."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.database import Database, Row
from shared.adapters.postgres.journal import PURPOSE
from shared.adapters.postgres.personal import (
    CALLS,
    FEEDBACK,
    HANDOFFS,
    OUTBOX,
    VISITORS,
    WIDGET_EVENTS,
    Form,
    Sealing,
)
from shared.adapters.vault import Vault, VaultError

_BATCH = 500
Position = tuple[str, str, str]
"""Of a turn in the order of time: its `at` as ISO, message and session."""

FIRST: Position = ("-infinity", "", "")


@dataclass(frozen=True)
class Trace:
    """A row that may be about somebody. `session_id` "" for a visitor, who has none; `known` are fields by their ids.

    `said` is any JSON value with the texts of the row.
    """

    session_id: str
    user_id: str = ""
    known: tuple[tuple[str, str], ...] = ()
    said: Any = None


@dataclass(frozen=True)
class OpenedTurn:
    """What was said in a turn, None: no key of the platform opens it."""

    session_id: str
    position: Position
    said: Mapping[str, Any] | None


_QUERIES: tuple[tuple[Form, str], ...] = (
    (CALLS, "SELECT session_id, caller, transcript, summary, fields, reason, next, sealed FROM calls"
            " WHERE business_id = %s"),
    (HANDOFFS, "SELECT session_id, reason, payload, sealed FROM handoffs WHERE business_id = %s"),
    (OUTBOX, "SELECT session_id, payload, reason, sealed, sealed_reason FROM crm_outbox WHERE business_id = %s"),
    (VISITORS, "SELECT user_id, fields, sealed FROM visitors WHERE business_id = %s"),
    (FEEDBACK, "SELECT session_id, comment, sealed FROM feedback"
               " WHERE business_id = %s AND (comment <> '' OR sealed IS NOT NULL)"),
    (WIDGET_EVENTS, "SELECT session_id, data, sealed FROM widget_events"
                    " WHERE business_id = %s AND (data <> '{}' OR sealed IS NOT NULL)"),
)  # fmt: skip


class PeopleStore:
    """Reads.

    Args:
        sealing: opens what was said.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing
        self._vault = sealing.vault

    def traces(self, business_id: str) -> Iterator[Trace]:
        """Yield every row that may be about somebody, but for turns, table by table; opened where it is sealed."""
        for form, query in _QUERIES:
            with self._database.tenant(business_id) as tx:
                tx.run(f"DECLARE found NO SCROLL CURSOR FOR {query}", business_id)
                while rows := tx.run(f"FETCH {_BATCH} FROM found"):
                    for row in rows:
                        yield _trace(form, self._sealing.shown(form, business_id, row))

    def turns(self, business_id: str, after: Position, most: int) -> Iterator[OpenedTurn]:
        """Yield up to `most` turns, opened, oldest first, that come after a position."""
        while most > 0:
            with self._database.tenant(business_id) as tx:
                rows = tx.run(
                    "SELECT session_id, message_id, at, sealed FROM turns WHERE business_id = %s"
                    " AND at >= %s::timestamptz AND (at, message_id, session_id) > (%s::timestamptz, %s, %s)"
                    " ORDER BY at, message_id, session_id LIMIT %s",
                    business_id, after[0], *after, min(_BATCH, most),
                )  # fmt: skip
            if not rows:
                return
            for row in rows:
                yield OpenedTurn(row["session_id"], position_of(row), said_in(self._vault, business_id, row))
            most, after = most - len(rows), position_of(rows[-1])


def _trace(form: Form, row: Row) -> Trace:
    """Return what a row of a table tells, whose columns are those of its query."""
    said = {name: value for name, value in row.items() if name != "session_id"}
    of = row.get("payload", row)
    known, user = dict(of.get("fields") or {}), str(row.get("user_id") or "")
    if form is CALLS:
        known["phone"] = row["caller"]
    if form is HANDOFFS:
        user = str(of.get("person") or "")
    return Trace(row.get("session_id", ""), user, known_of(known), said)


def position_of(row: Row) -> Position:
    """Return where a turn is in the order of time."""
    at: dt.datetime = row["at"]
    return at.isoformat(), row["message_id"], row["session_id"]


def said_in(vault: Vault, business_id: str, row: Row) -> Mapping[str, Any] | None:
    """Return `question`, `html`, `answer` of a turn, None when no key opens it."""
    try:
        said: Mapping[str, Any] = json.loads(vault.open(business_id, PURPOSE, row["sealed"]))
    except VaultError:
        return None
    return said


def known_of(fields: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - what stands in a column
    """Return fields and their values; a field is its value, or an object with it."""
    if not isinstance(fields, dict):
        return ()
    values = ((name, one.get("value") if isinstance(one, dict) else one) for name, one in fields.items())
    return tuple((name, value) for name, value in values if isinstance(value, str) and value)
