"""Expand: a business's golden questions: what its knowledge must answer, and what a build is judged by."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE golden_questions (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id          text NOT NULL,
    spec        jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id)
);
"""


def upgrade() -> None:
    op.execute(_TABLE)
    protect("golden_questions", tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT")


def downgrade() -> None:
    op.execute("DROP TABLE golden_questions")
