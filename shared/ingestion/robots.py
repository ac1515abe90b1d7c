"""What a site's robots.txt allows, read by protego, and the sitemaps it names. Fetches nothing."""

from dataclasses import dataclass, field
from typing import Any

from protego import Protego

AGENT = "ChatbotPlatformCrawler"
MAX_DELAY_S = 10.0


@dataclass(frozen=True)
class Robots:
    """The rules of one site; without any, all is allowed."""

    rules: Any = None
    sitemaps: tuple[str, ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> "Robots":
        """Read a robots.txt."""
        rules = Protego.parse(text.lstrip("\ufeff")[:512_000])
        return cls(rules, tuple(rules.sitemaps))

    def allows(self, url: str) -> bool:
        """Say whether we may fetch `url`."""
        return self.rules is None or bool(self.rules.can_fetch(url, AGENT))

    @property
    def delay_s(self) -> float:
        """Seconds to wait between two requests, at most ten."""
        delay = self.rules.crawl_delay(AGENT) if self.rules else None
        return min(float(delay or 0), MAX_DELAY_S)
