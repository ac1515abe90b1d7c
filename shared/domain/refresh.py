"""When a business's knowledge is built by itself: daily or weekly, on the business's own clock. Pure."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

DEFAULT_HOUR = 3
_DAY = dt.timedelta(days=1)
# Within so many minutes after the full hour: businesses of one country must not all be built at its first minute.
_SPREAD_MINUTES = 60


@dataclass(frozen=True)
class Refresh:
    """A schedule. `weekly` decides whether one day of seven is meant; `hour` is of the clock of `zone`."""

    weekly: bool
    hour: int
    zone: str

    @classmethod
    def of(cls, every: str, hour: int | None, zone: str) -> Self | None:
        """Return the schedule of `daily` or `weekly`; None for any other word."""
        if every not in ("daily", "weekly"):
            return None
        return cls(every == "weekly", DEFAULT_HOUR if hour is None else hour, zone)

    def last(self, business_id: str, now: dt.datetime) -> dt.datetime:
        """Return the latest moment, in UTC, at or before `now` when a build was due.

        Each business has a minute of its own in the hour, and a day of its own in the week. A time that the clock skips
        comes an hour later on that day; one that it strikes twice counts the first time.
        """
        day = now.astimezone(ZoneInfo(self.zone)).date() + _DAY
        while True:
            at = self._on(business_id, day)
            if at is not None and at <= now:
                return at
            day -= _DAY

    def next(self, business_id: str, now: dt.datetime) -> dt.datetime:
        """Return the earliest moment after `now` when a build is due, in UTC."""
        day = now.astimezone(ZoneInfo(self.zone)).date() - _DAY
        while True:
            at = self._on(business_id, day)
            if at is not None and at > now:
                return at
            day += _DAY

    def due_since(self, business_id: str, last: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
        """Return since when a build is due; None when one was asked for (at `last`) since."""
        at = self.last(business_id, now)
        return at if last is None or last < at else None

    def _on(self, business_id: str, day: dt.date) -> dt.datetime | None:
        """Return when a build is due on a local day, None on days that have none."""
        number = int.from_bytes(hashlib.sha256(business_id.encode()).digest()[:4])
        if self.weekly and day.weekday() != number // _SPREAD_MINUTES % 7:
            return None
        time = dt.time(self.hour, number % _SPREAD_MINUTES)
        return dt.datetime.combine(day, time, ZoneInfo(self.zone)).astimezone(dt.UTC)
