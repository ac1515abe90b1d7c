"""Crawls one website or sitemap: which page next, and what became of each. Fetching is handed in."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol
from urllib.parse import urlsplit, urlunsplit

from shared.domain.knowledge import Document
from shared.ingestion.addresses import is_page, normalised, site_of, wanted
from shared.ingestion.parse.entries import Entry
from shared.ingestion.parse.html import MIN_TEXT, directives, parse_html
from shared.ingestion.parse.registry import page_documents, parse_file
from shared.ingestion.parse.unreadable import Unreadable
from shared.ingestion.robots import AGENT, Robots
from shared.ingestion.sitemaps import parse_sitemap

MAX_PAGE_BYTES = 5_000_000
MAX_PDF_BYTES = 20_000_000
MAX_SITEMAPS = 50
MAX_SITEMAP_BYTES = 20_000_000
WORKERS = 4

Outcome = Literal["indexed", "skipped", "failed"]


class Response(Protocol):
    """What a fetch returns."""

    @property
    def url(self) -> str:
        """Where the redirects ended."""
        ...

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case name."""
        ...

    @property
    def body(self) -> bytes:
        """Decoded."""
        ...


class Refusal(Exception):
    """Raised by `Fetch` when a page cannot be had; the text is the reason for the owner."""


Fetch = Callable[[str, int], Response]
"""From a URL and the most bytes to a response on the same site; raises Refusal."""


@dataclass(frozen=True)
class PageResult:
    """What became of one URL, and its documents when it is to be indexed."""

    url: str
    outcome: Outcome
    reason: str = ""
    title: str = ""
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True)
class CrawlPlan:
    """Where to start and where to stop. `follow` False: only the URLs given and those of the sitemaps."""

    start_urls: tuple[str, ...]
    sitemaps: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_depth: int = 5
    max_pages: int = 200
    follow: bool = True


