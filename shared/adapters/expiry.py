"""Retention as a chore of the worker: each business once an hour, in turn, some of it at a time."""

import logging

from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.retention import BATCH, Days, RetentionStore
from shared.domain.business import BusinessConfig, Retention
from shared.domain.errors import PlatformError
from shared.domain.voice import Recording
from shared.logs import event

_log = logging.getLogger(__name__)

# A round is short, so that a business with much to delete does not hold up the others, or the worker.
BUSINESSES = 5


class Expiry:
    """Deletes what has been kept for long enough. Any number may run at once."""

    def __init__(self, businesses: BusinessStore, store: RetentionStore) -> None:
        self._businesses = businesses
        self._store = store

    def __call__(self) -> dict[str, int]:
        """Look at the businesses whose turn it is; return how many rows of each kind went.

        Raises:
            PlatformError: the database could not be asked whose turn it is.
        """
        total: dict[str, int] = {}
        due = self._store.businesses_due(BUSINESSES)
        for business_id in due:
            for name, n in self._cleaned(business_id).items():
                total[name] = total.get(name, 0) + n
        if due:
            total["months"] = self._store.keep_months(Retention().events_days)
        return {name: n for name, n in total.items() if n}

    def _cleaned(self, business_id: str) -> dict[str, int]:
        try:
            gone = self._store.clean(business_id, days_of(self._businesses.get(business_id).config))
            if any(n >= BATCH for n in gone.values()):
                self._store.again_soon(business_id)
        except PlatformError as error:
            event(_log, "not_expired", logging.WARNING, business_id=business_id, code=error.code)
            return {}
        return gone


def days_of(config: BusinessConfig) -> Days:
    """Return for how many days a business keeps what."""
    kept, recording = config.retention, config.voice.recording if config.voice else Recording()
    return Days(kept.conversations_days, kept.events_days, kept.handoffs_days, recording.keep_days)
