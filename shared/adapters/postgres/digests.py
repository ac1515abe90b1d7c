"""What a digest needs beyond the counts of analytics, and which digests were posted, in Postgres."""

import datetime as dt
from dataclasses import dataclass

from shared.adapters.postgres.database import Database
from shared.domain.digest import Behind, Week

# Doubled after each attempt up to six hours, and for three days: later it is no news.
FIRST_RETRY_S = 300
LONGEST_RETRY_S = 21_600
GIVE_UP_AFTER_S = 259_200
_MAX_ERROR = 300
_MOST_GAPS = 5000
# At seven in the morning the week that is over has been counted, and people begin to work.
_MORNING = dt.timedelta(hours=7)
_RETRY = (
    f"d.delivery <> 'delivered' AND d.at > %s::timestamptz - make_interval(secs => {GIVE_UP_AFTER_S})"
    " AND d.attempted_at <= %s::timestamptz"
    f" - make_interval(secs => least({FIRST_RETRY_S} * 2 ^ least(d.attempts - 1, 20), {LONGEST_RETRY_S}))"
)


@dataclass(frozen=True)
class DueDigest:
    """A digest that is to be posted now."""

    business_id: str
    week: Week


class DigestStore:
    """Reads for a digest, and keeps which were posted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def behind(self, business_id: str, now: dt.datetime) -> Behind:
        """Return what waits for the business."""
        with self._database.tenant(business_id) as tx:
            handoffs = tx.one(
                "SELECT count(*) AS open, count(*) FILTER (WHERE requested_at < %s::timestamptz - interval '1 day')"
                " AS late FROM handoffs WHERE business_id = %s AND status = 'requested'",
                now, business_id,
            )  # fmt: skip
            parked = tx.one(
                "SELECT count(*) AS n FROM crm_outbox WHERE business_id = %s AND status = 'parked'", business_id
            )
            held = tx.one(
                "SELECT count(*) AS n FROM knowledge_builds WHERE business_id = %s AND publish = 'blocked'"
                " AND id > coalesce((SELECT max(id) FROM knowledge_builds WHERE business_id = %s"
                " AND publish IN ('published', 'unchanged')), '')",
                business_id, business_id,
            )  # fmt: skip
        assert handoffs is not None  # noqa: S101 - an aggregate always has its row
        assert parked is not None  # noqa: S101
        assert held is not None  # noqa: S101
        return Behind(handoffs["open"], handoffs["late"], parked["n"], held["n"])

    def gap_intents(self, business_id: str, since: dt.datetime, until: dt.datetime) -> dict[str, int]:
        """Return how often an unanswered question had which intent, over the latest 5000."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                # As an array: joined, all turns of the week would be read for a few gaps.
                "SELECT data ->> 'intent' AS intent, count(*) AS n FROM events WHERE business_id = %s"
                " AND at >= %s::timestamptz - interval '1 hour' AND at < %s AND id = ANY(ARRAY("
                " SELECT session_id || '/' || (data ->> 'message_id') || '/turn' FROM events"
                " WHERE business_id = %s AND kind = 'gap' AND at >= %s AND at < %s ORDER BY at DESC LIMIT %s))"
                " GROUP BY 1",
                business_id, since, until, business_id, since, until, _MOST_GAPS,
            )  # fmt: skip
        return {row["intent"]: row["n"] for row in rows}

    def calls_by_hour(
        self, business_id: str, since: dt.datetime, until: dt.datetime
    ) -> tuple[tuple[dt.datetime, int], ...]:
        """Return how many calls each hour had."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "SELECT hour, sum(n)::bigint AS n FROM counts WHERE business_id = %s AND metric = 'calls'"
                " AND hour >= %s AND hour < %s GROUP BY hour ORDER BY hour",
                business_id, since, until,
            )  # fmt: skip
        return tuple((row["hour"], row["n"]) for row in rows)

    def due(self, now: dt.datetime, limit: int) -> list[DueDigest]:
        """Return the digests to be posted by now: of the last full week, where somebody waits for it. Platform only.

        A business that is younger than the week gets none of it.
        """
        with self._database.platform() as tx:
            rows = tx.run(
                "SELECT id, coalesce(config #>> '{opening_hours,time_zone}', 'UTC') AS zone, created_at,"
                " (SELECT array_agg(d.week) FROM digests d WHERE d.business_id = b.id"
                f" AND d.at > %s::timestamptz - interval '15 days' AND NOT ({_RETRY})) AS done"
                " FROM businesses b WHERE status = 'active' AND config #>> '{digest,webhook_url}' IS NOT NULL"
                " ORDER BY id",
                now, now, now,
            )  # fmt: skip
        found = (
            DueDigest(row["id"], week)
            for row in rows
            for week in (Week.last_full(now - _MORNING, row["zone"]),)
            if str(week) not in (row["done"] or ()) and row["created_at"] < week.span(row["zone"]).until
        )
        return [one for one, _ in zip(found, range(limit), strict=False)]

    def claim(self, business_id: str, week: Week, now: dt.datetime) -> bool:
        """Take it upon oneself to post a digest; False when another one has, a moment ago or for good."""
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "INSERT INTO digests AS d (business_id, week, at, attempted_at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (business_id, week) DO UPDATE SET attempts = d.attempts + 1,"
                f" attempted_at = excluded.attempted_at WHERE {_RETRY} RETURNING d.attempts",
                business_id, str(week), now, now, now, now,
            )  # fmt: skip
        return row is not None

    def told(self, business_id: str, week: Week, problem: str) -> None:
        """Keep how an attempt ended: `problem` is why the webhook did not take it, "" it did."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE digests SET delivery = %s, last_error = %s WHERE business_id = %s AND week = %s",
                "failed" if problem else "delivered", problem[:_MAX_ERROR], business_id, str(week),
            )  # fmt: skip
