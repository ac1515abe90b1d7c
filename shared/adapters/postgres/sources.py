"""Knowledge sources in Postgres: what a business's index is built from."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row
from shared.domain.errors import NotFound
from shared.domain.records import Actor, SourceRecord

_SOURCE = "id, kind, name, spec, created_at, updated_at"


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

    def replace(
        self, business_id: str, source_id: str, actor: Actor, *, kind: str, name: str, spec: dict[str, Any]
    ) -> SourceRecord:
        """Describe a source anew; NotFound when the business has none of this id and kind."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "UPDATE knowledge_sources SET name = %s, spec = %s::jsonb, updated_at = now()"
                f" WHERE business_id = %s AND id = %s AND kind = %s RETURNING {_SOURCE}",
                name, json.dumps(spec), business_id, source_id, kind,
            )  # fmt: skip
            replaced = _source(row)
            audit(tx, business_id, actor, "source.updated", target=source_id, detail={"kind": kind})
        return replaced

    def amend(
        self, business_id: str, source_id: str, actor: Actor, *, kind: str, name: str,
        amended: Callable[[Mapping[str, Any]], dict[str, Any]],
    ) -> None:  # fmt: skip
        """Describe a source by what it says already, {} for one that is made by it. Nobody else changes it meanwhile.

        What `amended` raises leaves the source as it was.
        """
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"source:{business_id}:{source_id}")
            found = tx.one(
                "SELECT spec FROM knowledge_sources WHERE business_id = %s AND id = %s FOR UPDATE",
                business_id, source_id,
            )  # fmt: skip
            spec = json.dumps(amended(found["spec"] if found else {}))
            tx.run(
                "INSERT INTO knowledge_sources (business_id, id, kind, name, spec) VALUES (%s, %s, %s, %s, %s::jsonb)"
                " ON CONFLICT (business_id, id) DO UPDATE SET spec = excluded.spec, updated_at = now()",
                business_id, source_id, kind, name, spec,
            )  # fmt: skip
            action = "source.updated" if found else "source.created"
            audit(tx, business_id, actor, action, target=source_id, detail={"kind": kind})

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


def _source(row: Row | None) -> SourceRecord:
    if row is None:
        raise NotFound("There is no such source.")
    return SourceRecord(**row)
