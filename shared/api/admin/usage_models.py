"""Usage as types: what may be asked, and what is answered. docs/usage.md says what is counted, and at which price."""

import datetime as dt
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.api.admin.analytics_models import RangeOut
from shared.api.admin.analytics_queries import ChannelIn, MomentIn
from shared.api.admin.models import PageQuery
from shared.domain.budget import Measure


class UsageQuery(BaseModel):
    """Of what time, on the business's own clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: MomentIn | None = Field(
        None, alias="from", description="A date, or a date-time; by default the month's first"
    )
    until: MomentIn | None = Field(
        None, alias="to", description="A date, which is the last day; or a date-time, which is not in it; default today"
    )
    interval: Literal["day", "month"] = "day"
    channel: ChannelIn | None = Field(None, description="`web`, `voice`, `build` ...; by default all")


class PlatformUsageQuery(PageQuery):
    """Which days, of UTC, both included; by default those of this month."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: dt.date | None = Field(None, alias="from")
    until: dt.date | None = Field(None, alias="to")


class UsageSum(BaseModel):
    """What was used. Costs are estimates at the prices of the day on which they arose."""

    turns: int
    calls: int
    call_minutes: float
    embedded_tokens: int = Field(description="Of questions and of knowledge builds")
    speech_characters: int = Field(description="That were synthesised; what was kept from before is not")
    cost_usd: float


class ModelUsage(BaseModel):
    """What one model was used for."""

    model: str
    tokens_in: int
    tokens_out: int
    audio_tokens_in: int
    audio_tokens_out: int
    embedded_tokens: int
    cost_usd: float


class ChannelUsage(UsageSum):
    """What one channel used."""

    channel: str


class UsagePoint(UsageSum):
    """What one interval used."""

    at: AwareDatetime


class LimitOut(BaseModel):
    """One limit: since its month or day began, by the business's clock."""

    limit_usd: float | None
    spent_usd: float
    percent: float | None = Field(description="Null without a limit")


class BudgetOut(BaseModel):
    """How the budget stands now, whatever time was asked for."""

    month: LimitOut
    day: LimitOut
    doing: Measure | None = Field(description="The step of the ladder that holds now; null: all as ever")
    month_end_usd: float | None = Field(
        description="What the month will have cost if it goes on like this; null in its first twelve hours"
    )


class UsageOut(BaseModel):
    """The usage of one business."""

    range: RangeOut
    as_of: AwareDatetime
    currency: Literal["USD"]
    prices_as_of: str = Field(description="Month of the price list that is in use now")
    totals: UsageSum
    models: list[ModelUsage] = Field(description="The dearest first")
    channels: list[ChannelUsage]
    series: list[UsagePoint]
    budget: BudgetOut


class BusinessUsageOut(BaseModel):
    """The usage of one business among all."""

    business_id: str
    name: str
    turns: int
    calls: int
    call_minutes: float
    cost_usd: float
