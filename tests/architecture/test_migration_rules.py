"""Every migration can run while the revision before it serves, by squawk's rules and ours; bad ones are refused."""

import itertools

import pytest

from tests.upgrade.history import NoHistory
from tests.upgrade.lint import JUDGED, RELEASED, problems, squawk
from tests.upgrade.migrations import files, load, session_settings
from tests.upgrade.usage import Usage

IN_TIME = ["SET lock_timeout = '2s'"]
FILE = '''"""{about}"""

from alembic import op

from shared.migrations.isolation import protect

revision = "9999"
down_revision = None


def upgrade() -> None:
    {body}
'''
_numbers = itertools.count(1)

# The revision before, as far as the contracts below ask for it.
CALLS = """
_COLUMNS = "id, status, summary"

def add(cursor):
    '''The old text of a call: its notes are not used any more, nor is the table visitors.'''
    cursor.execute("INSERT INTO calls (business_id, id, status) VALUES (%s, %s, %s)")
    cursor.execute(f"SELECT {_COLUMNS} FROM calls WHERE id = %s")
    cursor.execute("SELECT line_business(%s)")
"""


@pytest.fixture
def migration(tmp_path):
    """Makes a migration of a docstring and the body of upgrade(); a text alone is one statement."""

    def make(body, about="Expand: something new.", settings=IN_TIME):
        path = tmp_path / f"9999_made_{next(_numbers)}.py"
        code = body if body.startswith(("op.", "with ", "protect(")) else f'op.execute("""{body}""")'
        path.write_text(FILE.format(about=about, body=code))
        return load(path, settings)

    return make


def nothing_is_used():
    """The revision before uses nothing."""
    return Usage({})


def calls_are_used():
    """The revision before uses a table of calls."""
    return Usage({"shared/calls.py": CALLS})


def rules(found):
    """Return the names of the rules that were broken."""
    return {one.split(":")[0] for one in found}


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_every_migration_keeps_the_rules(path):
    """It runs beside the revision before: expands, or takes away only what that one has no use for."""
    migration = load(path, session_settings())
    try:
        found = problems(migration, lambda: Usage.before(path.name))
    except NoHistory as error:
        pytest.skip(f"the revision before {path.name} cannot be looked into: {error}")
    assert not found, "\n".join(found)


def test_no_exception_is_stale():
    """Each finding that was judged is still found, in a migration that was released before the lint."""
    found = {(path.stem[:4], finding.rule) for path in files() for finding in squawk(load(path, []))}
    assert set(JUDGED) <= found
    assert max(number for number, _ in JUDGED) <= RELEASED
    assert all(JUDGED.values())


EXPANDS = {
    "nullable column": "ALTER TABLE calls ADD COLUMN note text",
    "column with a default": "ALTER TABLE calls ADD COLUMN note text NOT NULL DEFAULT ''",
    "index beside the traffic": """with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS calls_by_note ON calls (note)")""",
    "table": """op.execute("CREATE TABLE notes (business_id text NOT NULL, id bigint, PRIMARY KEY (business_id, id))")
    protect("notes", tenant="SELECT", platform="SELECT")""",
    "function that not everybody may call": """CREATE FUNCTION months() RETURNS integer LANGUAGE sql AS 'SELECT 12';
        REVOKE ALL ON FUNCTION months() FROM PUBLIC""",
    "validated by itself": "ALTER TABLE calls VALIDATE CONSTRAINT calls_digest",
    "widened, with a reason": """-- wider: knows 'parked' too, which the revision before never reads
        -- squawk-ignore ban-drop-constraint
        ALTER TABLE calls DROP CONSTRAINT calls_status_check""",
}


@pytest.mark.parametrize("body", EXPANDS.values(), ids=EXPANDS)
def test_what_an_expand_may_do(migration, body):
    """What the revision before does not notice passes, whatever that one uses."""
    assert problems(migration(body), calls_are_used) == []


