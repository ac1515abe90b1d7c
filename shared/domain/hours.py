"""Opening hours as data: weekly intervals in the business's own time zone, closed days and special days."""

import datetime as dt
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def _known_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone such as Europe/London") from None


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Interval(BaseModel):
    """Open from `open` until `close`, local time, within one day; `close` 00:00 means midnight at its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: dt.time
    close: dt.time

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.close != dt.time(0) and self.open >= self.close:
            raise ValueError("an interval opens before it closes (split what crosses midnight into two days)")
        return self

    def __str__(self) -> str:
        return f"{self.open:%H:%M}-{self.close:%H:%M}"

    def covers(self, moment: dt.time) -> bool:
        """Say whether `moment`, local time, lies in the interval."""
        return self.open <= moment and (self.close == dt.time(0) or moment < self.close)


class OpeningHours(BaseModel):
    """A week of intervals by weekday name, days that are closed, and days with other hours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: TimeZone = "UTC"
    weekly: dict[Weekday, Annotated[tuple[Interval, ...], Field(max_length=6)]] = {}
    closed_dates: Annotated[tuple[dt.date, ...], Field(max_length=100)] = ()
    special_dates: Annotated[dict[dt.date, tuple[Interval, ...]], Field(max_length=100)] = {}

    def local(self, now: dt.datetime) -> dt.datetime:
        """Return an aware `now` in the business's time zone."""
        return now.astimezone(ZoneInfo(self.time_zone))

    def on(self, day: dt.date) -> tuple[Interval, ...]:
        """Return the intervals of a local date: special days first, then closed days, then the week."""
        if day in self.special_dates:
            return self.special_dates[day]
        return () if day in self.closed_dates else self.weekly.get(WEEKDAYS[day.weekday()], ())

    def is_open(self, now: dt.datetime) -> bool | None:
        """Say whether the business is open at an aware `now`; None when it configured no hours."""
        if not self.weekly and not self.special_dates:
            return None
        local = self.local(now)
        return any(interval.covers(local.time()) for interval in self.on(local.date()))

    def describe(self) -> str:
        """Return one line per weekday, `Monday: 08:30-18:00` or `Sunday: closed`; empty when none are configured."""
        if not self.weekly:
            return ""
        days = ((day, self.weekly.get(day, ())) for day in WEEKDAYS)
        return "\n".join(f"{day.capitalize()}: {', '.join(map(str, spans)) or 'closed'}" for day, spans in days)
