"""Expand: what an experiment needs to run: its version for owners, its salt and slots, its arm that won, its checks."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMNS = {
    "version": "integer NOT NULL DEFAULT 1",
    "salt": "text NOT NULL DEFAULT ''",
    "slots": "jsonb NOT NULL DEFAULT '[]'",
    "concluded": "text NOT NULL DEFAULT ''",
    "checked_at": "timestamptz",
}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.execute(f"ALTER TABLE experiments ADD COLUMN {name} {kind}")


def downgrade() -> None:
    for name in _COLUMNS:
        op.execute(f"ALTER TABLE experiments DROP COLUMN {name}")
