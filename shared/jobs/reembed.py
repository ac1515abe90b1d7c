"""Queues builds where the live index is of another embedding than the settings say: `python -m shared.jobs.reembed`.

An index is searched in its own space until its successor is whole, so visitors notice nothing; `--dry-run` only tells.
The builds run as any other: one at a time for a business, in turn between businesses, each judged before the switch.
DATABASE_URL is the admin function's: chat's login does not see every business.
"""

import argparse
import sys
from collections.abc import Iterator

from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.config import ConfigError, Settings
from shared.domain.errors import Conflict, PlatformError
from shared.domain.ids import new_id
from shared.domain.knowledge import Space
from shared.domain.records import Actor
from shared.wiring import Wiring

_ACTOR = Actor("platform:reembed")
_PAGE = 200


class Reembedding:
    """Finds indexes of another space than that of new builds, and queues builds for them.

    Args:
        businesses: all of them.
        builds: where builds are queued.
        writer: knows what is live.
        space: of new builds.
    """

    def __init__(self, businesses: BusinessStore, builds: BuildStore, writer: IndexWriter, space: Space) -> None:
        self._businesses = businesses
        self._builds = builds
        self._writer = writer
        self.space = space

    def everybody(self) -> Iterator[str]:
        """Yield the ids of all active businesses."""
        after = ""
        while page := self._businesses.list_all(_PAGE, after):
            yield from (record.id for record in page)
            after = page[-1].id

    def one(self, business_id: str, *, dry: bool) -> tuple[bool, str]:
        """Queue a build if it is needed; return whether it was needed, and what became of it.

        Args:
            business_id: whose index.
            dry: whether to queue nothing.

        Raises:
            PlatformError: a store is down, or there is no such business.
        """
        live = self._writer.current(business_id)
        if live is None:
            return False, "no index"
        if live.space == self.space:
            return False, f"{live.space}, as it should be"
        told = f"{live.space}, {live.chunks} chunks"
        if dry:
            return True, f"{told}: would be built anew"
        try:
            build = self._builds.start(business_id, new_id("bld"), _ACTOR)
        except Conflict:
            return True, f"{told}: a build is waiting or running already, and embeds as the settings say"
        return True, f"{told}: queued {build.id}"


def main() -> int:
    """Read the arguments and the environment, queue and tell."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.jobs.reembed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--business", metavar="ID", help="this one alone")
    which.add_argument("--all", action="store_true", help="every active business")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    options = parser.parse_args()
    try:
        settings = Settings.read(("database", "bucket"))
        wiring = Wiring(settings, "reembed")
        space = Space(settings.embedding_model, settings.embedding_dimensions)
        stores = BusinessStore(wiring.database), BuildStore(wiring.database), IndexWriter(wiring.storage)
        return _run(Reembedding(*stores, space), options.business, dry=options.dry_run)
    except (ConfigError, PlatformError) as error:
        sys.exit(str(error))


def _run(work: Reembedding, business_id: str | None, *, dry: bool) -> int:
    """Look at each, whatever becomes of the others; return 1 when one could not be looked at."""
    seen = needed = failed = 0
    for name in [business_id] if business_id else work.everybody():
        try:
            stale, told = work.one(name, dry=dry)
        except PlatformError as error:
            stale, told, failed = False, f"not looked at: {error}", failed + 1
        seen, needed = seen + 1, needed + stale
        print(f"{name}: {told}", flush=True)  # noqa: T201
    print(f"{needed} of {seen} indexes are not in {work.space}")  # noqa: T201
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
