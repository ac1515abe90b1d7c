"""Expand: events of conversations, their hourly counts, conversations for the owner to read, experiments' exposures."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Months of events to begin with; the worker makes those to come.
_MONTHS_BACK, _MONTHS_AHEAD = 1, 3

_TABLES = """
CREATE TABLE events (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id          text NOT NULL,
    kind        text NOT NULL,
    at          timestamptz NOT NULL,
    session_id  text NOT NULL,
    channel     text NOT NULL,
    data        jsonb NOT NULL
) PARTITION BY RANGE (at);

CREATE TABLE counts (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    metric      text NOT NULL,
    hour        timestamptz NOT NULL,
    channel     text NOT NULL,
    key         text NOT NULL,
    n           bigint NOT NULL,
    total       double precision NOT NULL,
    PRIMARY KEY (business_id, metric, hour, channel, key)
) WITH (fillfactor = 80);

CREATE TABLE conversations (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    session_id  text NOT NULL,
    started_at  timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    channel     text NOT NULL,
    language    text NOT NULL DEFAULT '',
    page        text NOT NULL DEFAULT '',
    state       text NOT NULL DEFAULT '',
    ending      text NOT NULL DEFAULT '',
    turns       integer NOT NULL DEFAULT 0,
    mood        double precision NOT NULL DEFAULT 0,
    tags        text[] NOT NULL DEFAULT '{}',
    arms        jsonb NOT NULL DEFAULT '{}',
    reached     text[] NOT NULL DEFAULT '{}',
    micros      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (business_id, session_id)
);
CREATE INDEX conversations_by_time ON conversations (business_id, started_at, session_id);

CREATE TABLE turns (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    session_id  text NOT NULL,
    message_id  text NOT NULL,
    number      integer NOT NULL,
    at          timestamptz NOT NULL,
    sealed      bytea NOT NULL,
    decisions   jsonb NOT NULL,
    PRIMARY KEY (business_id, session_id, message_id)
);
CREATE INDEX turns_by_time ON turns (business_id, at);

CREATE TABLE experiments (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    id          text NOT NULL,
    status      text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'running', 'stopped')),
    plan        jsonb NOT NULL,
    periods     jsonb NOT NULL DEFAULT '[]',
    alarm       text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    stopped_at  timestamptz,
    reason      text NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, id)
);

CREATE TABLE exposures (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    experiment  text NOT NULL,
    unit        text NOT NULL,
    arm         text NOT NULL,
    session_id  text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, experiment, unit)
);
CREATE INDEX exposures_by_session ON exposures (business_id, session_id);
"""

# Each month is a table of its own, where an id is unique: a repeat is kept once. They are made as the owner, for
# others may not make tables. Nobody reaches one but through `events`, whose policies then hold.
_PARTITIONS = """
CREATE FUNCTION make_event_months(first date, last date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    month date := date_trunc('month', first);
    name text;
BEGIN
    WHILE month <= last LOOP
        name := 'events_' || to_char(month, 'YYYY_MM');
        IF to_regclass('public.' || name) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.events FOR VALUES FROM (%L) TO (%L)',
                           name, month::timestamp AT TIME ZONE 'UTC',
                           (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('CREATE UNIQUE INDEX ON public.%I (business_id, id)', name);
            EXECUTE format('CREATE INDEX ON public.%I (business_id, kind, at)', name);
            EXECUTE format('CREATE INDEX ON public.%I (business_id, session_id)', name);
        END IF;
        month := month + interval '1 month';
    END LOOP;
END $body$;

CREATE FUNCTION drop_event_months(before date) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    name text;
    dropped integer := 0;
BEGIN
    FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'public.events'::regclass AND c.relname ~ '^events_[0-9]{4}_[0-9]{2}$'
                AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= before LOOP
        EXECUTE format('DROP TABLE public.%I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $body$;

CREATE TABLE events_other PARTITION OF events DEFAULT;
ALTER TABLE events_other ENABLE ROW LEVEL SECURITY;
ALTER TABLE events_other FORCE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX ON events_other (business_id, id);
CREATE INDEX ON events_other (business_id, kind, at);
CREATE INDEX ON events_other (business_id, session_id);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    everything = "SELECT, INSERT, UPDATE, DELETE"
    for table in ("events", "counts", "conversations", "turns", "exposures"):
        protect(table, tenant=everything, platform="SELECT, DELETE")
    protect("experiments", tenant=everything, platform="SELECT, UPDATE")
    op.execute("GRANT UPDATE ON turns TO chatbot_platform")  # sealed anew under a new key
    op.execute(_PARTITIONS)
    for name in ("make_event_months(date, date)", "drop_event_months(date)"):
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO chatbot_platform")
    op.execute(
        f"SELECT make_event_months((now() - interval '{_MONTHS_BACK} months')::date,"
        f" (now() + interval '{_MONTHS_AHEAD} months')::date)"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION make_event_months(date, date)")
    op.execute("DROP FUNCTION drop_event_months(date)")
    op.execute("DROP TABLE exposures, experiments, turns, conversations, counts, events")
