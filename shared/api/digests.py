"""Digests of businesses, from what the stores know: for the admin API, and for the worker that posts them."""

import datetime as dt
from collections.abc import Iterator

from shared.adapters.postgres.analytics import AnalyticsStore
from shared.adapters.postgres.digests import DigestStore
from shared.adapters.postgres.experiment_counts import ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.digest.compose import DigestOut, compose
from shared.domain.analytics import Cells
from shared.domain.digest import Figures, Week
from shared.domain.experiment_records import ExperimentRecord
from shared.domain.records import BusinessRecord
from shared.domain.spans import Span

METRICS = (
    "sessions", "reached", "turns", "leads", "deals", "calls", "gaps", "intents", "moods", "waits", "ctas_shown",
    "ctas_clicked", "usage",
)  # fmt: skip
_LATEST = 20
_UNDECIDED = "cannot tell yet"


class Digests:
    """Makes digests; changes nothing."""

    def __init__(
        self, analytics: AnalyticsStore, store: DigestStore, experiments: ExperimentStore, counts: ExperimentCounts
    ) -> None:
        self._analytics = analytics
        self._store = store
        self._experiments = experiments
        self._counts = counts

    def of(self, record: BusinessRecord, week: Week, now: dt.datetime, language: str | None = None) -> DigestOut:
        """Return the digest of a week; what waits is as of `now`.

        Raises:
            DatabaseUnavailable: it could not be asked.
        """
        return compose(record.id, record.config, week, self._figures(record, week, now), language)

    def _figures(self, record: BusinessRecord, week: Week, now: dt.datetime) -> Figures:
        zone = record.config.opening_hours.time_zone
        span = week.span(zone)
        return Figures(
            now=self._cells(record.id, span),
            before=self._cells(record.id, week.before().span(zone)),
            gap_intents=self._store.gap_intents(record.id, span.since, span.until),
            calls_by_hour=self._store.calls_by_hour(record.id, span.since, span.until),
            behind=self._store.behind(record.id, now),
            experiments=tuple(self._news(record.id, span)),
            month_micros=self._month(record.id, week, zone),
        )

    def _cells(self, business_id: str, span: Span) -> Cells:
        return Cells(self._analytics.tallies(business_id, METRICS, span.pieces()))

    def _month(self, business_id: str, week: Week, zone: str) -> int:
        span = Span.asked(week.sunday.replace(day=1), week.sunday, zone, week.span(zone).until)
        return round(Cells(self._analytics.tallies(business_id, ("usage",), span.pieces())).total("usage"))

    def _news(self, business_id: str, span: Span) -> Iterator[tuple[str, str]]:
        for record in self._experiments.latest(business_id, _LATEST):
            said = self._running(business_id, record) if record.status == "running" else _ended(record, span)
            if said:
                yield record.plan.id, said

    def _running(self, business_id: str, record: ExperimentRecord) -> str:
        from shared.experiments.judgement import judged  # half a second of scipy

        judgement = judged(record, self._counts.tally(business_id, record))
        if judgement.stop:
            return judgement.stop
        return "; ".join(
            f"{one.arm}: {one.verdict}" for one in judgement.results.comparisons if one.verdict != _UNDECIDED
        )


def _ended(record: ExperimentRecord, span: Span) -> str:
    if record.stopped_at is None or not span.since <= record.stopped_at < span.until:
        return ""
    return f"{record.concluded} became the configuration" if record.concluded else record.reason or "stopped"
