"""What a week comes to beyond the figures of analytics: changes, rates, costs, calls while it was closed. Pure."""

from collections.abc import Mapping

from shared.domain.analytics import Cells
from shared.domain.business import BusinessConfig
from shared.domain.digest import Figures


def change_percent(now: float, before: float) -> int | None:
    """Return the change in per cent; None when there was nothing before."""
    return round((now - before) * 100 / before) if before else None


def questions(cells: Cells) -> int:
    """Return how many messages understanding looked at: greetings have no mood."""
    return cells.n("moods")


def upset(cells: Cells) -> int:
    """Return how many of these were angry or dissatisfied."""
    return cells.n("moods", "angry") + cells.n("moods", "negative")


def click_rates(cells: Cells, at_least: int) -> Mapping[str, float]:
    """Return how often each call to action was followed, of those that were shown so often."""
    clicked = cells.keys("ctas_clicked")
    return {name: clicked.get(name, 0) / n for name, n in cells.keys("ctas_shown").items() if n >= at_least}


def calls_outside(figures: Figures, config: BusinessConfig) -> int:
    """Return how many calls began in hours in which the business was closed; 0 when it configured no hours."""
    hours = config.opening_hours
    return sum(n for hour, n in figures.calls_by_hour if hours.is_open(hour) is False)


def most(counts: Mapping[str, int], limit: int) -> list[tuple[str, int]]:
    """Return the largest, largest first; equal ones by name."""
    return sorted(((key, n) for key, n in counts.items() if n > 0), key=lambda item: (-item[1], item[0]))[:limit]


def cost_usd(cells: Cells) -> float:
    """Return what a week cost, in dollars."""
    return cells.total("usage") / 1_000_000


def budget_percent(figures: Figures, monthly_usd: float | None) -> int | None:
    """Return how much of the month's budget is used, in per cent; None without one."""
    return round(figures.month_micros / 10_000 / monthly_usd) if monthly_usd else None
