"""How a crawl behaves towards the hosts it asks: robots.txt, pauses, waiting when told to, and when to give up."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

from shared.ingestion.fetch import Fetch, Refusal, Response
from shared.ingestion.robots import AGENT, Robots

MAX_ROBOTS_BYTES = 512_000
MAX_WAIT_S = 30.0
MAX_WAITS_S = 120.0  # of one crawl, all waits together
DOWN_AFTER = 8
_WAIT_S = 5.0
_SLOWED_S = 1.0
_BUSY = (429, 503)
_OK = 200


@dataclass
class Manners:
    """One crawl's. `ask` may be called from several threads at once."""

    fetch: Fetch
    sleep: Callable[[float], None] = time.sleep
    wall_clock: Callable[[], float] = time.time
    _robots: dict[str, Robots | str] = field(default_factory=dict)
    _slowed: set[str] = field(default_factory=set)
    _silent: dict[str, int] = field(default_factory=dict)
    _waited: float = 0.0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def robots_of(self, url: str) -> Robots | str:
        """Return the rules of the URL's host, or why it may not be crawled now; fetched once a host."""
        site = urlunsplit((*urlsplit(url)[:2], "/robots.txt", "", ""))
        if site not in self._robots:
            self._robots[site] = self._read_robots(site)
        return self._robots[site]

    def pause_s(self, url: str) -> float:
        """Return how long to wait between two pages of the URL's host: none, or one page at a time."""
        rules = self.robots_of(url)
        asked = rules.delay_s if isinstance(rules, Robots) else 0.0
        return max(asked, _SLOWED_S) if urlsplit(url).netloc in self._slowed else asked

    def ask(self, url: str, max_bytes: int, unless: Mapping[str, str], *, by_rules: bool = True) -> Response | str:
        """Return the response, or the reason why there is none. Busy servers are waited for and asked once more.

        Args:
            url: what is asked for.
            max_bytes: of the answer.
            unless: headers of a conditional request.
            by_rules: whether robots.txt is heeded, which says nothing of sitemaps.
        """
        if by_rules and (reason := self._forbidden(url)):
            return reason
        host = urlsplit(url).netloc
        if self._silent.get(host, 0) >= DOWN_AFTER:
            return f"{host} does not answer: not asked again in this build"
        try:
            answer = self.fetch(url, max_bytes, unless)
            if answer.status in _BUSY and self._waits(host, answer):
                answer = self.fetch(url, max_bytes, unless)
        except Refusal as refusal:
            with self._guard:
                self._silent[host] = self._silent.get(host, 0) + 1 if refusal.unreachable else 0
            return str(refusal)
        self._silent[host] = 0
        return answer

    def _forbidden(self, url: str) -> str:
        rules = self.robots_of(url)
        if isinstance(rules, str):
            return rules
        return "" if rules.allows(url) else f"robots.txt does not allow it for {AGENT}"

    def _waits(self, host: str, answer: Response) -> bool:
        """Wait as long as a busy server asks for; False when that is too long. From now on it is asked slowly."""
        wait = _seconds(answer.headers.get("retry-after", ""), self.wall_clock())
        with self._guard:
            self._slowed.add(host)
            if wait > MAX_WAIT_S or self._waited + wait > MAX_WAITS_S:
                return False
            self._waited += wait
        self.sleep(wait)
        return True

    def _read_robots(self, url: str) -> Robots | str:
        try:
            answer = self.fetch(url, MAX_ROBOTS_BYTES, {})
        except Refusal as refusal:
            return f"robots.txt cannot be read: {refusal}"
        if answer.status in _BUSY or answer.status >= 500:  # noqa: PLR2004 - RFC 9309: a server error means "not now"
            return f"robots.txt answered {answer.status}: the site may not be crawled now"
        return Robots.parse(answer.body.decode("utf-8", "replace")) if answer.status == _OK else Robots()


def _seconds(retry_after: str, now: float) -> float:
    """Return what a Retry-After header means: seconds, or a date; a short while when it says nothing."""
    text = retry_after.strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError):
        return _WAIT_S
