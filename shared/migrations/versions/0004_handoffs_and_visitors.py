"""Calls for a person, and what is known of visitors whose identity the business's own site vouches for."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE handoffs (
    business_id  text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id           text NOT NULL,
    session_id   text NOT NULL,
    reason       text NOT NULL DEFAULT '',
    status       text NOT NULL DEFAULT 'requested' CHECK (status IN ('requested', 'claimed', 'closed')),
    payload      jsonb NOT NULL,
    delivery     text NOT NULL DEFAULT 'pending' CHECK (delivery IN ('pending', 'delivered', 'failed', 'none')),
    attempts     integer NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    last_error   text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL DEFAULT now(),
    claimed_at   timestamptz,
    claimed_by   text NOT NULL DEFAULT '',
    closed_at    timestamptz,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX handoffs_by_session ON handoffs (business_id, session_id);
CREATE INDEX handoffs_undelivered ON handoffs (business_id, requested_at) WHERE delivery IN ('pending', 'failed');

CREATE TABLE visitors (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    user_id     text NOT NULL,
    fields      jsonb NOT NULL DEFAULT '{}',
    language    text NOT NULL DEFAULT '',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, user_id)
);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    for table in ("handoffs", "visitors"):
        protect(table, tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT")


def downgrade() -> None:
    op.execute("DROP TABLE visitors, handoffs")
