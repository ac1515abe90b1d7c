"""Rows as values: what the stores of the admin function return. Times are aware datetimes in UTC."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from shared.domain.business import BusinessConfig
from shared.domain.experiments import Running

SCOPES = ("read", "write", "analytics")


@dataclass(frozen=True)
class Actor:
    """Who makes a change, for the audit log: `platform:env`, `platform:key_…` or `business:key_…`."""

    name: str
    request_id: str = ""


@dataclass(frozen=True)
class BusinessRecord:
    """A business and its current configuration; `version` is the ETag. `experiments` are those that run."""

    id: str
    status: str
    version: int
    config: BusinessConfig
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None = None
    experiments: tuple[Running, ...] = ()


@dataclass(frozen=True)
class VersionRecord:
    """One saved configuration of a business."""

    version: int
    actor: str
    note: str
    created_at: dt.datetime
    config: dict[str, Any]


@dataclass(frozen=True)
class ApiKeyRecord:
    """An API key without its secret. `business_id` None: a platform key."""

    id: str
    business_id: str | None
    name: str
    scopes: tuple[str, ...]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    hash: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class AuditRecord:
    """One change somebody made."""

    id: int
    at: dt.datetime
    business_id: str | None
    actor: str
    action: str
    target: str
    detail: dict[str, Any]
    request_id: str


@dataclass(frozen=True)
class SourceRecord:
    """One source of knowledge; `spec` depends on `kind` (ingestion/sources.py)."""

    id: str
    kind: str
    name: str
    spec: dict[str, Any]
    created_at: dt.datetime
    updated_at: dt.datetime


@dataclass(frozen=True)
class BuildRecord:
    """One build of a business's index and how far it is.

    Args:
        trigger: manual, schedule, or retry.
        attempt: 2: the build before died, or could not go on for a cause that passes.
        retry_id: of the build that tries once more what this one could not do; "" without one.
        due_at: it is not started before.
        dispatched_at: when its process was asked for; None while it waits for its turn.
        seconds_left: as far as the rate so far tells.
        publish: "" until the end, then published, blocked (the golden questions are answered worse) or unchanged.
        verdict: of the golden questions, None when there was none.
        changes: pages added, changed, gone and unchanged since the build before; None until they are known.
    """

    id: str
    status: str
    phase: str
    counts: dict[str, int]
    reason: str
    requested_by: str
    cancel_requested: bool
    created_at: dt.datetime
    started_at: dt.datetime | None
    heartbeat_at: dt.datetime
    finished_at: dt.datetime | None
    trigger: str = "manual"
    attempt: int = 1
    retry_id: str = ""
    due_at: dt.datetime | None = None
    dispatched_at: dt.datetime | None = None
    seconds_left: int | None = None
    publish: str = ""
    verdict: dict[str, Any] | None = None
    changes: dict[str, Any] | None = None


@dataclass(frozen=True)
class PageRecord:
    """What became of one page or file in a build."""

    url: str
    source_id: str
    outcome: str
    reason: str
    title: str
    chunks: int
    at: dt.datetime


@dataclass(frozen=True)
class HandoffRecord:
    """One call for a person: how far it is (`status`) and whether the business's webhook knows (`delivery`)."""

    id: str
    session_id: str
    reason: str
    status: str
    payload: dict[str, Any]
    delivery: str
    attempts: int
    last_error: str
    requested_at: dt.datetime
    claimed_at: dt.datetime | None
    claimed_by: str
    closed_at: dt.datetime | None


@dataclass(frozen=True)
class VisitorRecord:
    """What is known of one verified visitor, over all sessions."""

    user_id: str
    fields: dict[str, Any]
    language: str
    updated_at: dt.datetime
