"""What was counted of an experiment: its visitors, each once, with what became of them since they met it. One query.

A visitor's conversations are the one in which they met it, and, of a verified person, the later ones, which hold the
same pseudonym. What a conversation had reached before counts for nobody's arm.
"""

from collections import defaultdict
from collections.abc import Sequence

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.database import Database, Row
from shared.domain.experiment_records import ArmCounts, ExperimentRecord, Numbers, Tally

_REACHED = ("lead", "deal", "cta_clicked", "resolved", "conversion", "rated_up", "rated_down", "handoff", "gap")
_TALKS = """
WITH met AS MATERIALIZED (
    SELECT unit, arm, session_id, at FROM exposures WHERE business_id = %s AND experiment = %s
), talks AS MATERIALIZED (
    SELECT m.unit, m.arm, m.at, c.session_id, c.reached, c.micros FROM met m
        JOIN conversations c ON c.business_id = %s AND c.session_id = m.session_id
    UNION ALL
    SELECT m.unit, m.arm, m.at, c.session_id, c.reached, c.micros FROM met m
        JOIN conversations c ON c.business_id = %s AND c.arms ->> %s = m.unit AND c.session_id <> m.session_id
        AND c.started_at >= m.at
    WHERE c.started_at >= %s AND c.started_at <= coalesce(%s, 'infinity'::timestamptz)
), found AS (
    SELECT m.unit, m.arm{columns}
    FROM met m LEFT JOIN talks t USING (unit) GROUP BY m.unit, m.arm
)
SELECT arm, count(*) AS units{sums} FROM found GROUP BY arm
"""
# Only of who reached it is asked whether that was before: few, and found by the session.
_RATE = """coalesce(bool_or('{metric}' = ANY (t.reached) AND NOT EXISTS (
        SELECT FROM events e WHERE e.business_id = %s AND e.session_id = t.session_id AND e.at < t.at
        AND reaches(e.kind, e.data) = '{metric}')), false)"""
_FAILED = """coalesce(bool_or(EXISTS (
        SELECT FROM events e WHERE e.business_id = %s AND e.session_id = t.session_id AND e.at >= t.at
        AND e.kind = 'error')), false)"""
_WAIT = """avg((SELECT avg((e.data ->> 'ms')::double precision) FROM events e WHERE e.business_id = %s
        AND e.session_id = t.session_id AND e.at >= t.at AND e.kind = 'turn' AND e.data ->> 'ending' = 'answered'))"""
_COST = "coalesce(sum(t.micros), 0)::double precision / 1000000"
_NUMBERS = {"wait_ms": _WAIT, "cost": _COST}
_PERIODS = """
SELECT arm, (SELECT count(*) FROM unnest(%s::timestamptz[]) since WHERE since <= at) AS period, count(*) AS units
FROM exposures WHERE business_id = %s AND experiment = %s GROUP BY 1, 2
"""


class ExperimentCounts:
    """Counts, and writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tally(self, business_id: str, record: ExperimentRecord) -> Tally:
        """Return what was counted of an experiment that was started, for its goal and its guardrails."""
        plan = record.plan
        metrics = tuple(dict.fromkeys((plan.goal.metric, *(rail.metric for rail in plan.guardrails))))
        columns = ", ".join(["", *(f"{_column(name)} AS {name}" for name in metrics)])
        sums = ", ".join(["", *(_sum(name) for name in metrics)])
        values = [
            business_id, plan.id, business_id, business_id, f"{plan.id}:unit", record.started_at, record.stopped_at,
            *([business_id] * columns.count("%s")),
        ]  # fmt: skip
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(_TALKS.format(columns=columns, sums=sums), *values)
            since = [stage.since for stage in record.stages]
            periods = tx.run(_PERIODS, since, business_id, plan.id)
        counts = {row["arm"]: _counts(row, metrics) for row in rows}
        return Tally({arm.id: counts.get(arm.id, ArmCounts()) for arm in plan.arms}, _by_period(periods, len(since)))


def _column(metric: str) -> str:
    if metric in _REACHED:
        return _RATE.format(metric=metric)
    return _NUMBERS.get(metric, _FAILED)


def _sum(metric: str) -> str:
    if metric in _NUMBERS:
        total, squares = f"coalesce(sum({metric}), 0)", f"coalesce(sum({metric} * {metric}), 0)"
        return f"count({metric}) AS {metric}_units, {total} AS {metric}_total, {squares} AS {metric}_squares"
    return f"count(*) FILTER (WHERE {metric}) AS {metric}"


def _counts(row: Row, metrics: Sequence[str]) -> ArmCounts:
    return ArmCounts(
        units=row["units"],
        reached={name: row[name] for name in metrics if name not in _NUMBERS},
        numbers={
            name: Numbers(row[f"{name}_units"], row[f"{name}_total"], row[f"{name}_squares"])
            for name in metrics
            if name in _NUMBERS
        },
    )


def _by_period(rows: Sequence[Row], periods: int) -> tuple[dict[str, int], ...]:
    """Return visitors by arm for each period; whoever came by another clock before the first counts for that."""
    found: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        found[max(row["period"], 1)][row["arm"]] += row["units"]
    return tuple(dict(found[number]) for number in range(1, periods + 1))
