"""`make bench`: runs every benchmark and prints the report."""

import argparse
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from local.bench import analytics, audio, calls, cold_start, indexes, ingestion, retrieval, turn
from local.bench.big_site import PAGES
from local.bench.setting import platform
from local.stack.platform import Platform

Benchmark = Callable[[Platform, Path], Iterable[str]]
BENCHMARKS: dict[str, Benchmark] = {
    "turn": turn.run,
    "cold-start": cold_start.run,
    "audio": audio.run,
    "calls": calls.run,
    "analytics": analytics.run,
    "ingestion": ingestion.run,
    "retrieval": retrieval.run,
    "indexes": indexes.run,
}


def main() -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help=f"which of {', '.join(BENCHMARKS)}")
    parser.add_argument("--rounds", type=int, default=1, help="of calls; their medians are shown (default: 1)")
    parser.add_argument("--pipecat", default="", metavar="PYTHON", help="an interpreter with pipecat-ai, for calls")
    parser.add_argument("--events", type=int, default=analytics.EVENTS, help="of a year, for analytics")
    parser.add_argument("--pages", type=int, default=PAGES, help="of the website, for ingestion")
    options = parser.parse_args()
    names = options.names or list(BENCHMARKS)
    benchmarks: dict[str, Benchmark] = {
        **BENCHMARKS,
        "calls": partial(calls.run, rounds=options.rounds, python=options.pipecat),
        "analytics": partial(analytics.run, events=options.events),
        "ingestion": partial(ingestion.run, pages=options.pages),
    }
    with platform() as running, TemporaryDirectory() as folder:
        for name in names:
            for line in benchmarks[name](running, Path(folder)):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
