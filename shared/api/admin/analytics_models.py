"""What analytics answers, as types. docs/analytics.md says what each figure counts."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from shared.domain.spans import Interval


class RangeOut(BaseModel):
    """The time that is really covered: whole hours of the business's clock, `to` not in it."""

    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    time_zone: str
    channel: str | None


class _Out(BaseModel):
    range: RangeOut
    as_of: AwareDatetime = Field(description="What was counted until then is in it")


class Figures(BaseModel):
    """What happened in the time; of conversations that began in it: answered, resolved, contained and their rates."""

    conversations: int
    turns: int
    answered: int
    resolved: int
    resolution_rate: float | None
    contained: int
    containment_rate: float | None
    leads: int
    deals: int
    deal_amount: float
    handoffs: int
    gaps: int
    ctas_shown: int
    cta_clicks: int
    conversions: int
    conversion_value: float
    feedback_up: int
    feedback_down: int
    satisfaction: float | None
    sentiment: float | None
    wait_mean_ms: float | None
    wait_p50_ms: float | None = Field(description="Of buckets a quarter wide; so are the next two")
    wait_p90_ms: float | None
    wait_p95_ms: float | None
    degraded: int
    errors: int
    calls: int
    call_minutes: float
    cost_usd: float


class ChangeOut(BaseModel):
    """`difference` to the period before, and what share of its figure that is; null: nothing to compare with."""

    difference: float | None
    share: float | None


class PreviousOut(BaseModel):
    """The period before, and how each figure has changed since."""

    range: RangeOut
    figures: Figures
    changes: dict[str, ChangeOut]


class SummaryOut(_Out):
    """The figures, together and by channel."""

    figures: Figures
    channels: dict[str, Figures]
    previous: PreviousOut | None


class SeriesPoint(BaseModel):
    """An interval by where it begins."""

    at: AwareDatetime
    values: dict[str, float | int | None]


class SeriesOut(_Out):
    """Every interval of the time, also the empty ones. Counts are 0 there, averages and rates null."""

    interval: Interval
    metrics: list[str]
    points: list[SeriesPoint]


class IntentOut(BaseModel):
    """One intent: in how many turns, which share of them, how sure, and how many more than in the period before."""

    intent: str
    n: int
    share: float | None
    confidence: float | None
    change: int


class KeyOut(BaseModel):
    """One page or language, how often, and which share that is of all."""

    key: str
    n: int
    share: float | None


class CtaOut(BaseModel):
    """One call to action; `label` null: the configuration does not have it any more."""

    cta: str
    label: str | None
    shown: int
    clicked: int
    rate: float | None


class IntentsOut(_Out):
    """Intents by how often they were recognised."""

    items: list[IntentOut]
    other: IntentOut
    other_keys: int


class KeysOut(_Out):
    """Keys by how often they were counted."""

    items: list[KeyOut]
    other: KeyOut
    other_keys: int


class CtasOut(_Out):
    """Calls to action by how often they were shown."""

    items: list[CtaOut]
    other: CtaOut
    other_keys: int


class SentimentPoint(BaseModel):
    """An interval: turns by label, and the mean score from -1 to 1."""

    at: AwareDatetime
    labels: dict[str, int]
    score: float | None


class SentimentOut(_Out):
    """How visitors sounded, over time and in all."""

    interval: Interval
    labels: dict[str, int]
    score: float | None
    points: list[SentimentPoint]


class StepOut(BaseModel):
    """A step: how many came to it, as share of those of the step before and of all."""

    step: str
    n: int
    of_previous: float | None
    of_all: float | None


class FunnelOut(_Out):
    """What became of the conversations that began in the time."""

    steps: list[StepOut]


class ChannelOut(Figures):
    """The figures of a channel."""

    channel: str


class ChannelsOut(_Out):
    """Each channel in which something happened."""

    items: list[ChannelOut]


class WeekdayOut(BaseModel):
    """Turns by the hour of the local clock, from 0 to 23."""

    day: str
    turns: Annotated[list[int], Field(min_length=24, max_length=24)]


class HoursOut(_Out):
    """When visitors write: a week of hours."""

    days: list[WeekdayOut]


class GapPoint(BaseModel):
    """An interval and its turns that the knowledge had no answer for."""

    at: AwareDatetime
    gaps: int


class GapsOut(_Out):
    """Questions without an answer, over time; the questions themselves are not counted here."""

    interval: Interval
    gaps: int
    turns: int
    rate: float | None
    points: list[GapPoint]


class BucketOut(BaseModel):
    """Answers that took longer than `above_ms` and at most `up_to_ms`."""

    above_ms: float
    up_to_ms: float
    n: int


class WaitsOut(_Out):
    """How long visitors waited for whole answers."""

    n: int
    mean_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    buckets: list[BucketOut]
