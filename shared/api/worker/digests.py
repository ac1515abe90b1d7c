"""Posts each business's digest to its webhook, once a week. Makes none itself."""

import logging
import time
from collections import Counter
from collections.abc import Callable

from shared.adapters.handoff_webhook import HandoffWebhook
from shared.adapters.interval import Interval
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.digests import DigestStore, DueDigest
from shared.api.digests import Digests
from shared.domain.errors import PlatformError
from shared.logs import event
from shared.ports import Clock

_log = logging.getLogger(__name__)

EVENT = "digest.weekly"
# A minute later than seven is early enough.
EVERY_S = 60.0
_AT_ONCE = 20


class WeeklyDigests:
    """A chore of the worker. Safe to run in many processes at once: a digest is one row, and one of them has it."""

    def __init__(
        self, businesses: BusinessStore, store: DigestStore, digests: Digests, webhook: HandoffWebhook, clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._businesses = businesses
        self._store = store
        self._digests = digests
        self._webhook = webhook
        self._clock = clock
        self._interval = Interval(EVERY_S, monotonic)

    def __call__(self) -> dict[str, int]:
        """Post what is due by now, unless that was seen to a moment ago; return how many: delivered, failed.

        Raises:
            DatabaseUnavailable: it could not be asked what is due.
        """
        if not self._interval.over():
            return {}
        due = self._store.due(self._clock.now(), _AT_ONCE)
        return dict(Counter(outcome for one in due if (outcome := self._safely(one))))

    def _safely(self, one: DueDigest) -> str:
        """Post one. Whatever happens, the others are posted, and it comes again itself."""
        try:
            return self._post(one)
        except PlatformError as error:
            event(_log, "digest_not_posted", logging.WARNING, business_id=one.business_id, code=error.code)
        except Exception:  # noqa: BLE001 - one business must not stop the others
            event(_log, "digest_not_posted", logging.ERROR, business_id=one.business_id)
        return "failed"

    def _post(self, one: DueDigest) -> str:
        from shared.digest.letter import posted  # a template engine

        now = self._clock.now()
        record = self._businesses.get(one.business_id)
        url = record.config.digest.webhook_url
        if url is None or not self._store.claim(one.business_id, one.week, now):
            return ""
        payload = posted(self._digests.of(record, one.week, now))
        problem = self._webhook.post(one.business_id, url, f"digest-{one.week}", payload, event=EVENT)
        self._store.told(one.business_id, one.week, problem)
        return "failed" if problem else "delivered"
