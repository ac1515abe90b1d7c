"""Expand: which weekly digests were posted to a business's webhook, so that each is told once."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE digests (
    business_id  text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    week         text NOT NULL,
    delivery     text NOT NULL DEFAULT 'pending' CHECK (delivery IN ('pending', 'delivered', 'failed')),
    attempts     integer NOT NULL DEFAULT 1,
    at           timestamptz NOT NULL,
    attempted_at timestamptz NOT NULL,
    last_error   text NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, week)
);
"""


def upgrade() -> None:
    op.execute(_TABLE)
    protect("digests", tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT")


def downgrade() -> None:
    op.execute("DROP TABLE digests")
