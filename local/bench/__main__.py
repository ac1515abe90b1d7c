"""`make bench`: runs every benchmark and prints the report."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from local.bench import audio, cold_start, turn
from local.bench.setting import platform

BENCHMARKS = {"turn": turn.run, "cold-start": cold_start.run, "audio": audio.run}


def main() -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help=f"which of {', '.join(BENCHMARKS)}")
    names = parser.parse_args().names or list(BENCHMARKS)
    with platform() as running, TemporaryDirectory() as folder:
        for name in names:
            for line in BENCHMARKS[name](running, Path(folder)):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
