"""Knowledge sources, builds and their pages in Postgres. The index itself lies in object storage."""

import json
from collections.abc import Sequence
from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row
from shared.domain.errors import Conflict, NotFound
from shared.domain.records import Actor, BuildRecord, PageRecord, SourceRecord

_SOURCE = "id, kind, name, spec, created_at, updated_at"
_BUILD = (
    "id, status, phase, counts, reason, requested_by, cancel_requested,"
    " created_at, started_at, heartbeat_at, finished_at"
)
# A build process that has not been heard of for so long is dead: it writes at least every few seconds.
SILENT_AFTER_S = 90


class SourceStore:
    """The sources a business's index is built from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, business_id: str, actor: Actor, *, source_id: str, kind: str, name: str, spec: dict[str, Any]
    ) -> SourceRecord:
        """Keep a new source."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "INSERT INTO knowledge_sources (business_id, id, kind, name, spec)"
                f" VALUES (%s, %s, %s, %s, %s::jsonb) RETURNING {_SOURCE}",
                business_id, source_id, kind, name, json.dumps(spec),
            )  # fmt: skip
            audit(tx, business_id, actor, "source.created", target=source_id, detail={"kind": kind})
        return _source(row)

    def get(self, business_id: str, source_id: str) -> SourceRecord:
        """Return one source; NotFound when the business has no such one."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                f"SELECT {_SOURCE} FROM knowledge_sources WHERE business_id = %s AND id = %s",
                business_id,
                source_id,
            )  # fmt: skip
        return _source(row)

    def list_of(self, business_id: str, limit: int, after: str = "") -> list[SourceRecord]:
        """Return up to `limit` sources with an id above `after`, in order of their ids."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                f"SELECT {_SOURCE} FROM knowledge_sources"
                " WHERE business_id = %s AND id > %s ORDER BY id LIMIT %s",
                business_id, after, limit,
            )  # fmt: skip
        return [_source(row) for row in rows]

    def remove(self, business_id: str, source_id: str, actor: Actor) -> SourceRecord:
        """Remove a source; what is indexed of it goes with the next build."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                f"DELETE FROM knowledge_sources WHERE business_id = %s AND id = %s RETURNING {_SOURCE}",
                business_id, source_id,
            )  # fmt: skip
            removed = _source(row)
            audit(tx, business_id, actor, "source.deleted", target=source_id)
        return removed


class BuildStore:
    """Builds of a business's index: at most one is active at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, business_id: str, build_id: str, actor: Actor) -> BuildRecord:
        """Queue a build. Conflict `build_running` while another one is active."""
        self._fail_silent(business_id)
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            try:
                row = tx.one(
                    "INSERT INTO knowledge_builds (business_id, id, requested_by)"
                    f" VALUES (%s, %s, %s) RETURNING {_BUILD}",
                    business_id, build_id, actor.name,
                )  # fmt: skip
            except Conflict:
                raise Conflict("A build of this business is already running.", code="build_running") from None
            audit(tx, business_id, actor, "build.started", target=build_id)
        return _build(row)

    def get(self, business_id: str, build_id: str) -> BuildRecord:
        """Return one build; NotFound when the business has no such one."""
        self._fail_silent(business_id)
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
        self._fail_silent(business_id)
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
        """Ask an active build to stop; a finished one is returned as it is."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "UPDATE knowledge_builds SET cancel_requested = cancel_requested OR status IN ('queued', 'running')"
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
                "UPDATE knowledge_builds SET status = 'running', started_at = now(), heartbeat_at = now()"
                " WHERE business_id = %s AND id = %s AND status = 'queued' RETURNING id",
                business_id,
                build_id,
            )  # fmt: skip
        return bool(rows)

    def progress(
        self, business_id: str, build_id: str, phase: str, counts: dict[str, int], pages: Sequence[dict[str, Any]]
    ) -> bool:
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
                "UPDATE knowledge_builds SET phase = %s, counts = %s::jsonb, heartbeat_at = now()"
                " WHERE business_id = %s AND id = %s AND status = 'running' RETURNING cancel_requested",
                phase, json.dumps(counts), business_id, build_id,
            )  # fmt: skip
        return row is not None and not row["cancel_requested"]

    def finish(
        self, business_id: str, build_id: str, *, status: str, reason: str = "", counts: dict[str, int] | None = None
    ) -> None:
        """End an active build as `succeeded`, `failed` or `cancelled`."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE knowledge_builds SET status = %s, reason = %s, phase = 'done', finished_at = now(),"
                " counts = coalesce(%s::jsonb, counts)"
                " WHERE business_id = %s AND id = %s AND status IN ('queued', 'running')",
                status, reason, None if counts is None else json.dumps(counts), business_id, build_id,
            )  # fmt: skip

    def _fail_silent(self, business_id: str) -> None:
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE knowledge_builds SET status = 'failed', phase = 'done', finished_at = now(),"
                " reason = 'The build process stopped without a word; start it again.'"
                " WHERE business_id = %s AND status IN ('queued', 'running')"
                " AND heartbeat_at < now() - make_interval(secs => %s)",
                business_id, SILENT_AFTER_S,
            )  # fmt: skip


def _source(row: Row | None) -> SourceRecord:
    if row is None:
        raise NotFound("There is no such source.")
    return SourceRecord(**row)


def _build(row: Row | None) -> BuildRecord:
    if row is None:
        raise NotFound("There is no such build.")
    return BuildRecord(**row)
