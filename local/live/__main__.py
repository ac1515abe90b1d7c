"""`python -m local.live`: serves Live alone, without the REST stand-in, until it is stopped."""

import argparse
import os
from pathlib import Path

from local.live.options import add_options

BACKLOG = 1024


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m local.live",
        description="A stand-in for the Gemini Live API over TLS; PUT /control/live over plain http on the same port.",
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    add_options(parser, required=True)
    return parser.parse_args(arguments)


def main() -> None:
    """Runs the server."""
    options = parse()
    # Before numpy is imported: more threads would only take the core from the event loop.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    from local.live.serving import serve

    serve(None, Path(options.cert), options.speech, host=options.host, port=options.port, backlog=BACKLOG)


if __name__ == "__main__":
    main()
