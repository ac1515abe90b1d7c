"""Two revisions of the code side by side on the same servers: the one before the newest migration, and this one."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.stack.platform import Platform
from local.stack.ports import free_ports
from local.stack.process import Child, spawn
from local.stack.servers import answers_http, login_url, owner_url


@dataclass
class Revision:
    """The code below `root`, run with this environment's packages on a platform's servers and a database there."""

    root: Path
    platform: Platform
    database: str
    _children: list[tuple[Child, int]] = field(default_factory=list)

    def migrate(self) -> str:
        """Bring the database to this revision's schema; return what was said."""
        url = owner_url(self.platform.ports.postgres, self.database)
        env = {**os.environ, "PYTHONPATH": str(self.root), "DATABASE_URL": url}
        command = [sys.executable, "-m", "shared.jobs.migrate"]
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rotate(self, *arguments: str) -> str:
        """Run the job that seals and opens; return what was said."""
        command = [sys.executable, "-m", "shared.jobs.rotate_secrets", *arguments]
        env = {**os.environ, **self.platform.function_env("admin"), **self._own("admin")}
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str) -> str:
        """Start a function, without waiting; return its address."""
        port = free_ports(1)[0]
        command: list[str | Path] = [
            Path(sys.executable).parent / "functions-framework", "--target", name,
            "--source", self.root / "functions" / name / "main.py", "--host", "127.0.0.1", "--port", str(port),
        ]  # fmt: skip
        env = {**self.platform.function_env(name), **self._own(name)}
        log = self.platform.data / "logs" / f"{name}-{port}.log"
        # Nothing of the revision beside it may be found in the current folder.
        child = spawn(f"function {name}", command, log, env=env, prefix=("env", "-C", str(self.root)))
        self._children.append((child, port))
        return f"http://127.0.0.1:{port}"

    def _own(self, name: str) -> dict[str, str]:
        login = login_url(self.platform.ports.postgres, f"chatbot_{name}", self.database)
        return {"PYTHONPATH": str(self.root), "DATABASE_URL": login}

    def wait(self) -> None:
        """Return when everything that was started answers."""
        for child, port in self._children:
            child.wait_until(lambda port=port: answers_http(port, "/openapi.json"))  # type: ignore[misc]

    def stop(self) -> None:
        """Stop everything that was started."""
        for child, _ in self._children:
            child.stop()
