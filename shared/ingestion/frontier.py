"""Which addresses a crawl looks at, each once, and which it leaves out and why. Fetches nothing."""

from collections import deque
from dataclasses import dataclass, field

from shared.ingestion.addresses import is_page, normalised, site_of, wanted
from shared.ingestion.traps import MAX_VARIANTS, Traps

MAX_FOUND = 50_000
MAX_BYTES = 500_000_000
MAX_SECONDS = 2400.0


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
    max_bytes: int = MAX_BYTES
    max_seconds: float = MAX_SECONDS


@dataclass
class Frontier:
    """The queue of one crawl. Addresses are in their one form (`addresses.normalised`) from here on."""

    plan: CrawlPlan
    traps: Traps = field(init=False)
    left_out: dict[str, tuple[str, int]] = field(default_factory=dict)
    _queue: deque[tuple[str, int]] = field(default_factory=deque)
    _seen: set[str] = field(default_factory=set)
    _refused: set[str] = field(default_factory=set)
    _sites: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.traps = Traps(max(MAX_VARIANTS, self.plan.max_pages // 2))
        self._sites = frozenset(site_of(normalised(url)) for url in (*self.plan.start_urls, *self.plan.sitemaps))

    def waits(self) -> bool:
        """Say whether there is a page to look at; those that a trap was found for meanwhile are left out."""
        while self._queue and (reason := self.traps.same_again(self._queue[0][0])):
            self._refuse(self._queue.popleft()[0], reason)
        return bool(self._queue)

    @property
    def found(self) -> int:
        """How many addresses were found that may be pages."""
        return len(self._seen)

    def add(self, url: str, depth: int, *, named: bool = False, asked_for: bool = False) -> None:
        """Queue an address that is new, a page, of a start URL's site and wanted by the owner.

        Args:
            url: in any form.
            depth: links from a start URL.
            named: by a sitemap, which has an end: it may name any number of variants and dates.
            asked_for: by the owner, whatever their patterns say.
        """
        if url in self._seen:
            return
        address = normalised(url)
        if not address or address in self._seen or address in self._refused:
            return
        if not is_page(address) or site_of(address) not in self._sites:
            return
        if not asked_for and not wanted(address, self.plan.include, self.plan.exclude):
            return
        reason = "" if named or asked_for else self.traps.reason(address)
        if len(self._seen) >= MAX_FOUND:
            reason = f"more than {MAX_FOUND} addresses were found"
        if reason:
            self._refuse(address, reason)
            return
        self._seen.add(address)
        self._queue.append((address, depth))

    def _refuse(self, address: str, reason: str) -> None:
        first, count = self.left_out.get(reason, (address, 0))
        self.left_out[reason] = (first, count + 1)
        if len(self._refused) < MAX_FOUND:
            self._refused.add(address)

    def take(self) -> tuple[str, int]:
        """Return the next address and its depth; there must be one."""
        return self._queue.popleft()

    def next_url(self) -> str:
        """Return the next address and leave it where it is."""
        return self._queue[0][0]

    def meets(self, address: str) -> bool:
        """Note where a redirect ended; say whether that is in the crawl already."""
        known = address in self._seen
        self._seen.add(address)
        return known
