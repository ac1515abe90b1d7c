"""A database of a test's own on the shared Postgres, and the jobs an operator runs on it. No tests."""

import os
import subprocess
import sys
import uuid

from local.stack.platform import ROOT, Platform
from local.stack.servers import create_database, login_url, owner_url


def job(module: str, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a module of ours with these variables alone."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def migrated_database(servers: Platform) -> str:
    """Make a database that has the newest schema; return the URL of the admin function's login."""
    name, port = f"own_{uuid.uuid4().hex[:8]}", servers.ports.postgres
    create_database(port, name)
    made = job("shared.jobs.migrate", DATABASE_URL=owner_url(port, name))
    assert made.returncode == 0, made.stderr
    return login_url(port, "chatbot_admin", name)
