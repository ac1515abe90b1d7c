"""The worker as a loop: `python -m shared.jobs.deliver`. In the cloud the worker function does the same."""

import argparse
import logging
import signal
import sys
import threading

from shared import logs
from shared.config import ConfigError, Settings
from shared.domain.errors import PlatformError
from shared.wiring import worker_delivery

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
        settings = Settings.read(("database", "secrets_key"))
    except ConfigError as error:
        sys.exit(str(error))
    logs.configure(settings.log_level)
    delivery = worker_delivery(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            delivery.work(ROUND_S, until_idle=options.until_idle)
        except PlatformError as error:
            logs.event(_log, "worker_waits", logging.WARNING, code=error.code)
            stop.wait(_AGAIN_S)
        if options.until_idle:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
