"""The CRM outbox in Postgres: what waits to be written into each business's CRM, given to one worker at a time.

Entries that share a person are delivered in the order in which they were made: none is given out while an older one
waits (or, a contact, is parked), or while any other of that person is being worked on.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.postgres.outbox_forms import UNFINISHED, keep
from shared.adapters.postgres.personal import OUTBOX, Sealing
from shared.domain.errors import Conflict, NotFound
from shared.domain.ids import new_id
from shared.domain.outbox import OutboxEntry, OutboxJob, OutboxRecord
from shared.domain.records import Actor

_COLUMNS = (
    "id, key, kind, session_id, payload, status, attempts, reason, category, remote_id,"
    " created_at, updated_at, next_at, delivered_at, sealed, sealed_reason"
)
_MAX_REASON = 300
_MAX_DELAY_S = 7 * 86_400.0  # whatever a CRM asks for

_HELD_BACK = "(status = 'pending' OR (status = 'parked' AND kind = 'contact'))"
_LEASED = "(lease <> '' AND lease_until > now())"
_DUE = f"status = 'pending' AND next_at <= now() AND NOT {_LEASED}"


def _ready(scope: str) -> str:
    """Return the query of what may be given out now, among the entries of `scope`."""
    return (
        "SELECT business_id, id, min(next_at) AS next_at FROM ("
        f" SELECT business_id, id, next_at, person, ({_DUE}) AS due,"
        f" min(id) FILTER (WHERE {_HELD_BACK}) OVER same AS first, bool_or({_LEASED}) OVER same AS busy"
        " FROM crm_outbox LEFT JOIN LATERAL unnest(people) AS person ON true"
        f" WHERE {scope} AND {UNFINISHED}"
        ' WINDOW same AS (PARTITION BY business_id, person COLLATE "C")) AS places'
        " WHERE due GROUP BY business_id, id HAVING bool_and(person IS NULL OR (first = id AND NOT busy))"
    )


def _newest(kind: str) -> str:
    """Return the subquery of the newest id known in the CRM for a session's entries of this kind."""
    return (
        "coalesce((SELECT other.remote_id FROM crm_outbox AS other WHERE other.business_id = kept.business_id"
        f" AND other.session_id = kept.session_id AND other.kind = '{kind}' AND other.remote_id <> ''"
        f" ORDER BY other.id DESC LIMIT 1), '') AS {kind}_id"
    )


_CLAIM = (
    # As an array it is worked out once, whatever the planner thinks of a table that grew since it last looked.
    "WITH picked AS (SELECT id, first_attempt_at IS NOT NULL AS tried FROM crm_outbox WHERE business_id = %s"
    f" AND id = ANY(ARRAY(SELECT id FROM ({_ready('business_id = %s')}) AS ready ORDER BY id LIMIT %s))"
    f" AND {_DUE} FOR UPDATE SKIP LOCKED)"
    " UPDATE crm_outbox AS kept SET lease = %s, lease_until = clock_timestamp() + make_interval(secs => %s),"
    " attempts = kept.attempts + 1, first_attempt_at = coalesce(kept.first_attempt_at, now())"
    " FROM picked WHERE kept.business_id = %s AND kept.id = picked.id"
    " RETURNING kept.business_id, kept.id, kept.key, kept.kind, kept.session_id, kept.payload, kept.sealed,"
    f" kept.version, kept.attempts, kept.first_attempt_at, kept.remote_id, kept.lease, picked.tried,"
    f" {_newest('contact')}, {_newest('deal')}"
)


