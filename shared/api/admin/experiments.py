"""Experiments: drafted, changed, started, stopped, concluded. What they show is experiment_results.py."""

import json
import secrets
from typing import Any

from pydantic import TypeAdapter

from shared.adapters.postgres.experiments import Changed
from shared.api.admin.businesses import if_match, merge_patch
from shared.api.admin.experiment_checks import check_plan, concluded, deciding
from shared.api.admin.paging import page, text_cursor
from shared.api.admin.services import AdminServices
from shared.domain.errors import Conflict, FieldError, Invalid
from shared.domain.experiment_records import ExperimentRecord
from shared.domain.experiments import Experiment, Weight
from shared.web.bodies import validated
from shared.web.call import Call, Reply

_PLAN = TypeAdapter(Experiment)
_WEIGHTS = TypeAdapter(dict[str, Weight])
_SALT_BYTES = 16


def create(admin: AdminServices, call: Call) -> Reply:
    """Keep a draft."""
    plan: Experiment = call.body
    check_plan(admin, plan, admin.businesses.get(call.business_id).config)
    _startable(plan)
    salt = secrets.token_hex(_SALT_BYTES)
    record = admin.experiments.create(call.business_id, plan, salt, call.actor.actor(call.request_id))
    reply = _reply(record, 201)
    reply.headers["Location"] = f"/v1/businesses/{call.business_id}/experiments/{plan.id}"
    return reply


def list_all(admin: AdminServices, call: Call) -> Reply:
    """List the experiments in order of their ids."""
    query = call.query
    records = admin.experiments.list_of(call.business_id, query.limit + 1, text_cursor(query.cursor))
    return Reply(page(records, query.limit, lambda record: record.plan.id, show))


def get(admin: AdminServices, call: Call) -> Reply:
    """Return one experiment."""
    return _reply(_found(admin, call))


def patch(admin: AdminServices, call: Call) -> Reply:
    """Change a draft; of one that runs, the weights and the share."""
    current = _found(admin, call)
    plan = _patched(current.plan, call.body.root)
    if plan.id != current.plan.id:
        raise Invalid([FieldError(("id",), "id: an experiment's id does not change")])
    # Without If-Match the patch still applies to what it was merged with, or not at all.
    meant = if_match(call)
    expected = current.version if meant is None else meant
    actor = call.actor.actor(call.request_id)
    if current.status == "draft":
        check_plan(admin, plan, admin.businesses.get(call.business_id).config)
        _startable(plan)
        return _reply(admin.experiments.replace(call.business_id, plan, actor, if_version=expected))
    if not _only_reweighed(current.plan, plan):
        raise Conflict("Once it was started, only weights and share can be changed, while it runs.", code="not_draft")
    decide = deciding(admin, plan, current.stages[0].planned)
    return _announced(
        admin, call, admin.experiments.reweigh(call.business_id, plan, decide, actor, if_version=expected)
    )


def start(admin: AdminServices, call: Call) -> Reply:
    """Let a draft run."""
    current = _found(admin, call)
    if current.status != "draft":
        raise Conflict(f"This experiment is {current.status}, not draft.", code="not_draft")
    check_plan(admin, current.plan, admin.businesses.get(call.business_id).config)
    decide = deciding(admin, current.plan, _startable(current.plan))
    meant = if_match(call)
    changed = admin.experiments.start(
        call.business_id, current.plan.id, decide, call.actor.actor(call.request_id),
        if_version=current.version if meant is None else meant,
    )  # fmt: skip
    return _announced(admin, call, changed)


def stop(admin: AdminServices, call: Call) -> Reply:
    """End one that runs: everybody meets the assistant as it is configured."""
    name, actor = call.path["experiment_id"], call.actor.actor(call.request_id)
    changed = admin.experiments.stop(call.business_id, name, call.body.reason, actor, if_version=if_match(call))
    return _announced(admin, call, changed)


def conclude(admin: AdminServices, call: Call) -> Reply:
    """Make an arm the configuration, as a new version of it, and end the experiment."""
    plan, today = _found(admin, call).plan, admin.clock.now().date()
    arm = plan.arm(call.body.arm)
    if arm is None:
        raise Invalid([FieldError(("arm",), f"arm: '{call.body.arm}' is not one of the experiment's")])
    changed = admin.experiments.conclude(
        call.business_id, plan.id, arm.id, lambda config: concluded(plan, arm, config, today),
        call.actor.actor(call.request_id), if_version=if_match(call),
    )  # fmt: skip
    return _announced(admin, call, changed)


def delete(admin: AdminServices, call: Call) -> Reply:
    """Remove a draft."""
    actor = call.actor.actor(call.request_id)
    admin.experiments.delete(call.business_id, call.path["experiment_id"], actor, if_version=if_match(call))
    return Reply(status=204)


def show(record: ExperimentRecord) -> dict[str, Any]:
    """Return an experiment's JSON; its salt is nobody's business."""
    return {
        **record.plan.model_dump(mode="json"),
        "status": record.status,
        "version": record.version,
        "stages": [{**vars(stage), "since": stage.since.isoformat()} for stage in record.stages],
        "alarm": record.alarm,
        "reason": record.reason,
        "concluded": record.concluded,
        "created_at": record.created_at.isoformat(),
        "started_at": record.started_at.isoformat() if record.started_at else None,
        "stopped_at": record.stopped_at.isoformat() if record.stopped_at else None,
    }


def _found(admin: AdminServices, call: Call) -> ExperimentRecord:
    return admin.experiments.get(call.business_id, call.path["experiment_id"])


def _patched(plan: Experiment, changes: dict[str, Any]) -> Experiment:
    merged = merge_patch(plan.model_dump(mode="json"), {k: v for k, v in changes.items() if k != "weights"})
    found = validated(lambda: _PLAN.validate_json(json.dumps(merged)))
    if "weights" not in changes:
        return found
    weights = validated(lambda: _WEIGHTS.validate_python(changes["weights"]))
    try:
        return found.reweighed(weights, found.share)
    except ValueError as error:
        raise Invalid([FieldError(("weights",), f"weights: {error}")]) from None


def _only_reweighed(before: Experiment, after: Experiment) -> bool:
    try:
        return before.reweighed(after.weights, after.share) == after
    except ValueError:
        return False


def _startable(plan: Experiment) -> int:
    """Return the visitors planned for. Raises Invalid for weights that leave an arm without any."""
    if min(plan.weights.values()) <= 0:
        raise Invalid([FieldError(("arms",), "arms: a weight of 0 is for an experiment that runs already")])
    from shared.experiments.judgement import planned  # half a second of scipy

    return planned(plan)


def _announced(admin: AdminServices, call: Call, changed: Changed) -> Reply:
    """Tell the instances that other visitors meet other things from now on."""
    admin.announcer.announce(call.business_id, config=changed.business_version)
    return _reply(changed.record)


def _reply(record: ExperimentRecord, status: int = 200) -> Reply:
    return Reply(show(record), status, {"ETag": f'"{record.version}"'})
