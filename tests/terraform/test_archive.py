"""What is packed for the functions is enough: each starts from the archive's files alone, with what it is given."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from local.stack.platform import ROOT
from local.stack.ports import free_ports
from local.stack.process import spawn
from local.stack.servers import answers_http

TABLE = json.loads((ROOT / "terraform/services.json").read_text())
VALUES = {
    "=true": "true",
    "project": "my-project",
    "model_location": "global",
    "database_instance": "my-project:europe-west1:chatbot",
    "database_name": "chatbot",
    "db_user": "chatbot-chat@my-project.iam",
    "db_pool_size": "5",
    "bucket": "my-bucket",
    "cors_allowed_origins": "",
    "proxies": "1",
    "voice_url": "https://voice.example.com",
    "media_url": "wss://media.example.com",
    "builds_at_once": "4",
    "knowledge_job": "projects/my-project/locations/europe-west1/jobs/chatbot-knowledge",
}
SECRETS = {"REDIS_URL": "redis://127.0.0.1:1/0"}


def environment(name: str, workspace: Path) -> dict[str, str]:
    """Return what Terraform gives a function, and what the functions runtime adds."""
    row = TABLE["functions"][name]
    rows = [TABLE["groups"]["model-on-vertex" if group == "model" else group] for group in row["groups"]] + [row]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(workspace),
        "PYTHONPATH": str(workspace),
        "THREADS": str(row["concurrency"]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "FUNCTION_TARGET": name,
        "FUNCTION_SOURCE": f"functions/{name}/main.py",
        **{variable: VALUES[source] for row in rows for variable, source in row["env"].items()},
        **{variable: SECRETS.get(variable, "x" * 48) for row in rows for variable in row["secrets"]},
    }


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The archive, unpacked."""
    folder = tmp_path_factory.mktemp("archive") / "workspace"
    return shutil.copytree(ROOT / "terraform/source", folder, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize("name", TABLE["functions"])
def test_a_function_starts_from_the_archive(name, workspace, tmp_path):
    """As the buildpack starts it: the framework, in the workspace, told by the environment where to begin."""
    port = free_ports(1)[0]
    framework = Path(sys.executable).parent / "functions-framework"
    env = {**environment(name, workspace), "PORT": str(port)}
    child = spawn(f"function {name}", ["/usr/bin/env", "-C", workspace, framework], tmp_path / "log", env=env)
    try:
        child.wait_until(lambda: answers_http(port, "/no-such-page", 404))
    finally:
        child.stop()


def test_the_archive_holds_what_runs_and_no_more():
    """The functions, what they share, the widget that chat serves, and their dependencies; no settings of anybody's."""
    source = ROOT / "terraform/source"
    assert {path.name for path in source.iterdir()} == {"functions", "shared", "widget", "requirements.txt"}
    assert not [path for folder in source.iterdir() for path in folder.resolve().rglob(".env*")]
