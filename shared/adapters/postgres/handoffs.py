"""Calls for a person in Postgres: asked for by the chat function, answered through the admin API."""

from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.postgres.personal import HANDOFFS, Sealing
from shared.domain.errors import Conflict, NotFound
from shared.domain.records import Actor, HandoffRecord

_COLUMNS = (
    "id, session_id, reason, status, payload, delivery, attempts, last_error,"
    " requested_at, claimed_at, claimed_by, closed_at, sealed"
)
# Doubled after each attempt up to an hour, and for a day: whoever was to be called then has missed it.
FIRST_RETRY_S = 30
LONGEST_RETRY_S = 3600
GIVE_UP_AFTER_S = 86_400
_MAX_ERROR = 300
_DUE = (
    "delivery IN ('pending', 'failed') AND status = 'requested'"
    f" AND requested_at > now() - make_interval(secs => {GIVE_UP_AFTER_S})"
    " AND coalesce(attempted_at, requested_at) < now()"
    f" - make_interval(secs => least({FIRST_RETRY_S} * 2 ^ least(attempts, 20), {LONGEST_RETRY_S}))"
)


class HandoffStore:
    """Hand-offs of a business. Ids are `new_id`'s, which ascend in time.

    One that no key of the platform opens has no payload: it can be claimed and closed, and is not delivered.

    Args:
        sealing: how what was said is kept.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    def add(
        self, business_id: str, *, handoff_id: str, session_id: str, reason: str, payload: dict[str, Any]
    ) -> HandoffRecord:
        """Keep a call for a person, once. The same id again replaces the payload while nobody has claimed it."""
        told = self._sealing.written(HANDOFFS, business_id, {"reason": reason, "payload": payload})
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "INSERT INTO handoffs AS kept (business_id, id, session_id, reason, payload, sealed)"
                " VALUES (%s, %s, %s, %s, %s::jsonb, %s) ON CONFLICT (business_id, id) DO UPDATE"
                " SET payload = excluded.payload, reason = excluded.reason, sealed = excluded.sealed"
                " WHERE kept.status = 'requested' AND kept.session_id = excluded.session_id"
                f" RETURNING {_COLUMNS}",
                business_id, handoff_id, session_id, told["reason"], told["payload"], told["sealed"],
            )  # fmt: skip
            return self._shown(business_id, row) if row else self._found(tx, business_id, handoff_id)

    def get(self, business_id: str, handoff_id: str) -> HandoffRecord:
        """Return one hand-off; NotFound when the business has no such one."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            return self._found(tx, business_id, handoff_id)

    def list_of(self, business_id: str, limit: int, before: str = "", status: str | None = None) -> list[HandoffRecord]:
        """Return up to `limit` hand-offs, newest first, with an id below `before` and of one status when given."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM handoffs WHERE business_id = %s AND (%s = '' OR id < %s)"
                " AND (%s = '' OR status = %s) ORDER BY id DESC LIMIT %s",
                business_id, before, before, status or "", status or "", limit,
            )  # fmt: skip
        return [self._shown(business_id, row) for row in rows]

    def claim(self, business_id: str, handoff_id: str, actor: Actor) -> HandoffRecord:
        """Give a hand-off to whoever asks first. The same one again is fine, so that a lost answer can be repeated.

        Raises:
            Conflict: `already_claimed` by somebody else, or `handoff_closed`.
        """
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "UPDATE handoffs SET status = 'claimed', claimed_at = now(), claimed_by = %s"
                f" WHERE business_id = %s AND id = %s AND status = 'requested' RETURNING {_COLUMNS}",
                actor.name, business_id, handoff_id,
            )  # fmt: skip
            if row:
                audit(tx, business_id, actor, "handoff.claimed", target=handoff_id)
                return self._shown(business_id, row)
            current = self._found(tx, business_id, handoff_id)
        if current.status == "closed":
            raise Conflict("This hand-off is closed.", code="handoff_closed")
        if current.claimed_by != actor.name:
            raise Conflict(f"{current.claimed_by} has claimed this hand-off already.", code="already_claimed")
        return current

    def close(self, business_id: str, handoff_id: str, actor: Actor) -> HandoffRecord:
        """End a hand-off, claimed or not; one that is closed already is returned as it is."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "UPDATE handoffs SET status = 'closed', closed_at = now()"
                f" WHERE business_id = %s AND id = %s AND status <> 'closed' RETURNING {_COLUMNS}",
                business_id, handoff_id,
            )  # fmt: skip
            if row is None:
                return self._found(tx, business_id, handoff_id)
            audit(tx, business_id, actor, "handoff.closed", target=handoff_id)
        return self._shown(business_id, row)

    def set_delivery(
        self, business_id: str, handoff_id: str, delivery: str, error: str = "", actor: Actor | None = None
    ) -> HandoffRecord:
        """Keep how an attempt at the webhook ended: `delivered` (which stays), `failed`, `none` without a webhook."""
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "UPDATE handoffs SET attempts = attempts + %s, attempted_at = now(), last_error = %s,"
                " delivery = CASE WHEN delivery = 'delivered' THEN delivery ELSE %s END"
                f" WHERE business_id = %s AND id = %s RETURNING {_COLUMNS}",
                int(delivery != "none"), error[:_MAX_ERROR], delivery, business_id, handoff_id,
            )  # fmt: skip
            record = self._shown(business_id, row)
            if actor:
                audit(tx, business_id, actor, "handoff.delivery", target=handoff_id, detail={"delivery": delivery})
        return record

    def due(self, business_id: str, limit: int = 10) -> list[HandoffRecord]:
        """Return hand-offs whose webhook should be tried again now, oldest first, each to one caller only.

        One that no key opens is none of them: the webhook would be told nothing.
        """
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                # As an array it is worked out once: a subquery may be run for each row, and then finds more than LIMIT.
                "UPDATE handoffs SET attempted_at = now() WHERE business_id = %s AND id = ANY(ARRAY("
                f" SELECT id FROM handoffs WHERE business_id = %s AND {_DUE}"
                f" ORDER BY requested_at LIMIT %s FOR UPDATE SKIP LOCKED)) RETURNING {_COLUMNS}",
                business_id, business_id, limit,
            )  # fmt: skip
        found = [record for row in rows if (record := self._readable(business_id, row))]
        return sorted(found, key=lambda record: record.requested_at)

    def businesses_due(self, limit: int) -> list[str]:
        """Return businesses of which `due` would give something now, the longest waiting first. Platform only."""
        with self._database.platform() as tx:
            rows = tx.run(
                "SELECT business_id FROM handoffs WHERE business_id IN"
                f" (SELECT id FROM businesses WHERE status = 'active') AND {_DUE}"
                " GROUP BY business_id ORDER BY min(coalesce(attempted_at, requested_at)) LIMIT %s",
                limit,
            )  # fmt: skip
        return [row["business_id"] for row in rows]

    def _found(self, tx: Transaction, business_id: str, handoff_id: str) -> HandoffRecord:
        return self._shown(
            business_id,
            tx.one(f"SELECT {_COLUMNS} FROM handoffs WHERE business_id = %s AND id = %s", business_id, handoff_id),
        )

    def _shown(self, business_id: str, row: Row | None) -> HandoffRecord:
        if row is None:
            raise NotFound("There is no such hand-off.")
        return HandoffRecord(**self._sealing.shown(HANDOFFS, business_id, row))

    def _readable(self, business_id: str, row: Row) -> HandoffRecord | None:
        try:
            return HandoffRecord(**self._sealing.opened(HANDOFFS, business_id, row))
        except Conflict:
            return None
