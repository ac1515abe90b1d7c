"""Requests for a person's data as types: whom they are about, what was found, and the proof that it is gone."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.api.conversations import Identifier
from shared.domain.subject import SubjectKind
from shared.domain.text import Line

_KINDS: tuple[SubjectKind, ...] = ("email", "phone", "session_id", "user_id")


class PersonIn(BaseModel):
    """Whom it is about: exactly one of email, phone, session_id and user_id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Annotated[Line, StringConstraints(pattern=r"^[^\s@<>]{1,64}@[^\s@<>]{1,255}$")] | None = None
    phone: Annotated[Line, StringConstraints(pattern=r"^\+?[0-9().\- /]{5,30}$")] | None = None
    session_id: Identifier | None = None
    user_id: Annotated[Line, StringConstraints(min_length=1, max_length=300)] | None = None
    follow: bool | None = Field(
        None,
        description="Also what belongs to addresses, numbers and user ids that the person's own sessions hold;"
        " left out: yes, unless it is about one session",
    )
    next: Annotated[str, StringConstraints(max_length=60_000)] | None = Field(
        None, description="From the answer before, until `complete`"
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_KINDS)}")
        return self

    @property
    def kind(self) -> SubjectKind:
        """Which one it is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def value(self) -> str:
        """What it is."""
        return str(getattr(self, self.kind))


class EraseIn(PersonIn):
    """Whom to erase; with `dry_run` nothing is changed."""

    dry_run: bool = False


class SubjectOut(BaseModel):
    """Whom it was about: an HMAC by a key of the business's own; the value itself is not kept."""

    kind: SubjectKind
    hash: str


class CrmOut(BaseModel):
    """What the business's own CRM may have, which is not erased from here."""

    connector: str | None
    contact_ids: list[str]
    note: str


class ErasedOut(BaseModel):
    """What was found, or erased.

    Args:
        complete: everything was looked at; else call again with `next`.
        sessions: how many conversations; `session_ids` names them in a dry run alone.
        counts: rows by store, of all calls so far; `redis` are running conversations.
        waiting: what is left at Twilio (`recording`) and in the bucket (`speech`): it is tried again by itself.
        unreadable_turns: that no key of the platform opens, so that nobody can tell whom they are about.
    """

    subject: SubjectOut
    dry_run: bool
    at: str
    complete: bool
    next: str | None
    sessions: int
    session_ids: list[str]
    counts: dict[str, int]
    waiting: dict[str, int]
    unreadable_turns: int
    crm: CrmOut


class ExportedOut(BaseModel):
    """All that is kept of a person: running conversations, and rows by table."""

    subject: SubjectOut
    at: str
    complete: bool
    next: str | None
    live: list[dict[str, Any]]
    data: dict[str, list[dict[str, Any]]]
    unreadable_turns: int
