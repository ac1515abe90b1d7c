"""Says of each page of a crawl whether it is indexed beside those before it, and follows its links. Fetches nothing."""

from dataclasses import dataclass, field, replace
from typing import Literal

from shared.domain.knowledge import AROUND, Document
from shared.domain.pages import KnownPage
from shared.ingestion.addresses import wanted
from shared.ingestion.duplicates import Texts
from shared.ingestion.frontier import Frontier
from shared.ingestion.reading import NO_TEXT
from shared.ingestion.unsaid import Unsaid

Outcome = Literal["indexed", "skipped", "failed"]


@dataclass(frozen=True)
class PageResult:
    """What became of one URL, and its documents when it is to be indexed.

    `page` is what to remember of it; `unchanged`: it was not read again, since there was no need.
    """

    url: str
    outcome: Outcome
    reason: str = ""
    title: str = ""
    documents: tuple[Document, ...] = ()
    page: KnownPage | None = None
    unchanged: bool = False


@dataclass
class Judge:
    """One crawl's. It knows the pages that came before, so the order of the crawl matters."""

    frontier: Frontier
    _texts: Texts = field(default_factory=Texts)
    _unsaid: Unsaid = field(default_factory=Unsaid)
    _canonical: set[str] = field(default_factory=set)

    def result(self, page: KnownPage, depth: int, *, unchanged: bool) -> PageResult:
        """Return what becomes of a page that was read, now or before; queue what it links to."""
        reason = self._leads_elsewhere(page, depth)
        if not reason:
            self._follow(page, depth)
            reason = self._asks(page, depth)
        documents = () if reason else self._unsaid.of(page.documents)
        own = [document for document in documents if document.kind != AROUND]
        if own:
            reason, fingerprint = self._texts.repeats(page.address, own, page.fingerprint)
            self.frontier.traps.learn(page.url, copy=bool(reason))
            page = replace(page, fingerprint=fingerprint)
        if reason or not own:
            return PageResult(page.url, "skipped", reason or NO_TEXT, page.title, page=page, unchanged=unchanged)
        return PageResult(page.url, "indexed", "", documents[0].title, documents, page, unchanged)

    def _leads_elsewhere(self, page: KnownPage, depth: int) -> str:
        """Return why a redirect's target is not read here, "" when it is; the target is the page."""
        if page.address == page.url:
            return ""
        plan = self.frontier.plan
        if depth and not wanted(page.address, plan.include, plan.exclude):
            return f"redirects to {page.address}, which the source's patterns leave out"
        return f"redirects to {page.address}, which is in the crawl" if self.frontier.meets(page.address) else ""

    def _follow(self, page: KnownPage, depth: int) -> None:
        plan = self.frontier.plan
        if plan.follow and depth < plan.max_depth:
            for link in page.links:
                self.frontier.add(link, depth + 1)

    def _asks(self, page: KnownPage, depth: int) -> str:
        """Return why a page itself does not want to be indexed, "" when it does not mind."""
        if page.refused and page.refused != NO_TEXT:
            return page.refused
        if page.canonical and page.address not in self._canonical:  # else another calls this one canonical: no copy
            self._canonical.add(page.canonical)
            self.frontier.add(page.canonical, depth)
            self.frontier.traps.learn(page.url, copy=True)
            return f"is a copy of {page.canonical}"
        return ""
