"""What visitors did beside talking: widget events and feedback on answers."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE widget_events (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id          text NOT NULL,
    session_id  text NOT NULL,
    type        text NOT NULL,
    message_id  text NOT NULL DEFAULT '',
    cta_id      text NOT NULL DEFAULT '',
    data        jsonb NOT NULL DEFAULT '{}',
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id)
);
CREATE INDEX widget_events_by_session ON widget_events (business_id, session_id);

CREATE TABLE feedback (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    session_id  text NOT NULL,
    message_id  text NOT NULL,
    rating      text NOT NULL CHECK (rating IN ('up', 'down')),
    comment     text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, session_id, message_id)
);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    for table in ("widget_events", "feedback"):
        protect(table, tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT")


def downgrade() -> None:
    op.execute("DROP TABLE feedback, widget_events")
