"""What each call of analytics shows of one business, from what was counted. Counts nothing itself."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from shared.adapters.postgres.analytics import Ranked
from shared.api.admin.analytics_calls import PREVIOUS, Asked, Table, handler
from shared.domain.analytics import (
    FIGURES,
    FUNNEL,
    Cells,
    bucket_range,
    by_channel,
    by_point,
    change,
    figures_of,
    mean,
    metrics_of,
    quantile,
    ratio,
)
from shared.domain.hours import WEEKDAYS
from shared.web.spreadsheet import Cell


def _summary(asked: Asked) -> Table:
    """Return the figures of the time, by channel too, and against the period before."""
    before = asked.span.before() if asked.query.compare else None
    pieces = asked.span.pieces() + (before.pieces(point=PREVIOUS) if before else ())
    found = asked.admin.analytics.tallies(
        asked.call.business_id, metrics_of(FIGURES), pieces, asked.query.channel, by_channel=True
    )  # fmt: skip
    now, then = by_point(found, 2)
    figures = figures_of(now)
    channels = {
        name: figures_of(cells) for name, cells in by_channel(one for one in found if one.point == 0).items()
    }  # fmt: skip
    rows: list[list[Cell]] = [["current", "", *figures.values()]]
    rows += [["current", name, *of.values()] for name, of in channels.items()]
    previous = None
    if before:
        past = figures_of(then)
        changes = {name: asdict(change(figures[name], past[name])) for name in FIGURES}
        previous = {"range": asked.range(before), "figures": past, "changes": changes}
        rows.append(["previous", "", *past.values()])
    body = {"figures": figures, "channels": channels, "previous": previous}
    return Table(body, ["period", "channel", *FIGURES], rows)


def _timeseries(asked: Asked) -> Table:
    """Return figures by interval."""
    names = asked.query.metric
    points = [(at, figures_of(cells, names)) for at, cells in asked.series(*metrics_of(names))]
    body = {
        "interval": asked.query.interval,
        "metrics": list(names),
        "points": [{"at": at, "values": values} for at, values in points],
    }
    return Table(body, ["at", *names], ([at, *values.values()] for at, values in points))


def _intents(asked: Asked) -> Table:
    """Return what visitors wanted, most frequent first, against the period before."""
    found, every = asked.ranked("intents", compared=True)

    def item(name: str, tallies: Iterable[Any]) -> dict[str, Any]:
        now, then = by_point(tallies, 2)
        n = now.n("intents")
        share, confidence = ratio(n, every.n("intents")), mean(now, "intents")
        return {"intent": name, "n": n, "share": share, "confidence": confidence, "change": n - then.n("intents")}

    return _listed(found, item, ["intent", "n", "share", "confidence", "change"])


def _ctas(asked: Asked) -> Table:
    """Return how often each call to action was shown and followed."""
    labels = {node.id: node.label for node in asked.config.ctas()}

    def item(name: str, tallies: Iterable[Any]) -> dict[str, Any]:
        cells = Cells(tallies)
        shown, clicked = cells.n("ctas_shown"), cells.n("ctas_clicked")
        return {
            "cta": name, "label": labels.get(name), "shown": shown, "clicked": clicked, "rate": ratio(clicked, shown)
        }  # fmt: skip

    found, _ = asked.ranked("ctas_shown", "ctas_clicked")
    return _listed(found, item, ["cta", "label", "shown", "clicked", "rate"])


def _keys(metric: str) -> Callable[[Asked], Table]:
    def read(asked: Asked) -> Table:
        found, every = asked.ranked(metric)

        def item(name: str, tallies: Iterable[Any]) -> dict[str, Any]:
            n = Cells(tallies).n(metric)
            return {"key": name, "n": n, "share": ratio(n, every.n(metric))}

        return _listed(found, item, ["key", "n", "share"])

    read.__doc__ = f"Return the {metric} that were counted most."
    return read


def _listed(found: Ranked, item: Callable[[str, Iterable[Any]], dict[str, Any]], columns: list[str]) -> Table:
    items = [item(name, tallies) for name, tallies in found.keys.items()]
    other = item("", found.other)
    rows = [list(one.values()) for one in items]
    if found.other_keys:
        rows.append(["(other)", *list(other.values())[1:]])
    return Table({"items": items, "other": other, "other_keys": found.other_keys}, columns, rows)


def _sentiment(asked: Asked) -> Table:
    """Return how visitors sounded, by interval."""
    series = asked.series("moods")
    labels = sorted({label for _, cells in series for label in cells.keys("moods")})
    points = [(at, {name: cells.n("moods", name) for name in labels}, mean(cells, "moods")) for at, cells in series]
    counts = {label: sum(cells.n("moods", label) for _, cells in series) for label in labels}
    total = sum(cells.total("moods") for _, cells in series)
    score = ratio(total, sum(counts.values()))
    shown = [dict(zip(("at", "labels", "score"), point, strict=True)) for point in points]
    body = {"interval": asked.query.interval, "labels": counts, "score": score, "points": shown}
    return Table(body, ["at", *labels, "score"], ([at, *of.values(), score] for at, of, score in points))


def _funnel(asked: Asked) -> Table:
    """Return what became of the conversations that began in the time."""
    cells = asked.cells("sessions", "reached")
    counts = [cells.n("reached", key) if key else cells.n("sessions") for _, key in FUNNEL]
    steps = [
        {"step": name, "n": n, "of_previous": ratio(n, counts[i - 1]) if i else None, "of_all": ratio(n, counts[0])}
        for i, ((name, _), n) in enumerate(zip(FUNNEL, counts, strict=True))
    ]
    return Table({"steps": steps}, ["step", "n", "of_previous", "of_all"], (list(one.values()) for one in steps))


def _channels(asked: Asked) -> Table:
    """Return the figures of each channel."""
    found = asked.admin.analytics.tallies(
        asked.call.business_id, metrics_of(FIGURES), asked.span.pieces(), asked.query.channel, by_channel=True
    )
    items = [{"channel": name, **figures_of(cells)} for name, cells in by_channel(found).items()]
    return Table({"items": items}, ["channel", *FIGURES], (list(one.values()) for one in items))


def _hours(asked: Asked) -> Table:
    """Return turns by weekday and hour of the local clock."""
    week = asked.admin.analytics.week(asked.call.business_id, "turns", asked.span, asked.query.channel)
    days = [{"day": day, "turns": turns} for day, turns in zip(WEEKDAYS, week, strict=True)]
    columns = ["day", *(f"{hour:02}" for hour in range(24))]
    return Table({"days": days}, columns, ([day, *turns] for day, turns in zip(WEEKDAYS, week, strict=True)))


def _gaps(asked: Asked) -> Table:
    """Return how many questions had no answer, by interval."""
    series = asked.series("gaps", "turns")
    points = [(at, cells.n("gaps")) for at, cells in series]
    gaps, turns = (sum(cells.n(metric) for _, cells in series) for metric in ("gaps", "turns"))
    shown = [{"at": at, "gaps": n} for at, n in points]
    body = {
        "interval": asked.query.interval, "gaps": gaps, "turns": turns, "rate": ratio(gaps, turns), "points": shown
    }  # fmt: skip
    return Table(body, ["at", "gaps"], points)


def _waits(asked: Asked) -> Table:
    """Return how long visitors waited for whole answers."""
    cells = asked.cells("waits")
    counted = cells.keys("waits")
    buckets = []
    for number in sorted(map(int, counted)):
        above, up_to = bucket_range(number)
        buckets.append({"above_ms": round(above, 1), "up_to_ms": round(up_to, 1), "n": counted[str(number)]})
    quantiles = {f"p{share}_ms": quantile(counted, share / 100) for share in (50, 90, 95)}
    body = {"n": cells.n("waits"), "mean_ms": mean(cells, "waits", 1), **quantiles, "buckets": buckets}
    return Table(body, ["above_ms", "up_to_ms", "n"], (list(one.values()) for one in buckets))


summary = handler("summary", _summary)
timeseries = handler("timeseries", _timeseries)
intents = handler("intents", _intents)
sentiment = handler("sentiment", _sentiment)
funnel = handler("funnel", _funnel)
ctas = handler("ctas", _ctas)
pages = handler("pages", _keys("pages"))
languages = handler("languages", _keys("languages"))
channels = handler("channels", _channels)
hours = handler("hours", _hours)
gaps = handler("gaps", _gaps)
waits = handler("waits", _waits)
