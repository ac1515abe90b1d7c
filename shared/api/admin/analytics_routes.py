"""The routes of analytics: all read, all need the scope `analytics`."""

from typing import Any

from shared.api.admin import analytics
from shared.api.admin import analytics_models as models
from shared.api.admin import analytics_queries as queries
from shared.api.admin.services import AdminServices
from shared.web.router import Handler, Route
from shared.web.spreadsheet import MEDIA_TYPE


def _route(name: str, handler: Handler[AdminServices], summary: str, query: Any, result: Any) -> Route[AdminServices]:  # noqa: ANN401
    return Route(
        "GET", f"/v1/businesses/<business_id>/analytics/{name}", handler, summary,
        "analytics", query=query, result=result, media_types=("application/json", MEDIA_TYPE),
    )  # fmt: skip


ROUTES: tuple[Route[AdminServices], ...] = (
    _route("summary", analytics.summary, "All figures of a time, by channel, against the time before",
           queries.SummaryQuery, models.SummaryOut),
    _route("timeseries", analytics.timeseries, "Figures by hour, day, week or month",
           queries.SeriesQuery, models.SeriesOut),
    _route("intents", analytics.intents, "What visitors wanted", queries.ListQuery, models.IntentsOut),
    _route("sentiment", analytics.sentiment, "How visitors sounded, over time",
           queries.IntervalQuery, models.SentimentOut),
    _route("funnel", analytics.funnel, "From conversation to deal", queries.RangeQuery, models.FunnelOut),
    _route("ctas", analytics.ctas, "Calls to action, shown and followed", queries.ListQuery, models.CtasOut),
    _route("pages", analytics.pages, "On which pages conversations began", queries.ListQuery, models.KeysOut),
    _route("languages", analytics.languages, "Turns by language", queries.ListQuery, models.KeysOut),
    _route("channels", analytics.channels, "All figures by channel", queries.RangeQuery, models.ChannelsOut),
    _route("hours", analytics.hours, "Turns by weekday and hour", queries.RangeQuery, models.HoursOut),
    _route("gaps", analytics.gaps, "Questions without an answer, over time", queries.IntervalQuery, models.GapsOut),
    _route("waits", analytics.waits, "How long visitors waited for answers", queries.RangeQuery, models.WaitsOut),
)  # fmt: skip
