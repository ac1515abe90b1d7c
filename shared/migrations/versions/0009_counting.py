"""Expand: what an event counts for, and the one call by which a turn is kept, once, with its counts."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The only place that says what is counted: for each new event, and again when counts are made anew from the events.
# Response times go into buckets a quarter wide: 1 ms x 1.25^n.
_MEASURES = """
CREATE FUNCTION measures(kind text, data jsonb)
RETURNS TABLE (metric text, key text, n bigint, total double precision) LANGUAGE sql IMMUTABLE AS $body$
    SELECT 'sessions', '', 1::bigint, 0::double precision WHERE kind = 'session'
    UNION ALL SELECT 'pages', left(data ->> 'page', 200), 1, 0 WHERE kind = 'session' AND data ->> 'page' <> ''
    UNION ALL SELECT 'turns', data ->> 'ending', 1, 0 WHERE kind = 'turn'
    UNION ALL SELECT 'intents', data ->> 'intent', 1, (data ->> 'confidence')::double precision WHERE kind = 'turn'
    UNION ALL SELECT 'moods', data ->> 'sentiment', 1, (data ->> 'score')::double precision
        WHERE kind = 'turn' AND data ->> 'sentiment' <> 'unknown'
    UNION ALL SELECT 'languages', data ->> 'language', 1, 0 WHERE kind = 'turn' AND data ->> 'language' <> ''
    UNION ALL SELECT 'waits', bucket(data), 1, (data ->> 'ms')::double precision
        WHERE kind = 'turn' AND data ->> 'ending' = 'answered'
    UNION ALL SELECT 'degraded', value, 1, 0 FROM jsonb_array_elements_text(data -> 'degraded') WHERE kind = 'turn'
    UNION ALL SELECT 'ctas_shown', value, 1, 0 FROM jsonb_array_elements_text(data -> 'ctas') WHERE kind = 'ctas_shown'
    UNION ALL SELECT 'ctas_clicked', data ->> 'cta', 1, 0 WHERE kind = 'cta_clicked'
    UNION ALL SELECT 'widget', data ->> 'what', 1, 0 WHERE kind = 'widget'
    UNION ALL SELECT 'conversions', data ->> 'name', 1, coalesce((data ->> 'value')::double precision, 0)
        WHERE kind = 'conversion'
    UNION ALL SELECT 'fields', data ->> 'field', 1, 0 WHERE kind = 'field'
    UNION ALL SELECT 'leads', '', 1, 0 WHERE kind = 'lead'
    UNION ALL SELECT 'deals', '', 1, coalesce((data ->> 'amount')::double precision, 0) WHERE kind = 'deal'
    UNION ALL SELECT 'handoffs', '', 1, 0 WHERE kind = 'handoff'
    UNION ALL SELECT 'feedback', data ->> 'rating', 1, 0 WHERE kind = 'feedback'
    UNION ALL SELECT 'gaps', '', 1, 0 WHERE kind = 'gap'
    UNION ALL SELECT 'calls', data ->> 'outcome', 1, (data ->> 'seconds')::double precision WHERE kind = 'call'
    UNION ALL SELECT 'exposures', (data ->> 'experiment') || ' ' || (data ->> 'arm'), 1, 0 WHERE kind = 'exposure'
    UNION ALL SELECT 'errors', data ->> 'what', 1, 0 WHERE kind = 'error'
    UNION ALL SELECT 'usage', (item ->> 'what') || ' ' || (item ->> 'unit'),
        (item ->> 'amount')::double precision::bigint, (item ->> 'micros')::double precision
        FROM jsonb_array_elements(data -> 'items') item WHERE kind = 'cost'
$body$;

