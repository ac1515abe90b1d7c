"""What goes in and out of the questions without an answer."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.api.admin.analytics_queries import ChannelIn, MomentIn
from shared.domain.gaps import GapStatus
from shared.domain.text import Line, Text
from shared.domain.urls import WebUrl


class GapsQuery(BaseModel):
    """Which groups; without `from` and `to` questions of all the time that they are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: MomentIn | None = Field(None, alias="from", description="As in analytics: a date, or a date-time")
    until: MomentIn | None = Field(None, alias="to", description="A date, which is the last day; or a date-time")
    status: GapStatus | None = None
    channel: ChannelIn | None = None
    q: Annotated[str, StringConstraints(max_length=200)] = Field("", description="Words of one of its questions")
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, StringConstraints(max_length=300, pattern=r"^[A-Za-z0-9_=-]*$")] = ""
    format: Literal["json", "csv"] | None = Field(None, description="Without it the Accept header decides")


class SampleOut(BaseModel):
    """One question, without what says who asked it."""

    question: str
    at: dt.datetime
    language: str
    channel: str
    session_id: str
    message_id: str


class TrendOut(BaseModel):
    """How often it was asked in the week up to now, or up to `to`, and in the week before."""

    week: int
    week_before: int


class DecisionOut(BaseModel):
    """What was decided on a group, and the pair of a source that answers it."""

    status: Literal["answered", "dismissed"]
    at: dt.datetime
    source_id: str
    question: str
    live_since: dt.datetime | None = Field(description="Since when the answer is in use; null: no build has read it")
    asked_again: int = Field(description="Questions that had no answer in spite of it: they open the group again")


class GroupOut(BaseModel):
    """Questions that mean the same."""

    id: str
    status: GapStatus
    question: str = Field(description="The one that stands for all")
    count: int
    sessions: int
    first_at: dt.datetime
    last_at: dt.datetime
    languages: dict[str, int]
    trend: TrendOut
    samples: list[SampleOut] = Field(description="At most five, each worded otherwise")
    decision: DecisionOut | None


class GroupsOut(BaseModel):
    """A page of groups, those asked most first."""

    items: list[GroupOut]
    next_cursor: str | None
    groups: int = Field(description="How many there are on all pages")
    questions: int = Field(description="How many questions are in them")
    more: bool = Field(description="There are older questions than could be looked at")
    unreadable: int = Field(description="Questions that no key of the platform opens")


class AnswerIn(BaseModel):
    """The pair; without `question` it is the one that stands for the group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Annotated[Line, StringConstraints(min_length=1, max_length=500)] | None = None
    answer: Annotated[Text, StringConstraints(min_length=1, max_length=5000)]
    url: WebUrl | None = Field(None, description="Cited when given")
    build: bool = Field(False, description="Start a build with it, so that it is in use as soon as that is done")


class AnsweredOut(BaseModel):
    """The group as it stands, and where the answer is."""

    group: GroupOut
    source_id: str
    build_id: str | None = Field(description="Of the build that was started, or waits for its turn")
    build_refused: str = Field(description="Why none was started; the answer is kept nevertheless")
