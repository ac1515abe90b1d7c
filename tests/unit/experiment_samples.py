"""Experiments to test with: ordinary ones, from which a test names what is special."""

from dataclasses import replace
from typing import Any

from shared.domain.experiments import Experiment, Running
from shared.domain.tenant import Tenant
from shared.experiments.bucketing import EVERYBODY, Slots
from tests.unit.samples import a_tenant

WARM = {"greeting": "Lovely to see you!"}


def a_plan(name: str = "hello", changes: dict[str, Any] | None = None, **fields: Any) -> Experiment:
    """Return an experiment of a control and one arm, `b`, which changes the greeting or what is given."""
    arms = [{"id": "a"}, {"id": "b", "changes": WARM if changes is None else changes}]
    plan = {"id": name, "name": name, "arms": arms, "control": "a", "goal": {"metric": "lead"}, "planned": 1000}
    return Experiment.model_validate({**plan, **fields})


def running(plan: Experiment, slots: Slots = EVERYBODY) -> Running:
    """Return the experiment as it runs."""
    return Running(plan, f"salt of {plan.id}", slots)


def a_tenant_with(*plans: Experiment, **config: Any) -> Tenant:
    """Return Acme, where these run."""
    return replace(a_tenant(**config), experiments=tuple(running(plan) for plan in plans))


def only(plan: Experiment, arm: str) -> Experiment:
    """Return the experiment with all new visitors in one arm."""
    return plan.reweighed({each.id: float(each.id == arm) for each in plan.arms}, 1.0)
