"""Expand: builds wait for their turn, are tried once more, run on a schedule, and say what they changed."""

from alembic import op

from shared.migrations.indexes import build_index

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# `due_at`: not started before. `dispatched_at`: when its process was asked for; NULL while it waits for its turn.
# `retry_id`: of the build that tries once more what this one could not do.
# `publish`: '' until it has ended, then published, blocked or unchanged. `verdict`: of the golden questions.
_COLUMNS = """
ALTER TABLE knowledge_builds
    ADD COLUMN trigger       text NOT NULL DEFAULT 'manual',
    ADD COLUMN attempt       integer NOT NULL DEFAULT 1,
    ADD COLUMN retry_id      text NOT NULL DEFAULT '',
    ADD COLUMN due_at        timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN dispatched_at timestamptz,
    ADD COLUMN seconds_left  integer,
    ADD COLUMN publish       text NOT NULL DEFAULT '',
    ADD COLUMN verdict       jsonb,
    ADD COLUMN changes       jsonb
"""

# Who ends a build gives the next one its turn, and sees one business alone: so the function runs as chatbot_platform,
# and tells no more than whose build is to be started. A place in the queue is a moment: when the build was due, later
# by as long as the business was built within a day, and by a stretch of its own for schedules.
_TAKE = (
    """
CREATE FUNCTION take_builds(at_once integer, schedule_yields_s integer, mine text)
RETURNS TABLE (business_id text, id text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT pg_advisory_xact_lock(hashtextextended('take_builds', 0));
    WITH waiting AS (
        SELECT b.business_id, b.id, row_number() OVER (ORDER BY b.due_at
            + make_interval(secs => CASE b.trigger WHEN 'schedule' THEN schedule_yields_s ELSE 0 END)
            + coalesce((SELECT sum(coalesce(p.finished_at, now()) - p.started_at) FROM public.knowledge_builds p
                WHERE p.business_id = b.business_id AND p.created_at > now() - interval '1 day'), interval '0'),
            b.business_id) AS place
        FROM public.knowledge_builds b
        WHERE b.status = 'queued' AND b.dispatched_at IS NULL AND b.due_at <= now()
    ), started AS (
        SELECT count(*) AS n FROM public.knowledge_builds b
        WHERE b.status = 'running' OR b.status = 'queued' AND b.dispatched_at IS NOT NULL
    )
    UPDATE public.knowledge_builds b SET dispatched_at = now(), heartbeat_at = now()
    FROM waiting w, started
    WHERE b.business_id = w.business_id AND b.id = w.id AND b.status = 'queued' AND b.dispatched_at IS NULL
        AND w.place <= at_once - started.n AND (mine = '' OR b.business_id = mine)
    RETURNING b.business_id, b.id
$body$
    """,
    "REVOKE ALL ON FUNCTION take_builds(integer, integer, text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION take_builds(integer, integer, text) TO chatbot_tenant",
    # An owner of a function must be able to create in its schema, at this moment alone.
    "GRANT CREATE ON SCHEMA public TO chatbot_platform",
    "ALTER FUNCTION take_builds(integer, integer, text) OWNER TO chatbot_platform",
    "-- nobody had it before: it was given two statements ago, in this transaction\n"
    "-- squawk-ignore ban-revoke\n"
    "REVOKE CREATE ON SCHEMA public FROM chatbot_platform",
)


def upgrade() -> None:
    op.execute(_COLUMNS)
    op.execute("GRANT UPDATE ON knowledge_builds TO chatbot_platform")
    for statement in _TAKE:
        op.execute(statement)
    # Businesses that are built on a schedule: few of all, asked for every minute.
    build_index("businesses_refreshed", "businesses (id) WHERE config #> '{knowledge,refresh}' IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX businesses_refreshed")
    op.execute("DROP FUNCTION take_builds(integer, integer, text)")
    op.execute("REVOKE UPDATE ON knowledge_builds FROM chatbot_platform")
    op.execute(
        "ALTER TABLE knowledge_builds DROP COLUMN trigger, DROP COLUMN attempt, DROP COLUMN retry_id,"
        " DROP COLUMN due_at, DROP COLUMN dispatched_at, DROP COLUMN seconds_left, DROP COLUMN publish,"
        " DROP COLUMN verdict, DROP COLUMN changes"
    )
