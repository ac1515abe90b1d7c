"""The `Desk` port: hand-offs are kept in the database, the business's webhook is told, and the outcome kept too."""

import logging
from typing import Any

from shared.adapters.handoff_webhook import HandoffWebhook
from shared.adapters.postgres.handoffs import HandoffStore
from shared.domain.errors import PlatformError
from shared.domain.records import Actor, HandoffRecord
from shared.logs import event

_log = logging.getLogger(__name__)


class HandoffDesk:
    """Keeps and delivers."""

    def __init__(self, store: HandoffStore, webhook: HandoffWebhook) -> None:
        self._store = store
        self._webhook = webhook

    def request(self, business_id: str, handoff_id: str, session_id: str, reason: str, payload: dict[str, Any]) -> None:
        """See `Desk.request`."""
        self._store.add(business_id, handoff_id=handoff_id, session_id=session_id, reason=reason, payload=payload)

    def deliver(self, business_id: str, handoff_id: str, webhook_url: str | None, payload: dict[str, Any]) -> bool:
        """See `Desk.deliver`."""
        problem = self._post(business_id, webhook_url, handoff_id, payload) if webhook_url else ""
        outcome = _outcome(problem) if webhook_url else "none"
        try:
            self._store.set_delivery(business_id, handoff_id, outcome, problem)
        except PlatformError as error:  # whether a person was told is the webhook's answer, not the database's
            event(_log, "handoff_outcome_not_kept", logging.WARNING, code=error.code)
        return outcome == "delivered"

    def redeliver(
        self, business_id: str, webhook_url: str, record: HandoffRecord, actor: Actor | None = None
    ) -> HandoffRecord:
        """Post a hand-off once more and return it with the outcome. `actor` is who asked for it, if a person did."""
        problem = self._post(business_id, webhook_url, record.id, record.payload)
        return self._store.set_delivery(business_id, record.id, _outcome(problem), problem, actor)

    def redeliver_due(self, business_id: str, webhook_url: str) -> int:
        """Try again what did not arrive and is due by now; return how many were tried."""
        due = self._store.due(business_id)
        for record in due:
            self.redeliver(business_id, webhook_url, record)
        return len(due)

    def _post(self, business_id: str, webhook_url: str, handoff_id: str, payload: dict[str, Any]) -> str:
        problem = self._webhook.post(business_id, webhook_url, handoff_id, payload)
        if problem:
            event(_log, "handoff_not_delivered", logging.WARNING, business_id=business_id, reason=problem)
        return problem


def _outcome(problem: str) -> str:
    return "failed" if problem else "delivered"
