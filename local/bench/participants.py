"""Experiments on the benchmark's year: one of a million visitors, four beside it. Loads and counts, no more."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from local.bench.year import BUSINESS, connect, run
from local.stack.platform import Platform
from local.traffic.visits import EXPERIMENT
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.experiment_counts import ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.domain.errors import Unavailable
from shared.domain.experiments import Experiment

VISITORS = 1_000_000
_DAYS = 370
# Those of the year's conversations that take part in the others: one of so many.
_OTHERS = {"second": 3, "third": 4, "fourth": 10, "fifth": 20}

_EXPERIMENTS = """
INSERT INTO experiments (business_id, id, plan, salt, status, started_at, periods)
VALUES (%s, %s, %s::jsonb, 'salt', 'running', %s, %s::jsonb) ON CONFLICT DO NOTHING
"""
_TAKE_PART = """
INSERT INTO exposures (business_id, experiment, unit, arm, session_id, at)
SELECT business_id, %s, unit, arm, session_id, at FROM exposures
WHERE business_id = %s AND experiment = %s AND hashtext(unit) %% %s = 0
"""
# Visitors of whom there is nothing else: who saw the greeting and went.
_MORE = """
INSERT INTO exposures (business_id, experiment, unit, arm, session_id, at)
SELECT %s, %s, 'more-' || n, CASE WHEN n %% 2 = 0 THEN 'short' ELSE 'warm' END, 'more-' || n,
    now() - n * interval '30 seconds'
FROM generate_series(1, %s - (SELECT count(*) FROM exposures WHERE business_id = %s AND experiment = %s)) n
"""


def load(platform: Platform, tell: Callable[[str], None]) -> None:
    """Start the experiments a year ago, let visitors take part, and count them."""
    owner = connect(platform)
    run(owner, "SET session_replication_role = replica")  # counted afterwards, and not one by one
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=_DAYS)
    for name in (EXPERIMENT, *_OTHERS):
        plan = _plan(name)
        stage = {"since": since.isoformat(), "weights": plan.weights, "share": 1.0, "planned": VISITORS}
        run(owner, _EXPERIMENTS, BUSINESS, name, plan.model_dump_json(), since, json.dumps([stage]))
    for name, share in _OTHERS.items():
        run(owner, _TAKE_PART, name, BUSINESS, EXPERIMENT, share)
    run(owner, _MORE, BUSINESS, EXPERIMENT, VISITORS, BUSINESS, EXPERIMENT)
    run(owner, "VACUUM ANALYZE exposures")
    owner.close()
    tell("counting experiments")
    _count(platform)


def _plan(name: str) -> Experiment:
    rails: list[dict[str, Any]] = [{"metric": metric} for metric in ("handoff", "failed", "wait_ms")]
    arms = [{"id": "short"}, {"id": "warm", "changes": {"greeting": "Hello!"}}]
    goal = {"goal": {"metric": "lead"}, "guardrails": rails, "planned": VISITORS}
    return Experiment.model_validate({"id": name, "name": name, "arms": arms, "control": "short", **goal})


def _count(platform: Platform) -> None:
    database = Database(connect_by_url(platform.function_env("admin")["DATABASE_URL"], "bench"), size=1)
    counts, store = ExperimentCounts(database), ExperimentStore(database)
    waiting = store.latest(BUSINESS, 1 + len(_OTHERS))
    while waiting:
        try:
            counts.tally(BUSINESS, waiting[-1])
        except Unavailable:
            continue  # it goes on where it ended
        waiting.pop()
    database.close()
