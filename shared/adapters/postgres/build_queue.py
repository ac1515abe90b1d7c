"""Whose build is next, over all businesses, and what becomes of builds that died. Starts no process."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Transaction
from shared.domain.errors import Conflict, NotFound
from shared.domain.ids import new_id
from shared.domain.records import Actor
from shared.domain.refresh import Refresh

# A build process writes every five seconds: one that has not been heard of for so long is dead.
SILENT_AFTER_S = 90
# A Cloud Run job that was asked for runs within a minute or two.
START_WITHIN_S = 300
ATTEMPTS = 2
# Nobody waits for a scheduled build; whoever pressed the button does.
SCHEDULE_YIELDS_S = 6 * 3600
_SCHEDULER = Actor("platform:schedule")


# A build that waits for its turn is never dead: nobody has started it.
_DEAD = (
    f"(status = 'running' AND heartbeat_at < now() - interval '{SILENT_AFTER_S} seconds'"
    f" OR status = 'queued' AND dispatched_at < now() - interval '{START_WITHIN_S} seconds')"
)
_SILENT = (
    "CASE status WHEN 'queued' THEN 'The build process did not start.'"
    " ELSE 'The build process stopped without a word.' END"
)


def end_dead(tx: Transaction, business_id: str) -> str:
    """End the build whose process died, if there is one, and queue it once more; return what became of it, or ""."""
    return _end(tx, business_id, f"SELECT *, {_SILENT} AS because FROM knowledge_builds WHERE {_DEAD}", (), 0)


def end_and_retry(tx: Transaction, business_id: str, build_id: str, reason: str, wait_s: float) -> str:
    """End a build for a cause that passes, and queue it once more; return what became of it, "" when it had ended.

    Args:
        tx: of the business.
        business_id: whose.
        build_id: which, queued or running.
        reason: a sentence for the owner.
        wait_s: the second attempt is not started before.
    """
    active = "SELECT *, %s::text AS because FROM knowledge_builds WHERE id = %s AND status IN ('queued', 'running')"
    return _end(tx, business_id, active, (reason, build_id), wait_s)


def _end(tx: Transaction, business_id: str, which: str, parameters: tuple[object, ...], wait_s: float) -> str:
    again = f"(b.attempt < {ATTEMPTS} AND NOT b.cancel_requested)"
    row = tx.one(
        f"UPDATE knowledge_builds b SET phase = 'done', finished_at = now(), seconds_left = NULL,"
        " status = CASE WHEN b.cancel_requested THEN 'cancelled' ELSE 'failed' END,"
        f" retry_id = CASE WHEN {again} THEN %s ELSE '' END,"
        f" reason = CASE WHEN b.cancel_requested THEN '' WHEN {again} THEN ended.because || ' It is tried once more.'"
        " ELSE ended.because || ' It was tried twice.' END"
        f" FROM ({which} AND business_id = %s FOR UPDATE) ended"
        " WHERE b.business_id = ended.business_id AND b.id = ended.id"
        " RETURNING b.status, b.retry_id, b.requested_by, b.attempt",
        new_id("bld"), *parameters, business_id,
    )  # fmt: skip
    if row and row["retry_id"]:
        tx.run(
            "INSERT INTO knowledge_builds (business_id, id, requested_by, trigger, attempt, due_at)"
            " VALUES (%s, %s, %s, 'retry', %s, now() + make_interval(secs => %s))",
            business_id, row["retry_id"], row["requested_by"], row["attempt"] + 1, wait_s,
        )  # fmt: skip
        return "again"
    return row["status"] if row else ""


@dataclass(frozen=True)
class Turn:
    """A build whose turn it is."""

    business_id: str
    build_id: str


@dataclass(frozen=True)
class Scheduled:
    """A business that is built on a schedule, and when a build of it was asked for last."""

    business_id: str
    refresh: Refresh
    last: dt.datetime | None


class BuildQueue:
    """Builds of all businesses, in the order in which they have their turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, at_once: int, only: str = "") -> list[Turn]:
        """Mark builds as asked for, as many as may run beside those that do, and return them.

        Args:
            at_once: how many may run on the whole platform.
            only: a business whose build is meant alone, if its turn has come; "" for anybody's.
        """
        with self._database.tenant(only) as tx:
            rows = tx.run("SELECT * FROM take_builds(%s, %s, %s)", at_once, SCHEDULE_YIELDS_S, only)
        return [Turn(row["business_id"], row["id"]) for row in rows]

    def not_started(self, business_id: str, build_id: str, reason: str, wait_s: float) -> None:
        """End a build that was taken and whose process could not be asked for; it is queued once more."""
        with self._database.tenant(business_id) as tx:
            end_and_retry(tx, business_id, build_id, reason, wait_s)

    def settle(self) -> dict[str, int]:
        """See to builds whose process died; return how many are queued again, failed, cancelled."""
        with self._database.platform() as tx:
            dead = tx.run(f"SELECT business_id FROM knowledge_builds WHERE {_DEAD}")
        return dict(Counter(outcome for row in dead if (outcome := self._settle(row["business_id"]))))

    def _settle(self, business_id: str) -> str:
        with self._database.tenant(business_id) as tx:
            return end_dead(tx, business_id)

    def scheduled(self) -> list[Scheduled]:
        """Return the businesses with a schedule that have a source and no build under way."""
        with self._database.platform() as tx:
            rows = tx.run(
                "SELECT b.id, b.config #>> '{knowledge,refresh}' AS every,"
                " (b.config #>> '{knowledge,refresh_hour}')::integer AS hour,"
                " b.config #>> '{opening_hours,time_zone}' AS zone, newest.created_at AS last"
                " FROM businesses b LEFT JOIN LATERAL (SELECT created_at, status FROM knowledge_builds k"
                " WHERE k.business_id = b.id ORDER BY created_at DESC LIMIT 1) newest ON true"
                " WHERE b.config #> '{knowledge,refresh}' IS NOT NULL AND b.status = 'active'"
                " AND coalesce(newest.status, '') NOT IN ('queued', 'running')"
                " AND EXISTS (SELECT FROM knowledge_sources s WHERE s.business_id = b.id)"
            )
        return [found for row in rows if (found := _scheduled(row))]

    def queue_scheduled(self, business_id: str, build_id: str, since: dt.datetime) -> bool:
        """Queue a build unless one was asked for since; return whether it did. Many may try at once."""
        try:
            with self._database.tenant(business_id) as tx:
                row = tx.one(
                    "INSERT INTO knowledge_builds (business_id, id, requested_by, trigger)"
                    " SELECT %s, %s, %s, 'schedule' WHERE NOT EXISTS (SELECT FROM knowledge_builds"
                    " WHERE business_id = %s AND created_at >= %s::timestamptz) RETURNING id",
                    business_id, build_id, _SCHEDULER.name, business_id, since,
                )  # fmt: skip
                if row:
                    audit(tx, business_id, _SCHEDULER, "build.started", target=build_id)
        except (Conflict, NotFound):
            return False  # somebody else did, or the business is gone
        return row is not None


def _scheduled(row: dict[str, Any]) -> Scheduled | None:
    """Return what a row says; None for a schedule of a newer revision."""
    refresh = Refresh.of(row["every"], row["hour"], row["zone"] or "UTC")
    return Scheduled(row["id"], refresh, row["last"]) if refresh else None
