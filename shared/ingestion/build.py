"""One build, from a business's sources to a published index: fetch, chunk, embed, publish. I/O is handed in."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from shared.domain.errors import NotFound
from shared.domain.intents import IntentSpec
from shared.domain.knowledge import Chunk, Document, Manifest
from shared.domain.records import SourceRecord
from shared.ingestion.chunk import chunk_document
from shared.ingestion.crawl import Crawl, CrawlPlan, Fetch, PageResult
from shared.ingestion.parse.registry import parse_file
from shared.ingestion.parse.unreadable import Unreadable
from shared.ingestion.sources import (
    FaqSource,
    FileSource,
    SitemapSource,
    Source,
    TextSource,
    WebsiteSource,
    load_source,
)
from shared.logs import event
from shared.ports import Vector
from shared.understanding.intents import IntentModel, build_intents, digest

_log = logging.getLogger(__name__)

MAX_CHUNKS = 50_000
EMBED_BATCH = 50


class BuildFailed(Exception):
    """The build cannot go on; the text is the reason for the owner."""


class BuildCancelled(Exception):
    """Somebody asked the build to stop."""


@dataclass
class Counts:
    """How far a build is."""

    found: int = 0
    fetched: int = 0
    indexed: int = 0
    skipped: int = 0
    failed: int = 0
    chunks: int = 0
    embedded: int = 0


class Progress(Protocol):
    """Where a build tells how far it is."""

    def __call__(self, phase: str, counts: dict[str, int], pages: Sequence[dict[str, object]]) -> bool:
        """Write it down; False asks the build to stop."""
        ...


@dataclass(frozen=True)
class BuildTools:
    """What a build needs from outside."""

    fetch: Callable[[str], Fetch]
    read_upload: Callable[[str], bytes]
    embed: Callable[[Sequence[tuple[str, str]]], list[Vector]]
    embed_queries: Callable[[Sequence[str]], list[Vector]]
    known_intents: Callable[[], IntentModel | None]
    publish: Callable[[list[Chunk], list[Vector], Manifest, IntentModel], Manifest]
    progress: Progress
    embedding_model: str
    dimensions: int
    now: str


@dataclass
class Build:
    """One run. `counts` can be read at any time."""

    build_id: str
    tools: BuildTools
    counts: Counts = field(default_factory=Counts)

    def run(self, sources: Sequence[SourceRecord], intents: tuple[IntentSpec, ...] = ()) -> Manifest:
        """Build and publish.

        Args:
            sources: what is indexed.
            intents: the business's own; the built-in ones come by themselves.

        Raises:
            BuildFailed: nothing to index, or too much; the previous index stays.
            BuildCancelled: between two steps, when asked to.
            PlatformError: a store or the model is down; the previous index stays.
        """
        chunks: list[Chunk] = []
        documents = 0
        for source in sources:
            for result in self._results(source):
                for document in result.documents:
                    chunks += chunk_document(document)
                    documents += 1
        if not chunks:
            raise BuildFailed(self._nothing(sources))
        if len(chunks) > MAX_CHUNKS:
            raise BuildFailed(f"the sources make {len(chunks)} chunks; at most {MAX_CHUNKS} are indexed")
        vectors = self._embedded(chunks)
        model = self._intents(intents)
        self._tell("publishing")
        manifest = Manifest(
            self.build_id, self.tools.embedding_model, self.tools.dimensions, "inner_product",
            len(chunks), documents, self.tools.now,
        )  # fmt: skip
        return self.tools.publish(chunks, vectors, manifest, model)

    def _results(self, record: SourceRecord) -> Iterator[PageResult]:
        """Yield what became of each page of a source, told as it happens."""
        self._tell("fetching")
        before = self.counts.found
        crawl = self._crawl(load_source(record.kind, record.name, record.spec))
        for found in crawl.results() if isinstance(crawl, Crawl) else crawl(record):
            result = _judged(found)
            self.counts.found = before + (crawl.found if isinstance(crawl, Crawl) else 1)
            self.counts.fetched += 1
            setattr(self.counts, result.outcome, getattr(self.counts, result.outcome) + 1)
            self._tell("fetching", self._row(record, result))
            yield result

    def _crawl(self, source: Source) -> Crawl | Callable[[SourceRecord], Iterator[PageResult]]:
        match source:
            case WebsiteSource():
                plan = CrawlPlan(
                    source.start_urls, (), source.include, source.exclude, source.max_depth, source.max_pages
                )
            case SitemapSource():
                plan = CrawlPlan(
                    (), (source.url,), source.include, source.exclude, max_pages=source.max_pages, follow=False
                )
            case _:
                return lambda record: self._given(record, source)
        first = (*plan.start_urls, *plan.sitemaps)[0]
        return Crawl(plan, self.tools.fetch(first), self.tools.now)

    def _given(self, record: SourceRecord, source: Source) -> Iterator[PageResult]:
        """Yield the one result of a source that needs no crawl."""
        try:
            documents = self._documents(record, source)
        except (Unreadable, NotFound) as error:
            reason = str(error) if isinstance(error, Unreadable) else "the uploaded file is gone; upload it again"
            yield PageResult(record.name, "failed", reason)
        else:
            yield PageResult(record.name, "indexed", "", documents[0].title, tuple(documents))

    def _documents(self, record: SourceRecord, source: Source) -> list[Document]:
        now = self.tools.now
        match source:
            case TextSource():
                return [Document(source.url or "", source.title, source.text, now)]
            case FaqSource():
                return [
                    Document(pair.url or "", pair.question, f"{pair.question}\n{pair.answer}", now, "product")
                    for pair in source.pairs
                ]
            case FileSource():
                data = self.tools.read_upload(record.id)
                return parse_file(
                    data, source.format, name=source.filename, url=source.url or "", fetched_at=now,
                    faq=source.content == "faq",
                )  # fmt: skip
            case _:
                raise Unreadable(f"a source of kind {record.kind} is not known")

    def _embedded(self, chunks: list[Chunk]) -> list[Vector]:
        self.counts.chunks = len(chunks)
        vectors: list[Vector] = []
        for start in range(0, len(chunks), EMBED_BATCH):
            self._tell("embedding")
            batch = [(chunk.label, chunk.text) for chunk in chunks[start : start + EMBED_BATCH]]
            vectors += self.tools.embed(batch)
            self.counts.embedded = len(vectors)
        return vectors

    def _intents(self, specs: tuple[IntentSpec, ...]) -> IntentModel:
        """Return the published model when nothing it was made of has changed, else a new one."""
        known = self.tools.known_intents()
        if known and known.digest == digest(specs, self.tools.embedding_model, self.tools.dimensions):
            return known
        return build_intents(specs, self._embedded_queries, self.tools.embedding_model, self.tools.dimensions)

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

    @staticmethod
    def _row(record: SourceRecord, result: PageResult) -> dict[str, object]:
        event(_log, "page", url=result.url, outcome=result.outcome, reason=result.reason)
        return {
            "url": result.url[:2000],
            "source_id": record.id,
            "outcome": result.outcome,
            "reason": result.reason[:500],
            "title": result.title[:300],
            "chunks": sum(len(chunk_document(document)) for document in result.documents),
        }

    def _nothing(self, sources: Sequence[SourceRecord]) -> str:
        if not sources:
            return "There are no sources yet: add a website, a file or a text first."
        return f"No text could be indexed ({self.counts.failed} pages failed, {self.counts.skipped} were skipped)."


def _judged(result: PageResult) -> PageResult:
    """Return the result as it is told: with what was left out as its reason, and as failed when nothing is indexed."""
    notes = "; ".join(note for document in result.documents for note in document.notes)
    if result.outcome == "indexed" and not any(chunk_document(document) for document in result.documents):
        return replace(result, outcome="failed", reason=notes or "there is no text in it", documents=())
    return replace(result, reason=notes) if notes else result
