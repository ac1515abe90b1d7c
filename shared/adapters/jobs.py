"""Starts knowledge builds in their own process: a Cloud Run job in the cloud, a subprocess elsewhere."""

import logging
import subprocess
import sys
import threading
from typing import Protocol

from shared.domain.errors import Unavailable
from shared.logs import event

_log = logging.getLogger(__name__)

MODULE = "shared.jobs.build_knowledge"


class Jobs(Protocol):
    """Where builds run."""

    def start_build(self, business_id: str, build_id: str) -> None:
        """Start the process of a queued build; Unavailable when it cannot be started."""
        ...


class CloudRunJobs:
    """Runs `projects/P/locations/L/jobs/J` with the build as its arguments."""

    def __init__(self, job: str) -> None:
        self._job = job

    def start_build(self, business_id: str, build_id: str) -> None:
        """See `Jobs.start_build`."""
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.run_v2 import JobsClient, RunJobRequest

        override = RunJobRequest.Overrides.ContainerOverride(
            args=["-m", MODULE, "--business", business_id, "--build", build_id]
        )
        request = RunJobRequest(name=self._job, overrides=RunJobRequest.Overrides(container_overrides=[override]))
        try:
            JobsClient().run_job(request=request)
        except (GoogleAPIError, GoogleAuthError) as error:
            event(_log, "job_not_started", logging.ERROR, job=self._job)
            raise Unavailable("The build could not be started.") from error


class SubprocessJobs:
    """Runs the same entry point beside this process, with this process's environment."""

    def start_build(self, business_id: str, build_id: str) -> None:
        """See `Jobs.start_build`."""
        command = [sys.executable, "-m", MODULE, "--business", business_id, "--build", build_id]
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own module, checked ids
        except OSError as error:
            raise Unavailable("The build could not be started.") from error
        # Somebody has to wait for it, or it stays behind as a zombie.
        threading.Thread(target=process.wait, name=f"build-{build_id}", daemon=True).start()
