"""Expand: questions that had no answer, sealed with their vectors, and what the business decided on groups of them."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# `sealed` holds the masked question and its vector in `space`: of a vector words can be guessed.
# `group_id` is "" until the business has decided on the group that the question was in. A gap goes with its
# conversation, whoever erases that: the revision before does not know of this table.
_TABLES = """
CREATE TABLE gaps (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    session_id  text NOT NULL,
    message_id  text NOT NULL,
    at          timestamptz NOT NULL,
    channel     text NOT NULL,
    language    text NOT NULL,
    space       text NOT NULL,
    sealed      bytea NOT NULL,
    group_id    text NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, session_id, message_id),
    FOREIGN KEY (business_id, session_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX gaps_by_time ON gaps (business_id, at);

CREATE TABLE gap_groups (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id          text NOT NULL,
    status      text NOT NULL CHECK (status IN ('answered', 'dismissed')),
    source_id   text NOT NULL DEFAULT '',
    question    text NOT NULL DEFAULT '',
    decided_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id)
);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    protect("gaps", tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT, UPDATE")
    protect("gap_groups", tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT")


def downgrade() -> None:
    op.execute("DROP TABLE gap_groups, gaps")
