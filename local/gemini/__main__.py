"""`python -m local.gemini`: serves the stand-in until it is stopped. Settings come from the command line."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from local.live.options import add_options

BACKLOG = 512


def _speed(text: str) -> float:
    speed = float(text)
    if speed < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return speed


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m local.gemini",
        description="A stand-in for the Gemini REST API: extractive answers, small local embeddings.",
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--tokens-per-second",
        type=_speed,
        default=200.0,
        metavar="N",
        help="how fast answers are written; 0: as fast as may be (default: %(default)s)",
    )
    add_options(parser)
    return parser.parse_args(arguments)


def main() -> None:
    """Runs the server."""
    options = parse()
    # Before numpy is imported: more threads would only take the core from the event loop.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    import uvicorn

    from local.gemini.app import create_app
    from local.gemini.minilm import WeightsMissingError, model_folder

    try:
        model_folder()
    except WeightsMissingError as error:
        sys.exit(f"cannot start: {error}")
    app = create_app(options.tokens_per_second or None)
    how: dict[str, Any] = {
        "host": options.host,
        "port": options.port,
        "backlog": BACKLOG,
        "log_level": "warning",
        "access_log": False,
        # Longer than clients keep idle connections, or they would write into closed ones.
        "timeout_keep_alive": 75,
        # A request that hangs on purpose must not hold up the end.
        "timeout_graceful_shutdown": 2,
    }
    if options.cert:
        from local.live.serving import serve

        serve(app, Path(options.cert), options.speech, **how)
    else:
        uvicorn.run(app, **how)


if __name__ == "__main__":
    main()
