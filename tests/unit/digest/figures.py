"""Weeks to make digests of: an ordinary one, from which a test names what is special."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from shared.domain.analytics import Cells, Tally
from shared.domain.digest import Figures, Week

WEEK = Week.parse("2026-W47")
ORDINARY: Mapping[str, Mapping[str, int]] = {
    "sessions": {"": 300}, "moods": {"neutral": 500, "negative": 40, "angry": 10}, "gaps": {"": 5},
    "waits": {"31": 480, "38": 20}, "leads": {"": 30}, "deals": {"": 6}, "calls": {"answered": 40, "missed": 2},
    "intents": {"pricing": 200, "appointment": 150, "none": 90, "loan_bikes": 20}, "reached": {"resolved": 210},
    "ctas_shown": {"book": 400, "prices": 300, "rare": 20}, "ctas_clicked": {"book": 80, "prices": 20},
}  # fmt: skip


def cells(**counts: Mapping[str, int]) -> Cells:
    """Return an ordinary week's counts with `counts` in them."""
    rows = [Tally(0, name, "web", key, n, 0.0) for name, of in {**ORDINARY, **counts}.items() for key, n in of.items()]
    return Cells([*rows, Tally(0, "usage", "web", "m tokens_in", 100, 4_560_000.0)])


def a_week(**fields: Any) -> Figures:
    """Return an ordinary week's figures with `fields` in them."""
    return Figures(**{"now": cells(), "before": cells(sessions={"": 250}), "month_micros": 12_000_000, **fields})


def calls(hour: int, n: int, day: int = 18) -> tuple[dt.datetime, int]:
    """Return calls in an hour of a day of November 2026, UTC."""
    return dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC), n
