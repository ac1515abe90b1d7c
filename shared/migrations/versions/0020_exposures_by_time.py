"""Expand: an index by which the visitors of one day are counted, where an experiment's weights changed within it."""

from alembic import op

from shared.migrations.indexes import build_index

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    build_index("exposures_by_time", "exposures (business_id, experiment, at) INCLUDE (arm)")


def downgrade() -> None:
    op.execute("DROP INDEX exposures_by_time")
