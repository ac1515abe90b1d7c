"""The admin API's requests and answers as types: validation on the way in, documentation on the way out."""

import datetime as dt
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, RootModel, StringConstraints

from shared.domain.business import BusinessConfig, BusinessId
from shared.domain.text import Line

_Item = TypeVar("_Item")

Scope = Literal["read", "write", "analytics"]
_Limit = Annotated[int, Field(ge=1, le=100)]
_Cursor = Annotated[str, StringConstraints(max_length=300, pattern=r"^[A-Za-z0-9_=-]*$")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BusinessIn(BusinessConfig):
    """A new business: its id, which never changes, and its configuration."""

    id: BusinessId


class BusinessOut(BusinessConfig):
    """A business: its configuration document and what the platform knows of it. `version` is also the ETag."""

    id: str
    status: Literal["active", "deleted"]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None


class BusinessSummary(BaseModel):
    """A business in a list."""

    id: str
    name: str
    status: Literal["active", "deleted"]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class BusinessPatch(RootModel[dict[str, JsonValue]]):
    """A JSON merge patch (RFC 7396) of the configuration: fields to change; null puts one back to its default."""

    root: Annotated[dict[str, JsonValue], Field(min_length=1)]


class Page(BaseModel, Generic[_Item]):
    """A page of a list; ask again with `cursor` = `next_cursor` until that is null."""

    items: list[_Item]
    next_cursor: str | None


class PageQuery(_In):
    """Which page."""

    limit: _Limit = 20
    cursor: _Cursor = ""


class BusinessesQuery(PageQuery):
    """Which businesses."""

    deleted: bool = Field(False, description="Include deleted ones that are not purged")


class GetBusinessQuery(_In):
    """How to look."""

    deleted: bool = Field(False, description="Also when it is deleted and not purged")


class DeleteQuery(_In):
    """How to delete."""

    purge: bool = Field(False, description="Remove an already deleted business with everything it owns, for good")


class VersionOut(BaseModel):
    """One saved configuration."""

    version: int
    actor: str
    note: str
    created_at: dt.datetime
    config: dict[str, Any]


class RollbackIn(_In):
    """Which version to go back to. It is saved as a new version: nothing is lost."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    note: Annotated[Line, StringConstraints(max_length=300)] = ""


class ApiKeyIn(_In):
    """A new key."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=3)] = ("read",)
    expires_at: AwareDatetime | None = None


class ApiKeyOut(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


class ApiKeyCreated(ApiKeyOut):
    """A key just made: the only time its secret is shown."""

    key: str


class SourceOut(BaseModel):
    """A source of knowledge."""

    id: str
    kind: str
    name: str
    spec: dict[str, Any]
    created_at: dt.datetime
    updated_at: dt.datetime


class BuildOut(BaseModel):
    """A build and how far it is."""

    id: str
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    phase: str
    counts: dict[str, int] = Field(description="found, fetched, indexed, skipped, failed, chunks, embedded")
    reason: str
    requested_by: str
    cancel_requested: bool
    created_at: dt.datetime
    started_at: dt.datetime | None
    heartbeat_at: dt.datetime
    finished_at: dt.datetime | None
    trigger: Literal["manual", "schedule", "retry"]
    attempt: int = Field(description="2: the build before died, or could not go on for a cause that passes")
    retry_id: str = Field(description="The build that tries once more what this one could not do")
    due_at: dt.datetime = Field(description="It is not started before")
    dispatched_at: dt.datetime | None = Field(description="When its process was asked for; null: it waits for its turn")
    seconds_left: int | None = Field(description="Of this phase, by the pace so far; null: not known")
    publish: Literal["", "published", "blocked", "unchanged"] = Field(
        description="blocked: the golden questions are answered worse, and the index before serves on"
    )
    verdict: dict[str, Any] | None = Field(description="Of the golden questions; null: there is none")
    changes: dict[str, Any] | None = Field(
        description="Pages added, changed, gone and unchanged since the build before: counts, and some addresses"
    )


class PageOut(BaseModel):
    """What became of one page or file."""

    url: str
    source_id: str
    outcome: Literal["indexed", "skipped", "failed"]
    reason: str
    title: str
    chunks: int
    at: dt.datetime


class SearchQuery(_In):
    """What to look for."""

    q: Annotated[Line, StringConstraints(min_length=1, max_length=1000)]
    limit: Annotated[int, Field(ge=1, le=20)] = 6


class FoundOut(BaseModel):
    """A chunk that retrieval returns, with its cosine to the question."""

    score: float
    title: str
    heading: str
    url: str
    text: str
    fetched_at: str
    shared: bool = Field(description="From the platform's default index")


class SearchOut(BaseModel):
    """What retrieval returns, best first, and how much speaks for an answer being among it."""

    build_id: str | None
    likelihood: float | None = Field(
        None, description="That an answer is among the results, 0 to 1; visitors get none below 0.15"
    )
    near: float | None = Field(None, description="The best cosine, in deviations above what is near by chance")
    coverage: float | None = Field(None, description="Share of the question's words in one result, 0 to 1")
    results: list[FoundOut]


class AuditOut(BaseModel):
    """One change somebody made."""

    id: int
    at: dt.datetime
    business_id: str | None
    actor: str
    action: str
    target: str
    detail: dict[str, Any]
    request_id: str
