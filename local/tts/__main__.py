"""`python -m local.tts`: serves the stand-in until it is stopped."""

import argparse
import sys

from local.speech.unavailable import SpeechUnavailable
from local.tts.voice import ToneVoice, Voice, real_voice


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m local.tts", description="A stand-in for Edge's speech endpoint, with real MP3."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--speech",
        choices=("tones", "real"),
        default="tones",
        help="a tone for every word, or the local synthesiser's voice (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def _voice(speech: str) -> Voice:
    try:
        return real_voice() if speech == "real" else ToneVoice()
    except SpeechUnavailable as error:
        sys.exit(f"cannot start: {error}")


def main() -> None:
    """Runs the server."""
    options = parse()
    import uvicorn

    from local.tts.app import create_app

    uvicorn.run(
        create_app(_voice(options.speech)),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        # Ours is in force: it may be another hour here.
        date_header=False,
        # A call that hangs on purpose must not hold up the end.
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
