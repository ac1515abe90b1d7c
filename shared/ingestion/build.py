"""One build, from a business's sources to a published index: gather, embed, assemble, publish. I/O is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shared.domain.intents import IntentSpec
from shared.domain.knowledge import Chunk, Manifest, Published
from shared.domain.pages import content_digest, dump_pages
from shared.domain.records import SourceRecord
from shared.ingestion.changes import changes
from shared.ingestion.embed import EMBED_BATCH, embedded
from shared.ingestion.gather import Gathering
from shared.ingestion.tools import MAX_CHUNKS, BuildCancelled, BuildFailed, BuildTools, Counts
from shared.ports import Vector
from shared.retrieval.assemble import Parts, assemble
from shared.understanding.intents import IntentModel, build_intents, digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EMBED_BATCH", "MAX_CHUNKS", "Build", "BuildCancelled", "BuildFailed", "BuildTools", "Counts", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """How a build went.

    Args:
        publish: `published`, `blocked` by the golden questions, or `unchanged`: visitors are served the same already.
        changes: see `changes.changes`.
        verdict: of the golden questions, None when they were not asked.
        reason: why it is blocked; "" it is not.
    """

    publish: str
    changes: Mapping[str, Any]
    verdict: Mapping[str, Any] | None = None
    reason: str = ""


@dataclass
class Build:
    """One run. `counts` can be read at any time."""

    build_id: str
    tools: BuildTools
    counts: Counts = field(default_factory=Counts)

    def run(
        self, sources: Sequence[SourceRecord], intents: tuple[IntentSpec, ...] = (), languages: Sequence[str] = ()
    ) -> Outcome:
        """Build and publish.

        Args:
            sources: what is indexed.
            intents: the business's own; the built-in ones come by themselves.
            languages: of the business.

        Raises:
            BuildFailed: nothing to index, or too much; the previous index stays.
            BuildCancelled: between two steps, when asked to.
            PlatformError: a store or the model is down; the previous index stays.
        """
        gathering = Gathering(self.tools, self.counts, self._tell)
        try:
            chunks = self._chunks(gathering, sources)
        except BuildFailed:
            # What was read leads nowhere. The owner changes something, and then the pages must be asked for again.
            self.tools.memory.settle(gathering.pages, switched=False)
            raise
        return self._settled(gathering, chunks, intents, languages)

    def _chunks(self, gathering: Gathering, sources: Sequence[SourceRecord]) -> list[Chunk]:
        chunks = gathering.chunks(sources)
        if not chunks and not sources:
            raise BuildFailed("There are no sources yet: add a website, a file or a text first.")
        if not chunks:
            failed, skipped = self.counts.failed, self.counts.skipped
            raise BuildFailed(f"No text could be indexed ({failed} pages failed, {skipped} were skipped).")
        return chunks

    def _settled(
        self, gathering: Gathering, chunks: list[Chunk], intents: tuple[IntentSpec, ...], languages: Sequence[str]
    ) -> Outcome:
        """Publish, unless visitors are served the same already, and end what is remembered in between."""
        memory = self.tools.memory
        changed = changes(memory.served_pages(), gathering.pages)
        known = self._known_intents(intents)
        if known and memory.served() == content_digest(chunks):
            self.counts.chunks = self.counts.reused = len(chunks)
            self._tell("publishing")
            memory.settle(gathering.pages, switched=False)
            return Outcome("unchanged", changed)
        vectors = embedded(chunks, self.tools, self.counts, self._tell)
        space = self.tools.space
        model = known or build_intents(intents, self._embedded_queries, space.model, space.dimensions)
        self._tell("publishing")
        published = self._published(gathering, chunks, vectors, model, languages)
        memory.settle(gathering.pages, switched=published.status != "blocked")
        return Outcome(published.status, changed, published.verdict, published.reason)

    def _published(
        self,
        gathering: Gathering,
        chunks: list[Chunk],
        vectors: "NDArray[np.float32]",
        model: IntentModel,
        languages: Sequence[str],
    ) -> Published:
        space = self.tools.space
        lexical, backdrop = assemble(chunks, vectors, model, languages)
        manifest = Manifest(
            self.build_id, space.model, space.dimensions, "inner_product",
            len(chunks), gathering.documents, self.tools.now,
        )  # fmt: skip
        if backdrop:
            manifest = replace(manifest, backdrop=(backdrop.mean, backdrop.deviation))
        return self.tools.publish(Parts(chunks, vectors, model, lexical, dump_pages(gathering.pages)), manifest)

    def _known_intents(self, specs: tuple[IntentSpec, ...]) -> IntentModel | None:
        """Return the published model when nothing it was made of has changed."""
        known = self.tools.known_intents()
        space = self.tools.space
        return known if known and known.digest == digest(specs, space.model, space.dimensions) else None

    def _embedded_queries(self, texts: Sequence[str]) -> list[Vector]:
        """Embed examples as questions are embedded. They are no chunks: the counts do not know them."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), EMBED_BATCH):
            self._tell("embedding")
            vectors += self.tools.embed_queries(texts[start : start + EMBED_BATCH])
        return vectors

    def _tell(self, phase: str, *pages: dict[str, object]) -> None:
        if not self.tools.progress(phase, asdict(self.counts), pages):
            raise BuildCancelled
