"""Credentials of a business's CRM, sealed, and what waits to be written there."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE crm_credentials (
    business_id      text PRIMARY KEY REFERENCES businesses (id) ON DELETE CASCADE,
    connector        text NOT NULL,
    sealed           bytea NOT NULL,
    token            bytea,
    refreshing_until timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT now(),
    updated_by       text NOT NULL
);

CREATE TABLE crm_outbox (
    business_id      text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id               text NOT NULL,
    key              text NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('contact', 'deal', 'note', 'record')),
    session_id       text NOT NULL,
    people           text[] NOT NULL,
    payload          jsonb NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    status           text NOT NULL DEFAULT 'pending'
                     CHECK (status IN ('pending', 'delivered', 'parked', 'cancelled')),
    attempts         integer NOT NULL DEFAULT 0,
    first_attempt_at timestamptz,
    next_at          timestamptz NOT NULL DEFAULT now(),
    lease            text NOT NULL DEFAULT '',
    lease_until      timestamptz,
    remote_id        text NOT NULL DEFAULT '',
    reason           text NOT NULL DEFAULT '',
    category         text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    delivered_at     timestamptz,
    PRIMARY KEY (business_id, id),
    UNIQUE (business_id, key)
);
CREATE INDEX crm_outbox_by_session ON crm_outbox (business_id, session_id);
CREATE INDEX crm_outbox_waiting ON crm_outbox (next_at, business_id) WHERE status = 'pending';
-- What order is kept among. Not by GIN over people: under row-level security no index serves an array's operators.
CREATE INDEX crm_outbox_unfinished ON crm_outbox (business_id, id)
    WHERE status = 'pending' OR (status = 'parked' AND kind = 'contact') OR lease <> '';
"""


def upgrade() -> None:
    op.execute(_TABLES)
    everything = "SELECT, INSERT, UPDATE, DELETE"
    protect("crm_credentials", tenant=everything, platform="SELECT, UPDATE")  # the platform seals under a new key
    protect("crm_outbox", tenant=everything, platform="SELECT")


def downgrade() -> None:
    op.execute("DROP TABLE crm_outbox, crm_credentials")
