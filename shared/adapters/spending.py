"""The `Spending` port: what a business has spent, read from the database now and then, and counted on in between.

The truth is the database's. What this process spends is known here at once; what others do, within half a minute, or a
minute where nothing can be read in the background meanwhile.
"""

import datetime as dt
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from shared.domain.budget import NOTHING, Spent
from shared.domain.events import CostArose, Event, Talk
from shared.domain.prices import micros_of
from shared.domain.tenant import Tenant
from shared.logs import event as log_event
from shared.ports import Clock, Journal

_log = logging.getLogger(__name__)

FRESH_FOR_S = 30.0
# An instance that has slept, or whose reading in the background did not come to an end, waits for the database.
STALE_AFTER_S = 60.0
MAX_BUSINESSES = 1000


class Sums(Protocol):
    """Where the truth is: `UsageStore`."""

    def spent(self, business_id: str, zone: str, now: dt.datetime) -> Spent:
        """Return what was spent in the running month and day."""
        ...


@dataclass
class _Known:
    """What was read, and when. `own` is all that this process spent, `counted` how much of it the reading holds."""

    read_at: float
    spent: Spent = NOTHING
    own: int = 0
    counted: int = 0
    reading: bool = False

    @property
    def total(self) -> Spent:
        """What was spent by now."""
        since = self.own - self.counted
        return Spent(self.spent.month + since, self.spent.day + since)


class SpendingLedger:
    """Knows of businesses that have a budget, and of no others."""

    def __init__(self, sums: Sums, clock: Clock) -> None:
        self._sums = sums
        self._clock = clock
        self._guard = threading.Lock()
        self._waiting = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._background = ThreadPoolExecutor(1, "spending")

    def spent(self, tenant: Tenant) -> Spent:
        """See `Spending.spent`."""
        if not tenant.config.budget.is_limited:
            return NOTHING
        known = self._of(tenant.id)
        if self._age(known) >= STALE_AFTER_S:
            with self._waiting:  # the first one reads for all who wait
                if self._age(known) >= STALE_AFTER_S:
                    self._read(tenant, known)
        elif self._age(known) >= FRESH_FOR_S and not known.reading:
            known.reading = True
            self._background.submit(self._read, tenant, known)
        with self._guard:
            return known.total

    def add(self, business_id: str, micros: int) -> None:
        """Count what was spent just now and is written down already."""
        with self._guard:
            if known := self._known.get(business_id):
                known.own += micros

    def _of(self, business_id: str) -> _Known:
        with self._guard:
            known = self._known.setdefault(business_id, _Known(read_at=self._clock.monotonic() - STALE_AFTER_S))
            self._known.move_to_end(business_id)
            while len(self._known) > MAX_BUSINESSES:
                self._known.popitem(last=False)
        return known

    def _age(self, known: _Known) -> float:
        return self._clock.monotonic() - known.read_at

    def _read(self, tenant: Tenant, known: _Known) -> None:
        """Read anew. While the database is away what is known holds, and is asked for again after a while."""
        counted = known.own  # what is spent meanwhile may count twice until the next time, and is never missed
        try:
            zone = tenant.config.opening_hours.time_zone
            spent = self._sums.spent(tenant.id, zone, self._clock.now())
        except Exception as error:  # noqa: BLE001 - a visitor's answer does not fail because it could not be counted
            log_event(_log, "spending_not_read", logging.WARNING, business_id=tenant.id, error=type(error).__name__)
            spent, counted = known.spent, known.counted
        with self._guard:
            known.spent, known.counted = spent, counted
            known.reading, known.read_at = False, self._clock.monotonic()


class SpendingJournal:
    """The `Journal` port before another: what is kept there as spent is known to the ledger at once."""

    def __init__(self, journal: Journal, ledger: SpendingLedger) -> None:
        self._journal = journal
        self._ledger = ledger

    def keep(self, tenant: Tenant, events: Sequence[Event], talk: Talk | None = None) -> None:
        """See `Journal.keep`."""
        self._journal.keep(tenant, events, talk)
        micros = sum(micros_of(one.items) for one in events if isinstance(one, CostArose))
        if micros:
            self._ledger.add(tenant.id, micros)
