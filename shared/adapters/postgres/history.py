"""Past conversations in Postgres: listed, read, searched by what was said. Changes nothing."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from shared.adapters.postgres.database import Database, Row
from shared.adapters.postgres.people import Position, position_of, said_in
from shared.adapters.postgres.personal import FEEDBACK, Sealing
from shared.domain.folding import fold
from shared.domain.history import Conversation, Found, KeptTurn, Match, Wanted, excerpt

MOST_OPENED = 5_000
"""Turns that one call of a search opens: about a second."""
_BATCH = 500

_COLUMNS = (
    "c.session_id, c.started_at, c.last_at, c.channel, c.language, c.page, c.state, c.ending, c.turns, c.mood, c.tags,"
    " c.arms, c.reached, c.micros"
)
_TURNS = (
    "SELECT t.message_id, t.session_id, t.at, t.sealed, t.decisions,"
    " (SELECT e.data ->> 'ending' FROM events e WHERE e.business_id = t.business_id AND e.session_id = t.session_id"
    "  AND e.id = t.session_id || '/' || t.message_id || '/turn' LIMIT 1) AS ending,"
    " f.rating, f.comment, f.at AS rated_at, f.sealed AS comment_sealed"
    " FROM turns t LEFT JOIN feedback f"
    " ON f.business_id = t.business_id AND f.session_id = t.session_id AND f.message_id = t.message_id"
    " WHERE t.business_id = %s AND t.session_id = %s ORDER BY t.at, t.number"
)


class HistoryStore:
    """Conversations of a business.

    Args:
        sealing: opens what was said.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing
        self._vault = sealing.vault

    def list_of(
        self, business_id: str, limit: int, wanted: Wanted, before: tuple[dt.datetime, str] | None = None
    ) -> list[Conversation]:
        """Return up to `limit` conversations, newest first, that come after the one of this beginning and id."""
        where, values = _where(wanted)
        if before:
            where, values = f"{where} AND (c.started_at, c.session_id) < (%s, %s)", [*values, *before]
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM conversations c WHERE c.business_id = %s{where}"
                " ORDER BY c.started_at DESC, c.session_id DESC LIMIT %s", business_id, *values, limit,
            )  # fmt: skip
        return [_conversation(row) for row in rows]

    def some(self, business_id: str, session_ids: Sequence[str]) -> dict[str, Conversation]:
        """Return those of these conversations that are kept, by their ids."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM conversations c WHERE c.business_id = %s AND c.session_id = ANY(%s)",
                business_id, list(session_ids),
            )  # fmt: skip
        return {row["session_id"]: _conversation(row) for row in rows}

    def turns(self, business_id: str, session_id: str) -> list[KeptTurn]:
        """Return a conversation's turns in their order, opened; none of one that is not kept."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(_TURNS, business_id, session_id)
        return [self._turn(business_id, row) for row in rows]

    def search(
        self, business_id: str, text: str, wanted: Wanted, limit: int, before: Position | None = None,
        most: int = MOST_OPENED,
    ) -> Found:  # fmt: skip
        """Return turns that say `text`, case and accents aside, newest first.

        Args:
            business_id: whose.
            text: plain words.
            wanted: of which conversations.
            limit: conversations at most.
            before: only turns that come after this one in the list.
            most: turns that are opened at most.
        """
        query, matches, opened = fold(text), list[Match](), 0
        position, until = before, None
        while opened < most:
            rows = self._sealed(business_id, wanted, position, min(_BATCH, most - opened))
            for row in rows:
                match = self._match(business_id, row, query)
                if match and len({one.session_id for one in (*matches, match)}) > limit:
                    return Found(tuple(matches), until, position)
                matches += [match] if match else []
                position, until = position_of(row), row["at"]
            opened += len(rows)
            if len(rows) < _BATCH and opened < most:
                return Found(tuple(matches), until, None)
        return Found(tuple(matches), until, position)

    def _sealed(self, business_id: str, wanted: Wanted, before: Position | None, limit: int) -> list[Row]:
        where, values = _where(wanted)
        if before:
            where += " AND t.at <= %s::timestamptz AND (t.at, t.message_id, t.session_id) < (%s::timestamptz, %s, %s)"
            values = [*values, before[0], *before]
        with self._database.tenant(business_id) as tx:
            return tx.run(
                "SELECT t.session_id, t.message_id, t.at, t.sealed FROM turns t"
                " JOIN conversations c ON c.business_id = t.business_id AND c.session_id = t.session_id"
                f" WHERE t.business_id = %s{where} ORDER BY t.at DESC, t.message_id DESC, t.session_id DESC LIMIT %s",
                business_id, *values, limit,
            )  # fmt: skip

    def _match(self, business_id: str, row: Row, query: str) -> Match | None:
        said = said_in(self._vault, business_id, row) or {}
        for name in ("question", "answer"):
            found = excerpt(said.get(name, ""), query)
            if found is not None:
                return Match(row["session_id"], row["message_id"], row["at"], found)
        return None

    def _turn(self, business_id: str, row: Row) -> KeptTurn:
        said = said_in(self._vault, business_id, row)
        words = said or {}
        return KeptTurn(
            message_id=row["message_id"], at=row["at"], question=words.get("question", ""),
            answer=words.get("answer", ""), html=words.get("html", ""), ending=row["ending"] or "",
            decisions=row["decisions"], feedback=self._feedback(business_id, row), readable=said is not None,
        )  # fmt: skip

    def _feedback(self, business_id: str, row: Row) -> dict[str, Any] | None:
        """Return the verdict on a turn, None without one."""
        if row["rating"] is None:
            return None
        told = {"rating": row["rating"], "comment": row["comment"], "at": row["rated_at"].isoformat()}
        return self._sealing.shown(FEEDBACK, business_id, {**told, "sealed": row["comment_sealed"]})


def _where(wanted: Wanted) -> tuple[str, list[object]]:
    """Return conditions on a conversation `c`, each with AND before it, and their values."""
    chosen: list[tuple[str, object]] = [
        ("c.started_at >= %s", wanted.since),
        ("c.started_at < %s", wanted.until),
        ("c.channel = %s", wanted.channel),
        ("c.language = %s", wanted.language),
        ("c.state = %s", wanted.state),
        ("%s = ANY(c.reached)", wanted.reached),
        ("%s = ANY(c.tags)", wanted.tag),
        ("c.turns >= %s", wanted.min_turns),
        ("c.arms ? %s", wanted.experiment if not wanted.arm else ""),
        ("c.arms ->> %s = %s", (wanted.experiment, wanted.arm) if wanted.arm else ""),
    ]
    used = [(condition, value) for condition, value in chosen if value]
    values = [one for _, value in used for one in (value if isinstance(value, tuple) else (value,))]
    return "".join(f" AND {condition}" for condition, _ in used), values


def _conversation(row: Row) -> Conversation:
    return Conversation(**{**row, "tags": tuple(row["tags"]), "reached": tuple(row["reached"])})
