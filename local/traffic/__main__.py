"""`python -m local.traffic`: a month of believable traffic, loaded into the platform that runs, or that will.

Without --database it goes to `make run`'s database; when that is not running, its Postgres alone is started for the
load, and the next `make run` has the traffic. The same options again add nothing.
"""

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from local.run import DATA, Progress, admin_key
from local.stack.platform import Platform
from local.stack.ports import DEFAULT_BASE, Ports, is_free
from local.stack.process import StackError
from local.stack.servers import start_postgres
from local.traffic.businesses import PROFILES
from local.traffic.generate import months
from local.traffic.loader import Loader
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.vault import Vault
from shared.domain.errors import PlatformError


def main() -> int:
    """Load, and tell how it goes."""
    options, tell = _options(), Progress()
    try:
        with _loader(options) as loader:
            _load(loader, options, tell)
    except (StackError, PlatformError) as error:
        tell.done("failed")
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        tell.done("stopped; the same command goes on where it was")
        return 130
    return 0


def _load(loader: Loader, options: argparse.Namespace, tell: Progress) -> None:
    begun, added = time.monotonic(), 0
    today = options.until or dt.datetime.now(dt.UTC).date()
    for wanted in months(PROFILES[: options.businesses], options.events, options.days, options.seed, today):
        month = wanted if options.until else replace(wanted, until=loader.until(wanted))
        loader.prepare(month)
        fresh = loader.load(month, tell)
        tell.done(f"{month.profile.id}: {fresh:,} events added ({month.profile.zone})")
        added += fresh
    tell.done(f"{added:,} events in {time.monotonic() - begun:.0f} s")


@contextmanager
def _loader(options: argparse.Namespace) -> Iterator[Loader]:
    """Yield a loader for the database that is named, that runs, or that is started for it."""
    if options.database:
        keys = os.environ.get("SECRETS_KEY")
        if not keys:
            raise StackError("Set SECRETS_KEY to the platform's: what is said is sealed under it.")
        yield Loader(connect_by_url(options.database, "traffic"), Vault(keys.split(",")))
        return
    ports = Ports.from_base(options.port_base)
    running = not is_free(ports.postgres) and (options.data / "admin-key").exists()
    platform = Platform(ports if running else Ports.free(), options.data, admin_key(options.data))
    try:
        if not running:
            postgres = platform.data / "postgres"
            log = platform.data / "logs" / "postgres.log"
            platform.children["postgres"] = start_postgres(platform.ports.postgres, postgres, log)
            platform.migrate()
        settings = platform.function_env("admin")
        yield Loader(connect_by_url(settings["DATABASE_URL"], "traffic"), Vault([settings["SECRETS_KEY"]]))
    finally:
        platform.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local.traffic", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--businesses", type=int, choices=range(1, len(PROFILES) + 1), default=3, help="how many (default: 3)"
    )
    parser.add_argument("--days", type=_some, default=30, help="how long (default: 30)")
    parser.add_argument("--events", type=_some, default=200_000, help="of all businesses together (default: 200000)")
    parser.add_argument("--seed", type=int, default=7, help="of chance; other seeds are other traffic (default: 7)")
    parser.add_argument(
        "--until", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
        help="the day after the last (default: today, or the day of the first run with the same options)",
    )  # fmt: skip
    parser.add_argument("--database", default="", metavar="URL", help="another database; needs SECRETS_KEY")
    parser.add_argument("--port-base", type=int, default=int(os.environ.get("PORT_BASE") or DEFAULT_BASE))
    parser.add_argument("--data", type=type(DATA), default=DATA, help="where make run keeps its data")
    return parser.parse_args()


def _some(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
