"""`python -m local.speech`: says a text into a WAV file, hears one, or fetches the synthesiser ahead."""

import argparse
import sys
from pathlib import Path

from local.speech.engines import SPEAKERS, choose
from local.speech.sound import read_wav, write_wav
from local.speech.unavailable import SpeechUnavailable
from local.speech.voice import cache_folder, synthesise


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when speech is not to be had, 2 for a file that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "say":
            write_wav(options.file, synthesise(options.text, options.rate, options.speaker), options.rate)
        elif options.command == "hear":
            from local.speech.ears import Recogniser

            print(Recogniser(options.phrase).recognise(*read_wav(options.file)))
        else:
            engine = choose(cache_folder())
            if not options.quiet:
                print(engine.name)
    except SpeechUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.speech", description="Speech, offline.")
    commands = parser.add_subparsers(dest="command", required=True)
    say = commands.add_parser("say", help="speak a text into a WAV file")
    say.add_argument("text")
    say.add_argument("file", type=Path)
    say.add_argument("--speaker", choices=SPEAKERS, default=SPEAKERS[0], help="whose voice (default: %(default)s)")
    say.add_argument("--rate", type=_rate, default=16_000, help="samples a second (default: %(default)s)")
    hear = commands.add_parser("hear", help="print the words of a WAV file")
    hear.add_argument("file", type=Path)
    hear.add_argument("--phrase", action="append", default=[], help="what may be said; repeat it for each phrase")
    fetch = commands.add_parser("fetch", help="make sure that there is a synthesiser, and name it")
    fetch.add_argument("--quiet", action="store_true", help="say nothing when all is well")
    return parser


def _rate(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError("a whole number above 0 is wanted")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
