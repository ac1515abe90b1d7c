"""From sources to chunks: crawls, reads and cuts, tells what became of each page, and says what to remember of it."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.errors import NotFound
from shared.domain.knowledge import Chunk, Document
from shared.domain.pages import KnownPage, text_digest
from shared.domain.records import SourceRecord
from shared.ingestion.chunk import chunk_document
from shared.ingestion.crawl import Crawl, CrawlPlan, PageResult
from shared.ingestion.parse.registry import parse_file
from shared.ingestion.parse.unreadable import Unreadable
from shared.ingestion.repeated import without_repeated
from shared.ingestion.sources import (
    FaqSource,
    FileSource,
    SitemapSource,
    Source,
    TextSource,
    WebsiteSource,
    load_source,
)
from shared.ingestion.tools import BuildFailed, BuildTools, Counts, Tell
from shared.logs import event

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Read:
    """A page as it is told, and what it is cut into."""

    result: PageResult
    chunks: list[Chunk]

    @classmethod
    def of(cls, result: PageResult) -> "_Read":
        """Return a page with what was left out of it as its reason, and as failed when nothing is indexed."""
        chunks = [chunk for document in result.documents for chunk in chunk_document(document)]
        notes = "; ".join(note for document in result.documents for note in document.notes)
        if result.outcome == "indexed" and not chunks:
            return cls(replace(result, outcome="failed", reason=notes or "there is no text in it", documents=()), [])
        return cls(replace(result, reason="; ".join(filter(None, (result.reason, notes)))), chunks)

    def row(self, record: SourceRecord) -> dict[str, object]:
        """Return what the owner is told."""
        return {
            "url": self.result.url[:2000],
            "source_id": record.id,
            "outcome": self.result.outcome,
            "reason": self.result.reason[:500],
            "title": self.result.title[:300],
            "chunks": len(self.chunks),
        }


@dataclass
class Gathering:
    """The reading of one build's sources.

    Args:
        tools: of the build.
        counts: of the build, kept up to date.
        tell: after every page.
        pages: what to remember of each.
        documents: how many are indexed.
    """

    tools: BuildTools
    counts: Counts
    tell: Tell
    pages: list[KnownPage] = field(default_factory=list)
    documents: int = 0
    _cut: int = 0

    def chunks(self, sources: Sequence[SourceRecord]) -> list[Chunk]:
        """Return the chunks of all sources, in reading order.

        Raises:
            BuildFailed: they are too many.
        """
        chunks: list[Chunk] = []
        for record in sources:
            for found in self._read(record):
                chunks += found.chunks
                self.documents += len(found.result.documents)
            self._limit(len(chunks), self.tools.max_chunks)
        return chunks

    def _limit(self, count: int, most: int) -> None:
        if count > most:
            raise BuildFailed(f"the sources make {count} chunks; at most {self.tools.max_chunks} are indexed")

    def _read(self, record: SourceRecord) -> list[_Read]:
        """Return what is indexed of a source, page by page."""
        self.tell("fetching")
        source = load_source(record.kind, record.name, record.spec)
        plan = _plan(source)
        pages = list(self._told(record, self._crawl(record, plan) if plan else self._given(record, source)))
        indexed = [page for page in pages if page.result.outcome == "indexed"]
        if plan:
            indexed = list(self._stripped(record, indexed))
        digests = {page.result.url: text_digest(page.result.documents) for page in indexed}
        known = (page.result.page for page in pages)
        self.pages += [replace(page, digest=digests.get(page.url, "")) for page in known if page]
        return indexed

    def _stripped(self, record: SourceRecord, pages: list[_Read]) -> Iterator[_Read]:
        """Yield a site's pages without what all of them say; told again where that makes a difference."""
        kept = without_repeated([page.result.documents for page in pages])
        for page, documents in zip(pages, kept, strict=True):
            if documents == page.result.documents:
                yield page
            else:
                stripped = _Read.of(replace(page.result, documents=documents))
                self.tell("fetching", stripped.row(record))
                yield stripped

    def _told(self, record: SourceRecord, results: Iterable[tuple[PageResult, int]]) -> Iterator[_Read]:
        """Yield what became of each page, told as it happens; `results` come with how many pages are known by then."""
        before = self.counts.found
        for found, known in results:
            page = _Read.of(found)
            result = page.result
            self.counts.found = before + known
            self.counts.fetched += 1
            self.counts.unchanged += result.unchanged
            self._cut += len(page.chunks)
            setattr(self.counts, result.outcome, getattr(self.counts, result.outcome) + 1)
            event(_log, "page", url=result.url, outcome=result.outcome, reason=result.reason)
            self.tell("fetching", page.row(record))
            # What a site repeats is not taken out yet: of that there is no more than as much again.
            self._limit(self._cut, 2 * self.tools.max_chunks)
            yield page

    def _crawl(self, record: SourceRecord, plan: CrawlPlan) -> Iterator[tuple[PageResult, int]]:
        crawl = Crawl(
            plan,
            self.tools.fetch,
            self.tools.now,
            memory=self.tools.memory,
            source_id=record.id,
            tick=lambda: self.tell("fetching"),
            sleep=self.tools.sleep,
        )
        for result in crawl.results():
            yield result, crawl.found
        if crawl.listed:
            self.pages.append(crawl.listed)

    def _given(self, record: SourceRecord, source: Source) -> Iterator[tuple[PageResult, int]]:
        """Yield the one result of a source that needs no crawl."""
        try:
            documents = tuple(self._documents(record, source))
        except (Unreadable, NotFound) as error:
            reason = str(error) if isinstance(error, Unreadable) else "the uploaded file is gone; upload it again"
            yield PageResult(record.name, "failed", reason), 1
        else:
            page = KnownPage(record.id, record.name, fetched_at=self.tools.now)
            yield PageResult(record.name, "indexed", "", documents[0].title, documents, page), 1

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


def _plan(source: Source) -> CrawlPlan | None:
    """Return how a source is crawled; None when there is nothing to crawl."""
    match source:
        case WebsiteSource():
            return CrawlPlan(source.start_urls, (), source.include, source.exclude, source.max_depth, source.max_pages)
        case SitemapSource():
            return CrawlPlan(
                (), (source.url,), source.include, source.exclude, max_pages=source.max_pages, follow=False
            )
        case _:
            return None
