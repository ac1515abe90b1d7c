"""Migrations as the SQL that they run, without a database: what the lint reads."""

import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from local.stack.platform import ROOT
from shared.jobs import migrate
from tests.upgrade.history import VERSIONS


@dataclass(frozen=True)
class Migration:
    """One migration. `about` is its docstring, `sql` all that `upgrade()` runs, with its transactions."""

    file: str
    about: str
    sql: str

    @property
    def number(self) -> str:
        """Its place in the order, such as 0007."""
        return self.file.split("_")[0]

    @property
    def kind(self) -> str:
        """`expand` or `contract`, as the first word of the docstring says; else nothing."""
        word = self.about.partition(":")[0].lower()
        return word if word in ("expand", "contract") else ""


class _Recorder:
    """A connection that keeps what it is told."""

    autocommit = True

    def __init__(self) -> None:
        self.said: list[str] = []

    def cursor(self) -> "_Recorder":
        return self

    def execute(self, statement: str) -> None:
        self.said.append(statement)

    def commit(self) -> None:
        pass


def session_settings() -> list[str]:
    """Return the statements with which shared.jobs.migrate begins its session."""
    recorder = _Recorder()
    migrate._blocking(cast("Any", lambda: recorder))()
    return recorder.said


def load(path: Path, settings: list[str]) -> Migration:
    """Return the migration in a file, as it runs in a session that begins with `settings`."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    script = io.StringIO()
    options = {"as_sql": True, "output_buffer": script, "transactional_ddl": True, "transaction_per_migration": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context), context.begin_transaction(_per_migration=True):
        module.upgrade()
    begun = "".join(f"{statement};\n" for statement in settings)
    return Migration(path.name, module.__doc__ or "", begun + script.getvalue())


def files() -> list[Path]:
    """Return the files of all migrations, oldest first."""
    return sorted((ROOT / VERSIONS).glob("[0-9]*.py"))
