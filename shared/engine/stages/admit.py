"""First stage: whose assistant is asked? Nothing may touch data before this has an answer."""

from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.ports import Tenants


def admit(message: Message, tenants: Tenants) -> Tenant:
    """Return the active business the message is for.

    Raises:
        NotFound: unknown or deleted.
        DatabaseUnavailable: not known to this instance, and the database is down.
    """
    return tenants.get(message.business_id)
