"""Businesses in zones with and without a change of clocks, and the times that are asked for there."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from tests.stores.analytics_calls import Calls
from tests.stores.histories import History, Part

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# A zone, and a day on which its clocks are changed, if it does that.
PLACES = {
    "London in spring": ("Europe/London", dt.date(2026, 3, 29)),
    "London in autumn": ("Europe/London", dt.date(2026, 10, 25)),
    "Kolkata": ("Asia/Kolkata", dt.date(2026, 3, 29)),
    "Auckland in autumn": ("Pacific/Auckland", dt.date(2026, 4, 5)),
}
INTERVALS = {
    "hour": lambda at: at.isoformat(),
    "day": lambda at: at.date(),
    "week": lambda at: at.isocalendar()[:2],
    "month": lambda at: (at.year, at.month),
}


@dataclass(frozen=True)
class Place:
    """A business somewhere with a history around a day."""

    zone: ZoneInfo
    day: dt.date
    history: History
    calls: Calls

    def times(self) -> list[tuple[str, str, list[dt.datetime]]]:
        """Return times to ask for: their from and to, and the beginnings of their hours, in UTC."""
        before, after = self.day - 9 * DAY, self.day + 8 * DAY
        begins = dt.datetime.combine(self.day, dt.time(9, 20), self.zone)
        ends, start = begins.astimezone(dt.UTC) + 50 * HOUR, begins.replace(minute=0).astimezone(dt.UTC)
        return [
            (before.isoformat(), after.isoformat(), self.hours(before, after)),
            (self.day.isoformat(), self.day.isoformat(), self.hours(self.day, self.day)),
            # A bit of an hour is all of it, at both ends.
            (begins.replace(tzinfo=None).isoformat(), ends.isoformat(), [start + n * HOUR for n in range(51)]),
        ]

    def hours(self, first: dt.date, last: dt.date) -> list[dt.datetime]:
        """Return the hours of these days."""
        start, end = (dt.datetime.combine(day, dt.time(0), self.zone).astimezone(dt.UTC) for day in (first, last + DAY))
        return [start + number * HOUR for number in range((end - start) // HOUR)]

    def local(self, hour: dt.datetime) -> dt.datetime:
        """Return an hour on the business's clock."""
        return hour.astimezone(self.zone)

    def parts(self, hours: list[dt.datetime], interval: str, channel: str | None) -> list[tuple[str, Part]]:
        """Return the intervals: where each begins, and what is in it."""
        grouped = groupby(hours, key=lambda hour: INTERVALS[interval](self.local(hour)))
        groups = [list(group) for _, group in grouped]
        return [(self.local(group[0]).isoformat(), Part.of(self.history, group, channel)) for group in groups]
