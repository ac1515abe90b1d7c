"""Expand: a message in which a visitor only tells details is answered by nobody: it makes no conversation answered."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# An event of before has no `noted`, and counts as it did. What has been counted stays as it was.
_REACHES = """
CREATE OR REPLACE FUNCTION reaches(kind text, data jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE kind
        WHEN 'turn' THEN CASE WHEN data ->> 'ending' IN ('answered', 'settled') AND NOT (data ->> 'greeting')::boolean
                         {noted} THEN 'answered' END
        WHEN 'ctas_shown' THEN 'cta_shown' WHEN 'cta_clicked' THEN 'cta_clicked' WHEN 'lead' THEN 'lead'
        WHEN 'deal' THEN 'deal' WHEN 'handoff' THEN 'handoff' WHEN 'gap' THEN 'gap' WHEN 'conversion' THEN 'conversion'
        WHEN 'feedback' THEN 'rated_' || (data ->> 'rating') END
$body$
"""


def upgrade() -> None:
    op.execute(_REACHES.format(noted="AND NOT coalesce((data ->> 'noted')::boolean, false)"))


def downgrade() -> None:
    op.execute(_REACHES.format(noted=""))
