"""The `Desk` port: hand-offs are kept in the database, the business's webhook is told, and the outcome kept too."""

import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from shared.adapters.handoff_webhook import HandoffWebhook
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.handoffs import HandoffStore
from shared.domain.errors import PlatformError
from shared.domain.records import Actor, HandoffRecord
from shared.logs import event

_log = logging.getLogger(__name__)

# As many businesses are tried at once: one hand-off each, so that a silent webhook holds up its own business alone.
THREADS = 4
PAUSE_S = 2.0


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

    def redeliver_due(self, business_id: str, webhook_url: str | None, limit: int) -> list[str]:
        """Try again up to `limit` hand-offs that did not arrive and are due by now; return what became of each."""
        return [self._redelivered(business_id, webhook_url, record) for record in self._store.due(business_id, limit)]

    def _redelivered(self, business_id: str, webhook_url: str | None, record: HandoffRecord) -> str:
        if webhook_url is None:  # there is none any more: nobody waits for it
            return self._store.set_delivery(business_id, record.id, "none").delivery
        return self.redeliver(business_id, webhook_url, record).delivery

    def _post(self, business_id: str, webhook_url: str, handoff_id: str, payload: dict[str, Any]) -> str:
        problem = self._webhook.post(business_id, webhook_url, handoff_id, payload)
        if problem:
            event(_log, "handoff_not_delivered", logging.WARNING, business_id=business_id, reason=problem)
        return problem


class OverdueHandoffs:
    """Tries the webhooks of all businesses again: the worker's part. Safe to run in many processes at once."""

    def __init__(self, businesses: BusinessStore, store: HandoffStore, desk: HandoffDesk) -> None:
        self._businesses = businesses
        self._store = store
        self._desk = desk

    def work(self, seconds: float, *, until_idle: bool = False) -> dict[str, int]:
        """Try what is due for so long, or until nothing is; return how many became what: delivered, failed, none.

        Raises:
            PlatformError: the database could not be asked what is due.
        """
        ends = time.monotonic() + seconds
        outcomes: Counter[str] = Counter()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
            while time.monotonic() < ends:
                tried = [end for ends in pool.map(self._safely, self._store.businesses_due(THREADS)) for end in ends]
                outcomes.update(tried)
                if tried:
                    continue
                if until_idle:
                    break
                time.sleep(min(PAUSE_S, max(0.0, ends - time.monotonic())))
        return dict(outcomes)

    def _safely(self, business_id: str) -> list[str]:
        """Try one hand-off of a business. Whatever happens, the others get theirs, and it comes again itself."""
        try:
            url = self._businesses.get(business_id).config.handoff.webhook_url
            return self._desk.redeliver_due(business_id, url, 1)
        except PlatformError as error:
            event(_log, "handoff_not_tried", logging.WARNING, business_id=business_id, code=error.code)
        except Exception:  # noqa: BLE001 - one business must not stop the others
            event(_log, "handoff_not_tried", logging.ERROR, business_id=business_id)
        return []


def _outcome(problem: str) -> str:
    return "failed" if problem else "delivered"
