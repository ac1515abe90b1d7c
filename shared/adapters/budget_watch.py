"""Tells businesses that their budget runs out: at 50, 80 and 100 per cent, each once a month and once a day."""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from shared.adapters.handoff_webhook import HandoffWebhook
from shared.adapters.interval import Interval
from shared.adapters.postgres.budget_alerts import BudgetAlert, BudgetAlertStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.usage import UsageStore
from shared.domain.budget import Budget, Spent, alerts, measure_of
from shared.domain.errors import PlatformError
from shared.domain.records import BusinessRecord
from shared.domain.usage import dollars
from shared.logs import event
from shared.ports import Clock

_log = logging.getLogger(__name__)

EVENT = "budget.alert"
# A worker's rounds are shorter; nobody needs to know sooner.
EVERY_S = 30.0


class BudgetWatch:
    """A chore of the worker. Safe to run in many processes at once: an alert is one row, and one of them has it.

    Args:
        businesses: their configurations.
        usage: what they spent.
        store: what was told.
        webhook: posts, signed.
        clock: the time of day.
        monotonic: seconds, for how often it looks.
    """

    def __init__(
        self, businesses: BusinessStore, usage: UsageStore, store: BudgetAlertStore, webhook: HandoffWebhook,
        clock: Clock, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._businesses = businesses
        self._usage = usage
        self._store = store
        self._webhook = webhook
        self._clock = clock
        self._interval = Interval(EVERY_S, monotonic)

    def __call__(self) -> dict[str, int]:
        """Tell what is to be told by now, unless that was seen to a moment ago; return how many: delivered, failed.

        Raises:
            DatabaseUnavailable: it could not be asked.
        """
        if not self._interval.over():
            return {}
        outcomes: Counter[str] = Counter()
        for business_id in self._usage.with_budgets():
            outcomes.update(self._safely(business_id))
        return dict(outcomes)

    def _safely(self, business_id: str) -> list[str]:
        """See to one business. Whatever happens, the others are seen to, and it comes again itself."""
        try:
            return self._see_to(self._businesses.get(business_id))
        except PlatformError as error:
            event(_log, "budget_not_watched", logging.WARNING, business_id=business_id, code=error.code)
        except Exception:  # noqa: BLE001 - one business must not stop the others
            event(_log, "budget_not_watched", logging.ERROR, business_id=business_id)
        return []

    def _see_to(self, record: BusinessRecord) -> list[str]:
        budget, zone = record.config.budget, record.config.opening_hours.time_zone
        if not (budget.alerts_to and budget.is_limited):
            return []
        now = self._clock.now()
        spent = self._usage.spent(record.id, zone, now)
        self._store.raise_(record.id, alerts_of(record, spent, now))
        outcomes = []
        for alert in self._store.due(record.id):
            problem = self._webhook.post(record.id, budget.alerts_to, alert.id, alert.payload, event=EVENT)
            self._store.told(record.id, alert.id, problem)
            outcomes.append("failed" if problem else "delivered")
        return outcomes


def alerts_of(record: BusinessRecord, spent: Spent, now: dt.datetime) -> list[BudgetAlert]:
    """Return the alerts that what was spent is worth; their ids are the same all month, or all day."""
    budget = record.config.budget
    today = now.astimezone(ZoneInfo(record.config.opening_hours.time_zone)).date()
    stretches = {"month": f"{today:%Y-%m}", "day": f"{today:%Y-%m-%d}"}
    return [
        BudgetAlert(f"{name}/{stretches[name]}/{percent:03}", _payload(record, budget, spent, name, percent, now))
        for name, percent in alerts(budget, spent)
    ]


def _payload(
    record: BusinessRecord, budget: Budget, spent: Spent, name: str, percent: int, now: dt.datetime
) -> dict[str, Any]:
    month = name == "month"
    return {
        "business_id": record.id,
        "name": record.config.name,
        "at": now.isoformat(timespec="seconds"),
        "budget": name,
        "percent": percent,
        "limit_usd": budget.monthly_usd if month else budget.daily_usd,
        "spent_usd": dollars(spent.month if month else spent.day),
        "doing": measure_of(budget, spent),
    }
