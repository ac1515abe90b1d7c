"""Widget events and feedback in Postgres: written by the chat function, read by analytics."""

from typing import Any

from shared.adapters.postgres.database import Database
from shared.adapters.postgres.personal import FEEDBACK, WIDGET_EVENTS, Sealing


class InteractionStore:
    """What visitors did beside talking.

    Args:
        sealing: how what they wrote, and what the site told of them, is kept.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

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
        told = self._sealing.written(WIDGET_EVENTS, business_id, {"data": data or {}})
        with self._database.tenant(business_id) as tx:
            tx.run(
                "INSERT INTO widget_events (business_id, id, session_id, type, message_id, cta_id, data, sealed)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s) ON CONFLICT DO NOTHING",
                business_id, event_id, session_id, kind, message_id, cta_id, told["data"], told["sealed"],
            )  # fmt: skip

    def set_feedback(self, business_id: str, session_id: str, message_id: str, rating: str, comment: str) -> None:
        """Keep a visitor's verdict on an answer; a later one replaces it."""
        told = self._sealing.written(FEEDBACK, business_id, {"comment": comment})
        with self._database.tenant(business_id) as tx:
            tx.run(
                "INSERT INTO feedback (business_id, session_id, message_id, rating, comment, sealed)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (business_id, session_id, message_id)"
                " DO UPDATE SET rating = excluded.rating, comment = excluded.comment, sealed = excluded.sealed,"
                " at = now()",
                business_id, session_id, message_id, rating, told["comment"], told["sealed"],
            )  # fmt: skip
