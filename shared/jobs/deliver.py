"""The worker as a loop: `python -m shared.jobs.deliver`. In the cloud the worker function does the same."""

import argparse
import logging
import signal
import sys
import threading

from shared import logs
from shared.adapters.worker import Worker
from shared.apps import worker
from shared.config import ConfigError, Settings
from shared.domain.errors import PlatformError

_log = logging.getLogger(__name__)

# So that a stop is heard soon; what is being delivered then is finished first.
ROUND_S = 1.0
_AGAIN_S = 2.0


def main() -> int:
    """Deliver until stopped, or until nothing is due."""
    parser = argparse.ArgumentParser(prog="python -m shared.jobs.deliver", description=__doc__)
    parser.add_argument("--until-idle", action="store_true", help="stop when nothing is due")
    options = parser.parse_args()
    try:
        settings = Settings.read(("database", "secrets_key", "bucket"))
    except ConfigError as error:
        sys.exit(str(error))
    logs.configure(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return loop(worker(settings), stop, until_idle=options.until_idle)


def loop(working: Worker, stop: threading.Event, *, until_idle: bool = False) -> int:
    """Work in short rounds until stopped, or until nothing is due.

    Returns:
        0, or 1 when `until_idle` could not find out whether anything is due.
    """
    while not stop.is_set():
        try:
            working.work(ROUND_S, until_idle=until_idle)
        except Exception as error:  # noqa: BLE001 - a loop that ends delivers nothing any more
            level = logging.WARNING if isinstance(error, PlatformError) else logging.ERROR
            logs.event(_log, "worker_waits", level, error=type(error).__name__)
            if until_idle:
                return 1
            stop.wait(_AGAIN_S)
        else:
            if until_idle:
                return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
