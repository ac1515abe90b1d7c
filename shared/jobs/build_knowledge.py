"""Builds one business's index: `python -m shared.jobs.build_knowledge --business ID --build ID`.

The build was queued before; its progress and its end are in the database. SIGTERM stops it: another one goes on.
"""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared import logs
from shared.adapters.egress import EgressClient
from shared.adapters.knowledge.layout import upload_name
from shared.adapters.knowledge.memory import StoredMemory
from shared.adapters.knowledge.publishing import Gate, Publisher
from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.journal import JournalStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.sources import SourceStore
from shared.adapters.sessions.announcer import Announcer
from shared.config import ConfigError, Settings
from shared.domain.errors import DatabaseUnavailable, ModelUnavailable, PlatformError, Unavailable
from shared.domain.events import CostArose
from shared.domain.knowledge import Manifest, Published, Space
from shared.domain.prices import embedding_items, tokens_of
from shared.domain.tenant import Tenant
from shared.ingestion.build import Build, BuildCancelled, BuildFailed, BuildTools
from shared.jobs.fetching import fetch_within_site
from shared.jobs.lifeline import Lifeline
from shared.jobs.telling import Telling
from shared.logs import event
from shared.ports import Vector
from shared.retrieval.assemble import Parts
from shared.wiring import Wiring

_log = logging.getLogger(__name__)

MAX_SOURCES = 500
_MINUTE_S = 60
# A second attempt at once would meet what the first one met.
AGAIN_AFTER_S = 60.0
# The end is written down though the database is away for a moment: work that is done is not to be done again.
_END_TRIES = 10
_END_PAUSE_S = 3.0


@dataclass(frozen=True)
class End:
    """How a build ended.

    `again`: for a cause that passes, so that it is tried once more. `broken`: for the operator to look at, and not for
    the owner, whose sources a build may fail for and who may cancel it.
    """

    status: str
    reason: str = ""
    again: bool = False
    broken: bool = False
    publish: str = ""
    verdict: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] | None = None


