"""Phone lines, their Twilio tokens sealed, and calls; the one question that is asked before the business is known."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE voice_lines (
    business_id text PRIMARY KEY REFERENCES businesses (id) ON DELETE CASCADE,
    number      text NOT NULL UNIQUE,
    account_sid text NOT NULL,
    sealed      bytea NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    updated_by  text NOT NULL
);

CREATE TABLE calls (
    business_id       text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id                text NOT NULL,
    session_id        text NOT NULL,
    caller            text NOT NULL,
    number            text NOT NULL,
    mode              text NOT NULL CHECK (mode IN ('live', 'turns')),
    status            text NOT NULL DEFAULT 'ringing' CHECK (status IN
                      ('ringing', 'live', 'completed', 'busy', 'no-answer', 'failed', 'canceled')),
    outcome           text NOT NULL DEFAULT '' CHECK (outcome IN
                      ('', 'answered', 'transferred', 'message', 'missed', 'refused', 'failed')),
    reason            text NOT NULL DEFAULT '',
    next              jsonb,
    nonces            text[] NOT NULL DEFAULT '{}',
    stream_claimed_at timestamptz,
    transcript        jsonb NOT NULL DEFAULT '[]',
    summary           text NOT NULL DEFAULT '',
    fields            jsonb NOT NULL DEFAULT '{}',
    latency           jsonb NOT NULL DEFAULT '{}',
    recording         text NOT NULL DEFAULT '',
    started_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at       timestamptz,
    ended_at          timestamptz,
    seconds           integer NOT NULL DEFAULT 0,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX calls_by_time ON calls (business_id, started_at, id);
CREATE INDEX calls_by_caller ON calls (business_id, caller, started_at);
CREATE INDEX calls_by_session ON calls (business_id, session_id);
"""

# A call comes with a number and no business. The function runs as chatbot_platform, whose policy sees every row: so the
# voice function's login need not become the platform, and learns of all lines the business of a number it names.
_LINE_BUSINESS = (
    "CREATE FUNCTION line_business(text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER"
    " SET search_path = pg_catalog, pg_temp"
    " AS 'SELECT business_id FROM public.voice_lines WHERE number = $1'",
    "REVOKE ALL ON FUNCTION line_business(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION line_business(text) TO chatbot_tenant",
    # An owner of a function must be able to create in its schema, at this moment alone.
    "GRANT CREATE ON SCHEMA public TO chatbot_platform",
    "ALTER FUNCTION line_business(text) OWNER TO chatbot_platform",
    "REVOKE CREATE ON SCHEMA public FROM chatbot_platform",
)


def upgrade() -> None:
    op.execute(_TABLES)
    everything = "SELECT, INSERT, UPDATE, DELETE"
    protect("voice_lines", tenant=everything, platform="SELECT, UPDATE")  # the platform seals under a new key
    protect("calls", tenant=everything, platform="SELECT")
    for statement in _LINE_BUSINESS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION line_business(text)")
    op.execute("DROP TABLE calls, voice_lines")
