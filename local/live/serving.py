"""Starts the server on one port: Live over TLS, the rest over plain http or TLS."""

import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from local.live.app import LiveApp
from local.live.certificate import Certificate
from local.live.control import Settings
from local.live.front import STARTUP_FAILURE, FrontServer


def serve(rest: ASGIApp | None, certificate: Path, speech: str, **options: Any) -> None:  # noqa: ANN401
    """Serves until it is stopped. `options` are uvicorn's: host, port, backlog and so on."""
    files = Certificate(certificate)
    files.ensure()
    given: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "ws": "websockets-sansio",
        # Compressing audio that is base64 JSON costs a core at a hundred sessions.
        "ws_per_message_deflate": False,
        "timeout_keep_alive": 75,
        "timeout_graceful_shutdown": 2,
    }
    config = uvicorn.Config(LiveApp(rest, Settings(speech=speech)), **(given | options))
    server = FrontServer(config, files.server_context())
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)