class BuildJob:
    """One queued build of one business: where it reads and writes, and how it ends."""

    def __init__(self, wiring: Wiring, business_id: str, build_id: str) -> None:
        self.business_id = business_id
        self.build_id = build_id
        self._wiring = wiring
        self._builds = BuildStore(wiring.database)
        self._egress = EgressClient(wiring.settings.egress_allow)
        self._telling = Telling(self._builds, business_id, build_id)
        self._embedded = 0
        self._space = Space(wiring.settings.embedding_model, wiring.settings.embedding_dimensions)
        self.lifeline = Lifeline(
            lambda: self._builds.beat(business_id, build_id), wiring.settings.build_timeout_s, self._cut_off
        )

    def run(self) -> bool:
        """Run the build to its end, which is written down whatever happens; return whether the operator may be calm."""
        if not self._builds.claim(self.business_id, self.build_id):
            event(_log, "build_not_queued", logging.WARNING)
            return False
        build = Build(self.build_id, self._tools())
        with self.lifeline:
            end = self._attempt(build)
            counts = vars(build.counts)
            self._telling.last(counts)
            self._write_end(end, counts)
        self._count_cost()
        event(_log, "build_ended", status=end.status, reason=end.reason, again=end.again, **counts)
        return not (end.again or end.broken)

    def _attempt(self, build: Build) -> End:
        try:
            sources = SourceStore(self._wiring.database).list_of(self.business_id, MAX_SOURCES)
            config = BusinessStore(self._wiring.database).get(self.business_id).config
            went = build.run(sources, config.intents, config.languages)
            return End("succeeded", went.reason, publish=went.publish, verdict=went.verdict, changes=went.changes)
        except BuildCancelled:
            return self._stopped()
        except (BuildFailed, PlatformError) as error:
            event(_log, "build_failed", logging.WARNING, cause=repr(error.__cause__))
            return End("failed", str(error), again=_passes(error), broken=not isinstance(error, BuildFailed))
        except Exception:  # noqa: BLE001 - the edge of this process: the owner must see an end
            event(_log, "build_crashed", logging.ERROR)
            return End("failed", "The build stopped on an unexpected error; it is in the log.", broken=True)

    def _stopped(self) -> End:
        """Return the end of a build that had to stop."""
        if self.lifeline.why == "late":
            return End("failed", _too_long(self._wiring.settings.build_timeout_s), broken=True)
        if self.lifeline.why == "told":
            return End("failed", "The build process was told to stop.", again=True)
        return End("cancelled")

    def _cut_off(self) -> None:
        """End a build that should have stopped and did not; called by the lifeline, beside the build."""
        try:
            self._write_end(self._stopped(), None, tries=1)
        finally:
            os._exit(1)

    def _write_end(self, end: End, counts: Mapping[str, int] | None, tries: int = _END_TRIES) -> None:
        ids = self.business_id, self.build_id
        for last in (*[False] * (tries - 1), True):
            try:
                if end.again:
                    self._builds.try_again(*ids, end.reason, 0 if self.lifeline.why == "told" else AGAIN_AFTER_S)
                else:
                    self._builds.finish(
                        *ids, status=end.status, reason=end.reason, counts=counts,
                        publish=end.publish, verdict=end.verdict, changes=end.changes,
                    )  # fmt: skip
            except DatabaseUnavailable:
                if last:
                    raise
                time.sleep(_END_PAUSE_S)
            else:
                return

    def _tools(self) -> BuildTools:
        wiring = self._wiring
        return BuildTools(
            fetch=fetch_within_site(self._egress),
            read_upload=lambda source_id: wiring.storage.get(upload_name(self.business_id, source_id))[0],
            embed=self._embed,
            embed_queries=self._embed_queries,
            known_intents=lambda: IndexWriter(wiring.storage).intents(self.business_id),
            publish=self._publish,
            progress=self._progress,
            space=self._space,
            max_chunks=wiring.settings.index_max_chunks,
            now=wiring.clock.now().isoformat(timespec="seconds"),
            memory=StoredMemory(wiring.storage, self.business_id, self.build_id, self._space, now=wiring.clock.now),
        )

    def _embed(self, documents: Sequence[tuple[str, str]]) -> list[Vector]:
        vectors: list[Vector] = self._wiring.model.embed_documents(documents)
        self._embedded += sum(tokens_of(len(title) + len(text)) for title, text in documents)
        return vectors

    def _embed_queries(self, texts: Sequence[str], space: Space | None = None) -> list[Vector]:
        vectors: list[Vector] = self._wiring.model.embed_queries(texts, space)
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

    def _publish(self, parts: Parts, manifest: Manifest) -> Published:
        wiring = self._wiring
        gate = Gate.of(wiring.database, wiring.knowledge, self._embed_queries)
        publisher = Publisher(IndexWriter(wiring.storage), Announcer(wiring.redis), gate)
        return publisher.publish(self.business_id, parts, manifest)

    def _progress(self, phase: str, counts: dict[str, int], pages: Sequence[dict[str, object]]) -> bool:
        """Tell how far it is; return whether to go on."""
        if not self._telling.progress(phase, counts, pages):
            self.lifeline.stop("cancelled")
        return not self.lifeline.stopped


def _too_long(timeout_s: int) -> str:
    time_it_had = f"{timeout_s} seconds" if timeout_s < 2 * _MINUTE_S else f"{timeout_s // _MINUTE_S} minutes"
    return (
        f"The build took longer than the {time_it_had} that one may take. What it has read and embedded is kept:"
        " start it again, and it goes on from there."
    )


def _passes(error: Exception) -> bool:
    """Say whether the same build may go well later: what it needs was away, and refused nothing."""
    return isinstance(error, Unavailable) and not (isinstance(error, ModelUnavailable) and not error.transient)


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
        wiring = Wiring(settings, "build")
        job = BuildJob(wiring, arguments.business, arguments.build)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: job.lifeline.stop("told"))
        calm = job.run()
        if settings.ingestion_job:
            _start_waiting(wiring)
        return 0 if calm else 1


def _start_waiting(wiring: Wiring) -> None:
    """Give the next builds their turn at once. Elsewhere the worker does: a child of this process would be nobody's."""
    try:
        wiring.build_turns.start_waiting()
    except PlatformError as error:
        event(_log, "turns_not_given", logging.WARNING, code=error.code)


if __name__ == "__main__":
    sys.exit(main())
