"""Expand: alerts about budgets, each once, and whether the webhook took it; a turn is kept without planning anew."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# `id` is the stretch of time and the per cent: what makes an alert the same one.
_TABLE = """
CREATE TABLE budget_alerts (
    business_id  text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id           text NOT NULL,
    payload      jsonb NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    delivery     text NOT NULL DEFAULT 'pending' CHECK (delivery IN ('pending', 'delivered', 'failed')),
    attempts     integer NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    last_error   text NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, id)
);
"""

# For its arrays the planner would make each statement's plan anew at every turn: half of the time that a turn took.
_KEEP = "ALTER FUNCTION keep_events(text, jsonb, jsonb)"


def upgrade() -> None:
    op.execute(_TABLE)
    op.execute(f"{_KEEP} SET plan_cache_mode = force_generic_plan")
    protect("budget_alerts", tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT")


def downgrade() -> None:
    op.execute(f"{_KEEP} RESET plan_cache_mode")
    op.execute("DROP TABLE budget_alerts")
