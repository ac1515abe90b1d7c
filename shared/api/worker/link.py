"""Tells a running conversation which records its visitor has in the CRM."""

import logging
from dataclasses import replace

from shared.domain.errors import PlatformError
from shared.domain.outbox import OutboxJob
from shared.domain.tenant import Tenant
from shared.engine.hold_session import conversation
from shared.logs import event
from shared.ports import Clock, Sessions, Tenants

_log = logging.getLogger(__name__)


class SessionLink:
    """Writes ids into sessions. One that has ended, or is busy for long, goes without: the outbox knows them too."""

    def __init__(self, sessions: Sessions, tenants: Tenants, clock: Clock) -> None:
        self._sessions = sessions
        self._tenants = tenants
        self._clock = clock

    def tell(self, job: OutboxJob, remote_id: str) -> None:
        """Note the id of a contact or a deal; never raises what the visitor or the delivery would suffer from."""
        if job.kind not in ("contact", "deal"):
            return
        try:
            self._note(self._tenants.get(job.business_id), job, remote_id)
        except PlatformError as error:
            event(_log, "session_not_linked", business_id=job.business_id, code=error.code)

    def _note(self, tenant: Tenant, job: OutboxJob, remote_id: str) -> None:
        with conversation(self._sessions, self._clock, tenant, job.session_id) as held:
            session = held.session
            if session is None or not session.turns or session.dialogue.crm.identity != job.payload.get("identity"):
                return
            known = session.dialogue.crm
            link = replace(known, contact_id=remote_id) if job.kind == "contact" else replace(known, deal_id=remote_id)
            held.changed = replace(session, dialogue=replace(session.dialogue, crm=link))
