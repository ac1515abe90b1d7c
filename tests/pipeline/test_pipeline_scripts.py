"""The scripts of the steps as texts and by hand: shellcheck, --help, and what is missing is said."""

import os
import subprocess

import pytest

from local.stack.platform import ROOT
from tests.deploy.packages import find_shellcheck

FOLDER = ROOT / "deploy/pipeline"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.sh") if os.access(path, os.X_OK))
SOURCED = {"settings.sh", "terraform.sh", "traffic.sh"}


def run(script: str, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a script by hand, with nothing set but this."""
    env = {"PATH": os.environ["PATH"], **settings}
    return subprocess.run([FOLDER / script, *arguments], env=env, capture_output=True, text=True, check=False)


def test_shellcheck_finds_nothing():
    """No warning, not even information, in the scripts and the parts they read."""
    program = find_shellcheck()
    if program is None:
        pytest.skip("no shellcheck here, and apt fetches none")
    names = [f"deploy/pipeline/{name}" for name in SCRIPTS]
    done = subprocess.run([program, "-x", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_script_is_run_or_sourced():
    """What may not be run by itself is not executable, and the other way round."""
    assert {path.name for path in FOLDER.glob("*.sh")} - set(SCRIPTS) == SOURCED


@pytest.mark.parametrize("script", SCRIPTS)
def test_help(script):
    """--help says how to use it and needs no setting; an argument that it has not is refused."""
    shown = run(script, "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"deploy/pipeline/{script}" in shown.stdout.splitlines()[0]
    refused = run(script, "nonsense", PROJECT_ID="my-project")
    assert refused.returncode == 1
    assert "ERROR: " in refused.stderr


def test_a_setting_that_is_missing_is_named():
    """A person who runs a step first is told what it needs."""
    done = run("migrate.sh")
    assert done.returncode == 1
    assert "PROJECT_ID is not set" in done.stderr
