"""Entries of a CRM outbox as tests add and claim them, and what became of them."""

from typing import Any

from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.database import Database
from shared.domain.outbox import OutboxEntry, OutboxJob
from tests.stores.rows import Raw


def entry(key: str = "contact:s", people: tuple[str, ...] = ("s",), **fields: Any) -> OutboxEntry:
    """Return an entry; its kind is what its key begins with, its session the first of its people."""
    kind: Any = key.partition(":")[0]
    return OutboxEntry(**{"key": key, "kind": kind, "session_id": people[0] if people else "s", "people": people,
                          "payload": {"v": 1}, **fields})  # fmt: skip


def claim(outbox: OutboxStore, business_id: str, limit: int = 50) -> list[OutboxJob]:
    """Claim as a worker would."""
    return outbox.claim(business_id, "worker", limit, 60)


def keys(jobs: list[OutboxJob]) -> list[str]:
    """Return the keys of jobs."""
    return [job.key for job in jobs]


def expire(owner: Raw, business_id: str) -> None:
    """Let the time of every lease be over."""
    owner.run(
        "UPDATE crm_outbox SET lease_until = now() - interval '1 second' WHERE business_id = %s AND lease <> ''",
        business_id,
    )


def only(outbox: OutboxStore, business_id: str) -> Any:
    """Return the only entry there is."""
    (record,) = outbox.list_of(business_id, 10)
    return record


def actions(database: Database, business_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what the audit log says of the outbox, oldest first."""
    lines = AuditStore(database).of_business(business_id, 50, None)
    return [(line.action, line.target, line.detail) for line in reversed(lines) if line.action.startswith("crm.")]
