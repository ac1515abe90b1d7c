"""Conversations as types: how to choose among them, and what is shown of one."""

import datetime as dt
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.api.admin.models import PageQuery
from shared.domain.text import Line

_Name = Annotated[Line, StringConstraints(max_length=80)]
_Day = AwareDatetime | dt.date


class SessionsQuery(PageQuery):
    """Which conversations; a day without a time begins at midnight of the business's own clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: _Day | None = Field(None, alias="from", description="Begun at this moment or later")
    until: _Day | None = Field(None, alias="to", description="Begun before it")
    channel: _Name = ""
    language: _Name = ""
    state: _Name = ""
    reached: _Name = Field("", description="What it has come to, such as lead, handoff, resolved, rated_down")
    tag: _Name = ""
    min_turns: Annotated[int, Field(ge=0, le=10_000)] = 0
    experiment: _Name = ""
    arm: _Name = Field("", description="Of the experiment")
    q: Annotated[Line, StringConstraints(max_length=200)] = Field(
        "", description="Words that were said; each call looks through some thousand turns: go on with the cursor"
    )


class MatchOut(BaseModel):
    """Where words were found in a conversation."""

    message_id: str
    at: str
    excerpt: str


class SessionSummary(BaseModel):
    """A conversation in a list. `live`: it goes on, or may; only then `owner` and `metadata` are known."""

    session_id: str
    created_at: str
    last_at: str
    turns: int
    channel: str
    state: str
    owner: str
    language: str
    tags: list[str]
    metadata: dict[str, Any]
    live: bool
    page: str
    ending: str
    mood: float
    reached: list[str]
    arms: dict[str, str]
    cost_usd: float
    matches: list[MatchOut] = []


class SessionsOut(BaseModel):
    """A page of conversations. With `q`: `searched_until` is how far back this call has looked."""

    items: list[SessionSummary]
    next_cursor: str | None
    searched_until: str | None = None


class FeedbackOut(BaseModel):
    """What the visitor thought of an answer."""

    rating: str
    comment: str
    at: str


class SessionTurn(BaseModel):
    """One exchange of a conversation, why it went so, and what rules saw of it.

    `readable` false: the platform's keys do not open it.
    """

    message_id: str
    at: str
    visitor: str
    assistant: str
    html: str
    ending: str
    facts: dict[str, Any]
    decisions: dict[str, Any]
    feedback: FeedbackOut | None
    readable: bool


class SessionDetail(SessionSummary):
    """A conversation: its words, and while it lives everything known from it."""

    dialogue: dict[str, Any]
    messages: list[SessionTurn]
