"""Widget events and feedback in Postgres: written by the chat function, read by analytics."""

import json
from typing import Any

from shared.adapters.postgres.database import Database


class InteractionStore:
    """What visitors did beside talking."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_event(
        self,
        business_id: str,
        *,
        event_id: str,
        session_id: str,
        kind: str,
        message_id: str = "",
        cta_id: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        """Keep one widget event; the same id twice is kept once."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "INSERT INTO widget_events (business_id, id, session_id, type, message_id, cta_id, data)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb) ON CONFLICT DO NOTHING",
                business_id, event_id, session_id, kind, message_id, cta_id, json.dumps(data or {}),
            )  # fmt: skip

    def set_feedback(self, business_id: str, session_id: str, message_id: str, rating: str, comment: str) -> None:
        """Keep a visitor's verdict on an answer; a later one replaces it."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "INSERT INTO feedback (business_id, session_id, message_id, rating, comment)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (business_id, session_id, message_id)"
                " DO UPDATE SET rating = excluded.rating, comment = excluded.comment, at = now()",
                business_id, session_id, message_id, rating, comment,
            )  # fmt: skip
