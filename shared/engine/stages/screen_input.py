"""The hard guards before the model, in order: what they settle never reaches it."""

from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.engine.settled import Settled
from shared.guards import appointment, injection, intro

_GUARDS = (intro.check, injection.check, appointment.check)


def screen_input(tenant: Tenant, message: Message) -> None:
    """Pass the message, or raise Settled with the first guard's settlement."""
    for check in _GUARDS:
        settlement = check(message, tenant)
        if settlement:
            raise Settled(settlement)
