"""Calls a person of the business: the request is kept before the visitor is told, then the business is told."""

import logging

from shared.dialogue.handoff import payload
from shared.domain.errors import PlatformError
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.turn import HandoffState
from shared.logs import event
from shared.ports import Ports

_log = logging.getLogger(__name__)


def call_person(tenant: Tenant, session: Session, handoff_id: str, reason: str, ports: Ports) -> HandoffState:
    """Return how the hand-off stands. A business that cannot be told is not hidden from the visitor: `unreachable`."""
    config = tenant.config
    body = payload(
        config.name, handoff_id, session, session.dialogue, config.all_fields(), reason, ports.clock.now(),
        config.handoff.email,
    )  # fmt: skip
    try:
        ports.desk.request(tenant.id, handoff_id, session.session_id, reason, body)
        kept = True
    except PlatformError as error:
        event(_log, "handoff_not_kept", logging.ERROR, code=error.code)
        kept = False
    told = ports.desk.deliver(tenant.id, handoff_id, config.handoff.webhook_url, body)
    return HandoffState(handoff_id, "requested" if kept or told else "unreachable", reason)
