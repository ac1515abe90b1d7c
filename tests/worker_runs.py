"""Runs of the worker as a process, as `make run` has it; holds no tests."""

import os
import subprocess
import sys

from local.stack.platform import ROOT, Platform


def worker(platform: Platform, *options: str) -> "subprocess.Popen[bytes]":
    """Start the worker, patient for two seconds with a CRM."""
    env = {
        **os.environ,
        **platform.function_env("worker"),
        "CRM_TIMEOUT_SECONDS": "2",
        "BUILDS_AT_ONCE": "2",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen([sys.executable, "-m", "shared.jobs.deliver", *options], cwd=ROOT, env=env)


def deliver(platform: Platform) -> None:
    """Let the worker do everything that is due."""
    assert worker(platform, "--until-idle").wait(60) == 0
