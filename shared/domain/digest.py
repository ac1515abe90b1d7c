"""The weekly digest as data: a week on a business's own clock, and what was counted of it. Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from zoneinfo import ZoneInfo

from shared.domain.analytics import Cells
from shared.domain.spans import Span

_DAYS = dt.timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """A week by its ISO year and number, Monday to Sunday."""

    monday: dt.date

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the week of `2026-W47`; ValueError for anything else, and for a 53rd week that a year has not."""
        if not re.fullmatch(r"20\d\d-W\d\d", text):
            raise ValueError("is not a week such as 2026-W47")
        return cls(dt.date.fromisocalendar(int(text[:4]), int(text[6:]), 1))

    @classmethod
    def last_full(cls, now: dt.datetime, zone: str) -> Self:
        """Return the last week that is over, on the clock of `zone`."""
        today = now.astimezone(ZoneInfo(zone)).date()
        return cls(today - dt.timedelta(days=today.weekday()) - _DAYS)

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def sunday(self) -> dt.date:
        """The last day."""
        return self.monday + dt.timedelta(days=6)

    def before(self) -> "Week":
        """Return the week before."""
        return Week(self.monday - _DAYS)

    def span(self, zone: str) -> Span:
        """Return it as a stretch of hours of the clock of `zone`."""
        noon = dt.datetime.combine(self.sunday, dt.time(12), ZoneInfo(zone))
        return Span.asked(self.monday, self.sunday, zone, noon)


@dataclass(frozen=True)
class Behind:
    """What waits as of now: calls for a person nobody took, those older than a day, entries that the CRM refused.

    `held_back`: builds of the knowledge since the last one that answers visitors, each worse than it.
    """

    handoffs_open: int = 0
    handoffs_late: int = 0
    parked: int = 0
    held_back: int = 0


@dataclass(frozen=True)
class Figures:
    """Everything a digest is made of, of one business and week.

    Args:
        now, before: the counts of the week, and of the one before.
        gap_intents: what unanswered questions were about, by intent.
        calls_by_hour: calls that ended in each hour, all outcomes.
        behind: what waits.
        experiments: id of those with a verdict, and what it is.
        month_micros: millionths of a dollar, of the month in which the week ends, up to its end.
    """

    now: Cells
    before: Cells
    gap_intents: Mapping[str, int] = field(default_factory=dict)
    calls_by_hour: tuple[tuple[dt.datetime, int], ...] = ()
    behind: Behind = Behind()
    experiments: tuple[tuple[str, str], ...] = ()
    month_micros: int = 0
