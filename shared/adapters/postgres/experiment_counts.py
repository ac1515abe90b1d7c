"""What was counted of an experiment: its visitors, each once, with what became of them since they met it.

A visitor's conversations are the one in which they met it, and, of a verified person, the later ones, which hold the
same pseudonym. What a conversation had reached before counts for nobody's arm. All of it is counted by the database, as
it happens (the function `note_unit`): here sums of days are read, however many visitors there are.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.domain.errors import Unavailable
from shared.domain.experiment_records import ArmCounts, ExperimentRecord, Numbers, Stage, Tally

NUMBERS = ("wait_ms", "cost")
AT_ONCE = 2000
PATIENCE_S = 20.0
_UNITS = "units"
_COUNTED = "SELECT counted FROM experiments WHERE business_id = %s AND id = %s"
_COUNTS = (
    "SELECT arm, metric, sum(n)::bigint AS n, sum(total) AS total, sum(squares) AS squares FROM experiment_counts"
    " WHERE business_id = %s AND experiment = %s AND metric = ANY(%s) GROUP BY 1, 2"
)
_BY_DAY = (
    "SELECT arm, day, n FROM experiment_counts WHERE business_id = %s AND experiment = %s AND metric = 'units'"
    " AND day <= %s"
)
_OF_THE_DAY = (
    "SELECT arm, count(*) AS n FROM exposures WHERE business_id = %s AND experiment = %s AND at >= %s AND at < %s"
    " GROUP BY 1"
)


class ExperimentCounts:
    """Reads; one that is not counted yet, because it ran before there were counts, is counted first."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic

    def tally(self, business_id: str, record: ExperimentRecord) -> Tally:
        """Return what was counted of an experiment that was started, for its goal and its guardrails.

        Raises:
            Unavailable: it ran before there were counts, and is being counted. Whoever asks next goes on with that.
        """
        plan = record.plan
        metrics = tuple(dict.fromkeys((plan.goal.metric, *(rail.metric for rail in plan.guardrails))))
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            row = tx.one(_COUNTED, business_id, plan.id)
        if row and not row["counted"]:
            self._count(business_id, plan.id)
        with self._database.tenant(business_id) as tx:
            rows = tx.run(_COUNTS, business_id, plan.id, [_UNITS, *metrics])
            before = [_met_before(tx, business_id, plan.id, stage) for stage in record.stages[1:]]
        arms = {arm.id: _counts([row for row in rows if row["arm"] == arm.id], metrics) for arm in plan.arms}
        everybody = Counter({row["arm"]: row["n"] for row in rows if row["metric"] == _UNITS})
        return Tally(arms, tuple(dict(later - earlier) for earlier, later in pairwise([Counter(), *before, everybody])))

    def _count(self, business_id: str, experiment_id: str) -> None:
        """Count visitors who are not counted yet, some a transaction, until all are."""
        ends, after = self._monotonic() + PATIENCE_S, ""
        while self._monotonic() < ends:
            with self._database.tenant(business_id) as tx:
                row = tx.one("SELECT count_more(%s, %s, %s) AS last", experiment_id, after, AT_ONCE)
            last = row["last"] if row else None
            if last is None and not after:
                return
            after = last or ""  # those who came meanwhile may be anywhere: once more from the beginning
        raise Unavailable("This experiment is being counted for the first time. Ask again in a minute.")


def _met_before(tx: Transaction, business_id: str, experiment_id: str, stage: Stage) -> Counter[str]:
    """Return the visitors by arm who met the experiment before a stage began: whole days, and the rest of its day."""
    day = stage.since.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = Counter[str]()
    for row in tx.run(_BY_DAY, business_id, experiment_id, day - dt.timedelta(days=1)):
        found[row["arm"]] += row["n"]
    for row in tx.run(_OF_THE_DAY, business_id, experiment_id, day, stage.since):
        found[row["arm"]] += row["n"]
    return found


def _counts(rows: Sequence[Row], metrics: Sequence[str]) -> ArmCounts:
    found = {row["metric"]: row for row in rows}
    nothing: Row = {"n": 0, "total": 0.0, "squares": 0.0}
    of = {name: found.get(name, nothing) for name in (_UNITS, *metrics)}
    return ArmCounts(
        units=of[_UNITS]["n"],
        reached={name: of[name]["n"] for name in metrics if name not in NUMBERS},
        numbers={
            name: Numbers(of[name]["n"], of[name]["total"], of[name]["squares"]) for name in metrics if name in NUMBERS
        },
    )
