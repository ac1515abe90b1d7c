"""Entries of the outbox in the form in which they are kept; what is there in another one is brought into it first.

Entries are told apart by their keys, and their order is kept by whom they are about. Both are marks where they are
sealed, so an entry in clear and a sealed one, or two under different platform keys, would not know of each other.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from shared.adapters.postgres.database import Row, Transaction
from shared.adapters.postgres.personal import OUTBOX, Sealing
from shared.domain.errors import Conflict
from shared.domain.outbox import OutboxEntry

UNFINISHED = "(status = 'pending' OR (status = 'parked' AND kind = 'contact') OR lease <> '')"
"""As in the index crm_outbox_unfinished."""
_SAME = (
    "SELECT id, key, people, payload, reason, sealed, sealed_reason FROM crm_outbox"
    f" WHERE business_id = %s AND (key = ANY(%s) OR ({UNFINISHED} AND people && %s)) ORDER BY key FOR UPDATE"
)


_ADD = (
    "INSERT INTO crm_outbox AS kept (business_id, id, key, kind, session_id, people, payload, sealed, digest)"
    " SELECT %s, given.id, given.key, given.kind, given.session_id, given.people, given.payload,"
    " decode(given.sealed, 'base64'), given.digest FROM jsonb_to_recordset(%s::jsonb) AS given"
    " (id text, key text, kind text, session_id text, people text[], payload jsonb, sealed text, digest text)"
    " ORDER BY given.key"  # in one order everywhere, so that two at once do not wait for each other
    " ON CONFLICT (business_id, key) DO UPDATE SET payload = excluded.payload, session_id = excluded.session_id,"
    " sealed = excluded.sealed, digest = excluded.digest, version = kept.version + 1,"
    " people = ARRAY(SELECT DISTINCT unnest(kept.people || excluded.people)),"
    " status = 'pending', attempts = 0, next_at = now(), updated_at = now(), reason = '', sealed_reason = NULL,"
    " category = ''"
    " WHERE (kept.payload, kept.digest) IS DISTINCT FROM (excluded.payload, excluded.digest) RETURNING id"
)


def keep(
    tx: Transaction, sealing: Sealing, business_id: str, entries: Sequence[OutboxEntry], ids: Sequence[str]
) -> int:
    """Keep entries under these ids, after what is there for the same keys and people has their form; see `add`.

    One caller at a time: two who write in different forms would otherwise each make an entry of the same key.
    """
    tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"crm_outbox add:{business_id}")
    there = _brought(tx, sealing, business_id, entries)
    rows = []
    for id_, entry in zip(ids, entries, strict=True):
        people = list(dict.fromkeys((*there.get(entry.key, ()), *entry.people)))
        rows.append({"id": id_, **_row(sealing, business_id, entry, people)})
    return len(tx.run(_ADD, business_id, json.dumps(rows)))


def _row(sealing: Sealing, business_id: str, entry: OutboxEntry, people: list[str]) -> dict[str, Any]:
    """Return an entry as a row of JSON."""
    told = sealing.written(OUTBOX, business_id, {"key": entry.key, "people": people, "payload": entry.payload})
    sealed = base64.b64encode(told["sealed"]).decode() if isinstance(told["sealed"], bytes) else None
    payload = entry.payload if sealed is None else {}
    return {"kind": entry.kind, "session_id": entry.session_id, **told, "payload": payload, "sealed": sealed}


def _brought(
    tx: Transaction, sealing: Sealing, business_id: str, entries: Sequence[OutboxEntry]
) -> dict[str, list[str]]:
    """Bring what is there into the form of what is written now; return whom it is about, by its key."""
    keys = [form for entry in entries for form in sealing.found_by(OUTBOX, "key", business_id, entry.key)]
    people = {one for entry in entries for one in entry.people}
    others = [form for one in sorted(people) for form in sealing.found_by(OUTBOX, "people", business_id, one)[1:]]
    found: dict[str, list[str]] = {}
    for row in tx.run(_SAME, business_id, keys, others or [""]):
        try:
            known = sealing.opened(OUTBOX, business_id, row)
        except Conflict:
            continue  # no key opens it: it stays where it is
        found[known["key"]] = known["people"]
        _reform(tx, sealing, business_id, row, known)
    return found


def _reform(tx: Transaction, sealing: Sealing, business_id: str, row: Row, known: Row) -> None:
    """Write an entry, as it stands in `row` and opened as `known`, in the form of today; nothing when it has it."""
    told = sealing.written(OUTBOX, business_id, {name: known[name] for name in ("key", "people", "payload")})
    if (told["key"], told["people"]) == (row["key"], row["people"]):
        return
    told["reason"], told["sealed_reason"] = sealing.alone(OUTBOX, business_id, "reason", known["reason"])
    tx.run(
        f"UPDATE crm_outbox SET {OUTBOX.assigned(told)} WHERE business_id = %s AND id = %s",
        *told.values(), business_id, row["id"],
    )  # fmt: skip
