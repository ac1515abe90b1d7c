"""What visitors did beside talking: widget events and feedback on answers."""

from alembic import op

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

_SECURE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO chatbot_tenant
    USING (business_id = current_setting('app.business_id', true))
    WITH CHECK (business_id = current_setting('app.business_id', true));
CREATE POLICY platform ON {table} TO chatbot_platform USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO chatbot_tenant;
GRANT SELECT ON {table} TO chatbot_platform;
"""


def upgrade() -> None:
    op.execute(_TABLES)
    for table in ("widget_events", "feedback"):
        op.execute(_SECURE.format(table=table))


def downgrade() -> None:
    op.execute("DROP TABLE feedback, widget_events")
