"""Brings what waits in the outbox into the CRMs: claims, delivers, puts off or parks. The worker's whole work."""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from shared.adapters.crm.accounts import CrmAccounts
from shared.adapters.crm.driver import CrmDriver
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.crm.backoff import delay_s, gives_up
from shared.crm.connector import Connector
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.mapping import contact_of, deal_of, note_of, record_of, ref_of
from shared.crm.wire import Steps
from shared.domain.crm import Saved
from shared.domain.errors import NotFound, PlatformError
from shared.domain.outbox import OutboxJob
from shared.domain.records import BusinessRecord
from shared.logs import event

_log = logging.getLogger(__name__)

Tell = Callable[[OutboxJob, str], None]
"""Told of each delivery and its id in the CRM, so that the session knows it too."""

THREADS = 8
# Of one business at a time: a slow CRM must not take all threads.
PER_BUSINESS = 4
PAUSE_S = 0.3


@dataclass(frozen=True)
class Patience:
    """Seconds: `deadline_s` for one delivery, `lease_s` until another worker may take it over."""

    deadline_s: float = 25.0
    lease_s: float = 40.0


class Delivery:
    """Delivers. Safe to run in many processes at once: the outbox gives each entry to one of them."""

    def __init__(
        self,
        businesses: BusinessStore,
        outbox: OutboxStore,
        accounts: CrmAccounts,
        driver: CrmDriver,
        tell: Tell,
        patience: Patience = Patience(),
    ) -> None:
        self._businesses = businesses
        self._outbox = outbox
        self._accounts = accounts
        self._driver = driver
        self._tell = tell
        self._patience = patience

    def work(self, seconds: float, *, until_idle: bool = False) -> dict[str, int]:
        """Deliver for so long, or until nothing is due; return how many entries ended how.

        An outbox that cannot be asked is asked again until the time is over.

        Raises:
            PlatformError: it could not be asked the last time, or, `until_idle`, at all: nobody knows what is due.
        """
        ends = time.monotonic() + seconds
        running: dict[Future[str], str] = {}
        outcomes: Counter[str] = Counter()
        trouble: PlatformError | None = None
        with ThreadPoolExecutor(THREADS, thread_name_prefix="crm") as pool:
            while time.monotonic() < ends:
                found, trouble = self._asked(pool, running)
                if not running and not found and until_idle:
                    break
                finished = wait(running, timeout=PAUSE_S, return_when="FIRST_COMPLETED").done if running else set()
                if not running:
                    time.sleep(min(PAUSE_S, max(0.0, ends - time.monotonic())))
                for future in finished:
                    running.pop(future)
                    outcomes[future.result()] += 1
        outcomes.update(future.result() for future in running)
        if trouble:
            raise trouble
        return dict(outcomes)

    def _asked(self, pool: ThreadPoolExecutor, running: dict[Future[str], str]) -> tuple[bool, PlatformError | None]:
        """Start what there is room for; say whether anything was found, and what kept us from looking."""
        try:
            return self._fill(pool, running), None
        except PlatformError as error:
            return False, error

    def _fill(self, pool: ThreadPoolExecutor, running: dict[Future[str], str]) -> bool:
        """Start what there is room for; say whether anything was found."""
        if len(running) >= THREADS:
            return False
        found = False
        for business_id in self._outbox.businesses_due(50):
            room = min(PER_BUSINESS - list(running.values()).count(business_id), THREADS - len(running))
            if room <= 0:
                continue
            for job in self._outbox.claim(business_id, "worker", room, self._patience.lease_s):
                running[pool.submit(self._safely, job)] = business_id
                found = True
        return found

    def _safely(self, job: OutboxJob) -> str:
        """Deliver one entry; whatever happens, nothing is lost: an entry nobody ends comes again after its lease."""
        try:
            return self.deliver(job)
        except PlatformError as error:  # the database: the lease runs out by itself
            return _unknown(job, error)
        except Exception:  # noqa: BLE001 - one entry must not stop the others
            event(_log, "delivery_failed", logging.ERROR, business_id=job.business_id, entry=job.id)
        try:
            return self._put_off(job, CrmError("malformed", "delivering it failed on our side; it is tried again"))
        except Exception as error:  # noqa: BLE001 - whatever failed may be what putting it off needs as well
            return _unknown(job, error)

    def deliver(self, job: OutboxJob) -> str:
        """Deliver one claimed entry and note how that went: delivered, postponed, parked or superseded."""
        try:
            saved = self._saved(job)
        except CrmError as error:
            return self._put_off(job, error)
        if not self._outbox.delivered(job.business_id, job, saved.id):
            return "superseded"
        event(_log, "crm_delivered", business_id=job.business_id, kind=job.kind, attempts=job.attempts)
        self._tell(job, saved.id)
        return "delivered"

    def _put_off(self, job: OutboxJob, error: CrmError) -> str:
        event(
            _log, "crm_not_delivered", logging.WARNING, business_id=job.business_id, kind=job.kind,
            attempts=job.attempts, category=error.category,
        )  # fmt: skip
        if error.passing and not gives_up(job.attempts):
            delay = delay_s(job.attempts, error.retry_after_s, random.random())  # noqa: S311 - spreads load
            self._outbox.postpone(job.business_id, job, error.category, error.detail, delay)
            return "postponed"
        self._outbox.park(job.business_id, job, error.category, error.detail)
        return "parked"

    def _saved(self, job: OutboxJob) -> Saved:
        try:
            business = self._businesses.get(job.business_id)
        except NotFound:
            raise CrmError("refused", "the business is deleted") from None
        crm = business.config.crm
        if crm is None or not crm.enabled:
            raise CrmError("refused", "no CRM is connected")
        if job.kind == "note" and job.remote_id:
            return Saved(job.remote_id, created=False)  # it stands there as it was written
        account = self._accounts.of(job.business_id, crm)
        return self._driver.run(account, _steps(job, business, account.connector), self._patience.deadline_s)


def _unknown(job: OutboxJob, error: Exception) -> str:
    event(
        _log, "delivery_not_noted", logging.WARNING, business_id=job.business_id, entry=job.id,
        error=type(error).__name__,
    )  # fmt: skip
    return "unknown"


def _steps(job: OutboxJob, business: BusinessRecord, connector: Connector) -> Steps[Saved]:
    """Return what brings an entry into the CRM, with the configuration as it is now."""
    crm, specs, payload, name = business.config.crm, business.config.all_fields(), job.payload, business.config.name
    assert crm is not None  # noqa: S101 - the caller's case
    if job.kind == "contact":
        return save_contact(connector, contact_of(business.id, payload, crm, specs), job.remote_id, job.since)
    if not job.contact_id:
        raise CrmError("refused", "its contact is not in the CRM")
    ref = ref_of(business.id, job.key)
    if job.kind == "deal":
        if crm.deal is None:
            raise CrmError("refused", "deals are switched off")
        deal = deal_of(payload, crm, specs, ref=ref, contact_id=job.contact_id, business=name)
        return connector.save_deal(deal, job.since)
    if job.kind == "note":
        return connector.save_note(note_of(payload, ref=ref, contact_id=job.contact_id, deal_id=job.deal_id), job.since)
    item = next((item for item in crm.objects if item.id == payload.get("object")), None)
    if item is None:
        raise CrmError("refused", f"there is no object '{payload.get('object')}' in the configuration any more")
    record = record_of(payload, item, ref=ref, contact_id=job.contact_id, business=name)
    return connector.save_record(record, job.since)
