"""Builds one business's index: `python -m shared.jobs.build_knowledge --business ID --build ID`.

The build was queued by the admin API; its progress and its end are in the database. SIGTERM cancels it.
"""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Sequence

from shared import logs
from shared.adapters.egress import EgressClient, EgressRefused, Fetched, FetchFailed
from shared.adapters.knowledge.layout import upload_name
from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.knowledge import BuildStore, SourceStore
from shared.adapters.sessions.announcer import Announcer
from shared.config import ConfigError, Settings
from shared.domain.errors import PlatformError
from shared.domain.events import CostArose
from shared.domain.knowledge import Chunk, Manifest
from shared.domain.prices import embedding_items, tokens_of
from shared.domain.tenant import Tenant
from shared.ingestion.addresses import site_of
from shared.ingestion.build import Build, BuildCancelled, BuildFailed, BuildTools
from shared.ingestion.crawl import Fetch, Refusal
from shared.logs import event
from shared.ports import Vector
from shared.understanding.intents import IntentModel
from shared.wiring import Wiring

_log = logging.getLogger(__name__)

TELL_EVERY_S = 1.0
MAX_SOURCES = 500


class BuildJob:
    """One queued build of one business: where it reads, writes and tells how far it is."""

    def __init__(self, wiring: Wiring, business_id: str, build_id: str) -> None:
        self.business_id = business_id
        self.build_id = build_id
        self._wiring = wiring
        self._builds = BuildStore(wiring.database)
        self._egress = EgressClient(wiring.settings.egress_allow)
        self._pages: list[dict[str, object]] = []
        self._told = 0.0
        self._phase = ""
        self._embedded = 0
        self.stopped = False

    def run(self) -> bool:
        """Run the build to its end, which is written down whatever happens; return whether it succeeded."""
        if not self._builds.claim(self.business_id, self.build_id):
            event(_log, "build_not_queued", logging.WARNING)
            return False
        build = Build(self.build_id, self._tools())
        status, reason = "failed", "The build stopped on an unexpected error; it is in the log."
        try:
            sources = SourceStore(self._wiring.database).list_of(self.business_id, MAX_SOURCES)
            build.run(sources, BusinessStore(self._wiring.database).get(self.business_id).config.intents)
            status, reason = "succeeded", ""
        except BuildCancelled:
            status, reason = "cancelled", ""
        except (BuildFailed, PlatformError) as error:
            event(_log, "build_failed", logging.WARNING, cause=repr(error.__cause__))
            reason = str(error)
        except Exception:  # noqa: BLE001 - the edge of this process: the owner must see an end
            event(_log, "build_crashed", logging.ERROR)
        counts = vars(build.counts)
        try:
            self._builds.progress(self.business_id, self.build_id, "done", counts, self._pages)
        except Exception:  # noqa: BLE001 - what the last pages were matters less than that the build has ended
            event(_log, "last_pages_lost", logging.ERROR)
        self._builds.finish(self.business_id, self.build_id, status=status, reason=reason, counts=counts)
        self._count_cost()
        event(_log, "build_ended", status=status, reason=reason, **counts)
        return status == "succeeded"

    def _tools(self) -> BuildTools:
        wiring, settings = self._wiring, self._wiring.settings
        return BuildTools(
            fetch=self._fetch_on_site_of,
            read_upload=lambda source_id: wiring.storage.get(upload_name(self.business_id, source_id))[0],
            embed=self._embed,
            embed_queries=self._embed_queries,
            known_intents=lambda: IndexWriter(wiring.storage).intents(self.business_id),
            publish=self._publish,
            progress=self._progress,
            embedding_model=settings.embedding_model,
            dimensions=settings.embedding_dimensions,
            now=wiring.clock.now().isoformat(timespec="seconds"),
        )

    def _embed(self, documents: Sequence[tuple[str, str]]) -> list[Vector]:
        vectors: list[Vector] = self._wiring.model.embed_documents(documents)
        self._embedded += sum(tokens_of(len(title) + len(text)) for title, text in documents)
        return vectors

    def _embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        vectors: list[Vector] = self._wiring.model.embed_queries(texts)
        self._embedded += sum(tokens_of(len(text)) for text in texts)
        return vectors

    def _count_cost(self) -> None:
        """Keep what the build took, also one that failed. A build counts as a conversation of its own channel."""
        settings, database = self._wiring.settings, self._wiring.database
        items = embedding_items(settings.embedding_model, self._embedded)
        if not items:
            return
        try:
            record = BusinessStore(database).get(self.business_id)
        except PlatformError as error:
            event(_log, "build_cost_lost", logging.WARNING, code=error.code)
            return
        tenant = Tenant.of(record.id, record.version, record.config, settings.defaults())
        cost = CostArose(
            id=f"{self.build_id}/cost", at=self._wiring.clock.now(), session_id=self.build_id, channel="build",
            items=items,
        )  # fmt: skip
        JournalStore(database, None).keep(tenant, [cost])

    def _fetch_on_site_of(self, start: str) -> Fetch:
        """Return a fetch that follows redirects only inside the start URL's site."""
        site = site_of(start)

        def fetch(url: str, max_bytes: int) -> Fetched:
            try:
                return self._egress.get(url, max_bytes=max_bytes, may_redirect=lambda to: site_of(to) == site)
            except (EgressRefused, FetchFailed) as error:
                raise Refusal(str(error)) from None

        return fetch

    def _publish(
        self, chunks: list[Chunk], vectors: list[Vector], manifest: Manifest, intents: IntentModel
    ) -> Manifest:
        published = IndexWriter(self._wiring.storage).publish(self.business_id, chunks, vectors, manifest, intents)
        Announcer(self._wiring.redis).announce(self.business_id, build=self.build_id)
        return published

    def _progress(self, phase: str, counts: dict[str, int], pages: Sequence[dict[str, object]]) -> bool:
        """Write to the database about once a second; in between, collect."""
        self._pages += pages
        if self.stopped:
            return False
        if phase == self._phase and time.monotonic() - self._told < TELL_EVERY_S:
            return True
        self._phase, self._told = phase, time.monotonic()
        waiting, self._pages = self._pages, []
        return self._builds.progress(self.business_id, self.build_id, phase, counts, waiting)


def main() -> int:
    """Read the arguments and the environment, then run."""
    parser = argparse.ArgumentParser(prog="python -m shared.jobs.build_knowledge", description=__doc__)
    parser.add_argument("--business", required=True, help="id of the business")
    parser.add_argument("--build", required=True, help="id of its queued build")
    arguments = parser.parse_args()
    try:
        settings = Settings.read(("database", "model", "bucket"))
    except ConfigError as error:
        sys.exit(str(error))
    logs.configure(settings.log_level)
    with logs.bound(business_id=arguments.business, build_id=arguments.build):
        job = BuildJob(Wiring(settings, "build"), arguments.business, arguments.build)
        signal.signal(signal.SIGTERM, lambda *_: setattr(job, "stopped", True))
        return 0 if job.run() else 1


if __name__ == "__main__":
    sys.exit(main())
