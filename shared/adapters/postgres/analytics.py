"""What was counted, read from Postgres: hours and days by ranges of their primary keys. Writes nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from shared.adapters.postgres.database import Database, Row
from shared.domain.analytics import Tally
from shared.domain.spans import Piece, Span

# Each piece of each metric is a range of a primary key: `counts` for hours, `count_days` for whole UTC days. A range
# is read once, for the point that has it (`more`) and the one it is taken away from (`less`).
_OF_PIECES = """
    SELECT u.point, m.metric, c.channel, c.key, u.sign * c.n AS n, u.sign * c.total AS total
    FROM unnest(%s::timestamptz[], %s::timestamptz[], %s::int[], %s::int[]) AS p(since, until, more, less)
    CROSS JOIN unnest(%s::text[]) AS m(metric)
    CROSS JOIN LATERAL (
        SELECT {channel} AS channel, t.key, sum(t.n)::bigint AS n, sum(t.total) AS total FROM {table} t
        WHERE t.business_id = %s AND t.metric = m.metric AND t.{time} >= p.since AND t.{time} < p.until {where}
        GROUP BY 1, 2
    ) c
    CROSS JOIN LATERAL (VALUES (p.more, 1), (p.less, -1)) AS u(point, sign)
    WHERE u.point IS NOT NULL"""
_TABLES = (("counts", "hour", False), ("count_days", "day", True))
_Range = tuple[dt.datetime, dt.datetime, int | None, int | None]
# The planner cannot know how long a piece is. It guesses a day of rows: it would sort a year of them and not hash it,
# and compile for longer than the query runs.
_PLANNING = "SELECT set_config('enable_sort', 'off', true), set_config('jit', 'off', true)"

# What was only in the hours that are taken away from a day is not there; its sum of numbers may leave a hair of it.
_ANY = "HAVING sum(n) <> 0 OR abs(sum(total)) > 1e-6"
# One value of JSON, column by column: a row of a result, or an array a row, costs more than all that is in it.
_TALLIES = """
WITH found AS ({found})
SELECT json_build_array(json_agg(point), json_agg(metric), json_agg(channel), json_agg(key), json_agg(n),
    json_agg(total)) AS found
FROM (
    SELECT point, metric, channel, key, sum(n)::bigint AS n, sum(total) AS total FROM found GROUP BY 1, 2, 3, 4 {any}
) s"""

# By the first point and metric, then by all of the first point. What is beyond the limit is one key, "".
_RANKED = """
WITH found AS ({found}),
sums AS (SELECT point, metric, key, sum(n)::bigint AS n, sum(total) AS total FROM found GROUP BY 1, 2, 3 {any}),
places AS (
    SELECT key, row_number() OVER (ORDER BY
        coalesce(sum(n) FILTER (WHERE point = 0 AND metric = %s), 0) DESC,
        coalesce(sum(n) FILTER (WHERE point = 0), 0) DESC, sum(n) DESC, key COLLATE "C") AS place
    FROM sums GROUP BY key
),
shown AS (
    SELECT least(place, %s::int + 1) AS place, point, metric, CASE WHEN place <= %s::int THEN key ELSE '' END AS key,
        sum(n)::bigint AS n, sum(total) AS total
    FROM sums JOIN places USING (key) GROUP BY 1, 2, 3, 4
)
SELECT coalesce(json_agg(json_build_array(place, point, metric, key, n, total) ORDER BY place), '[]') AS found,
    (SELECT count(*) FROM places) AS keys
