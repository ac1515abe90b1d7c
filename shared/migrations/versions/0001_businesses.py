"""Roles, businesses and their versions, API keys, the audit log.

Isolation: every table with a business_id has row-level security, forced on its owner too. `chatbot_tenant` sees the
rows of the one business named by `app.business_id`, which is set per transaction; unset, it sees none.
`chatbot_platform` sees all: only the admin function's login and the jobs may become it.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database made it
END $$
"""

_TABLES = """
CREATE TABLE businesses (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    status      text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deleted')),
    version     integer NOT NULL DEFAULT 1,
    config      jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz
);

CREATE TABLE business_versions (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    version     integer NOT NULL,
    config      jsonb NOT NULL,
    actor       text NOT NULL,
    note        text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, version)
);

CREATE TABLE api_keys (
    id           text PRIMARY KEY,
    business_id  text REFERENCES businesses (id) ON DELETE CASCADE,
    name         text NOT NULL,
    hash         bytea NOT NULL,
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_keys_by_business ON api_keys (business_id, created_at);

CREATE TABLE audit_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    business_id text,
    actor       text NOT NULL,
    action      text NOT NULL,
    target      text NOT NULL DEFAULT '',
    detail      jsonb NOT NULL DEFAULT '{}',
    request_id  text NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_by_business ON audit_log (business_id, id);
"""

_KEYED_BY = {
    "businesses": "id",
    "business_versions": "business_id",
    "api_keys": "business_id",
    "audit_log": "business_id",
}

_SECURE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO chatbot_tenant
    USING ({column} = current_setting('app.business_id', true))
    WITH CHECK ({column} = current_setting('app.business_id', true));
CREATE POLICY platform ON {table} TO chatbot_platform USING (true) WITH CHECK (true);
"""

_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON businesses TO chatbot_tenant;
GRANT SELECT, INSERT ON business_versions, audit_log TO chatbot_tenant;
GRANT SELECT, INSERT, UPDATE ON api_keys TO chatbot_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON businesses, api_keys TO chatbot_platform;
GRANT SELECT, INSERT ON business_versions, audit_log TO chatbot_platform;
"""


def upgrade() -> None:
    for role in ("chatbot_tenant", "chatbot_platform"):
        op.execute(_ROLE.format(role=role))
        op.execute(f"GRANT {role} TO CURRENT_USER")
    op.execute(_TABLES)
    for table, column in _KEYED_BY.items():
        op.execute(_SECURE.format(table=table, column=column))
    op.execute(_GRANTS)


def downgrade() -> None:
    op.execute("DROP TABLE audit_log, api_keys, business_versions, businesses")
