"""The repository that a host deploys from: this working tree, committed, and the updates that tests make of it."""

import re
import shutil
import subprocess
from pathlib import Path

from local.stack.platform import ROOT

_GIT = ("git", "-c", "user.name=Tests", "-c", "user.email=tests@example.com", "-c", "commit.gpgsign=false")
VERSIONS = "shared/migrations/versions"
MIGRATION = '''"""{what}: a test's."""

from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE {table} (note text)")


def downgrade() -> None:
    {down}
'''
DROP = 'op.execute("DROP TABLE {table}")'
NO_WAY_BACK = 'raise NotImplementedError("no way back, on purpose")'


class Origin:
    """A git repository with one branch, main."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        for name in _git(ROOT, "ls-files", "-co", "--exclude-standard").splitlines():
            source = ROOT / name
            if source.is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / name)
        _git(folder, "init", "--quiet", "--initial-branch", "main")
        self.commit("The platform", {})

    def commit(self, message: str, files: dict[str, str]) -> str:
        """Write files and commit everything; return the commit as deploy.sh names it."""
        for name, text in files.items():
            (self.folder / name).write_text(text)
        _git(self.folder, "add", "--all")
        _git(self.folder, "commit", "--quiet", "--message", message)
        return _git(self.folder, "rev-parse", "--short=12", "HEAD").strip()

    def read(self, name: str) -> str:
        """Return a file's text."""
        return (self.folder / name).read_text()

    def head_revision(self) -> str:
        """Return the newest migration's revision."""
        return max(path.name.split("_")[0] for path in (self.folder / VERSIONS).glob("[0-9]*_*.py"))

    def new_migration(self, table: str, *, reversible: bool = True) -> tuple[str, dict[str, str]]:
        """Return the next revision and the file that makes it: it adds a table."""
        before = self.head_revision()
        revision = f"{int(before) + 1:04}"
        down = DROP.format(table=table) if reversible else NO_WAY_BACK
        text = MIGRATION.format(what=table, revision=revision, before=before, table=table, down=down)
        return revision, {f"{VERSIONS}/{revision}_{table}.py": text}

    def broken_chat(self) -> dict[str, str]:
        """Return a chat function that does not start."""
        name = "functions/chat/main.py"
        return {name: re.sub(r"^app = .*$", 'sys.exit("broken on purpose")', self.read(name), flags=re.MULTILINE)}

    def mended_chat(self) -> dict[str, str]:
        """Return the chat function as it is."""
        return {"functions/chat/main.py": (ROOT / "functions/chat/main.py").read_text()}

    def forget_migration(self, table: str) -> None:
        """Remove a migration that was never deployed."""
        for path in (self.folder / VERSIONS).glob(f"*_{table}.py"):
            path.unlink()


def _git(folder: Path, *words: str) -> str:
    return subprocess.run([*_GIT, "-C", str(folder), *words], capture_output=True, text=True, check=True).stdout
