"""The hard guards before everything else, in order: what they settle never reaches the model."""

from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.verdict import Settled
from shared.guards import injection, intro

_GUARDS = (("intro", intro.check), ("injection", injection.check))


def screen_input(tenant: Tenant, message: Message) -> Settled | None:
    """Return the first guard that settles the message, with its words."""
    for name, check in _GUARDS:
        settlement = check(message, tenant)
        if settlement:
            return Settled(name, settlement)
    return None
