"""Expand: where visitors' personal data stand sealed, beside the columns that hold them in clear."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# A row whose `sealed` is null has its values in clear. `digest` tells whether a sealed payload is another one.
_COLUMNS = (
    ("calls", "sealed", "bytea"),
    ("crm_outbox", "sealed", "bytea"),
    ("crm_outbox", "sealed_reason", "bytea"),
    ("crm_outbox", "digest", "text NOT NULL DEFAULT ''"),
    ("feedback", "sealed", "bytea"),
    ("handoffs", "sealed", "bytea"),
    ("visitors", "sealed", "bytea"),
    ("widget_events", "sealed", "bytea"),
)


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")


def downgrade() -> None:
    for table, name, _ in _COLUMNS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
