"""Expand: counts by day beside those by hour, kept by the database itself, so that a year is read in a moment."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Days are UTC's and not the business's: with the hours before the first and after the last whole one they make up any
# range of any zone exactly, also after a business has changed its zone.
_TABLE = """
CREATE TABLE count_days (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    metric      text NOT NULL,
    day         timestamptz NOT NULL,
    channel     text NOT NULL,
    key         text NOT NULL,
    n           bigint NOT NULL,
    total       double precision NOT NULL,
    PRIMARY KEY (business_id, metric, day, channel, key)
) WITH (fillfactor = 80);
"""

# Whatever writes counts, a turn or a recount, their days follow in the same transaction. A statement that raises some
# rows and makes others fires twice, so rows of days have no one order: who adds to a business's days holds its lock.
_FOLLOW = """
CREATE FUNCTION follow_counts() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN RETURN NULL; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('counts:' || (SELECT business_id FROM new_rows LIMIT 1), 0));
    IF TG_OP = 'INSERT' THEN
        INSERT INTO count_days AS d (business_id, metric, day, channel, key, n, total)
        SELECT business_id, metric, date_trunc('day', hour, 'UTC'), channel, key, sum(n), sum(total)
        FROM new_rows GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (business_id, metric, day, channel, key)
            DO UPDATE SET n = d.n + excluded.n, total = d.total + excluded.total;
    ELSE
        INSERT INTO count_days AS d (business_id, metric, day, channel, key, n, total)
        SELECT business_id, metric, date_trunc('day', hour, 'UTC'), channel, key, sum(n), sum(total)
        FROM (SELECT business_id, metric, hour, channel, key, n, total FROM new_rows
              UNION ALL SELECT business_id, metric, hour, channel, key, -n, -total FROM old_rows) changes
        GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (business_id, metric, day, channel, key)
            DO UPDATE SET n = d.n + excluded.n, total = d.total + excluded.total;
    END IF;
    RETURN NULL;
END $body$;

-- Takes away and makes no row: with a business all its days go, before or after its hours.
CREATE FUNCTION follow_deleted_counts() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE count_days d SET n = d.n - gone.n, total = d.total - gone.total
    FROM (SELECT business_id, metric, date_trunc('day', hour, 'UTC') AS day, channel, key, sum(n) AS n,
              sum(total) AS total FROM old_rows GROUP BY 1, 2, 3, 4, 5) gone
    WHERE (d.business_id, d.metric, d.day, d.channel, d.key)
        = (gone.business_id, gone.metric, gone.day, gone.channel, gone.key);
    RETURN NULL;
END $body$;

CREATE TRIGGER counts_made AFTER INSERT ON counts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_counts();
CREATE TRIGGER counts_raised AFTER UPDATE ON counts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_counts();
CREATE TRIGGER counts_gone AFTER DELETE ON counts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_deleted_counts();
"""


def upgrade() -> None:
    op.execute(_TABLE)
    protect("count_days", tenant="SELECT, INSERT, UPDATE, DELETE", platform="SELECT, UPDATE, DELETE")
    op.execute(_FOLLOW)


def downgrade() -> None:
    for trigger in ("counts_made", "counts_raised", "counts_gone"):
        op.execute(f"DROP TRIGGER {trigger} ON counts")
    op.execute("DROP FUNCTION follow_counts()")
    op.execute("DROP FUNCTION follow_deleted_counts()")
    op.execute("DROP TABLE count_days")
