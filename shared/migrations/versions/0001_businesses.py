"""Roles, businesses and their versions, API keys, the audit log. Isolation: shared/migrations/isolation.py."""

from alembic import op

from shared.migrations.isolation import protect

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


def upgrade() -> None:
    for role in ("chatbot_tenant", "chatbot_platform"):
        op.execute(_ROLE.format(role=role))
        op.execute(f"GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")
    op.execute(_TABLES)
    everything = "SELECT, INSERT, UPDATE, DELETE"
    protect("businesses", column="id", tenant="SELECT, INSERT, UPDATE", platform=everything)
    protect("business_versions", tenant="SELECT, INSERT", platform="SELECT, INSERT")
    protect("api_keys", tenant="", platform=everything)  # only the platform looks keys up and makes them
    protect("audit_log", tenant="SELECT, INSERT", platform="SELECT, INSERT")


def downgrade() -> None:
    op.execute("DROP TABLE audit_log, api_keys, business_versions, businesses")
