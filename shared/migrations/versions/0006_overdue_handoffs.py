"""The worker's question which hand-offs are to be posted again: over all businesses, the last day only."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX handoffs_overdue ON handoffs (requested_at)"
        " WHERE delivery IN ('pending', 'failed') AND status = 'requested'"
    )


def downgrade() -> None:
    op.execute("DROP INDEX handoffs_overdue")
