"""Experiments in Postgres; what is counted of them is experiment_counts.py.

What changes whom visitors meet saves a new version of the business: instances hear of it as of any other.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.businesses import lock_business, new_version, replace_config
from shared.adapters.postgres.database import Database, Row, Transaction
from shared.domain.business import BusinessConfig
from shared.domain.errors import Conflict, NotFound, PreconditionFailed
from shared.domain.experiment_records import ExperimentRecord, Stage
from shared.domain.experiments import Experiment
from shared.domain.records import Actor

Slots = tuple[tuple[int, int], ...]
Decide = Callable[[ExperimentRecord, Sequence[ExperimentRecord], BusinessConfig], tuple[Slots, int]]
"""From an experiment, those that run and the configuration: its slots and planned visitors; raises when it may not."""

_COLUMNS = "plan, status, version, salt, slots, periods, alarm, reason, concluded, created_at, started_at, stopped_at"


@dataclass(frozen=True)
class Changed:
    """An experiment after a change, and the version of the business that instances are to be told."""

    record: ExperimentRecord
    business_version: int


class ExperimentStore:
    """Experiments of a business. `if_version` is the one meant to be changed, None whichever is current."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, business_id: str, plan: Experiment, salt: str, actor: Actor) -> ExperimentRecord:
        """Keep a draft. Conflict `exists` when the business has one of that id, whatever became of it."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            try:
                row = tx.one(
                    "INSERT INTO experiments (business_id, id, plan, salt) VALUES (%s, %s, %s::jsonb, %s)"
                    f" RETURNING {_COLUMNS}",
                    business_id, plan.id, plan.model_dump_json(), salt,
                )  # fmt: skip
            except Conflict:
                raise Conflict(f"There is an experiment '{plan.id}' already.", code="exists") from None
            audit(tx, business_id, actor, "experiment.created", target=plan.id)
        return _record(row)

    def get(self, business_id: str, experiment_id: str) -> ExperimentRecord:
        """Return one; NotFound when the business has no such one."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            return _found(tx, business_id, experiment_id)

    def list_of(self, business_id: str, limit: int, after: str = "") -> list[ExperimentRecord]:
        """Return up to `limit` in order of their ids, above `after`."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM experiments WHERE business_id = %s AND id > %s ORDER BY id LIMIT %s",
                business_id, after, limit,
            )  # fmt: skip
        return [_record(row) for row in rows]

    def latest(self, business_id: str, limit: int) -> list[ExperimentRecord]:
        """Return those that were started, the latest first."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(
                f"SELECT {_COLUMNS} FROM experiments WHERE business_id = %s AND status <> 'draft'"
                " ORDER BY started_at DESC, id LIMIT %s",
                business_id, limit,
            )  # fmt: skip
        return [_record(row) for row in rows]

    def replace(self, business_id: str, plan: Experiment, actor: Actor, *, if_version: int | None) -> ExperimentRecord:
        """Replace a draft; Conflict `not_draft` for another one."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            _locked(tx, business_id, plan.id, if_version, "draft")
            audit(tx, business_id, actor, "experiment.updated", target=plan.id)
            return _updated(tx, business_id, plan.id, "plan = %s::jsonb", plan.model_dump_json())

    def start(
        self, business_id: str, experiment_id: str, decide: Decide, actor: Actor, *, if_version: int | None
    ) -> Changed:
        """Let a draft run; one start of a business at a time, so that `decide` sees all that runs."""
        with self._database.tenant(business_id) as tx:
            business = lock_business(tx, business_id)
            record = _locked(tx, business_id, experiment_id, if_version, "draft")
            slots, planned = decide(record, _running(tx, business_id), business.config)
            record = _updated(
                tx, business_id, experiment_id,
                "status = 'running', started_at = now(), counted = true, slots = %s::jsonb, periods = %s::jsonb",
                json.dumps(slots), _periods(tx, (), record.plan, planned),
            )  # fmt: skip
            audit(tx, business_id, actor, "experiment.started", target=experiment_id, detail={"planned": planned})
            after = new_version(tx, business_id, business.config, actor, f"experiment {experiment_id} started")
        return Changed(record, after.version)

    def reweigh(
        self, business_id: str, plan: Experiment, decide: Decide, actor: Actor, *, if_version: int | None
    ) -> Changed:
        """Give one that runs other weights and another share, from now on: a new period of its count."""
        with self._database.tenant(business_id) as tx:
            business = lock_business(tx, business_id)
            record = _locked(tx, business_id, plan.id, if_version, "running")
            others = [other for other in _running(tx, business_id) if other.plan.id != plan.id]
            slots, planned = decide(record, others, business.config)
            record = _updated(
                tx, business_id, plan.id, "plan = %s::jsonb, slots = %s::jsonb, periods = %s::jsonb",
                plan.model_dump_json(), json.dumps(slots), _periods(tx, record.stages, plan, planned),
            )  # fmt: skip
            detail = {"weights": plan.weights, "share": plan.share}
            audit(tx, business_id, actor, "experiment.reweighed", target=plan.id, detail=detail)
            after = new_version(tx, business_id, business.config, actor, f"experiment {plan.id} reweighed")
        return Changed(record, after.version)

    def stop(
        self, business_id: str, experiment_id: str, reason: str, actor: Actor, *, if_version: int | None = None,
        alarm: str = "",
    ) -> Changed:  # fmt: skip
        """End one that runs: everybody is met by the assistant as it is configured."""
        with self._database.tenant(business_id) as tx:
            business = lock_business(tx, business_id)
            _locked(tx, business_id, experiment_id, if_version, "running")
            record = _stopped(tx, business_id, experiment_id, reason, alarm)
            detail = {"reason": reason, **({"alarm": alarm} if alarm else {})}
            audit(tx, business_id, actor, "experiment.stopped", target=experiment_id, detail=detail)
            after = new_version(tx, business_id, business.config, actor, f"experiment {experiment_id} stopped")
        return Changed(record, after.version)

    def conclude(
        self, business_id: str, experiment_id: str, arm: str, changed: Callable[[BusinessConfig], BusinessConfig],
        actor: Actor, *, if_version: int | None,
    ) -> Changed:  # fmt: skip
        """Make an arm's changes the configuration, as its next version, and end the experiment: both or neither.

        Raises:
            Conflict: `not_started`, or `concluded` before.
        """
        with self._database.tenant(business_id) as tx:
            business = lock_business(tx, business_id)
            record = _locked(tx, business_id, experiment_id, if_version, None)
            if record.status == "draft" or record.concluded:
                code, what = ("concluded", "is concluded") if record.concluded else ("not_started", "was never started")
                raise Conflict(f"This experiment {what}.", code=code)
            reason = f"concluded: arm {arm} is the configuration now"
            if record.status == "running":
                _stopped(tx, business_id, experiment_id, reason, "")
            record = _updated(tx, business_id, experiment_id, "concluded = %s, reason = %s", arm, reason)
            audit(tx, business_id, actor, "experiment.concluded", target=experiment_id, detail={"arm": arm})
            note, config = f"experiment {experiment_id} concluded: arm {arm}", changed(business.config)
            after = replace_config(tx, business, config, actor, note)
            if after.version == business.version:  # the control won: nothing changes but who is in the experiment
                after = new_version(tx, business_id, config, actor, note)
        return Changed(record, after.version)

    def delete(self, business_id: str, experiment_id: str, actor: Actor, *, if_version: int | None) -> None:
        """Remove a draft; Conflict `not_draft` for another one: what was measured is not thrown away."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            _locked(tx, business_id, experiment_id, if_version, "draft")
            tx.run("DELETE FROM experiments WHERE business_id = %s AND id = %s", business_id, experiment_id)
            audit(tx, business_id, actor, "experiment.deleted", target=experiment_id)

    def raise_alarm(self, business_id: str, experiment_id: str, alarm: str) -> None:
        """Keep an alarm that was seen: it may fall silent again, and what was counted is to be believed no more."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE experiments SET alarm = %s WHERE business_id = %s AND id = %s AND alarm = ''",
                alarm, business_id, experiment_id,
            )  # fmt: skip

    def claim_due(self, limit: int, every_s: float) -> list[tuple[str, str]]:
        """Return business and id of those that run and were not looked at for so long, each to one caller only."""
        with self._database.platform() as tx:
            rows = tx.run(
                "UPDATE experiments SET checked_at = now() WHERE (business_id, id) IN ("
                " SELECT e.business_id, e.id FROM experiments e JOIN businesses b ON b.id = e.business_id"
                " WHERE e.status = 'running' AND b.status = 'active'"
                " AND (e.checked_at IS NULL OR e.checked_at < now() - make_interval(secs => %s))"
                " ORDER BY e.checked_at NULLS FIRST LIMIT %s FOR UPDATE OF e SKIP LOCKED) RETURNING business_id, id",
                every_s, limit,
            )  # fmt: skip
        return [(row["business_id"], row["id"]) for row in rows]


def _running(tx: Transaction, business_id: str) -> list[ExperimentRecord]:
    rows = tx.run(f"SELECT {_COLUMNS} FROM experiments WHERE business_id = %s AND status = 'running'", business_id)
    return [_record(row) for row in rows]


def _stopped(tx: Transaction, business_id: str, experiment_id: str, reason: str, alarm: str) -> ExperimentRecord:
    return _updated(
        tx, business_id, experiment_id,
        "status = 'stopped', stopped_at = now(), reason = %s, alarm = CASE WHEN alarm = '' THEN %s ELSE alarm END",
        reason, alarm,
    )  # fmt: skip


def _updated(tx: Transaction, business_id: str, experiment_id: str, what: str, *values: object) -> ExperimentRecord:
    return _record(
        tx.one(
            f"UPDATE experiments SET {what}, version = version + 1 WHERE business_id = %s AND id = %s"
            f" RETURNING {_COLUMNS}",
            *values, business_id, experiment_id,
        )
    )  # fmt: skip


def _found(tx: Transaction, business_id: str, experiment_id: str, lock: str = "") -> ExperimentRecord:
    return _record(
        tx.one(
            f"SELECT {_COLUMNS} FROM experiments WHERE business_id = %s AND id = %s {lock}", business_id, experiment_id
        )
    )


def _locked(
    tx: Transaction, business_id: str, experiment_id: str, if_version: int | None, status: str | None
) -> ExperimentRecord:
    record = _found(tx, business_id, experiment_id, "FOR UPDATE")
    if if_version is not None and record.version != if_version:
        raise PreconditionFailed(
            f"You changed version {if_version}, but version {record.version} is current. Read it and try again."
        )
    if status and record.status != status:
        raise Conflict(f"This experiment is {record.status}, not {status}.", code=f"not_{status}")
    return record


def _periods(tx: Transaction, before: Sequence[Stage], plan: Experiment, planned: int) -> str:
    """Return the periods with one more that begins now, by the database's clock."""
    now = tx.one("SELECT now() AS now")
    stages = [*before, Stage(now["now"] if now else dt.datetime.now(dt.UTC), plan.weights, plan.share, planned)]
    return json.dumps([{**vars(stage), "since": stage.since.isoformat()} for stage in stages], default=dict)


def _stage(item: Mapping[str, Any]) -> Stage:
    return Stage(dt.datetime.fromisoformat(item["since"]), item["weights"], item["share"], item["planned"])


def _record(row: Row | None) -> ExperimentRecord:
    if row is None:
        raise NotFound("There is no such experiment.")
    told = {name: value for name, value in row.items() if name not in ("plan", "periods", "slots")}
    return ExperimentRecord(
        plan=Experiment.model_validate(row["plan"], extra="ignore"),
        slots=tuple((start, end) for start, end in row["slots"]),
        stages=tuple(_stage(item) for item in row["periods"]),
        **told,
    )
