"""Starting builds: a process of its own that leaves nothing behind, or an error of ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack.platform import ROOT

START_BESIDE = """
import os, time
from shared.adapters.jobs import SubprocessJobs
SubprocessJobs().start_build("shop", "bld_1")
print("started", flush=True)
ends = time.monotonic() + 20
while time.monotonic() < ends:
    try:
        os.kill(int(open(f"/proc/self/task/{os.getpid()}/children").read().split()[0]), 0)
    except IndexError:
        print("nothing left")
        break
    time.sleep(0.05)
"""
START_IN_THE_CLOUD = """
from shared.adapters.jobs import CloudRunJobs
from shared.domain.errors import Unavailable
try:
    CloudRunJobs("projects/p/locations/l/jobs/j").start_build("shop", "bld_1")
except Unavailable as error:
    print("unavailable:", error.detail)
"""


def run(script: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a script at the repository's root with these variables alone."""
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for zombies in /proc, which is Linux's")
def test_build_beside_this_process():
    """The build runs with this process's environment, here an empty one, and is no zombie when it has ended."""
    done = run(START_BESIDE)
    assert done.stdout.split("\n")[:2] == ["started", "nothing left"], done.stderr
    assert "DATABASE_URL" in done.stderr


def test_cloud_without_credentials_is_unavailable(tmp_path):
    """A build that the cloud does not start, for want of credentials too, is an error that the admin API can tell."""
    done = run(START_IN_THE_CLOUD, GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "none.json"))
    assert done.stdout.startswith("unavailable:"), done.stderr[-500:]