class OutboxStore:
    """The outbox of each business. Ids are `new_id`'s, which ascend in time.

    Args:
        sealing: how what is to be written, and what the CRM says of it, are kept.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    def add(self, business_id: str, entries: Sequence[OutboxEntry]) -> int:
        """Keep entries in their order, all or none; return how many are new or have another payload than before.

        A key that is there takes the new payload and waits again, keeping its place in the order and what is known of
        it in the CRM. With the payload it has, nothing changes.
        """
        merged = _merged(entries)
        if not merged:
            return 0
        ids = sorted(new_id("lead") for _ in merged)  # made in the same moment they are in no order by themselves
        with self._database.tenant(business_id) as tx:
            return keep(tx, self._sealing, business_id, merged, ids)

    def claim(self, business_id: str, lease: str, limit: int, lease_s: float) -> list[OutboxJob]:
        """Give out up to `limit` entries that are due, oldest first, of different people, each to one caller.

        One that no key of the platform opens is parked instead, as `unreadable`.

        Args:
            business_id: whose.
            lease: who claims; every claim gets a lease of its own, so that a worker cannot pass for its own successor.
            limit: at most so many.
            lease_s: after this time without an end the entry is given out again.
        """
        lease = f"{lease}/{secrets.token_hex(8)}"
        with self._database.tenant(business_id) as tx:
            # One claim after another: each must see what the one before it has taken.
            tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"crm_outbox:{business_id}")
            rows = tx.run(_CLAIM, business_id, business_id, limit, lease, lease_s, business_id)
        jobs = [job for row in rows if (job := self._job(business_id, row))]
        return sorted(jobs, key=lambda job: job.id)

    def delivered(self, business_id: str, job: OutboxJob, remote_id: str) -> bool:
        """Keep that the CRM has it; with a newer payload it waits again. False when the lease is somebody else's."""
        return self._end(
            business_id, job,
            "remote_id = coalesce(nullif(%s, ''), remote_id), delivered_at = now(), updated_at = now(),"
            " reason = '', sealed_reason = NULL, category = '',"
            " status = CASE WHEN version = %s THEN 'delivered' ELSE status END",
            remote_id, job.version,
        )  # fmt: skip

    def postpone(self, business_id: str, job: OutboxJob, category: str, reason: str, delay_s: float) -> bool:
        """Try it again after `delay_s`. False when the lease is somebody else's."""
        return self._end(
            business_id, job,
            "category = %s, reason = %s, sealed_reason = %s, next_at = now() + make_interval(secs => %s)",
            category, *self._said(business_id, reason), min(max(0.0, delay_s), _MAX_DELAY_S),
        )  # fmt: skip

    def park(self, business_id: str, job: OutboxJob, category: str, reason: str) -> bool:
        """Leave it for a person; with a newer payload it is tried at once. False when the lease is somebody else's."""
        same, (said, sealed) = job.version, self._said(business_id, reason)
        return self._end(
            business_id, job,
            "updated_at = now(), category = CASE WHEN version = %s THEN %s ELSE '' END,"
            " reason = CASE WHEN version = %s THEN %s ELSE '' END,"
            " sealed_reason = CASE WHEN version = %s THEN %s::bytea END,"
            " status = CASE WHEN version = %s AND status = 'pending' THEN 'parked' ELSE status END",
            same, category, same, said, same, sealed, same,
        )  # fmt: skip

    def release(self, business_id: str, job: OutboxJob) -> bool:
        """Give it back without having tried. False when the lease is somebody else's."""
        return self._end(
            business_id, job,
            "attempts = greatest(attempts - 1, 0), first_attempt_at = CASE WHEN %s THEN first_attempt_at END",
            job.tried,
        )  # fmt: skip

    def requeue(self, business_id: str, entry_id: str | None, actor: Actor) -> int:
        """Try everything parked again, or one entry whether parked, cancelled or waiting; return how many.

        Raises:
            NotFound: there is no such entry.
            Conflict: `already_delivered`.
        """
        chosen = "status = 'parked'" if entry_id is None else "status <> 'delivered' AND id = %s"
        named = () if entry_id is None else (entry_id,)
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                "UPDATE crm_outbox SET status = 'pending', attempts = 0, next_at = now(), updated_at = now(),"
                f" reason = '', sealed_reason = NULL, category = '' WHERE business_id = %s AND {chosen} RETURNING id",
                business_id, *named,
            )  # fmt: skip
            if rows:
                audit(tx, business_id, actor, "crm.requeued", target=entry_id or "", detail={"entries": len(rows)})
            elif entry_id is not None:
                self._found(tx, business_id, entry_id)
                raise _already_delivered()
        return len(rows)

    def cancel(self, business_id: str, entry_id: str, actor: Actor) -> OutboxRecord:
        """Give an entry up; one that is already is returned as it is. What a worker is just sending may still arrive.

        Raises:
            NotFound: there is no such entry.
            Conflict: `already_delivered`.
        """
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(
                "UPDATE crm_outbox SET status = 'cancelled', updated_at = now()"
                f" WHERE business_id = %s AND id = %s AND status IN ('pending', 'parked') RETURNING {_COLUMNS}",
                business_id, entry_id,
            )  # fmt: skip
            if row:
                audit(tx, business_id, actor, "crm.cancelled", target=entry_id)
                return self._record(business_id, row)
            current = self._found(tx, business_id, entry_id)
        if current.status == "delivered":
            raise _already_delivered()
        return current

    def get(self, business_id: str, entry_id: str) -> OutboxRecord:
        """Return one entry; NotFound when the business has no such one."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            return self._found(tx, business_id, entry_id)

    def list_of(
        self, business_id: str, limit: int, before: str = "", status: str | None = None, kind: str | None = None
    ) -> list[OutboxRecord]:
        """Return up to `limit` entries, newest first, with an id below `before`, of one status and kind when given."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM crm_outbox WHERE business_id = %s AND (%s = '' OR id < %s)"
                " AND (%s = '' OR status = %s) AND (%s = '' OR kind = %s) ORDER BY id DESC LIMIT %s",
                business_id, before, before, status or "", status or "", kind or "", kind or "", limit,
            )  # fmt: skip
        return [self._record(business_id, row) for row in rows]

    def counts(self, business_id: str) -> dict[str, int]:
        """Return how many entries have each status, and `oldest_waiting_s`: how long the longest waiting one has."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                "SELECT status, count(*) AS entries, extract(epoch FROM now() - min(updated_at))::bigint AS age"
                " FROM crm_outbox WHERE business_id = %s GROUP BY status", business_id,
            )  # fmt: skip
        found = {"pending": 0, "delivered": 0, "parked": 0, "cancelled": 0}
        found |= {row["status"]: row["entries"] for row in rows}
        ages = [row["age"] for row in rows if row["status"] == "pending"]
        return found | {"oldest_waiting_s": max([0, *ages])}

    def businesses_due(self, limit: int) -> list[str]:
        """Return businesses that a claim would give something now, the longest waiting first. Platform only."""
        due = _ready(
            "business_id IN (SELECT business_id FROM crm_outbox WHERE status = 'pending' AND next_at <= now())"
        )
        with self._database.platform() as tx:
            rows = tx.run(
                f"SELECT business_id FROM ({due}) AS ready"
                " JOIN businesses ON businesses.id = business_id AND businesses.status = 'active'"
                " GROUP BY business_id ORDER BY min(next_at) LIMIT %s", limit,
            )  # fmt: skip
        return [row["business_id"] for row in rows]

    def _end(self, business_id: str, job: OutboxJob, change: str, *parameters: object) -> bool:
        """Change an entry and give up its lease, unless the lease is somebody else's by now."""
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                f"UPDATE crm_outbox SET lease = '', lease_until = NULL, {change}"
                " WHERE business_id = %s AND id = %s AND lease = %s AND lease <> '' RETURNING id",
                *parameters, business_id, job.id, job.lease,
            )  # fmt: skip
        return row is not None

    def _said(self, business_id: str, reason: str) -> tuple[str, bytes | None]:
        """Return why, in the CRM's words, as it is kept: they may quote what was sent."""
        return self._sealing.alone(OUTBOX, business_id, "reason", reason[:_MAX_REASON])

    def _job(self, business_id: str, row: Row) -> OutboxJob | None:
        """Return a claimed entry; one that no key opens is parked, for a person to look at."""
        try:
            return OutboxJob(**self._sealing.opened(OUTBOX, business_id, row))
        except Conflict as error:
            job = OutboxJob(**self._sealing.shown(OUTBOX, business_id, row))
            self.park(business_id, job, error.code, error.detail)
            return None

    def _found(self, tx: Transaction, business_id: str, entry_id: str) -> OutboxRecord:
        row = tx.one(f"SELECT {_COLUMNS} FROM crm_outbox WHERE business_id = %s AND id = %s", business_id, entry_id)
        if row is None:
            raise NotFound("There is no such entry.")
        return self._record(business_id, row)

    def _record(self, business_id: str, row: Row) -> OutboxRecord:
        return OutboxRecord(**self._sealing.shown(OUTBOX, business_id, row))


def _merged(entries: Sequence[OutboxEntry]) -> list[OutboxEntry]:
    """Return the entries with each key once: its last payload, at its first place."""
    merged: dict[str, OutboxEntry] = {}
    for entry in entries:
        before = merged.get(entry.key, entry)
        merged[entry.key] = replace(entry, people=tuple(dict.fromkeys(before.people + entry.people)))
    return list(merged.values())


def _already_delivered() -> Conflict:
    return Conflict("The CRM has this already.", code="already_delivered")
