"""Crawls one website or sitemap: which page next, and what became of each. Fetching and remembering are handed in."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from shared.domain.pages import KnownPage
from shared.ingestion.addresses import normalised
from shared.ingestion.entry import Entry
from shared.ingestion.fetch import Fetch, Refusal, Response
from shared.ingestion.frontier import MAX_FOUND, CrawlPlan, Frontier
from shared.ingestion.judge import Judge, PageResult
from shared.ingestion.listing import GONE, Listing
from shared.ingestion.manners import Manners
from shared.ingestion.memory import Memory, NoMemory
from shared.ingestion.parse.unreadable import Unreadable
from shared.ingestion.reading import VERSION, read_page

__all__ = ["Crawl", "CrawlPlan", "Fetch", "PageResult", "Refusal", "Response"]

MAX_PAGE_BYTES = 5_000_000
MAX_PDF_BYTES = 20_000_000
WORKERS = 4
IN_FLIGHT = 8  # so that one slow page does not leave the workers idle
MISSED = 2
TICK_S = 5.0

_OK, _UNCHANGED = 200, 304
_LISTED = "sitemaps"  # under which all that they name is remembered
_FORBIDDEN = "robots.txt does not allow"


_Flights = deque[tuple[Entry, "Future[Response | str] | None"]]


@dataclass
class Crawl:
    """One crawl. `results` may be stopped at any page; `found` counts the URLs known so far.

    Args:
        plan: where to start and to stop.
        fetch: how pages are had.
        fetched_at: what pages that are read now are dated, an ISO time.
        sleep: waits some seconds.
        memory: what builds before have read.
        source_id: under which pages are remembered.
        monotonic: seconds from an arbitrary start.
        tick: called every few seconds while a page is waited for; may raise to end the crawl.
        listed: what to remember of the sitemaps, once they were read.
    """

    plan: CrawlPlan
    fetch: Fetch
    fetched_at: str
    sleep: Callable[[float], None] = time.sleep
    memory: Memory = field(default_factory=NoMemory)
    source_id: str = ""
    monotonic: Callable[[], float] = time.monotonic
    tick: Callable[[], None] = lambda: None
    listed: KnownPage | None = None
    _frontier: Frontier = field(init=False)
    _manners: Manners = field(init=False)
    _judge: Judge = field(init=False)
    _taken: int = 0
    _bytes: int = 0
    _begun: float = 0.0

    def __post_init__(self) -> None:
        self._frontier = Frontier(self.plan)
        self._manners = Manners(self.fetch, self.sleep)
        self._judge = Judge(self._frontier)

    @property
    def found(self) -> int:
        """URLs found so far that may be pages."""
        return self._frontier.found

    def results(self) -> Iterator[PageResult]:
        """Yield what became of each page, in the order of the crawl, at most `max_pages` of them."""
        self._begun = self.monotonic()
        for url in self.plan.start_urls:
            self._frontier.add(url, 0, asked_for=True)
        yield from self._listed()
        flights: _Flights = deque()
        pool = ThreadPoolExecutor(WORKERS)
        try:
            while self._take_off(flights, pool):
                entry, future = flights.popleft()
                yield self._remembered(self._page(entry, self._landed(future)))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        yield from self._not_reached()
        for reason, (url, count) in self._frontier.left_out.items():
            yield PageResult(url, "skipped", f"{reason}; {count} such addresses were left out")

    def _take_off(self, flights: _Flights, pool: ThreadPoolExecutor) -> bool:
        """Ask for the next pages, several at once unless the site wants a pause between two; False when all is done."""
        while self._frontier.waits() and self._taken < self.plan.max_pages and not self._spent():
            if len(flights) >= IN_FLIGHT:
                break
            pause = self._manners.pause_s(self._frontier.next_url())
            if pause and flights:
                break
            entry = self._entry()
            self._taken += 1
            if pause and not entry.just_read:
                self.sleep(pause)
            flights.append((entry, None if entry.just_read else pool.submit(self._fetched, entry)))
        return bool(flights)

    def _entry(self) -> Entry:
        url, depth = self._frontier.take()
        just_read = self.memory.just_read(self.source_id, url)
        if just_read and just_read.reader == VERSION:
            return Entry(url, depth, just_read, just_read=True)
        return Entry(url, depth, self.memory.page(self.source_id, url))

    def _spent(self) -> str:
        """Return which budget is used up, "" when none is."""
        if self.monotonic() - self._begun > self.plan.max_seconds:
            return f"the crawl has taken {self.plan.max_seconds / 60:.0f} minutes, the most it may"
        if self._bytes > self.plan.max_bytes:
            return f"the site has sent {self.plan.max_bytes // 1_000_000} MB, the most that is read"
        return ""

    def _landed(self, future: "Future[Response | str] | None") -> Response | str | None:
        """Wait for an answer, and let the caller know every few seconds that we do."""
        if future is None:
            return None
        while not wait([future], TICK_S).done:
            self.tick()
        return future.result()

    def _fetched(self, entry: Entry) -> Response | str:
        """Return the response, or the reason why there is none."""
        most = MAX_PDF_BYTES if urlsplit(entry.url).path.lower().endswith(".pdf") else MAX_PAGE_BYTES
        answer = self._manners.ask(entry.url, most, entry.unless)
        if isinstance(answer, str) or answer.status != _UNCHANGED:
            return answer
        if entry.known and (normalised(answer.url) or entry.url) == entry.known.address:
            return answer
        return self._manners.ask(entry.url, most, {})  # unchanged, but somewhere else: not what we know

    def _page(self, entry: Entry, answer: Response | str | None) -> PageResult:
        if answer is None and entry.known:
            return self._judge.result(entry.known, entry.depth, unchanged=True)
        if answer is None or isinstance(answer, str):
            return self._not_had(entry, answer or "")
        self._bytes += len(answer.body)
        if entry.known and (answer.status == _UNCHANGED or entry.is_answered_by(answer)):
            page = replace(entry.known, fetched_at=self.fetched_at, missed=0)
            return self._judge.result(page, entry.depth, unchanged=True)
        if answer.status != _OK:
            return self._not_there(entry, answer.status)
        try:
            page = read_page(self.source_id, entry.url, answer, self.fetched_at)
        except Unreadable as error:
            return self._kept(entry, str(error))
        return self._judge.result(page, entry.depth, unchanged=False)

    def _not_had(self, entry: Entry, reason: str) -> PageResult:
        if reason.startswith(_FORBIDDEN):
            return PageResult(entry.url, "skipped", reason)
        return self._kept(entry, reason)

    def _not_there(self, entry: Entry, status: int) -> PageResult:
        """Keep a page that is not there for the first time: servers forget pages for an hour, too."""
        if status not in GONE:
            return self._kept(entry, f"the server answered {status}")
        missed = entry.known.missed + 1 if entry.known else MISSED
        if missed >= MISSED:
            again = f" in {missed} builds: it is taken out" if entry.known else ""
            return PageResult(entry.url, "failed", f"the server answered {status}{again}")
        return self._kept(entry, f"the server answered {status}; if it does so again, the page is taken out", missed)

    def _kept(self, entry: Entry, reason: str, missed: int = 0) -> PageResult:
        """Return a page as it was read before, since it cannot be had now; without one, its failure."""
        known = entry.known
        if known is None:
            return PageResult(entry.url, "failed", reason)
        result = self._judge.result(replace(known, missed=missed or known.missed), entry.depth, unchanged=True)
        if result.outcome != "indexed":
            return replace(result, outcome="failed", reason=reason)
        return replace(result, reason=f"{reason}: kept as it was read on {known.fetched_at[:10]}")

    def _remembered(self, result: PageResult) -> PageResult:
        """Keep a page that was read or confirmed just now, should this build be stopped."""
        if result.page and result.page.fetched_at == self.fetched_at and not result.page.missed:
            self.memory.keep_page(result.page)
        return result

    def _not_reached(self) -> Iterator[PageResult]:
        """Yield what became of the pages that a budget left over: those that are known stay as they were."""
        spent = self._spent()
        left, first = 0, ""
        while self._frontier.waits():
            url, depth = self._frontier.take()
            known = self.memory.page(self.source_id, url) if spent and self._taken < self.plan.max_pages else None
            if known:
                self._taken += 1
                yield self._kept(Entry(url, depth, known), f"not looked at: {spent}")
            else:
                left, first = left + 1, first or url
        if left:
            yield PageResult(first, "skipped", f"{spent or 'the page limit is reached'}; {left} more were found")

    def _listed(self) -> Iterator[PageResult]:
        """Queue what the sitemaps name, and yield those that failed.

        Pages that changed since they were read come first, should not all of them be reached.
        """
        listing = Listing(self.plan, self._manners, self._goes_on)
        listing.read()
        self._bytes += listing.received
        pages = self._not_forgotten(listing)
        for page in sorted(pages, key=lambda page: not self._changed(page, pages[page])):
            self._frontier.add(page, 1, named=True)
        for url, trouble in listing.troubles.items():
            yield PageResult(url, "failed", trouble)

    def _not_forgotten(self, listing: Listing) -> dict[str, str]:
        """Return the listed pages, with those of the time before while sitemaps cannot be read, as with any page."""
        known = self.memory.page(self.source_id, _LISTED)
        pages, missed = dict(listing.pages), 0
        if known and (listing.lost or listing.missing):
            missed = known.missed + (not listing.lost)
            if missed < MISSED or listing.lost:
                pages = {**pages, **{page: "" for page in known.links if page not in pages}}
        self.listed = KnownPage(
            self.source_id, _LISTED, links=tuple(pages)[:MAX_FOUND], missed=missed, fetched_at=self.fetched_at
        )
        return pages

    def _goes_on(self) -> bool:
        self.tick()
        return not self._spent()

    def _changed(self, page: str, date: str) -> bool:
        known = self.memory.page(self.source_id, normalised(page)) if date else None
        return known is not None and date[:10] >= known.fetched_at[:10]