CREATE FUNCTION bucket(data jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
    SELECT ceil(ln(greatest((data ->> 'ms')::double precision, 1)) / ln(1.25))::integer::text
$body$;

CREATE FUNCTION reaches(kind text, data jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE kind
        WHEN 'turn' THEN CASE WHEN data ->> 'ending' IN ('answered', 'settled') AND NOT (data ->> 'greeting')::boolean
                         THEN 'answered' END
        WHEN 'ctas_shown' THEN 'cta_shown' WHEN 'cta_clicked' THEN 'cta_clicked' WHEN 'lead' THEN 'lead'
        WHEN 'deal' THEN 'deal' WHEN 'handoff' THEN 'handoff' WHEN 'gap' THEN 'gap' WHEN 'conversion' THEN 'conversion'
        WHEN 'feedback' THEN 'rated_' || (data ->> 'rating') END
$body$;
"""

# `zone` is the business's: an hour is one of its own clock's. `talk` is the conversation as it stands after the turn,
# with the turn itself; null for an event that comes alone. Rows of counts are always taken in the same order:
# two turns that count at once wait for each other and never both.
_KEEP = """
CREATE FUNCTION keep_events(zone text, batch jsonb, talk jsonb) RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
    business text := current_setting('app.business_id');
    fresh events[];
    one record;
BEGIN
    WITH kept AS (
        INSERT INTO events
        SELECT business, e.id, e.kind, e.at, e.session_id, e.channel, e.data
        FROM jsonb_to_recordset(batch)
            AS e(id text, kind text, at timestamptz, session_id text, channel text, data jsonb)
        ON CONFLICT DO NOTHING RETURNING events.*
    ) SELECT coalesce(array_agg(kept::events), '{}') INTO fresh FROM kept;

    INSERT INTO counts AS c (business_id, metric, hour, channel, key, n, total)
    SELECT business, m.metric, date_trunc('hour', e.at, zone), e.channel, coalesce(m.key, ''), sum(m.n), sum(m.total)
    FROM unnest(fresh) e, measures(e.kind, e.data) m
    GROUP BY 2, 3, 4, 5 ORDER BY 2, 3, 4, 5
    ON CONFLICT (business_id, metric, hour, channel, key)
        DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total;

    INSERT INTO exposures
    SELECT business, e.data ->> 'experiment', e.data ->> 'unit', e.data ->> 'arm', e.session_id, e.at
    FROM unnest(fresh) e WHERE e.kind = 'exposure' ON CONFLICT DO NOTHING;

    IF talk IS NOT NULL THEN
        INSERT INTO conversations AS c
            (business_id, session_id, started_at, last_at, channel, language, page, state, ending, turns, mood, tags,
             arms)
        SELECT business, t.session_id, t.started_at, t.at, t.channel, t.language, t.page, t.state, t.ending, t.number,
            t.mood, t.tags, t.arms
        FROM jsonb_to_record(talk) AS t(session_id text, started_at timestamptz, at timestamptz, channel text,
            language text, page text, state text, ending text, number integer, mood double precision, tags text[],
            arms jsonb)
        ON CONFLICT (business_id, session_id) DO UPDATE SET last_at = excluded.last_at, language = excluded.language,
            state = excluded.state, ending = excluded.ending, turns = greatest(c.turns, excluded.turns),
            mood = excluded.mood, tags = excluded.tags, arms = excluded.arms;
        INSERT INTO turns
        SELECT business, t.session_id, t.message_id, t.number, t.at, decode(t.sealed, 'base64'), t.decisions
        FROM jsonb_to_record(talk) AS t(session_id text, message_id text, number integer, at timestamptz, sealed text,
            decisions jsonb)
        ON CONFLICT (business_id, session_id, message_id)
            DO UPDATE SET at = excluded.at, sealed = excluded.sealed, decisions = excluded.decisions;
    END IF;

    FOR one IN
        SELECT e.session_id, array_agg(DISTINCT r ORDER BY r) FILTER (WHERE r IS NOT NULL) AS now_reached,
            coalesce(sum((item ->> 'micros')::double precision), 0)::bigint AS micros
        FROM unnest(fresh) e CROSS JOIN LATERAL reaches(e.kind, e.data) r
            LEFT JOIN LATERAL jsonb_array_elements(e.data -> 'items') item ON e.kind = 'cost'
        GROUP BY e.session_id ORDER BY e.session_id
    LOOP
        PERFORM note_reached(zone, one.session_id, coalesce(one.now_reached, '{}'), one.micros);
    END LOOP;
    RETURN cardinality(fresh);
END $body$;

CREATE FUNCTION note_reached(zone text, session text, more text[], more_micros bigint) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    business text := current_setting('app.business_id');
    talk conversations;
    after text[];
BEGIN
    SELECT * INTO talk FROM conversations WHERE business_id = business AND session_id = session FOR UPDATE;
    IF talk IS NULL THEN RETURN; END IF;
    after := outcome(talk.reached || more, talk.ending);
    UPDATE conversations SET reached = after, micros = micros + more_micros
    WHERE business_id = business AND session_id = session;
    INSERT INTO counts AS c (business_id, metric, hour, channel, key, n, total)
    SELECT business, 'reached', date_trunc('hour', talk.started_at, zone), talk.channel, key, sum(change), 0
    FROM (SELECT unnest(after) AS key, 1 AS change UNION ALL SELECT unnest(talk.reached), -1) changes
    GROUP BY key HAVING sum(change) <> 0 ORDER BY key
    ON CONFLICT (business_id, metric, hour, channel, key) DO UPDATE SET n = c.n + excluded.n;
END $body$;

-- Resolved: answered, nobody was called, the last answer was one, and it was not rated down.
CREATE FUNCTION outcome(reached text[], ending text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $body$
    SELECT coalesce(array_agg(DISTINCT key ORDER BY key), '{}') FROM (
        SELECT unnest(reached) AS key
        EXCEPT SELECT 'resolved'
        UNION SELECT 'resolved' WHERE 'answered' = ANY(reached) AND ending IN ('answered', 'settled')
            AND NOT reached && ARRAY['handoff', 'gap', 'rated_down']
    ) keys
$body$;
"""

# After a change of what is counted, or events that were loaded: all of a stretch of whole hours, from the events alone.
_RECOUNT = """
CREATE FUNCTION recount(zone text, since timestamptz, until timestamptz) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    business text := current_setting('app.business_id');
BEGIN
    DELETE FROM counts WHERE business_id = business AND hour >= since AND hour < until;
    INSERT INTO counts (business_id, metric, hour, channel, key, n, total)
    SELECT business, m.metric, date_trunc('hour', e.at, zone), e.channel, coalesce(m.key, ''), sum(m.n), sum(m.total)
    FROM events e, measures(e.kind, e.data) m
    WHERE e.business_id = business AND e.at >= since AND e.at < until
    GROUP BY 2, 3, 4, 5;
    INSERT INTO counts (business_id, metric, hour, channel, key, n, total)
    SELECT business, 'reached', date_trunc('hour', c.started_at, zone), c.channel, key, count(*), 0
    FROM conversations c, unnest(c.reached) key
    WHERE c.business_id = business AND c.started_at >= since AND c.started_at < until
    GROUP BY 3, 4, 5;
END $body$;
"""
_FUNCTIONS = (
    "measures(text, jsonb)",
    "bucket(jsonb)",
    "reaches(text, jsonb)",
    "outcome(text[], text)",
    "note_reached(text, text, text[], bigint)",
    "keep_events(text, jsonb, jsonb)",
    "recount(text, timestamptz, timestamptz)",
)


def upgrade() -> None:
    op.execute("SET LOCAL check_function_bodies = off")  # measures names bucket, which comes after it
    for statements in (_MEASURES, _KEEP, _RECOUNT):
        op.execute(statements)


def downgrade() -> None:
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
