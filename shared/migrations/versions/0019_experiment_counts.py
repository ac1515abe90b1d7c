"""Expand: what is shown of experiments is counted with the turn, a visitor at a time, and read from counts."""

from alembic import op

from shared.migrations.isolation import protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# What is known of a visitor of an experiment stands with their exposure, so that a change of it changes the counts by
# no more and no less. `noted`: they are counted. An experiment of before is counted when somebody asks, some visitors
# at a time (count_more); `counted`: all of them are. `experiment_talks` are a known person's later conversations. A day
# is the UTC day on which the visitor met the arm.
_TABLES = """
ALTER TABLE exposures ADD COLUMN noted boolean NOT NULL DEFAULT false;
ALTER TABLE exposures ADD COLUMN reached text[] NOT NULL DEFAULT '{}';
ALTER TABLE exposures ADD COLUMN wait_ms double precision;
ALTER TABLE exposures ADD COLUMN cost double precision NOT NULL DEFAULT 0;
ALTER TABLE experiments ADD COLUMN counted boolean NOT NULL DEFAULT false;

CREATE TABLE experiment_talks (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    experiment  text NOT NULL,
    unit        text NOT NULL,
    session_id  text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, experiment, unit, session_id)
);
CREATE INDEX experiment_talks_by_session ON experiment_talks (business_id, session_id);

CREATE TABLE experiment_counts (
    business_id text NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    experiment  text NOT NULL,
    arm         text NOT NULL,
    day         timestamptz NOT NULL,
    metric      text NOT NULL,
    n           bigint NOT NULL,
    total       double precision NOT NULL,
    squares     double precision NOT NULL,
    PRIMARY KEY (business_id, experiment, arm, day, metric)
) WITH (fillfactor = 80);
"""

