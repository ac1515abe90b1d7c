"""The pages that a site's sitemaps name: those of the plan, of robots.txt, or at the usual place."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from shared.ingestion.addresses import normalised
from shared.ingestion.frontier import MAX_FOUND, CrawlPlan
from shared.ingestion.manners import Manners
from shared.ingestion.robots import Robots
from shared.ingestion.sitemaps import Sitemap, parse_sitemap

MAX_SITEMAPS = 50
MAX_BYTES = 20_000_000
MAX_ALL_BYTES = 100_000_000
GONE = (404, 410)
_OK = 200


@dataclass
class Listing:
    """What the sitemaps of one crawl name.

    Args:
        plan: its sitemaps and start URLs.
        manners: how they are asked for.
        goes_on: asked before each; False ends the reading.
        pages: address to date of last change ("" unknown), in order; filled by `read`.
        troubles: sitemap to reason, of those that the owner or robots.txt names.
        received: bytes, all together.
        lost: something that may name pages could not be read.
        missing: a sitemap was not there.
    """

    plan: CrawlPlan
    manners: Manners
    goes_on: Callable[[], bool]
    pages: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    received: int = 0
    lost: bool = False
    missing: bool = False

    def read(self) -> None:
        """Read them all, nested ones too, each once."""
        named = [normalised(url) for url in self.plan.sitemaps or self._of_robots()]
        waiting = deque(named or self._usual())
        read: set[str] = set()
        while waiting and len(read) < MAX_SITEMAPS and not self._is_full() and self.goes_on():
            url = normalised(waiting.popleft())
            if not url or url in read:
                continue
            read.add(url)
            sitemap = self._sitemap(url)
            if sitemap.trouble and url in named:
                self.troubles[url] = f"as a sitemap: {sitemap.trouble}"
            waiting.extend(sitemap.sitemaps[:MAX_SITEMAPS])
            self.pages |= {page: sitemap.dates.get(page, "") for page in sitemap.pages}

    def _is_full(self) -> bool:
        return len(self.pages) >= MAX_FOUND or self.received > MAX_ALL_BYTES

    def _sitemap(self, url: str) -> Sitemap:
        answer = self.manners.ask(url, MAX_BYTES, {}, by_rules=False)
        if isinstance(answer, str):
            sitemap = Sitemap(trouble=answer)
        else:
            self.received += len(answer.body)
            unread = Sitemap(trouble=f"the server answered {answer.status}")
            sitemap = parse_sitemap(answer.body) if answer.status == _OK else unread
        if not isinstance(answer, str) and answer.status in GONE:
            self.missing = True
        elif sitemap.trouble:
            self.lost = True
        return sitemap

    def _hosts(self) -> Iterator[tuple[str, Robots]]:
        """Yield the start URLs' hosts that may be crawled now, and their rules."""
        for start in dict.fromkeys(urlunsplit((*urlsplit(url)[:2], "/", "", "")) for url in self.plan.start_urls):
            rules = self.manners.robots_of(start)
            if isinstance(rules, Robots):
                yield start, rules
            else:
                self.lost = True

    def _of_robots(self) -> list[str]:
        return [url for _, rules in self._hosts() for url in rules.sitemaps]

    def _usual(self) -> list[str]:
        return [f"{start}sitemap.xml" for start, rules in self._hosts() if not rules.sitemaps]
