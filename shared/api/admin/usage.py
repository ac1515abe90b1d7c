"""Usage of one business, and of all: read from the counts, with how the budget stands. Changes nothing."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from shared.api.admin.paging import invalid_cursor, page, text_cursor
from shared.api.admin.services import AdminServices
from shared.api.admin.usage_models import PlatformUsageQuery, UsageQuery
from shared.domain.budget import Budget, Spent, measure_of, used
from shared.domain.errors import FieldError, Invalid
from shared.domain.prices import AS_OF
from shared.domain.spans import Span, SpanError
from shared.domain.usage import BusinessUsage, dollars, projection, report
from shared.web.call import Call, Reply

_METRICS = ("turns", "calls", "usage")
_NO_STORE = {"Cache-Control": "no-store"}
_AFTER = re.compile(r"(-?\d{1,18}) ([a-z0-9-]{2,63})")


def of_business(admin: AdminServices, call: Call) -> Reply:
    """Return what a business used in a time, and how its budget stands now."""
    query: UsageQuery = call.query
    config, now = admin.businesses.get(call.business_id).config, admin.clock.now()
    zone = config.opening_hours.time_zone
    first = query.since or (now.astimezone(ZoneInfo(zone)).date().replace(day=1) if query.until is None else None)
    try:
        span = Span.asked(first, query.until, zone, now)
        starts = span.starts(query.interval)
        pieces = span.pieces(query.interval)
    except SpanError as error:
        raise Invalid([FieldError((error.field,), f"{error.field}: {error}")]) from None
    tallies = admin.analytics.tallies(call.business_id, _METRICS, pieces, query.channel, by_channel=True)
    spent = admin.usage.spent(call.business_id, zone, now)
    body = {
        "range": {"from": span.label(span.since), "to": span.label(span.until), "time_zone": zone,
                  "channel": query.channel},
        "as_of": now.isoformat(),
        "currency": "USD",
        "prices_as_of": AS_OF,
        **report(tallies, [span.label(start) for start in starts]),
        "budget": _budget(config.budget, spent, now.astimezone(span.zone)),
    }  # fmt: skip
    return Reply(body, headers=_NO_STORE)


def of_all(admin: AdminServices, call: Call) -> Reply:
    """List what each business used, the dearest first."""
    query: PlatformUsageQuery = call.query
    last = query.until or admin.clock.now().date()
    first = query.since or last.replace(day=1)
    if first > last:
        raise Invalid([FieldError(("from",), "from: is after 'to'")])
    after = _after(query.cursor)
    records = admin.usage.by_business(first, last + dt.timedelta(days=1), query.limit + 1, after)
    return Reply(page(records, query.limit, lambda one: f"{one.micros} {one.business_id}", _summary), headers=_NO_STORE)


def _after(cursor: str) -> tuple[int, str] | None:
    text = text_cursor(cursor)
    if not text:
        return None
    found = _AFTER.fullmatch(text)
    if found is None:
        raise invalid_cursor()
    return int(found[1]), found[2]


def _budget(budget: Budget, spent: Spent, now: dt.datetime) -> dict[str, Any]:
    percent = used(budget, spent)

    def limit(name: str, dollars_: float | None, micros: int) -> dict[str, Any]:
        share = round(percent[name], 2) if name in percent else None
        return {"limit_usd": dollars_, "spent_usd": dollars(micros), "percent": share}

    return {
        "month": limit("month", budget.monthly_usd, spent.month),
        "day": limit("day", budget.daily_usd, spent.day),
        "doing": measure_of(budget, spent),
        "month_end_usd": projection(spent.month, now),
    }


def _summary(one: BusinessUsage) -> dict[str, Any]:
    return {
        "business_id": one.business_id,
        "name": one.name,
        "turns": one.turns,
        "calls": one.calls,
        "call_minutes": round(one.call_seconds / 60, 1),
        "cost_usd": dollars(one.micros),
    }
