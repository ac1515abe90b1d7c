"""What is still to be erased outside of the database: recordings at Twilio, spoken words in the bucket."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from shared.adapters.postgres.database import Database

# Doubled after each attempt, up to a day: it is never given up, for nobody else will do it.
FIRST_RETRY_S = 60
LONGEST_RETRY_S = 86_400
_LEASE_S = 300
_MAX_ERROR = 200


@dataclass(frozen=True)
class EraseTask:
    """One of them: a call, and between which moments its speech was made."""

    call_id: str
    kind: Literal["recording", "speech"]
    since: dt.datetime
    until: dt.datetime


class EraseTaskStore:
    """The tasks of a business."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, business_id: str, limit: int) -> list[EraseTask]:
        """Return tasks that are due, oldest first, each to one caller for a while."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "UPDATE erase_tasks SET attempts = attempts + 1, next_at = now() + make_interval(secs => %s)"
                " WHERE business_id = %s AND (call_id, kind) IN (SELECT call_id, kind FROM erase_tasks"
                " WHERE business_id = %s AND next_at <= now() ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED)"
                " RETURNING call_id, kind, since, until",
                _LEASE_S, business_id, business_id, limit,
            )  # fmt: skip
        return [EraseTask(**row) for row in rows]

    def done(self, business_id: str, task: EraseTask) -> None:
        """It is gone; a recording's address with it."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "DELETE FROM erase_tasks WHERE business_id = %s AND call_id = %s AND kind = %s",
                business_id, task.call_id, task.kind,
            )  # fmt: skip
            if task.kind == "recording":
                tx.run("UPDATE calls SET recording = '' WHERE business_id = %s AND id = %s", business_id, task.call_id)

    def failed(self, business_id: str, task: EraseTask, reason: str) -> None:
        """Try it again later."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE erase_tasks SET last_error = %s, next_at = now() + make_interval(secs =>"
                " least(%s * 2 ^ least(attempts, 20), %s)) WHERE business_id = %s AND call_id = %s AND kind = %s",
                reason[:_MAX_ERROR], FIRST_RETRY_S, LONGEST_RETRY_S, business_id, task.call_id, task.kind,
            )  # fmt: skip

    def waiting(self, business_id: str) -> dict[str, int]:
        """Return how many tasks of each kind are left."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "SELECT kind, count(*) AS n FROM erase_tasks WHERE business_id = %s GROUP BY kind", business_id
            )
        return {row["kind"]: row["n"] for row in rows}

    def businesses_due(self, limit: int) -> list[str]:
        """Return businesses with a task that is due, the longest waiting first. Platform only."""
        with self._database.platform() as tx:
            rows = tx.run(
                "SELECT business_id FROM erase_tasks WHERE next_at <= now() AND business_id IN"
                " (SELECT id FROM businesses WHERE status = 'active')"
                " GROUP BY business_id ORDER BY min(next_at) LIMIT %s", limit,
            )  # fmt: skip
        return [row["business_id"] for row in rows]
