"""Each call of analytics on a year of 5 million events, beside a plain count of the same events in the same run."""

import datetime as dt
import http.client
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Request
from werkzeug.test import EnvironBuilder

from local.bench import participants, year
from local.bench.load import percentile
from local.bench.setting import KEY
from local.bench.year import BUSINESS, COPIES, DAYS
from local.stack.platform import Platform
from local.traffic.generate import Month
from local.traffic.visits import EXPERIMENT
from shared.adapters.clock import SystemClock
from shared.adapters.postgres.analytics import AnalyticsStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.api.admin import analytics_routes
from shared.web.bodies import read_query
from shared.web.call import Call

EVENTS = 5_000_000
LIMIT_MS = 200
_OVER_HTTP, _IN_STORE, _COUNTS = 20, 5, 5
_PREFIX = f"/v1/businesses/{BUSINESS}"
# The dearest way to ask, beside the plain one.
_DEAREST = {
    "compared": ("summary", "compare=previous"),
    "of five figures": ("timeseries", "metric=conversations,leads,wait_p95_ms,cost_usd,resolution_rate"),
    "all of them": ("pages", "limit=500"),
}  # fmt: skip


class Timed:
    """A store whose methods are timed together."""

    def __init__(self, store: object) -> None:
        self.store = store
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.store, name)

        def timed(*values: object, **named: object) -> Any:  # noqa: ANN401 - as the method
            begun = time.perf_counter()
            try:
                return method(*values, **named)
            finally:
                self.seconds += time.perf_counter() - begun

        return timed


def run(platform: Platform, _folder: Path, events: int = EVENTS) -> list[str]:
    """Return the report's lines."""
    begun = time.monotonic()
    month = year.load(platform, events, dt.datetime.now(dt.UTC).date(), lambda text: print(f"  {text}", flush=True))
    participants.load(platform, lambda text: print(f"  {text}", flush=True))
    loaded = time.monotonic() - begun
    _open_limits(platform)
    owner = year.connect(platform)
    [(kept,)] = year.run(owner, "SELECT count(*) FROM events WHERE business_id = %s", BUSINESS)
    lines = [f"Analytics of one business with {kept:,} events in a year (loaded and counted in {loaded:.0f} s); ms", ""]
    slowest = 0.0
    for name, days in (("the year", COPIES * DAYS), ("30 days", 30)):
        count = _plain_count(owner, month, days)
        lines += [f"{name}: a plain count(*) of its events takes {count:.0f} ms", _row("call", *_TITLES)]
        for shown, path, options in _calls(month, days):
            found = _measured(platform, path, options, count)
            slowest = max(slowest, found[1])
            lines.append(
                _row(shown, *(f"{value:.1f}" for value in found[:3]), *(f"{value:.3f}" for value in found[3:]))
            )
        lines.append("")
    owner.close()
    kept_to = "kept" if slowest < LIMIT_MS else "BROKEN"
    return [*lines, f"Slowest p95: {slowest:.0f} ms; the limit of {LIMIT_MS} ms is {kept_to}"]


_TITLES = ("HTTP p50", "HTTP p95", "store p50", "HTTP/count", "store/count")


def _calls(month: Month, days: int) -> list[tuple[str, str, str]]:
    """Return how each call is shown, its path and its query."""
    last = month.until - dt.timedelta(days=1)
    span = f"from={last - dt.timedelta(days=days - 1)}&to={last}"
    names = [route.path.rpartition("/")[2] for route in analytics_routes.ROUTES]
    calls = [(name, f"/analytics/{name}", span) for name in names]
    dearest = [
        (f"{name}, {how}", f"/analytics/{name}", f"{span}&{options}") for how, (name, options) in _DEAREST.items()
    ]
    others = [("usage", "/usage", span), ("sessions", "/sessions", span), ("digest", "/digest", "")]
    one = f"{participants.VISITORS:,} visitors"
    experiments = [
        ("experiments, five", "/analytics/experiments", ""),
        (f"one of {one}", f"/experiments/{EXPERIMENT}/results", ""),
    ]
    return [*calls, *dearest, *others, *experiments]


def _plain_count(owner: Any, month: Month, days: int) -> float:  # noqa: ANN401 - pg8000
    """Return the median in ms, as the owner: without row-level security, which would make it slower."""
    since, until = month.end - dt.timedelta(days=days), month.end
    sql = "SELECT count(*) FROM events WHERE business_id = %s AND at BETWEEN %s AND %s"
    return statistics.median(_ms(lambda: year.run(owner, sql, BUSINESS, since, until)) for _ in range(_COUNTS))


def _measured(platform: Platform, path: str, options: str, count: float) -> tuple[float, ...]:
    """Return p50 and p95 over HTTP and the store's p50, in ms, and both medians as parts of the plain count."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.ports.admin, timeout=60)
    try:
        taken = [_ms(lambda: _get(connection, path, options)) for _ in range(_OVER_HTTP + 2)][2:]
    finally:
        connection.close()
    store = _in_store(platform, path, options)
    p50 = statistics.median(taken)
    return p50, percentile(taken, 95), store, p50 / count, store / count


def _get(connection: http.client.HTTPConnection, path: str, options: str) -> None:
    connection.request("GET", f"{_PREFIX}{path}?{options}", headers={"Authorization": f"Bearer {KEY}"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:  # noqa: PLR2004 - HTTP's OK
        raise RuntimeError(f"{path}: {response.status} {body[:300]!r}")


def _in_store(platform: Platform, path: str, options: str) -> float:
    """Return the median time in ms that a call spends in `AnalyticsStore`; nan for calls that use others."""
    route = next((one for one in analytics_routes.ROUTES if one.path.endswith(path)), None)
    if route is None:
        return float("nan")
    database = Database(connect_by_url(platform.function_env("admin")["DATABASE_URL"], "bench"), size=1)
    timed = Timed(AnalyticsStore(database))
    services: Any = SimpleNamespace(analytics=timed, businesses=BusinessStore(database), clock=SystemClock())
    request = Request(EnvironBuilder(path=_PREFIX + path, query_string=options).get_environ())
    assert route.query_adapter is not None
    call = Call(request, "bench", "", {"business_id": BUSINESS}, query=read_query(request, route.query_adapter))
    taken = []
    try:
        for _ in range(_IN_STORE + 1):
            timed.seconds = 0.0
            route.handler(services, call)
            taken.append(timed.seconds * 1000)
    finally:
        database.close()
    return statistics.median(taken[1:])


def _ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _open_limits(platform: Platform) -> None:
    """Start the admin function anew, so that it lets a benchmark ask as fast as it can."""
    platform.children.pop("admin").stop()
    platform.env["ADMIN_RATE_LIMIT"] = "1000/second"
    platform.start_function("admin")
    platform.wait_for_function("admin")


def _row(name: str, *figures: str) -> str:
    return f"{name:32}" + "".join(f"{figure:>13}" for figure in figures)