# What has become of visitors since they met the experiment: what their conversations have reached and had not before,
# whether something failed, the mean of their waits, dollars. What is older than a day before a conversation is not its.
# The counts follow: who comes anew, what is reached now and was not, and the other way round. `fresh`: those too who
# are not counted yet. Rows are locked first, so that what is read afterwards is all there is.
_COUNT = """
CREATE FUNCTION count_units(business text, exp text, who text[], fresh boolean) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    mine text[];
BEGIN
    SELECT array_agg(unit) INTO mine FROM (
        SELECT unit FROM exposures WHERE business_id = business AND experiment = exp AND unit = ANY(who)
            AND (noted OR fresh) ORDER BY unit FOR UPDATE
    ) locked;
    IF mine IS NULL THEN RETURN; END IF;
    WITH met AS MATERIALIZED (
        SELECT * FROM exposures x WHERE x.business_id = business AND x.experiment = exp AND x.unit = ANY(mine)
    ), talks AS MATERIALIZED (
        SELECT m.unit, m.at, c.session_id, c.started_at, c.reached, c.micros FROM met m
            JOIN conversations c ON c.business_id = business AND c.session_id = m.session_id
        UNION ALL
        SELECT m.unit, m.at, c.session_id, c.started_at, c.reached, c.micros FROM met m
            JOIN experiment_talks t ON t.business_id = business AND t.experiment = exp AND t.unit = m.unit
            JOIN conversations c ON c.business_id = business AND c.session_id = t.session_id
    ), told AS (
        SELECT t.unit, t.session_id, o.* FROM talks t CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT reaches(e.kind, e.data))
                    FILTER (WHERE e.at < t.at AND reaches(e.kind, e.data) IS NOT NULL) AS before,
                bool_or(e.at >= t.at AND e.kind = 'error') AS failed,
                avg((e.data ->> 'ms')::double precision)
                    FILTER (WHERE e.at >= t.at AND e.kind = 'turn' AND e.data ->> 'ending' = 'answered') AS wait_ms
            FROM events e WHERE e.business_id = business AND e.session_id = t.session_id
                AND e.at >= t.started_at - interval '1 day'
        ) o
    ), numbers AS (
        SELECT t.unit, avg(o.wait_ms) AS wait_ms, sum(t.micros)::double precision / 1000000 AS cost
        FROM talks t JOIN told o USING (unit, session_id) GROUP BY 1
    ), since AS (
        SELECT t.unit, key FROM talks t JOIN told o USING (unit, session_id), unnest(t.reached) key
        WHERE key = ANY(array['lead', 'deal', 'cta_clicked', 'resolved', 'conversion', 'rated_up', 'rated_down',
            'handoff', 'gap']) AND key <> ALL(coalesce(o.before, '{}'))
        UNION SELECT o.unit, 'failed' FROM told o WHERE o.failed
    ), keys AS (
        SELECT unit, array_agg(key ORDER BY key) AS reached FROM since GROUP BY 1
    ), states AS MATERIALIZED (
        SELECT m.unit, coalesce(k.reached, '{}') AS reached, n.wait_ms, coalesce(n.cost, 0) AS cost
        FROM met m LEFT JOIN numbers n USING (unit) LEFT JOIN keys k USING (unit)
    ), kept AS (
        UPDATE exposures x SET noted = true, reached = s.reached, wait_ms = s.wait_ms, cost = s.cost FROM states s
        WHERE x.business_id = business AND x.experiment = exp AND x.unit = s.unit
    )
    INSERT INTO experiment_counts AS c
    SELECT business, exp, was.arm, date_trunc('day', was.at, 'UTC'), d.metric, sum(d.n), sum(d.total), sum(d.squares)
    FROM met was JOIN states s USING (unit) CROSS JOIN LATERAL (
        SELECT 'units' AS metric, 1 AS n, 0::double precision AS total, 0::double precision AS squares
            WHERE NOT was.noted
        UNION ALL SELECT unnest(s.reached), 1, 0, 0
        UNION ALL SELECT unnest(was.reached), -1, 0, 0
        UNION ALL SELECT 'wait_ms', 1, s.wait_ms, s.wait_ms ^ 2 WHERE s.wait_ms IS NOT NULL
        UNION ALL SELECT 'wait_ms', -1, -was.wait_ms, -(was.wait_ms ^ 2) WHERE was.wait_ms IS NOT NULL
        UNION ALL SELECT 'cost', CASE WHEN was.noted THEN 0 ELSE 1 END, s.cost - was.cost, s.cost ^ 2 - was.cost ^ 2
    ) d GROUP BY 3, 4, 5 HAVING sum(d.n) <> 0 OR sum(d.total) <> 0 OR sum(d.squares) <> 0 ORDER BY 3, 4, 5
    ON CONFLICT (business_id, experiment, arm, day, metric)
        DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total, squares = c.squares + excluded.squares;
END $body$;

-- Whoever tells of a visitor holds the lock's shared half: nobody is left out when an experiment becomes `counted`.
CREATE FUNCTION note_unit(business text, exp text, who text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('experiment:' || business || ':' || exp, 0));
    PERFORM count_units(business, exp, array[who],
        EXISTS (SELECT FROM experiments WHERE business_id = business AND id = exp AND counted));
END $body$;
"""

# A known person's later conversations, while the experiment runs: their arms hold the same pseudonym.
_TALKS = """
INSERT INTO experiment_talks
SELECT business, x.experiment, x.unit, <talk>.session_id, <talk>.started_at
FROM <source> JOIN exposures x ON x.business_id = business AND x.experiment = <experiment> AND x.unit = <unit>
    JOIN experiments e ON e.business_id = business AND e.id = x.experiment
WHERE <talk>.session_id <> x.session_id AND <talk>.started_at >= greatest(x.at, e.started_at)
    AND <talk>.started_at <= coalesce(e.stopped_at, 'infinity') AND <more>
ON CONFLICT DO NOTHING;
"""
_OF_ALL = {
    "talk": "c", "source": "conversations c", "experiment": "exp", "unit": "c.arms ->> (exp || ':' || 'unit')",
    "more": "c.business_id = business",
}  # fmt: skip
_OF_NEW = {
    "talk": "NEW", "source": "jsonb_each_text(NEW.arms) a", "experiment": "left(a.key, -5)", "unit": "a.value",
    "more": "right(a.key, 5) = ':' || 'unit'",
}  # fmt: skip

