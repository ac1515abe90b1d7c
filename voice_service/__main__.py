"""`python -m voice_service`: serves the phone's media until it is stopped; a stop lets the calls go on elsewhere."""

import argparse
import asyncio
import gc
import logging
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from shared import logs
from shared.config import ConfigError, Settings

if TYPE_CHECKING:
    from uvicorn import Config

# Cloud Run kills ten seconds after it asked.
GRACE_S = 8.0
MAX_MESSAGE = 64 * 1024


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m voice_service", description=__doc__)
    parser.add_argument("--host", default="0.0.0.0")  # noqa: S104 - a container's only way to be reached
    parser.add_argument("--port", type=int, help="instead of PORT")
    options = parser.parse_args()
    try:
        settings = Settings.read(("database", "model", "bucket", "secrets_key", "voice_service_url"))
    except ConfigError as error:
        sys.exit(str(error))
    logs.configure(settings.log_level)
    _serve(settings, options.host, options.port or settings.port)


def _serve(settings: Settings, host: str, port: int) -> None:
    import uvicorn

    from voice_service.phone.protocol import PhoneProtocol
    from voice_service.service import build
    from voice_service.switchboard import Switchboard

    class Server(uvicorn.Server):
        """Uvicorn, which at a stop closes every socket at once: the calls are let go on elsewhere before."""

        def __init__(self, config: "Config", switchboard: Switchboard) -> None:
            super().__init__(config)
            self._switchboard = switchboard
            self._draining: asyncio.Task[None] | None = None

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Drain at the first signal, stop at the second."""
            if self._draining or sig == signal.SIGINT:
                super().handle_exit(sig, frame)
                return
            self._draining = asyncio.get_running_loop().create_task(self._drain())

        async def _drain(self) -> None:
            logging.getLogger(__name__).info("draining")
            await self._switchboard.drain(GRACE_S)
            self.should_exit = True  # not by the signal again: an orderly end is no failure

    app, switchboard = build(settings)
    _settle()
    config = uvicorn.Config(
        app, host=host, port=port, loop="uvloop", ws=PhoneProtocol, ws_max_size=MAX_MESSAGE,
        ws_per_message_deflate=False, log_level="warning", access_log=False, timeout_graceful_shutdown=2,
    )  # fmt: skip
    Server(config, switchboard).run()


def _settle() -> None:
    """Keep Python's own pauses short: forty calls notice 30 ms.

    What is loaded by now stays, so the collector need not look at it again (30 ms each time), and a thread that
    computes lets the loop in after half a millisecond, not five.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0005)


if __name__ == "__main__":
    main()
