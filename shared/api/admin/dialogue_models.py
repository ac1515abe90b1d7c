"""Requests and answers around understanding and rules: one message explained, rules listed, saved and tried."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.api.conversations import Identifier, Metadata, PageIn
from shared.domain.business import Language
from shared.domain.message import MAX_MESSAGE_CHARS
from shared.domain.rules import MAX_RULES, BusinessRule
from shared.domain.text import Line, Text


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class InspectIn(_In):
    """A message to explain. With `session_id`, as the next one of that conversation, which stays as it is."""

    message: Annotated[Text, StringConstraints(min_length=1, max_length=MAX_MESSAGE_CHARS)]
    session_id: Identifier | None = None
    page: PageIn | None = None
    locale: Language | None = None
    metadata: Metadata = {}
    model: bool = Field(True, description="Ask the model too; without it everything up to its prompt is shown")


class InspectOut(BaseModel):
    """The whole turn. `explanation` says it in sentences; the rest is what they were made from."""

    model_config = ConfigDict(extra="allow")

    explanation: list[str]
    guard: str | None
    language: str
    fields: dict[str, Any]
    intent: dict[str, Any]
    sentiment: dict[str, Any]
    state: dict[str, Any]
    plan: dict[str, Any]
    rules: list[dict[str, Any]]
    passages: list[dict[str, Any]]
    prompt: dict[str, Any] | None
    tools: list[dict[str, Any]]
    ctas: list[dict[str, Any]]
    reply: dict[str, Any] | None
    usage: dict[str, Any] | None


class RulesIn(_In):
    """The rules, in order."""

    rules: Annotated[tuple[BusinessRule, ...], Field(max_length=MAX_RULES)]
    match: Literal["all", "first"] = "all"


class RulesOut(BaseModel):
    """The rules, in order; `version` is the configuration's, and the ETag."""

    rules: list[BusinessRule]
    match: Literal["all", "first"]
    version: int


class TryIn(_In):
    """Rules to try (the saved ones when left out) on facts, or on the conversations of the last days."""

    rules: Annotated[tuple[BusinessRule, ...], Field(max_length=MAX_RULES)] | None = None
    match: Literal["all", "first"] | None = None
    facts: "FactsIn | None" = None
    days: Annotated[int, Field(ge=1, le=30)] = 7
    sessions: Annotated[int, Field(ge=0, le=500)] = Field(200, description="How many conversations at most; 0: none")


class FactsIn(_In):
    """One imagined moment. What is left out is as in a first message with nothing known."""

    message: Annotated[Text, StringConstraints(max_length=MAX_MESSAGE_CHARS)] = ""
    intent: Annotated[str, StringConstraints(max_length=60)] = "none"
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    sentiment: Literal["angry", "negative", "neutral", "positive"] = "neutral"
    score: Annotated[float, Field(ge=-1, le=1)] = 0.0
    state: Annotated[str, StringConstraints(max_length=40)] = "new"
    fields: Annotated[dict[str, Annotated[Line, StringConstraints(max_length=500)]], Field(max_length=50)] = {}
    page: PageIn | None = None
    locale: Language | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    turn: Annotated[int, Field(ge=1, le=1000)] = 1
    at: dt.datetime | None = Field(None, description="When; now when left out. Opening hours follow from it")
    metadata: Metadata = {}
    tags: Annotated[tuple[Annotated[Line, StringConstraints(max_length=40)], ...], Field(max_length=50)] = ()


class TraceOut(BaseModel):
    """What became of one rule, and why."""

    model_config = ConfigDict(extra="allow")

    rule_id: str
    outcome: str
    because: str
    facts: dict[str, Any]


class ReplayOut(BaseModel):
    """How the rules would have done on past conversations."""

    sessions: int
    turns: int
    fired: dict[str, int] = Field(description="How often each rule would have fired")
    examples: dict[str, list[str]] = Field(description="Up to three messages of visitors on which it would have")


class TryOut(BaseModel):
    """What the rules do. `decision` and `trace` are for `facts`, `replay` is for past conversations."""

    decision: dict[str, Any] | None
    trace: list[TraceOut]
    replay: ReplayOut | None
