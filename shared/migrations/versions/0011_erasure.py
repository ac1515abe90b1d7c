"""Expand: what is still to be erased outside of the database, marks of erased sessions, when retention last ran."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A row of `erase_tasks` names no person: a call's id at Twilio, and between which moments its speech was made.
# `erased` holds digests, so that what an instance still had in its memory does not bring an erased session back.
_TABLES = """
CREATE TABLE erase_tasks (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    call_id     text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('recording', 'speech')),
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL DEFAULT now(),
    last_error  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, call_id, kind)
);
CREATE INDEX erase_tasks_due ON erase_tasks (next_at);

CREATE TABLE erased (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    mark        text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, mark)
);

CREATE TABLE retention_runs (
    business_id text PRIMARY KEY REFERENCES businesses (id) ON DELETE CASCADE,
    next_at     timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    everything = "SELECT, INSERT, UPDATE, DELETE"
    protect("erase_tasks", tenant=everything, platform="SELECT")
    protect("erased", tenant=everything, platform="SELECT")
    protect("retention_runs", tenant=everything, platform="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE retention_runs, erased, erase_tasks")
