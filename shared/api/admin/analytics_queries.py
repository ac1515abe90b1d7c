"""What may be asked of analytics, as types. docs/analytics.md explains."""

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema

from shared.domain.analytics import FIGURES
from shared.domain.spans import Interval

_MAX_METRICS = 5
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+ -]\d{2}:\d{2})?")


def _moment(value: Any) -> dt.date | dt.datetime:  # noqa: ANN401 - whatever a query holds
    text = str(value)
    try:
        if _DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
        if _TIME.fullmatch(text):
            return dt.datetime.fromisoformat(text.replace(" ", "+"))  # a plus that was not escaped
    except ValueError:
        pass
    raise ValueError("is neither a date such as 2026-03-29 nor a date-time such as 2026-03-29T09:00:00+01:00")


def _metrics(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    names = tuple(dict.fromkeys(str(value).split(",")))
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        raise ValueError(f"'{unknown[0][:40]}' is not one of {', '.join(FIGURES)}")
    if len(names) > _MAX_METRICS:
        raise ValueError(f"at most {_MAX_METRICS} at once")
    return names


_MOMENT = WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]})
_FIGURE = f"({'|'.join(FIGURES)})"
MomentIn = Annotated[dt.date | dt.datetime, PlainValidator(_moment), _MOMENT]
MetricsIn = Annotated[
    tuple[str, ...],
    PlainValidator(_metrics),
    WithJsonSchema({"type": "string", "pattern": f"^{_FIGURE}(,{_FIGURE}){{0,{_MAX_METRICS - 1}}}$"}),
]
ChannelIn = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]


class RangeQuery(BaseModel):
    """Of what time, on the business's own clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: MomentIn | None = Field(None, alias="from", description="A date, or a date-time; by default 30 days ago")
    until: MomentIn | None = Field(
        None, alias="to", description="A date, which is the last day; or a date-time, which is not in it; default today"
    )
    channel: ChannelIn | None = Field(None, description="`web`, `voice` ...; by default all")
    format: Literal["json", "csv"] | None = Field(None, description="Without it the Accept header decides")


class SummaryQuery(RangeQuery):
    """Whether to compare."""

    compare: Literal["previous"] | None = Field(None, description="With as long a time before")


class IntervalQuery(RangeQuery):
    """By what intervals; at most 2000 of them."""

    interval: Interval = "day"


class SeriesQuery(IntervalQuery):
    """Which figures, by their names in the summary, separated by commas."""

    metric: MetricsIn = ("conversations",)


class ListQuery(RangeQuery):
    """How many; the rest is summed as `other`."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50