# The next visitors, by their units, that are not counted yet; returns the last of them. Null: no more after this one.
_MORE = """
CREATE FUNCTION count_more(exp text, after text, many integer) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
    business text := current_setting('app.business_id');
    who text[];
BEGIN
    IF NOT EXISTS (SELECT FROM exposures WHERE business_id = business AND experiment = exp AND noted) THEN
        <talks of exp>
    END IF;
    SELECT array_agg(unit ORDER BY unit) INTO who FROM (
        SELECT unit FROM exposures WHERE business_id = business AND experiment = exp AND unit > after AND NOT noted
        ORDER BY unit LIMIT many
    ) next;
    IF who IS NOT NULL THEN
        PERFORM count_units(business, exp, who, true);
        RETURN who[cardinality(who)];
    END IF;
    IF after = '' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('experiment:' || business || ':' || exp, 0));
        UPDATE experiments SET counted = true WHERE business_id = business AND id = exp
            AND NOT EXISTS (SELECT FROM exposures WHERE business_id = business AND experiment = exp AND NOT noted);
    END IF;
    RETURN NULL;
END $body$;

-- After events were loaded past the turns: whoever asks next counts all of it anew.
CREATE FUNCTION recount_experiment(exp text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    business text := current_setting('app.business_id');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('experiment:' || business || ':' || exp, 0));
    UPDATE experiments SET counted = false WHERE business_id = business AND id = exp;
    UPDATE exposures SET noted = false, reached = '{}', wait_ms = NULL, cost = 0
        WHERE business_id = business AND experiment = exp;
    DELETE FROM experiment_counts WHERE business_id = business AND experiment = exp;
END $body$;
"""

# A turn changes its conversation for the last time when its events are kept (note_reached): `last_at` stays then. A
# call may have no conversation yet.
_FOLLOW = """
CREATE FUNCTION follow_conversation() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    business text := NEW.business_id;
    one record;
BEGIN
    IF NEW.arms <> '{}' THEN
        <talks of new>
    END IF;
    FOR one IN
        SELECT experiment, unit FROM exposures WHERE business_id = business AND session_id = NEW.session_id
        UNION SELECT experiment, unit FROM experiment_talks
            WHERE business_id = business AND session_id = NEW.session_id
        ORDER BY 1, 2
    LOOP
        PERFORM note_unit(business, one.experiment, one.unit);
    END LOOP;
    RETURN NULL;
END $body$;

CREATE FUNCTION follow_exposure() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM note_unit(NEW.business_id, NEW.experiment, NEW.unit);
    RETURN NULL;
END $body$;

CREATE TRIGGER conversation_made AFTER INSERT ON conversations FOR EACH ROW WHEN (NEW.reached <> '{}')
    EXECUTE FUNCTION follow_conversation();
CREATE TRIGGER conversation_changed AFTER UPDATE ON conversations FOR EACH ROW
    WHEN (OLD.last_at = NEW.last_at) EXECUTE FUNCTION follow_conversation();
CREATE TRIGGER exposure_made AFTER INSERT ON exposures FOR EACH ROW EXECUTE FUNCTION follow_exposure();
"""


_TRIGGERS = (
    "conversation_made ON conversations", "conversation_changed ON conversations", "exposure_made ON exposures"
)  # fmt: skip
_FUNCTIONS = (
    "follow_conversation()", "follow_exposure()", "recount_experiment(text)", "count_more(text, text, integer)",
    "note_unit(text, text, text)", "count_units(text, text, text[], boolean)",
)  # fmt: skip


def _with(text: str, **parts: str) -> str:
    """Return a text with its parts, which stand in it as `<name>`."""
    for name, part in parts.items():
        text = text.replace(f"<{name.replace('_', ' ')}>", part.strip())
    return text


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    everything = "SELECT, INSERT, UPDATE, DELETE"
    protect("experiment_talks", tenant=everything, platform="SELECT")
    protect("experiment_counts", tenant=everything, platform="SELECT")
    op.execute(_COUNT)
    op.execute(_with(_MORE, talks_of_exp=_with(_TALKS, **_OF_ALL)))
    op.execute(_with(_FOLLOW, talks_of_new=_with(_TALKS, **_OF_NEW)))


def downgrade() -> None:
    for trigger in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger}")
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP TABLE experiment_counts, experiment_talks")
    op.execute("ALTER TABLE experiments DROP COLUMN counted")
    for column in ("cost", "wait_ms", "reached", "noted"):
        op.execute(f"ALTER TABLE exposures DROP COLUMN {column}")
