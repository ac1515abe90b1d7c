"""Questions without an answer, and what was decided on groups of them, in Postgres. Groups nothing itself."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.database import Database, Row
from shared.adapters.postgres.sealed_gaps import opened
from shared.adapters.vault import Vault
from shared.domain.gaps import Decision, GapStatus, KeptGap
from shared.domain.records import Actor
from shared.logs import event

_log = logging.getLogger(__name__)

MOST = 5000
"""Questions that are read at once, the newest, of those that were decided on and of those that were not."""

# Those that were decided on are what a group is known by: however old, they are not crowded out by new ones.
_GAPS = "SELECT session_id, message_id, at, channel, language, space, sealed, group_id FROM gaps WHERE business_id = %s"
_READ = (
    f"({_GAPS} AND group_id = '' ORDER BY at DESC, message_id DESC LIMIT %s)"
    f" UNION ALL ({_GAPS} AND group_id <> '' ORDER BY at DESC, message_id DESC LIMIT %s)"
)
# An answer is in use since the end of the first build that began after it, and was not held back.
_DECISIONS = (
    "SELECT g.id, g.status, g.decided_at, g.source_id, g.question, (SELECT min(b.finished_at) FROM knowledge_builds b"
    "  WHERE b.business_id = g.business_id AND b.status = 'succeeded' AND b.publish <> 'blocked'"
    "  AND b.started_at >= g.decided_at) AS live_since"
    " FROM gap_groups g WHERE g.business_id = %s"
)
_ACTIONS = {"answered": "gap.answered", "dismissed": "gap.dismissed"}


@dataclass(frozen=True)
class KeptGaps:
    """What is kept: the questions, oldest first, and the decisions by their groups.

    Args:
        more: there are older ones that were not read.
        unreadable: how many no key of the platform opens.
    """

    gaps: tuple[KeptGap, ...]
    decisions: dict[str, Decision]
    more: bool
    unreadable: int


class GapStore:
    """Gaps of a business; the journal writes them.

    Args:
        vault: opens the questions.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def read(self, business_id: str, most: int = MOST) -> KeptGaps:
        """Return the newest questions, opened, and what was decided."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run(_READ, business_id, most + 1, business_id, most + 1)
            decisions = {row["id"]: Decision(**row) for row in tx.run(_DECISIONS, business_id)}
        undecided = [row for row in rows if not row["group_id"]]
        decided = [row for row in rows if row["group_id"]]
        more = max(len(undecided), len(decided)) > most
        found = [self._gap(business_id, row) for row in (*undecided[:most], *decided[:most])]
        gaps = sorted((gap for gap in found if gap), key=lambda gap: (gap.at, gap.id))
        unreadable = len(found) - len(gaps)
        if unreadable:
            event(_log, "gaps_unreadable", logging.WARNING, business_id=business_id, rows=unreadable)
        return KeptGaps(tuple(gaps), decisions, more, unreadable)

    def decide(
        self, business_id: str, actor: Actor, group_id: str, status: GapStatus, gaps: Sequence[KeptGap],
        *, source_id: str = "", question: str = "",
    ) -> None:  # fmt: skip
        """Keep that a group is answered or dismissed, with all that is in it; an earlier decision on it is replaced."""
        sessions, messages = [gap.session_id for gap in gaps], [gap.message_id for gap in gaps]
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            tx.run(
                "INSERT INTO gap_groups (business_id, id, status, source_id, question) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (business_id, id) DO UPDATE SET status = excluded.status, source_id = excluded.source_id,"
                " question = excluded.question, decided_at = now()",
                business_id, group_id, status, source_id, question,
            )  # fmt: skip
            tx.run(
                "UPDATE gaps SET group_id = %s WHERE business_id = %s AND (session_id, message_id) IN"
                " (SELECT * FROM unnest(%s::text[], %s::text[]))",
                group_id, business_id, sessions, messages,
            )  # fmt: skip
            audit(tx, business_id, actor, _ACTIONS[status], target=group_id, detail={"questions": len(gaps)})

    def reopen(self, business_id: str, actor: Actor, group_id: str) -> None:
        """Forget what was decided on a group."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            tx.run("DELETE FROM gap_groups WHERE business_id = %s AND id = %s", business_id, group_id)
            tx.run("UPDATE gaps SET group_id = '' WHERE business_id = %s AND group_id = %s", business_id, group_id)
            audit(tx, business_id, actor, "gap.reopened", target=group_id)

    def _gap(self, business_id: str, row: Row) -> KeptGap | None:
        """Return a question, None when no key opens it."""
        gap = opened(self._vault, business_id, row.pop("sealed"), row["space"])
        return KeptGap(**row, question=gap.question, vector=gap.vector) if gap else None
