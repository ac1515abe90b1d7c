"""Opening hours as data: weekly intervals in the business's own time zone, closed days and special days."""

import datetime as dt
import re
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_WEEKS_AHEAD = 4
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def _known_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone such as Europe/London") from None


TimeZone = Annotated[str, AfterValidator(_known_zone)]


def _plain_time(value: object) -> object:
    """Refuse numbers and zones: opening hours are times on the business's own clock."""
    if isinstance(value, str) and not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", value):
        raise ValueError("is not a time such as 09:00")
    if not isinstance(value, str | dt.time) or (isinstance(value, dt.time) and value.tzinfo):
        raise ValueError("is not a time such as 09:00")
    return value


LocalTime = Annotated[dt.time, BeforeValidator(_plain_time)]


class Interval(BaseModel):
    """Open from `open` until `close`, local time, within one day; `close` 00:00 means midnight at its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: LocalTime
    close: LocalTime

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.close != dt.time(0) and self.open >= self.close:
            raise ValueError("an interval opens before it closes (split what crosses midnight into two days)")
        return self

    def __str__(self) -> str:
        ends = "24:00" if self.close == dt.time(0) else f"{self.close:%H:%M}"
        return f"{self.open:%H:%M}-{ends}"

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
        days = ((day.capitalize(), self.weekly.get(day, ())) for day in WEEKDAYS)
        return "\n".join(f"{day}: {_spans(spans)}" for day, spans in days)

    def exceptions(self, today: dt.date) -> str:
        """Return the special and closed days of the next four weeks, one a line, `2026-12-25: closed`."""
        days = sorted(
            day for day in {*self.closed_dates, *self.special_dates} if 0 <= (day - today).days < _WEEKS_AHEAD * 7
        )
        return "\n".join(f"{day:%A} {day}: {_spans(self.on(day))}" for day in days)


def _spans(intervals: tuple[Interval, ...]) -> str:
    return ", ".join(map(str, intervals)) or "closed"
