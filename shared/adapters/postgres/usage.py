"""What was used and what it cost, in Postgres: read from the counts, never from the events. Changes nothing."""

import datetime as dt

from shared.adapters.postgres.database import Database
from shared.domain.budget import Spent
from shared.domain.usage import BusinessUsage


class UsageStore:
    """Usage by business."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spent(self, business_id: str, zone: str, now: dt.datetime) -> Spent:
        """Return what was spent since the beginning of the month and of the day, by the clock of `zone`."""
        with self._database.tenant(business_id) as tx:
            row = tx.one(
                "SELECT coalesce(sum(total), 0)::bigint AS month, coalesce(sum(total) FILTER"
                " (WHERE hour >= date_trunc('day', %s::timestamptz, %s)), 0)::bigint AS day FROM counts"
                " WHERE business_id = %s AND metric = 'usage' AND hour >= date_trunc('month', %s::timestamptz, %s)",
                now, zone, business_id, now, zone,
            )  # fmt: skip
        return Spent(**row) if row else Spent()

    def by_business(
        self, since: dt.date, until: dt.date, limit: int, after: tuple[int, str] | None
    ) -> list[BusinessUsage]:
        """Return up to `limit` active businesses, the dearest first. Platform only.

        Args:
            since: the first day, of UTC.
            until: the day after the last one.
            limit: how many.
            after: cost and id of the last one of the page before; None for the first page.
        """
        micros, business_id = after or (None, "")
        with self._database.platform() as tx:
            rows = tx.run(
                # One look into the index for each business and metric: the rest of the counts is not read.
                "SELECT b.id AS business_id, b.config ->> 'name' AS name, used.* FROM businesses b CROSS JOIN LATERAL"
                " (SELECT coalesce(sum(total) FILTER (WHERE metric = 'usage'), 0)::bigint AS micros,"
                "  coalesce(sum(n) FILTER (WHERE metric = 'turns'), 0)::bigint AS turns,"
                "  coalesce(sum(n) FILTER (WHERE metric = 'calls'), 0)::bigint AS calls,"
                "  coalesce(sum(total) FILTER (WHERE metric = 'calls'), 0)::bigint AS call_seconds"
                "  FROM count_days WHERE business_id = b.id AND metric IN ('usage', 'turns', 'calls')"
                "  AND day >= %s::timestamp AT TIME ZONE 'UTC' AND day < %s::timestamp AT TIME ZONE 'UTC') used"
                " WHERE b.status = 'active' AND (%s::bigint IS NULL OR micros < %s::bigint"
                "  OR micros = %s::bigint AND b.id > %s)"
                " ORDER BY micros DESC, b.id LIMIT %s",
                since, until, micros, micros, micros, business_id, limit,
            )  # fmt: skip
        return [BusinessUsage(**row) for row in rows]

    def with_budgets(self) -> list[str]:
        """Return the active businesses that want to be told when their budget runs out. Platform only."""
        with self._database.platform() as tx:
            rows = tx.run(
                "SELECT id FROM businesses WHERE status = 'active' AND config #>> '{budget,alerts_to}' IS NOT NULL"
                " AND coalesce(config #>> '{budget,monthly_usd}', config #>> '{budget,daily_usd}') IS NOT NULL"
                " ORDER BY id"
            )
        return [row["id"] for row in rows]