FROM shown"""

_WEEK = """
SELECT coalesce(json_agg(json_build_array(day, clock, n)), '[]') AS found FROM (
    SELECT extract(isodow FROM hour AT TIME ZONE %s)::int AS day, extract(hour FROM hour AT TIME ZONE %s)::int AS clock,
        sum(n)::bigint AS n
    FROM (SELECT t.hour, sum(t.n) AS n FROM counts t
          WHERE t.business_id = %s AND t.metric = %s AND t.hour >= %s AND t.hour < %s {where} GROUP BY 1) hours
    GROUP BY 1, 2
) week"""


@dataclass(frozen=True)
class Ranked:
    """The keys that were counted most, best first, each with its tallies; what is beyond the limit, and how many."""

    keys: dict[str, tuple[Tally, ...]]
    other: tuple[Tally, ...]
    other_keys: int


class AnalyticsStore:
    """Reads counts of a business. Pieces come from `Span.pieces`; `channel` None is all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tallies(
        self,
        business_id: str,
        metrics: Sequence[str],
        pieces: Sequence[Piece],
        channel: str | None = None,
        *,
        by_channel: bool = False,
    ) -> list[Tally]:
        """Return what was counted by point, metric and key, and by channel too if so wanted (else that is "")."""
        found, parameters = _found(business_id, metrics, pieces, channel, "t.channel" if by_channel else "''")
        row = self._one(business_id, _TALLIES.format(found=found, any=_ANY), *parameters)
        return list(map(Tally, *(column or () for column in row["found"])))

    def ranked(
        self, business_id: str, metrics: Sequence[str], pieces: Sequence[Piece], limit: int, channel: str | None = None
    ) -> Ranked:
        """Return the `limit` keys of which the first metric was counted most at point 0, summed over channels."""
        found, parameters = _found(business_id, metrics, pieces, channel, "''")
        row = self._one(business_id, _RANKED.format(found=found, any=_ANY), *parameters, metrics[0], limit, limit)
        keys: dict[str, list[Tally]] = {}
        other: list[Tally] = []
        for place, point, metric, key, n, total in row["found"]:
            of = other if place > limit else keys.setdefault(key, [])
            of.append(Tally(point, metric, "", key, n, total))
        return Ranked({key: tuple(of) for key, of in keys.items()}, tuple(other), max(0, row["keys"] - limit))

    def week(self, business_id: str, metric: str, span: Span, channel: str | None = None) -> list[list[int]]:
        """Return how often a metric was counted by weekday (Monday first) and hour of the business's clock."""
        where, values = _channel(channel)
        zone = span.zone.key
        row = self._one(
            business_id, _WEEK.format(where=where), zone, zone, business_id, metric, span.since, span.until, *values
        )
        week = [[0] * 24 for _ in range(7)]
        for day, clock, n in row["found"]:
            week[day - 1][clock] = n
        return week

    def _one(self, business_id: str, sql: str, *parameters: object) -> Row:
        with self._database.tenant(business_id) as tx:
            tx.run(_PLANNING)
            row = tx.one(sql, *parameters)
        assert row is not None  # noqa: S101 - an aggregate always has its row
        return row


def _found(
    business_id: str, metrics: Sequence[str], pieces: Sequence[Piece], only: str | None, channel: str
) -> tuple[str, list[object]]:
    """Return the query for what was counted in the pieces (of one channel `only`), and its parameters.

    `channel` is the expression by which channels are kept apart, or a constant.
    """
    where, values = _channel(only)
    queries, parameters = list[str](), list[object]()
    for table, time, days in _TABLES:
        of = [piece for piece in pieces if piece.days is days]
        if of:
            queries.append(_OF_PIECES.format(table=table, time=time, where=where, channel=channel))
            parameters += [*map(list, zip(*_ranges(of), strict=True)), list(metrics), business_id, *values]
    return "\n    UNION ALL".join(queries), parameters


def _ranges(pieces: Sequence[Piece]) -> list[_Range]:
    """Return the ranges to read, each with the point that has it and the one it is taken away from."""
    found: dict[tuple[dt.datetime, dt.datetime], dict[int, list[int]]] = {}
    for piece in pieces:
        found.setdefault((piece.since, piece.until), {1: [], -1: []})[piece.sign].append(piece.point)
    return [
        (since, until, more, less)
        for (since, until), points in found.items()
        for more, less in zip_longest(points[1], points[-1])
    ]


def _channel(channel: str | None) -> tuple[str, tuple[str, ...]]:
    return ("", ()) if channel is None else ("AND t.channel = %s", (channel,))
