"""A lead is in the database before the visitor reads the reply; the worker brings it into the CRM from there."""

import datetime as dt
import logging
from dataclasses import replace

from shared.dialogue.leads import leads
from shared.domain.errors import PlatformError
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.logs import event
from shared.ports import Outbox

_log = logging.getLogger(__name__)


def hand_over(
    tenant: Tenant, session: Session, question: str, now: dt.datetime, outbox: Outbox
) -> tuple[Session, bool]:
    """Return the session with a mark of what was handed over, and whether the database took it.

    What it did not take is handed over with the next message: the session remembers it.
    """
    entries, link = leads(tenant.config, session, session.dialogue, question, now)
    if not entries:
        return session, True
    try:
        outbox.add(tenant.id, entries)
    except PlatformError as error:
        event(_log, "lead_not_kept", logging.ERROR, code=error.code)
        return session, False
    return replace(session, dialogue=replace(session.dialogue, crm=link)), True
