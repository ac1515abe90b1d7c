"""What an owner is told of what was counted: each figure with what it is made of, as docs/analytics.md says. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

BUCKET = 1.25
"""Response times are counted in buckets: number n holds what is above 1.25^(n-1) ms and at most 1.25^n."""


class Tally(NamedTuple):
    """What was counted: `n` times, with numbers that sum up to `total` (seconds, scores, amounts)."""

    point: int
    metric: str
    channel: str
    key: str
    n: int
    total: float


class Cells:
    """What was counted in one stretch, summed over channels."""

    def __init__(self, tallies: Iterable[Tally] = ()) -> None:
        self._cells: dict[str, dict[str, tuple[int, float]]] = {}
        for _, metric, _, key, n, total in tallies:
            keys = self._cells.setdefault(metric, {})
            before = keys.get(key)
            keys[key] = (n, total) if before is None else (before[0] + n, before[1] + total)

    def n(self, metric: str, key: str | None = None) -> int:
        """Return how often; of all keys without one."""
        keys = self._cells.get(metric, {})
        return sum(n for n, _ in keys.values()) if key is None else keys.get(key, (0, 0.0))[0]

    def total(self, metric: str) -> float:
        """Return the sum of the numbers of all keys."""
        return sum(total for _, total in self._cells.get(metric, {}).values())

    def keys(self, metric: str) -> Mapping[str, int]:
        """Return how often each key was counted."""
        return {key: n for key, (n, _) in self._cells.get(metric, {}).items()}


Value = int | float | None


@dataclass(frozen=True)
class Figure:
    """A figure: the metrics it is made of, and how. None: there is nothing to divide by."""

    metrics: tuple[str, ...]
    of: Callable[[Cells], Value]


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole to four places; None of nothing."""
    return round(part / whole, 4) if whole else None


def mean(cells: Cells, metric: str, places: int = 4) -> float | None:
    """Return the average of a metric's numbers; None of nothing."""
    n = cells.n(metric)
    return round(cells.total(metric) / n, places) if n else None


def quantile(buckets: Mapping[str, int], share: float) -> float | None:
    """Return the time in ms that `share` of the answers stayed under; None of nothing.

    Inside its bucket the answers are taken as evenly spread, so it is off by less than the bucket's width: a quarter.
    """
    counted = sorted((int(number), n) for number, n in buckets.items() if n > 0)
    wanted = share * sum(n for _, n in counted)
    below = 0
    for number, n in counted:
        if below + n >= wanted:
            low, high = bucket_range(number)
            return round(low + (high - low) * (wanted - below) / n, 1)
        below += n
    return None


def bucket_range(number: int) -> tuple[float, float]:
    """Return the times in ms that a bucket is for: above the first, at most the second."""
    return (BUCKET ** (number - 1) if number else 0.0), BUCKET**number


def _count(metric: str, key: str | None = None) -> Figure:
    return Figure((metric,), lambda cells: cells.n(metric, key))


def _sum(metric: str, unit: float = 1, places: int = 4) -> Figure:
    return Figure((metric,), lambda cells: round(cells.total(metric) / unit, places))


def _wait(share: float) -> Figure:
    return Figure(("waits",), lambda cells: quantile(cells.keys("waits"), share))


def _contained(cells: Cells) -> int:
    return max(0, cells.n("sessions") - cells.n("reached", "handoff"))


_COHORT = ("sessions", "reached")
FIGURES: Mapping[str, Figure] = {
    "conversations": _count("sessions"),
    "turns": _count("turns"),
    "answered": _count("reached", "answered"),
    "resolved": _count("reached", "resolved"),
    "resolution_rate": Figure(_COHORT, lambda cells: ratio(cells.n("reached", "resolved"), cells.n("sessions"))),
    "contained": Figure(_COHORT, _contained),
    "containment_rate": Figure(_COHORT, lambda cells: ratio(_contained(cells), cells.n("sessions"))),
    "leads": _count("leads"),
    "deals": _count("deals"),
    "deal_amount": _sum("deals"),
    "handoffs": _count("handoffs"),
    "gaps": _count("gaps"),
    "ctas_shown": _count("ctas_shown"),
    "cta_clicks": _count("ctas_clicked"),
    "conversions": _count("conversions"),
    "conversion_value": _sum("conversions"),
    "feedback_up": _count("feedback", "up"),
    "feedback_down": _count("feedback", "down"),
    "satisfaction": Figure(("feedback",), lambda cells: ratio(cells.n("feedback", "up"), cells.n("feedback"))),
    "sentiment": Figure(("moods",), lambda cells: mean(cells, "moods")),
    "wait_mean_ms": Figure(("waits",), lambda cells: mean(cells, "waits", 1)),
    "wait_p50_ms": _wait(0.5),
    "wait_p90_ms": _wait(0.9),
    "wait_p95_ms": _wait(0.95),
    "degraded": _count("degraded"),
    "errors": _count("errors"),
    "calls": _count("calls"),
    "call_minutes": _sum("calls", 60),
    "cost_usd": _sum("usage", 1_000_000, 6),
}

FUNNEL: tuple[tuple[str, str], ...] = (
    ("conversations", ""), ("answered", "answered"), ("cta_shown", "cta_shown"), ("cta_clicked", "cta_clicked"),
    ("lead", "lead"), ("deal", "deal"),
)  # fmt: skip
"""The steps of a conversation, each with its key among what conversations have reached; the first is all of them."""


def metrics_of(figures: Iterable[str]) -> tuple[str, ...]:
    """Return the metrics that figures are made of, each once."""
    return tuple(dict.fromkeys(metric for name in figures for metric in FIGURES[name].metrics))


def figures_of(cells: Cells, names: Iterable[str] = FIGURES) -> dict[str, Value]:
    """Return the figures of a stretch by name."""
    return {name: FIGURES[name].of(cells) for name in names}


def by_point(tallies: Iterable[Tally], points: int) -> tuple[Cells, ...]:
    """Return what was counted in each of `points` intervals; nothing in those of which there is no tally."""
    found: list[list[Tally]] = [[] for _ in range(points)]
    for one in tallies:
        found[one.point].append(one)
    return tuple(Cells(each) for each in found)


def by_channel(tallies: Iterable[Tally]) -> dict[str, Cells]:
    """Return what was counted in each channel, by its name in alphabetical order."""
    found: dict[str, list[Tally]] = {}
    for one in tallies:
        found.setdefault(one.channel, []).append(one)
    return {channel: Cells(found[channel]) for channel in sorted(found)}


@dataclass(frozen=True)
class Change:
    """A figure against the period before: how much more, and by what share of it. None: there is nothing to compare."""

    difference: float | None
    share: float | None


def change(now: Value, before: Value) -> Change:
    """Return how a figure has changed."""
    if now is None or before is None:
        return Change(None, None)
    return Change(round(now - before, 6), ratio(now - before, abs(before)))
