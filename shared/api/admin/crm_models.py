"""The CRM connection and its outbox as types. Credentials go in and never come out."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from shared.api.admin.models import PageQuery
from shared.domain.crm import CrmConfig
from shared.domain.fields import FieldId
from shared.domain.outbox import EntryKind, EntryStatus

Secret = Annotated[SecretStr, Field(min_length=1, max_length=8000)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CrmIn(CrmConfig):
    """The connection. Without `credentials` those stored for the same connector stay."""

    credentials: (
        Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")], Secret], Field(max_length=12)]
        | None
    ) = None

    def config(self) -> CrmConfig:
        """Return what is kept in the configuration."""
        return CrmConfig.model_validate(self.model_dump(exclude={"credentials"}))


class PutCrmQuery(_In):
    """`check=false` saves without asking the CRM: for when it is down."""

    check: bool = True


class CredentialsOut(BaseModel):
    """That credentials are there, and which; `readable` false: enter them again."""

    connector: str
    names: list[str]
    updated_at: dt.datetime
    updated_by: str
    readable: bool


class OutboxCounts(BaseModel):
    """How many entries are in which state; `oldest_waiting_s` is the age of the longest waiting one in seconds."""

    pending: int
    delivered: int
    parked: int
    cancelled: int
    oldest_waiting_s: int


class CrmOut(BaseModel):
    """The connection as it is kept; `crm` null: none."""

    crm: CrmConfig | None
    credentials: CredentialsOut | None
    outbox: OutboxCounts


class ConnectorOut(BaseModel):
    """A connector there is: what its settings and credentials look like, as JSON Schemas."""

    name: str
    settings: dict[str, Any]
    credentials: dict[str, Any]


class ConnectorsOut(BaseModel):
    """Every connector there is."""

    items: list[ConnectorOut]


class CheckOut(BaseModel):
    """One thing that was tried."""

    name: str
    ok: bool
    detail: str
    missing_scopes: list[str]


class TestOut(BaseModel):
    """What works with the stored credentials. `ok` says whether all of it does."""

    ok: bool
    checks: list[CheckOut]


class FieldsQuery(_In):
    """Of what."""

    object: Literal["contact", "deal"] = "contact"


class RemoteFieldOut(BaseModel):
    """A property the CRM has."""

    name: str
    label: str
    type: str
    options: list[str]
    read_only: bool
    required: bool


class FieldsOut(BaseModel):
    """The properties the CRM has; none when it does not tell."""

    items: list[RemoteFieldOut]


class PreviewIn(_In):
    """What an imagined visitor told, by the fields' ids."""

    fields: Annotated[
        dict[FieldId, Annotated[str, StringConstraints(max_length=500)]], Field(min_length=1, max_length=40)
    ]
    verified: bool = False


class PlannedCall(BaseModel):
    """A call to the CRM. `sent` false: it would change something, so it was not made."""

    does: str
    method: str
    url: str
    body: Any
    sent: bool


class PreviewOut(BaseModel):
    """What delivering such a visitor's contact would call, up to the first call that changes anything."""

    calls: list[PlannedCall]


class OpenApiIn(_In):
    """An API's own description."""

    document: dict[str, Any]


class SuggestionOut(BaseModel):
    """Settings of the connector `http` to look through, and what could not be understood."""

    settings: dict[str, Any]
    notes: list[str]


class OutboxQuery(PageQuery):
    """Which entries."""

    status: EntryStatus | None = None
    kind: EntryKind | None = None


class EntryOut(BaseModel):
    """Something on its way into the CRM."""

    id: str
    kind: EntryKind
    session_id: str
    status: EntryStatus
    attempts: int
    reason: str
    category: str
    remote_id: str
    payload: dict[str, Any]
    created_at: dt.datetime
    updated_at: dt.datetime
    next_at: dt.datetime
    delivered_at: dt.datetime | None


class RetriedOut(BaseModel):
    """How many entries are tried again."""

    entries: int
