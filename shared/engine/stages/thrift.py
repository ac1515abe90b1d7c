"""What a turn does without as its business's budget runs out: first the larger model, then any, then all that costs."""

from dataclasses import replace

from shared.domain.budget import Measure, measure_of
from shared.domain.tenant import Tenant
from shared.engine.stages.retrieve import NoKnowledge
from shared.ports import Ports, Senses, Spending

# In `degraded`, for whoever integrates us. The visitor is told nothing of money.
BUDGET = "budget"


def thrift(tenant: Tenant, spending: Spending) -> Measure | None:
    """Return what is done now, None as ever. A smaller model where there is none smaller is as ever."""
    budget = tenant.config.budget
    measure = measure_of(budget, spending.spent(tenant)) if budget.is_limited else None
    return None if measure == "smaller_model" and tenant.chat_model == tenant.fallback_model else measure


def within(tenant: Tenant, measure: Measure | None) -> Tenant:
    """Return the business with the model that answers now."""
    return replace(tenant, chat_model=tenant.fallback_model) if measure == "smaller_model" else tenant


def senses_within(ports: Ports, measure: Measure | None) -> Senses:
    """Return what the turn may think with: at the last step not even an embedding."""
    return replace(ports, knowledge=NoKnowledge()) if measure == "contact_only" else ports
