"""`python -m local.twilio`: serves the REST API until it is stopped."""

import argparse

from local.crm.app import StandIns
from local.twilio.app import create_app, served


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local.twilio", description="Twilio's REST API, on this machine.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    return parser.parse_args(arguments)


def main() -> None:
    """Runs the server."""
    options = parse()
    import uvicorn

    uvicorn.run(
        StandIns(routes=served(create_app())),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
