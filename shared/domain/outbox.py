"""What waits to be written into a business's CRM, and what became of it. Times are aware datetimes in UTC."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

EntryKind = Literal["contact", "deal", "note", "record"]
EntryStatus = Literal["pending", "delivered", "parked", "cancelled"]


@dataclass(frozen=True)
class OutboxEntry:
    """Something to bring into the CRM.

    Args:
        key: names it: another payload under the same key replaces the first. What a key names keeps its kind.
        kind: what it is there.
        session_id: the conversation it comes from.
        people: hashes of whom it is about (addresses and session). Entries that share one are delivered in order.
        payload: what is to be written, as JSON.
    """

    key: str
    kind: EntryKind
    session_id: str
    people: tuple[str, ...]
    payload: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class OutboxJob:
    """An entry that one worker holds until its lease ends.

    Args:
        business_id: whose.
        id: the entry's.
        key: as it was added.
        kind: as it was added.
        session_id: as it was added.
        payload: the newest when it was claimed.
        version: of the payload.
        attempts: this one included, counted anew for a new payload.
        first_attempt_at: when an attempt was begun for the first time, whichever payload it had.
        remote_id: its id in the CRM, "" while it is not known to be there.
        contact_id: of the session's contact in the CRM, "" unknown.
        deal_id: of the session's deal in the CRM, "" unknown.
        lease: the right to say how it ended.
        tried: whether an attempt before this one may have reached the CRM.
    """

    business_id: str
    id: str
    key: str
    kind: EntryKind
    session_id: str
    payload: dict[str, Any] = field(repr=False)
    version: int
    attempts: int
    first_attempt_at: dt.datetime
    remote_id: str
    contact_id: str
    deal_id: str
    lease: str
    tried: bool = False

    @property
    def since(self) -> dt.datetime | None:
        """Since when it may be in the CRM without our knowing; None when this is the first attempt of all."""
        return self.first_attempt_at if self.tried else None


@dataclass(frozen=True)
class OutboxRecord:
    """An entry as the owner sees it. `updated_at` is when its payload or status changed, an attempt changes neither."""

    id: str
    key: str
    kind: EntryKind
    session_id: str
    payload: dict[str, Any] = field(repr=False)
    status: EntryStatus
    attempts: int
    reason: str
    category: str
    remote_id: str
    created_at: dt.datetime
    updated_at: dt.datetime
    next_at: dt.datetime
    delivered_at: dt.datetime | None
