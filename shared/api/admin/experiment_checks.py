"""Whether an experiment fits its business: what its arms change exists, and it can run beside those that run."""

import datetime as dt
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from shared.adapters.postgres.experiments import Decide, Slots
from shared.api.admin.businesses import check_conditions
from shared.api.admin.services import AdminServices
from shared.domain.business import BusinessConfig
from shared.domain.errors import Conflict, FieldError, Invalid, ModelUnavailable
from shared.domain.experiment_records import ExperimentRecord
from shared.domain.experiments import Arm, Experiment
from shared.domain.models import retirement
from shared.experiments.arrange import applied
from shared.experiments.together import clash, slots_for
from shared.rules.targeting import check_targeting
from shared.web.bodies import validated

_UNKNOWN_MODEL = "404"


def check_plan(admin: AdminServices, plan: Experiment, config: BusinessConfig) -> None:
    """Pass, or raise Invalid with everything that does not fit the configuration as it is now."""
    problems = [*_of_targeting(plan, config)]
    for index, arm in enumerate(plan.arms):
        problems += _of_arm(arm, index, config, admin.clock.now().date())
        model = arm.changes.models
        if model and not _exists(admin, model.chat):
            problems.append(_wrong(index, "models.chat", f"there is no model '{model.chat}'"))
    if problems:
        raise Invalid(problems)


def concluded(plan: Experiment, arm: Arm, config: BusinessConfig, today: dt.date) -> BusinessConfig:
    """Return the configuration with an arm's changes, checked as any other. Raises Invalid when they do not fit."""
    problems = [*_of_arm(arm, plan.arms.index(arm), config, today)]
    if problems:
        raise Invalid(problems)
    changed = validated(lambda: BusinessConfig.model_validate(applied(config, arm.changes).model_dump()))
    check_conditions(changed, changed.rules)
    return changed


def deciding(admin: AdminServices, plan: Experiment, planned: int) -> Decide:
    """Return what decides, with the business locked, whether `plan` may run now, and gives it its slots."""

    def decide(
        record: ExperimentRecord, running: Sequence[ExperimentRecord], config: BusinessConfig
    ) -> tuple[Slots, int]:
        problems = [*_of_targeting(plan, config)]
        for index, arm in enumerate(plan.arms):
            problems += _of_arm(arm, index, config, admin.clock.now().date())
        if problems:
            raise Invalid(problems)
        others = [other.running for other in running]
        if reason := clash(plan, others):
            raise Conflict(reason, code="same_parts")
        try:
            return slots_for(plan, others, record.slots), planned
        except ValueError as error:
            raise Conflict(f"{error}: choose a smaller share, or stop another.", code="layer_full") from None

    return decide


def _of_targeting(plan: Experiment, config: BusinessConfig) -> Iterator[FieldError]:
    fields = tuple(config.all_fields())
    for message, at in check_targeting(plan.targeting, {"fields": fields, "known": fields}):
        yield FieldError(("targeting",), f"targeting, line {at.line}, column {at.column}: {message}")


def _of_arm(arm: Arm, index: int, config: BusinessConfig, today: dt.date) -> Iterator[FieldError]:
    changes, known = arm.changes, {node.id for node in config.ctas()}
    for name in changes.cta_order:
        if name not in known:
            yield _wrong(index, "cta_order", f"'{name}' is not in cta_tree")
    if changes.voice and config.voice is None:
        yield _wrong(index, "voice", "the business has no phone line")
    ends = retirement(changes.models.chat) if changes.models else None
    if ends and ends <= today:
        yield _wrong(index, "models.chat", f"this model ended on {ends}")
    try:
        BusinessConfig.model_validate(applied(config, changes).model_dump())
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False, include_input=False)[:5]:
            where = ".".join(map(str, problem["loc"]))
            yield _wrong(index, where, f"with it, {problem['msg'].removeprefix('Value error, ')}")


def _wrong(index: int, part: str, what: str) -> FieldError:
    return FieldError(("arms", index, "changes", *part.split(".")), f"arms.{index}.changes.{part}: {what}")


def _exists(admin: AdminServices, model: str) -> bool:
    """Ask the service; one that does not answer says nothing against a model."""
    try:
        admin.model.check(model)
    except ModelUnavailable as error:
        return not error.reason.startswith(_UNKNOWN_MODEL)
    return True
