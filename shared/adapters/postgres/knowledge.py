"""Knowledge builds and their pages in Postgres. The index itself lies in object storage."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.build_queue import end_and_retry, end_dead
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.domain.errors import Conflict, NotFound
from shared.domain.records import Actor, BuildRecord, PageRecord

_BUILD = (
    "id, status, phase, counts, reason, requested_by, cancel_requested,"
    " created_at, started_at, heartbeat_at, finished_at,"
    " trigger, attempt, retry_id, due_at, dispatched_at, seconds_left, publish, verdict, changes"
)


class BuildStore:
    """Builds of a business's index: at most one is active at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, business_id: str, build_id: str, actor: Actor) -> BuildRecord:
        """Queue a build. Conflict `build_running` while another one is active; it names that one."""
        self._settle_dead(business_id)
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "INSERT INTO knowledge_builds (business_id, id, requested_by) VALUES (%s, %s, %s)"
                f" ON CONFLICT (business_id) WHERE status IN ('queued', 'running') DO NOTHING RETURNING {_BUILD}",
                business_id, build_id, actor.name,
            )  # fmt: skip
            if row is None:
                raise self._running(tx, business_id)
            audit(tx, business_id, actor, "build.started", target=build_id)
        return _build(row)

    def get(self, business_id: str, build_id: str) -> BuildRecord:
        """Return one build; NotFound when the business has no such one."""
        self._settle_dead(business_id)
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                f"SELECT {_BUILD} FROM knowledge_builds WHERE business_id = %s AND id = %s",
                business_id,
                build_id,
            )  # fmt: skip
        return _build(row)

    def list_of(self, business_id: str, limit: int, before: str = "") -> list[BuildRecord]:
        """Return up to `limit` builds, newest first, with an id below `before` when given (ids ascend in time)."""
        self._settle_dead(business_id)
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                f"SELECT {_BUILD} FROM knowledge_builds"
                " WHERE business_id = %s AND (%s = '' OR id < %s) ORDER BY id DESC LIMIT %s",
                business_id, before, before, limit,
            )  # fmt: skip
        return [_build(row) for row in rows]

    def pages(self, business_id: str, build_id: str, limit: int, after: tuple[str, str] = ("", "")) -> list[PageRecord]:
        """Return what became of up to `limit` pages above (url, source id), in that order."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "SELECT url, source_id, outcome, reason, title, chunks, at FROM knowledge_pages"
                " WHERE business_id = %s AND build_id = %s AND (url, source_id) > (%s, %s)"
                " ORDER BY url, source_id LIMIT %s",
                business_id, build_id, *after, limit,
            )  # fmt: skip
        return [PageRecord(**row) for row in rows]

    def request_cancel(self, business_id: str, build_id: str, actor: Actor) -> BuildRecord:
        """Cancel a queued build, ask a running one to stop; a finished one is returned as it is."""
        waits, active = "status = 'queued'", "status IN ('queued', 'running')"
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                f"UPDATE knowledge_builds SET cancel_requested = cancel_requested OR {active},"
                f" finished_at = CASE WHEN {waits} THEN now() ELSE finished_at END,"
                f" phase = CASE WHEN {waits} THEN 'done' ELSE phase END,"
                f" reason = CASE WHEN {active} THEN '' ELSE reason END,"
                f" status = CASE WHEN {waits} THEN 'cancelled' ELSE status END"
                f" WHERE business_id = %s AND id = %s RETURNING {_BUILD}",
                business_id, build_id,
            )  # fmt: skip
            build = _build(row)
            audit(tx, business_id, actor, "build.cancel_requested", target=build_id)
        return build

    def claim(self, business_id: str, build_id: str) -> bool:
        """Mark a queued build as running; False when it is not queued (another process has it, or it was ended)."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "UPDATE knowledge_builds SET status = 'running', started_at = now(), heartbeat_at = now(),"
                " dispatched_at = coalesce(dispatched_at, now())"
                " WHERE business_id = %s AND id = %s AND status = 'queued' RETURNING id",
                business_id, build_id,
            )  # fmt: skip
        return bool(rows)

    def beat(self, business_id: str, build_id: str) -> str:
        """Say that a build is alive; return `go_on`, `cancel`, or `ended`: it was given up."""
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "UPDATE knowledge_builds SET heartbeat_at = now() WHERE business_id = %s AND id = %s"
                " AND status = 'running' RETURNING cancel_requested",
                business_id, build_id,
            )  # fmt: skip
        return "ended" if row is None else "cancel" if row["cancel_requested"] else "go_on"

    def progress(
        self, business_id: str, build_id: str, phase: str, counts: dict[str, int], pages: Sequence[dict[str, Any]],
        *, seconds_left: int | None = None,
    ) -> bool:  # fmt: skip
        """Write phase, counts and pages finished since the last call; return False when the build should stop."""
        latest = {(page["source_id"], page["url"]): page for page in pages}
        with self._database.tenant(business_id) as tx:
            if pages:
                tx.run(
                    "INSERT INTO knowledge_pages"
                    " (business_id, build_id, url, source_id, outcome, reason, title, chunks)"
                    " SELECT %s, %s, url, source_id, outcome, reason, title, chunks FROM jsonb_to_recordset(%s::jsonb)"
                    " AS page(url text, source_id text, outcome text, reason text, title text, chunks integer)"
                    " ON CONFLICT (business_id, build_id, url, source_id) DO UPDATE SET outcome = excluded.outcome,"
                    " reason = excluded.reason, title = excluded.title, chunks = excluded.chunks, at = now()",
                    business_id, build_id, json.dumps(list(latest.values())),
                )  # fmt: skip
            row = tx.one(
                "UPDATE knowledge_builds SET phase = %s, counts = %s::jsonb, seconds_left = %s, heartbeat_at = now()"
                " WHERE business_id = %s AND id = %s AND status = 'running' RETURNING cancel_requested",
                phase, json.dumps(counts), seconds_left, business_id, build_id,
            )  # fmt: skip
        return row is not None and not row["cancel_requested"]

    def finish(
        self, business_id: str, build_id: str, *, status: str, reason: str = "",
        counts: Mapping[str, int] | None = None, publish: str = "", verdict: Mapping[str, Any] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """End an active build as `succeeded`, `failed` or `cancelled`.

        What it says of `counts`, `verdict` and `changes` is kept as it was when they are None.
        """
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE knowledge_builds SET status = %s, reason = %s, phase = 'done', finished_at = now(),"
                " seconds_left = NULL, counts = coalesce(%s::jsonb, counts), publish = %s,"
                " verdict = coalesce(%s::jsonb, verdict), changes = coalesce(%s::jsonb, changes)"
                " WHERE business_id = %s AND id = %s AND status IN ('queued', 'running')",
                status, reason, _json(counts), publish, _json(verdict), _json(changes), business_id, build_id,
            )  # fmt: skip

    def try_again(self, business_id: str, build_id: str, reason: str, wait_s: float = 0) -> None:
        """End an active build for a cause that passes: another one does its work, once."""
        with self._database.tenant(business_id) as tx:
            end_and_retry(tx, business_id, build_id, reason, wait_s)

    def switched_to(self, business_id: str, build_id: str, actor: Actor, detail: Mapping[str, Any]) -> None:
        """Note that somebody let a build that had ended answer; what held it back does not any more."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE knowledge_builds SET publish = 'published', reason = '' WHERE business_id = %s AND id = %s",
                business_id, build_id,
            )  # fmt: skip
            audit(tx, business_id, actor, "build.published", target=build_id, detail=dict(detail))

    def _settle_dead(self, business_id: str) -> None:
        with self._database.tenant(business_id) as tx:
            end_dead(tx, business_id)

    @staticmethod
    def _running(tx: Transaction, business_id: str) -> Conflict:
        row = tx.one(
            "SELECT id, status FROM knowledge_builds WHERE business_id = %s AND status IN ('queued', 'running')",
            business_id,
        )  # fmt: skip
        if row is None:
            return Conflict("Another build of this business has just ended; try again.", code="build_running")
        what = "is running" if row["status"] == "running" else "waits for its turn"
        return Conflict(f"Build {row['id']} of this business {what}.", code="build_running", existing=row["id"])


def _build(row: Row | None) -> BuildRecord:
    if row is None:
        raise NotFound("There is no such build.")
    return BuildRecord(**row)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(dict(value))