REFUSED = {
    "drop column": ("ALTER TABLE calls DROP COLUMN summary", "ban-drop-column"),
    "drop table": ("DROP TABLE visitors", "ban-drop-table"),
    "drop function": ("DROP FUNCTION line_business(text)", "ban-drop-function"),
    "drop policy": ("DROP POLICY tenant ON calls", "ban-drop-policy"),
    "rename column": ("ALTER TABLE calls RENAME COLUMN summary TO text", "renaming-column"),
    "rename table": ("ALTER TABLE calls RENAME TO phone_calls", "renaming-table"),
    "type": ("ALTER TABLE calls ALTER COLUMN seconds TYPE bigint", "changing-column-type"),
    "not null": ("ALTER TABLE calls ALTER COLUMN summary SET NOT NULL", "adding-not-nullable-field"),
    "needed column": ("ALTER TABLE calls ADD COLUMN note text NOT NULL", "adding-required-field"),
    "check": ("ALTER TABLE calls ADD CONSTRAINT c CHECK (seconds > 0) NOT VALID", "ban-new-write-restriction"),
    "scan under a lock": ("ALTER TABLE calls ADD CONSTRAINT c CHECK (seconds > 0)", "constraint-missing-not-valid"),
    "index that blocks": ("CREATE INDEX calls_by_note ON calls (note)", "require-concurrent-index-creation"),
    "concurrent in a transaction": (
        "CREATE INDEX CONCURRENTLY calls_by_note ON calls (note)",
        "ban-concurrent-index-creation-in-transaction",
    ),
    "right taken": ("REVOKE SELECT ON calls FROM chatbot_tenant", "ban-revoke"),
    "right on an older function taken": ("REVOKE ALL ON FUNCTION line_business(text) FROM PUBLIC", "ban-revoke"),
    "rows": ("UPDATE calls SET summary = ''", "rows"),
    "security off": ("ALTER TABLE calls NO FORCE ROW LEVEL SECURITY", "row-level-security"),
    "no security": ("CREATE TABLE notes (business_id text PRIMARY KEY)", "row-level-security"),
    "half the security": (
        "CREATE TABLE notes (business_id text PRIMARY KEY); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON notes TO chatbot_platform USING (true)",
        "row-level-security",
    ),
    "policy that lets all through": (
        "CREATE TABLE notes (business_id text PRIMARY KEY); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
        "ALTER TABLE notes FORCE ROW LEVEL SECURITY; CREATE POLICY p ON notes TO chatbot_platform USING (true);"
        "CREATE POLICY t ON notes TO chatbot_tenant USING (true) WITH CHECK (true)",
        "row-level-security",
    ),
    "silenced": (
        "-- squawk-ignore ban-drop-column\n        ALTER TABLE calls DROP COLUMN summary",
        "ignored",
    ),
}


@pytest.mark.parametrize(("body", "rule"), REFUSED.values(), ids=REFUSED)
def test_what_an_expand_may_not_do(migration, body, rule):
    """What could stop the revision before, or lock it out, is refused by name."""
    assert rule in rules(problems(migration(body), nothing_is_used))


def test_a_migration_says_what_it_is(migration):
    """Without its header a migration is refused, whatever it does."""
    assert rules(problems(migration("SELECT 1", about="A column for notes."), nothing_is_used)) == {"header"}


def test_waiting_for_a_lock_is_bounded(migration):
    """A statement that could queue behind a long transaction, and everybody behind it, has a time limit."""
    waits = migration("ALTER TABLE calls ADD COLUMN note text", settings=[])
    assert rules(problems(waits, nothing_is_used)) == {"require-lock-timeout"}


TAKEN = {
    "column": ("ALTER TABLE calls DROP COLUMN summary", True),
    "column that no string names": ("ALTER TABLE calls DROP COLUMN IF EXISTS notes", False),
    "table": ("DROP TABLE IF EXISTS calls", True),
    "table that only prose names": ("DROP TABLE IF EXISTS visitors", False),
    "two tables": ("DROP TABLE IF EXISTS visitors, calls", True),
    "renamed column": ("ALTER TABLE calls RENAME COLUMN status TO state", True),
    "renamed table": ("ALTER TABLE calls RENAME TO phone_calls", True),
    "function": ("DROP FUNCTION IF EXISTS line_business(text)", True),
    "other function": ("DROP FUNCTION IF EXISTS line_owner(text)", False),
    "right": ("REVOKE SELECT ON calls FROM chatbot_tenant", True),
    "policy": ("DROP POLICY IF EXISTS tenant ON calls", True),
    "never empty, always written": ("ALTER TABLE calls ADD CONSTRAINT c CHECK (status IS NOT NULL) NOT VALID", False),
    "never empty, not written": ("ALTER TABLE calls ADD CONSTRAINT c CHECK (summary IS NOT NULL) NOT VALID", True),
    "default of a column not written": ("ALTER TABLE calls ALTER COLUMN summary DROP DEFAULT", True),
    "any other check": ("ALTER TABLE calls ADD CONSTRAINT c CHECK (seconds > 0) NOT VALID", True),
}


@pytest.mark.parametrize(("body", "in_use"), TAKEN.values(), ids=TAKEN)
def test_a_contract_takes_away_only_what_is_out_of_use(migration, body, in_use):
    """The header does not allow what the code of the revision before still needs; without users it passes."""
    contract = migration(body, about="Contract: what release 12 left behind.")
    assert rules(problems(contract, calls_are_used)) == ({"in-use"} if in_use else set())
    assert problems(contract, nothing_is_used) == []


def test_a_contract_rewrites_no_table(migration):
    """A type change locks everybody out while it rewrites, in use or not: a new column is the way."""
    contract = migration("ALTER TABLE calls ALTER COLUMN seconds TYPE bigint", about="Contract: longer calls.")
    assert "changing-column-type" in rules(problems(contract, nothing_is_used))


def test_a_contract_that_cannot_be_read_is_refused(migration):
    """What is taken away in a way that this lint does not see into is not waved through."""
    contract = migration("ALTER TYPE mood RENAME TO tone", about="Contract: another name.")
    assert rules(problems(contract, nothing_is_used)) == {"unread"}


def test_use_is_looked_for_in_the_real_revision_before():
    """The code that served before the newest migration is found to use the columns it had, and no others."""
    newest = max(files())
    try:
        before = Usage.before(newest.name)
    except NoHistory as error:
        pytest.skip(f"the revision before {newest.name} cannot be looked into: {error}")
    assert before.files("feedback", "rating")
    assert not before.files("feedback", "no_such_column")
    assert not before.files("no_such_table")
