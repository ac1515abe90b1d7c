"""What keeps an upgrade without downtime: squawk's rules, and the few that it cannot know. Docs: docs/upgrades.md."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from local.stack.platform import ROOT
from tests.upgrade.migrations import Migration
from tests.upgrade.statements import Statement, Target, statements
from tests.upgrade.usage import Usage

# Migrations that were released before there was a lint: they have no header, and these findings stand, each judged.
RELEASED = "0007"
_WAITS = "made tables that nobody used yet, and one index on a small one"
JUDGED = {
    ("0006", "require-concurrent-index-creation"): "a partial index of the hand-offs that wait: a handful of rows",
    ("0007", "ban-revoke"): "gives a right on the schema and takes it back, in one transaction",
    **{(f"{number:04}", "require-lock-timeout"): _WAITS for number in range(1, 8)},
}
# What takes something away: allowed in a contract, when the revision before does not use it any more.
TAKES_AWAY = {
    "ban-drop-column", "ban-drop-table", "ban-drop-index", "ban-drop-function", "ban-drop-policy", "ban-drop-default",
    "ban-drop-constraint", "ban-drop-type", "ban-drop-view", "ban-drop-sequence", "ban-revoke", "renaming-column",
    "renaming-table", "renaming-object", "ban-new-write-restriction",
}  # fmt: skip
# Nobody writes a column that is made at this moment: its own constraints refuse nothing.
_OWN_CONSTRAINT = "A new column constraint"
_ROWS = re.compile(r"(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|WITH)\b", re.IGNORECASE)
_MADE = re.compile(r"CREATE (?:FUNCTION|TABLE)\s+(?:public\.)?(\w+)", re.IGNORECASE)
_RIGHTS = re.compile(r"(?:REVOKE\s.*?\sON\s+(?:FUNCTION|TABLE)|ALTER FUNCTION)\s+(?:public\.)?(\w+)", re.IGNORECASE)
_TABLE = re.compile(r"CREATE TABLE\s+(?:IF NOT EXISTS\s+)?(?:public\.)?(\w+)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_MINE = r"business_id\s*=\s*current_setting\('app\.business_id',\s*true\)"


@dataclass(frozen=True)
class Finding:
    """What squawk found: its rule, its words, and the line from 0."""

    rule: str
    message: str
    line: int


def problems(migration: Migration, before: Callable[[], Usage]) -> list[str]:
    """Return what is wrong with a migration, each with its rule's name first; `before` is asked only for a contract."""
    released = migration.number <= RELEASED
    found = [finding for finding in squawk(migration) if (migration.number, finding.rule) not in JUDGED]
    taking = [finding for finding in found if finding.rule in TAKES_AWAY and not _of_something_new(migration, finding)]
    wrong = [f"{finding.rule}: {finding.message}" for finding in found if finding.rule not in TAKES_AWAY]
    if not (released or migration.kind):
        wrong.append("header: the docstring begins with 'Expand: ' or 'Contract: '")
    if migration.kind == "contract":
        wrong += contracted(migration, taking, before())
    else:
        wrong += [f"{finding.rule}: {finding.message} That is a contract." for finding in taking]
    return [*wrong, *unprotected(migration), *rows_changed(migration), *ignored_without_reason(migration)]


def _of_something_new(migration: Migration, finding: Finding) -> bool:
    """Say whether rights are taken on a function or table that the migration itself makes: nobody had them yet."""
    script = list(statements(migration.sql))
    made = {found[1] for statement in script if (found := _MADE.match(statement.text))}
    names = (_RIGHTS.match(each.text) for each in script if each.first <= finding.line <= each.last)
    return finding.rule == "ban-revoke" and any(found and found[1] in made for found in names)


def squawk(migration: Migration) -> Iterator[Finding]:
    """Yield what squawk says, by .squawk.toml."""
    program = shutil.which("squawk", path=str(Path(sys.executable).parent)) or shutil.which("squawk")
    assert program, "squawk is not installed here. Run: make setup"
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / f"{migration.file}.sql"
        script.write_text(migration.sql)
        done = subprocess.run(
            [program, "--config", ROOT / ".squawk.toml", "--reporter", "json", script],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout, done.stderr
    for one in json.loads(done.stdout):
        if not one["message"].startswith(_OWN_CONSTRAINT):
            yield Finding(one["rule_name"], one["message"], one["line"])


def contracted(migration: Migration, taking: list[Finding], before: Usage) -> Iterator[str]:
    """Yield what a contract takes away although the revision before uses it, or what cannot be read."""
    script = list(statements(migration.sql))
    for finding in taking:
        of_it = [statement for statement in script if statement.first <= finding.line <= statement.last]
        if not any(statement.targets() for statement in of_it):
            yield f"unread: {finding.rule} in line {finding.line + 1}: this lint does not see what is taken away"
    for target in sorted({target for statement in script for target in statement.targets()}, key=str):
        if users := _users(target, before):
            of = f"{target.table}.{target.name}" if target.table else target.name
            yield f"in-use: {of} ({target.how}) by the revision before: {', '.join(users)}"


def _users(target: Target, before: Usage) -> list[str]:
    match target.how:
        case "table":
            return before.files(target.name)
        case "column":
            return before.files(target.table, target.name)
        case "written":
            return before.inserts_without(target.table, target.name)
    return before.mentions(target.name)


def unprotected(migration: Migration) -> Iterator[str]:
    """Yield the new tables of tenants' rows that row-level security does not hold, forced, for both roles."""
    for statement in statements(migration.sql):
        if re.search(r"\b(?:NO FORCE|DISABLE) ROW LEVEL SECURITY", statement.text, re.IGNORECASE):
            yield f"row-level-security: '{_start(statement)}' lets tenants see each other's rows"
        table = _TABLE.match(statement.text)
        if not table or not re.search(r"\bbusiness_id\b", table[2]):
            continue
        name = table[1]
        wanted = (
            rf"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            rf"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
            rf"CREATE POLICY \w+ ON {name} TO chatbot_tenant USING \({_MINE}\) WITH CHECK \({_MINE}\)",
            rf"CREATE POLICY \w+ ON {name} TO chatbot_platform",
        )
        if not all(re.search(pattern, migration.sql) for pattern in wanted):
            yield f"row-level-security: {name} has business_id: call protect() of shared/migrations/isolation.py"


def rows_changed(migration: Migration) -> Iterator[str]:
    """Yield statements that change rows: under forced row-level security the owner sees none, unnoticed."""
    for statement in statements(migration.sql):
        if _ROWS.match(statement.text):
            yield f"rows: '{_start(statement)}' changes rows: that is a job's, in batches, as chatbot_platform"


def ignored_without_reason(migration: Migration) -> Iterator[str]:
    """Yield squawk-ignore comments that have no comment in the line above which says why."""
    lines = migration.sql.splitlines()
    for number, line in enumerate(lines):
        if "squawk-ignore" in line and not (number and lines[number - 1].strip().startswith("--")):
            yield f"ignored: line {number + 1}: say why, in a comment above '{line.strip()}'"


def _start(statement: Statement) -> str:
    return " ".join(statement.text.split())[:60]
