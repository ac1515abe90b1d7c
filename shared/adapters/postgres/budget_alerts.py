"""Alerts about budgets in Postgres: raised once, tried until the business's webhook takes them."""

import json
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.database import Database

# Doubled after each attempt up to an hour, and for a day: later it is no news.
FIRST_RETRY_S = 30
LONGEST_RETRY_S = 3600
GIVE_UP_AFTER_S = 86_400
_MAX_ERROR = 300
_DUE = (
    f"delivery <> 'delivered' AND at > now() - make_interval(secs => {GIVE_UP_AFTER_S})"
    " AND (attempted_at IS NULL OR attempted_at < now()"
    f" - make_interval(secs => least({FIRST_RETRY_S} * 2 ^ least(attempts, 20), {LONGEST_RETRY_S})))"
)


@dataclass(frozen=True)
class BudgetAlert:
    """What a webhook is to be told."""

    id: str
    payload: dict[str, Any]


class BudgetAlertStore:
    """Alerts of a business; `id` says which budget, when and how much of it: month/2026-11/080."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def raise_(self, business_id: str, alerts: list[BudgetAlert]) -> None:
        """Keep these, each once: one that is there already stays as it was."""
        if not alerts:
            return
        rows = json.dumps([{"id": one.id, "payload": one.payload} for one in alerts])
        with self._database.tenant(business_id) as tx:
            tx.run(
                "INSERT INTO budget_alerts (business_id, id, payload) SELECT %s, id, payload"
                " FROM jsonb_to_recordset(%s::jsonb) AS a(id text, payload jsonb) ORDER BY id ON CONFLICT DO NOTHING",
                business_id, rows,
            )  # fmt: skip

    def due(self, business_id: str) -> list[BudgetAlert]:
        """Return those to be told now, each to one caller only, in the order of their ids."""
        with self._database.tenant(business_id) as tx:
            rows = tx.run(
                "UPDATE budget_alerts SET attempted_at = now(), attempts = attempts + 1"
                " WHERE business_id = %s AND id = ANY(ARRAY(SELECT id FROM budget_alerts"
                f" WHERE business_id = %s AND {_DUE} FOR UPDATE SKIP LOCKED)) RETURNING id, payload",
                business_id, business_id,
            )  # fmt: skip
        return sorted((BudgetAlert(**row) for row in rows), key=lambda alert: alert.id)

    def told(self, business_id: str, alert_id: str, problem: str) -> None:
        """Keep how an attempt ended: `problem` is why the webhook did not take it, "" it did."""
        with self._database.tenant(business_id) as tx:
            tx.run(
                "UPDATE budget_alerts SET delivery = %s, last_error = %s WHERE business_id = %s AND id = %s",
                "failed" if problem else "delivered", problem[:_MAX_ERROR], business_id, alert_id,
            )  # fmt: skip
