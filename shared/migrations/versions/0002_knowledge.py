"""Knowledge: sources, builds with their progress, and what became of each page."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE knowledge_sources (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id          text NOT NULL,
    kind        text NOT NULL,
    name        text NOT NULL,
    spec        jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id)
);

CREATE TABLE knowledge_builds (
    business_id      text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id               text NOT NULL,
    status           text NOT NULL DEFAULT 'queued'
                     CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    phase            text NOT NULL DEFAULT 'queued',
    counts           jsonb NOT NULL DEFAULT '{}',
    reason           text NOT NULL DEFAULT '',
    requested_by     text NOT NULL,
    cancel_requested boolean NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    heartbeat_at     timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    PRIMARY KEY (business_id, id)
);
-- One build at a time for a business: the second one is told so by this index.
CREATE UNIQUE INDEX knowledge_builds_one_active ON knowledge_builds (business_id)
    WHERE status IN ('queued', 'running');
CREATE INDEX knowledge_builds_newest ON knowledge_builds (business_id, created_at DESC);

CREATE TABLE knowledge_pages (
    business_id text NOT NULL,
    build_id    text NOT NULL,
    url         text NOT NULL,
    source_id   text NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('indexed', 'skipped', 'failed')),
    reason      text NOT NULL DEFAULT '',
    title       text NOT NULL DEFAULT '',
    chunks      integer NOT NULL DEFAULT 0,
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, build_id, url, source_id),
    FOREIGN KEY (business_id, build_id) REFERENCES knowledge_builds (business_id, id) ON DELETE CASCADE
);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    for table in ("knowledge_sources", "knowledge_builds", "knowledge_pages"):
        protect(table, tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT")


def downgrade() -> None:
    op.execute("DROP TABLE knowledge_pages, knowledge_builds, knowledge_sources")
