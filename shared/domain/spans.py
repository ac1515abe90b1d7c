"""Stretches of whole hours on a business's own clock: read from what a caller asked, cut into intervals. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Interval = Literal["hour", "day", "week", "month"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)

Moment = dt.date | dt.datetime
"""A day of the business's own, or a moment; one without an offset is of the business's clock."""

DEFAULT_DAYS = 30
MAX_DAYS = 3 * 366
MAX_POINTS = 2000
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_HOUR = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)


class SpanError(ValueError):
    """What was asked is no stretch that can be shown; `field` names the parameter."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


@dataclass(frozen=True)
class Piece:
    """A part of an interval, by its number; of whole UTC days, or of hours. UTC, `until` not in it.

    `sign` -1: not of the interval, but of the whole days that stand for it, so it is taken away again.
    """

    point: int
    since: dt.datetime
    until: dt.datetime
    days: bool
    sign: int = 1


@dataclass(frozen=True)
class Span:
    """From `since` up to `until` (not in it), both UTC, both at the start of an hour of the zone."""

    since: dt.datetime
    until: dt.datetime
    zone: ZoneInfo

    @classmethod
    def asked(cls, first: Moment | None, last: Moment | None, zone: str, now: dt.datetime) -> "Span":
        """Return the stretch from `first` to `last`: a date is its whole day, a moment begins or ends it.

        Without `last` today is the last day; without `first` it is 30 days long. What begins or ends within an hour
        has the whole of it.

        Raises:
            SpanError: it is empty, longer than three years, or outside of 2000 to 2199.
        """
        clock = ZoneInfo(zone)
        last = now.astimezone(clock).date() if last is None else last
        for field, moment in (("from", first), ("to", last)):
            if moment is not None and not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
                raise SpanError(field, f"is not between the years {_FIRST_YEAR} and {_LAST_YEAR}")
        until = _ceil(last, clock) if isinstance(last, dt.datetime) else _midnight(last + _DAY, clock)
        if first is None:
            first = (until - dt.timedelta(microseconds=1)).astimezone(clock).date() - _DAY * (DEFAULT_DAYS - 1)
        since = _floor(first, clock) if isinstance(first, dt.datetime) else _midnight(first, clock)
        if since >= until:
            raise SpanError("from", "is not before 'to'")
        if until - since > _DAY * MAX_DAYS:
            raise SpanError("from", "is more than three years before 'to'")
        return cls(since, until, clock)

    def before(self) -> "Span":
        """Return the stretch of the same length that ends where this begins: as many days when these are whole."""
        first, last = self.local(self.since), self.local(self.until)
        midnight = dt.time(0)
        if first.time() == last.time() == midnight:
            return Span(_midnight(first.date() - (last.date() - first.date()), self.zone), self.since, self.zone)
        return Span(_floor(self.since - (self.until - self.since), self.zone), self.since, self.zone)

    def starts(self, interval: Interval) -> tuple[dt.datetime, ...]:
        """Return where each interval begins, UTC; the first one where the stretch does, so that it may be shorter.

        Raises:
            SpanError: there are more than 2000.
        """
        found: list[dt.datetime] = []
        for start in _starts(self, interval):
            if len(found) == MAX_POINTS:
                raise SpanError("interval", f"'{interval}' makes more than {MAX_POINTS} points: ask for a longer one")
            found.append(start)
        return tuple(found)

    def pieces(self, interval: Interval | None = None, point: int = 0) -> tuple[Piece, ...]:
        """Return the stretch in pieces, each of one interval, numbered from `point`; None: all of it is one.

        Whole UTC days are as many as can be; the hours beside them, or too many in them, are twelve at most an end.
        Where one interval has hours too many the next one lacks them: they are the same piece with the other sign.
        """
        starts = self.starts(interval) if interval else (self.since,)
        ends = (*starts[1:], self.until)
        return tuple(
            piece for n, (since, until) in enumerate(zip(starts, ends, strict=True), point)
            for piece in _cut(n, since, until)
        )  # fmt: skip

    def local(self, moment: dt.datetime) -> dt.datetime:
        """Return a moment on the business's clock."""
        return moment.astimezone(self.zone)

    def label(self, moment: dt.datetime) -> str:
        """Return a moment as ISO text of the business's clock, with its offset."""
        return self.local(moment).isoformat()


def _starts(span: Span, interval: Interval) -> Iterator[dt.datetime]:
    yield span.since
    if interval == "hour":
        start = span.since + _HOUR
        while start < span.until:
            yield start
            start += _HOUR
        return
    day = _next(span.local(span.since).date(), interval)
    while (start := _midnight(day, span.zone)) < span.until:
        yield start
        day = _next(day, interval)


def _next(day: dt.date, interval: Interval) -> dt.date:
    """Return the first day of the next day, week or month."""
    if interval == "month":
        return (day.replace(day=1) + 31 * _DAY).replace(day=1)
    return day + _DAY * (7 - day.weekday() if interval == "week" else 1)


def _cut(point: int, since: dt.datetime, until: dt.datetime) -> Iterator[Piece]:
    start, end = _nearest(since), _nearest(until)
    if start >= end:
        yield Piece(point, since, until, days=False)
        return
    yield Piece(point, start, end, days=True)
    for earlier, later, sign in ((since, start, 1), (start, since, -1), (end, until, 1), (until, end, -1)):
        if earlier < later:
            yield Piece(point, earlier, later, days=False, sign=sign)


def _nearest(moment: dt.datetime) -> dt.datetime:
    """Return the beginning of a UTC day that is next to a moment, before or after it."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if moment - midnight <= _DAY / 2 else midnight + _DAY


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the first moment of a day: not always midnight, where clocks are changed at night."""
    return dt.datetime.combine(day, dt.time(0), zone).astimezone(dt.UTC)


def _floor(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    return local.replace(minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def _ceil(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    whole = _floor(moment, zone)
    aware = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    return whole + _HOUR if whole < aware.astimezone(dt.UTC) else whole
