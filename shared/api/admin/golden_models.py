"""What goes in and out of the golden questions and of the index they judge."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.golden import GoldenId, GoldenQuestion

MAX_RUN = 200
"""Questions of one run over HTTP; a build asks all of them."""


class GoldenQuery(BaseModel):
    """How the questions are given out; without `format` the Accept header says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["json", "csv"] | None = None


class GoldenOut(BaseModel):
    """All golden questions, as a file of them looks."""

    format: Literal[1]
    questions: list[GoldenQuestion]


class RunIn(BaseModel):
    """Which questions are asked: those named, else as many of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: Annotated[tuple[GoldenId, ...], Field(max_length=MAX_RUN)] = ()
    limit: Annotated[int, Field(ge=1, le=MAX_RUN)] = MAX_RUN


class FiguresOut(BaseModel):
    """How well an index answers the questions, 0 to 1; null: no question tells."""

    answerable: int
    unanswerable: int
    hit1: float | None = Field(description="Share of the answerable whose page is the first that is found")
    hit3: float | None
    hit8: float | None
    mrr: float | None = Field(description="Mean reciprocal rank of the first expected page")
    ndcg: float | None = Field(description="nDCG of the first eight passages")
    facts: float | None = Field(description="Mean share of the expected facts that are found")
    refused: float | None = Field(description="Abstention recall: share of the unanswerable that is refused")
    rightly: float | None = Field(description="Abstention precision: share of the refused that is unanswerable")
    wrongly: float | None = Field(description="Share of the answerable that is refused")


class JudgedOut(BaseModel):
    """What became of one question, and why."""

    id: str
    question: str
    answerable: bool
    passed: bool = Field(description="Found with all its facts and not refused; an unanswerable one: refused")
    rank: int | None = Field(description="Place of the first expected page, from 1")
    refused: bool
    likelihood: float | None = Field(description="That an answer is among the passages; null: not measured")
    found: list[str] = Field(description="Pages of the passages, best first")
    missing_pages: list[str] = Field(description="Expected pages that were not found; one of them is enough")
    missing_facts: list[str]


class RunOut(BaseModel):
    """What the index in use makes of the golden questions."""

    build_id: str | None
    asked: int
    questions: int = Field(description="How many there are")
    figures: FiguresOut
    results: list[JudgedOut]


class ComparisonOut(BaseModel):
    """A candidate beside the index that served, as it was when the candidate was built."""

    candidate: FiguresOut
    live: FiguresOut | None
    margin: float
    reason: str
    lost: list[str] = Field(description="Ids of questions whose page was found before and was not any more")
    gained: list[str]


class KeptOut(BaseModel):
    """A build that can be switched to."""

    build_id: str
    built_at: dt.datetime
    state: Literal["current", "kept", "blocked"]
    chunks: int
    documents: int
    embedding_model: str
    dimensions: int
    index_kind: str
    verdict: ComparisonOut | None


class IndexOut(BaseModel):
    """The index that answers visitors, null for none, and the builds that could take its place."""

    current: KeptOut | None
    kept: list[KeptOut]