@dataclass
class Crawl:
    """One crawl. `results` may be stopped at any page; `found` counts the URLs known so far."""

    plan: CrawlPlan
    fetch: Fetch
    fetched_at: str
    sleep: Callable[[float], None] = time.sleep
    _queue: deque[tuple[str, int]] = field(default_factory=deque)
    _seen: set[str] = field(default_factory=set)
    _texts: dict[str, str] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)
    _canonical: set[str] = field(default_factory=set)
    _robots: dict[str, Robots | str] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """URLs found so far that may be pages."""
        return len(self._seen)

    def results(self) -> Iterator[PageResult]:
        """Yield what became of each page, in the order of the crawl, at most `max_pages` of them."""
        for url in self.plan.start_urls:
            self._add(url, 0, asked_for=True)
        for url in self._sitemap_pages():
            self._add(url, 1)
        fetched = 0
        with ThreadPoolExecutor(WORKERS) as pool:
            while self._queue and fetched < self.plan.max_pages:
                batch = self._next_batch(self.plan.max_pages - fetched)
                fetched += len(batch)
                for (url, depth), answer in zip(batch, pool.map(self._fetched, batch), strict=True):
                    yield self._page(url, depth, answer)
        if self._queue:
            left = len(self._queue)
            yield PageResult(self._queue[0][0], "skipped", f"the page limit is reached; {left} more were found")

    def _next_batch(self, most: int) -> list[tuple[str, int]]:
        """Return the next pages: several at once, unless the site asks for a pause between two requests."""
        delay = max((self._rules(url).delay_s for url, _ in list(self._queue)[:WORKERS]), default=0.0)
        if delay:
            self.sleep(delay)
        size = 1 if delay else min(WORKERS, most)
        return [self._queue.popleft() for _ in range(min(size, len(self._queue)))]

    def _add(self, url: str, depth: int, *, asked_for: bool = False) -> None:
        """Queue a URL that is new, a page, of a start URL's site and wanted by the owner."""
        address = normalised(url)
        if not address or address in self._seen or not is_page(address):
            return
        if site_of(address) not in {site_of(start) for start in (*self.plan.start_urls, *self.plan.sitemaps)}:
            return
        if not asked_for and not wanted(address, self.plan.include, self.plan.exclude):
            return
        self._seen.add(address)
        self._queue.append((address, depth))

    def _fetched(self, entry: tuple[str, int]) -> Response | str:
        """Return the response, or the reason why there is none."""
        url, _ = entry
        rules = self._robots_of(url)
        if isinstance(rules, str):
            return rules
        if not rules.allows(url):
            return f"robots.txt does not allow it for {AGENT}"
        try:
            return self.fetch(url, MAX_PDF_BYTES if urlsplit(url).path.lower().endswith(".pdf") else MAX_PAGE_BYTES)
        except Refusal as refusal:
            return str(refusal)

    def _page(self, url: str, depth: int, answer: Response | str) -> PageResult:
        if isinstance(answer, str):
            forbidden = answer.startswith("robots.txt does not allow")
            return PageResult(url, "skipped" if forbidden else "failed", answer)
        address = normalised(answer.url) or url
        if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
            return PageResult(url, "failed", f"the server answered {answer.status}")
        if address != url and address in self._seen:
            return PageResult(url, "skipped", f"redirects to {address}, which is in the crawl")
        self._seen.add(address)
        try:
            return self._read(url, address, depth, answer)
        except Unreadable as error:
            return PageResult(url, "failed", str(error))

    def _read(self, url: str, address: str, depth: int, answer: Response) -> PageResult:
        kind = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            return self._html(url, address, depth, answer)
        if kind != "application/pdf":
            return PageResult(url, "skipped", f"is {kind[:60]}, not a page")
        name = urlsplit(address).path.rpartition("/")[2]
        return self._indexed(url, parse_file(answer.body, "pdf", name=name, url=address, fetched_at=self.fetched_at))

    def _html(self, url: str, address: str, depth: int, answer: Response) -> PageResult:
        page, said = parse_html(answer.body, address), directives(answer.headers.get("x-robots-tag", ""))
        follow = self.plan.follow and not page.nofollow and not said & {"nofollow", "none"}
        if follow and depth < self.plan.max_depth:
            for link in page.links:
                self._add(link, depth + 1)
        if page.noindex or said & {"noindex", "none"}:
            return PageResult(url, "skipped", "asks not to be indexed", page.title)
        canonical = normalised(page.canonical)
        if (
            canonical not in ("", address)
            and site_of(canonical) == site_of(address)
            and address not in self._canonical  # another page calls this one canonical: it is not a copy itself
        ):
            self._canonical.add(canonical)
            self._add(canonical, depth)
            return PageResult(url, "skipped", f"is a copy of {canonical}", page.title)
        page = replace(page, text=page.text if len(page.text) >= MIN_TEXT else "", entries=self._unsaid(page.entries))
        if not page.text and not page.entries:
            return PageResult(url, "skipped", "has no text of its own (does it need JavaScript?)", page.title)
        return self._indexed(url, page_documents(page, address, address, self.fetched_at))

    def _unsaid(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Return what no page before said: a site says where its business is on every page."""
        unsaid = tuple(entry for entry in entries if entry.text not in self._said)
        self._said |= {entry.text for entry in unsaid}
        return unsaid

    def _indexed(self, url: str, documents: list[Document]) -> PageResult:
        text = "\n".join(document.text for document in documents)
        digest = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
        if digest in self._texts:
            return PageResult(url, "skipped", f"has the same text as {self._texts[digest]}", documents[0].title)
        self._texts[digest] = url
        return PageResult(url, "indexed", "", documents[0].title, tuple(documents))

    def _robots_of(self, url: str) -> Robots | str:
        """Return the rules of the URL's site, or why it may not be crawled now; fetched once a site."""
        site = urlunsplit((*urlsplit(url)[:2], "/robots.txt", "", ""))
        if site not in self._robots:
            self._robots[site] = self._fetch_robots(site)
        return self._robots[site]

    def _rules(self, url: str) -> Robots:
        rules = self._robots_of(url)
        return rules if isinstance(rules, Robots) else Robots()

    def _fetch_robots(self, url: str) -> Robots | str:
        try:
            answer = self.fetch(url, 512_000)
        except Refusal as refusal:
            return f"robots.txt cannot be read: {refusal}"
        if answer.status >= 500:  # noqa: PLR2004 - RFC 9309: a server error means "not now"
            return f"robots.txt answered {answer.status}: the site may not be crawled now"
        return Robots.parse(answer.body.decode("utf-8", "replace")) if answer.status == 200 else Robots()  # noqa: PLR2004

    def _sitemap_pages(self) -> Iterator[str]:
        """Yield the pages of the plan's sitemaps, or of those the sites name, or of /sitemap.xml."""
        waiting = deque(self.plan.sitemaps or self._named_sitemaps())
        read: set[str] = set()
        while waiting and len(read) < MAX_SITEMAPS:
            url = waiting.popleft()
            if url in read:
                continue
            read.add(url)
            try:
                answer = self.fetch(url, MAX_SITEMAP_BYTES)
            except Refusal:
                continue  # a site without a sitemap is crawled by its links
            if answer.status == 200:  # noqa: PLR2004
                sitemap = parse_sitemap(answer.body)
                waiting.extend(sitemap.sitemaps)
                yield from sitemap.pages

    def _named_sitemaps(self) -> Iterable[str]:
        for start in dict.fromkeys(urlunsplit((*urlsplit(url)[:2], "/", "", "")) for url in self.plan.start_urls):
            rules = self._robots_of(start)
            if isinstance(rules, Robots):
                yield from rules.sitemaps or (f"{start}sitemap.xml",)
