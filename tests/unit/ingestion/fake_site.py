"""A website in memory, and a crawl over it that never really waits."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.ingestion.crawl import Crawl, CrawlPlan, PageResult, Refusal

SITE = "https://shop.example"
TEXT = "This page holds enough text of its own to be worth indexing, and it is about {}."


@dataclass(frozen=True)
class Answer:
    """What a server answers, redirects followed."""

    url: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "text/html; charset=utf-8"})
    body: bytes = b""


def page(about: str, *links: str, head: str = "") -> str:
    """Return an HTML page with a text of its own and these links."""
    anchors = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    body = f"<main><p>{TEXT.format(about)}</p>{anchors}</main>"
    return f"<html><head><title>{about}</title>{head}</head><body>{body}</body></html>"


class FakeSite:
    """Answers by URL; what is not there is a 404. Remembers what was asked, in order."""

    def __init__(self, content: Mapping[str, str | bytes | Answer | Exception]) -> None:
        self._content = {url if "://" in url else f"{SITE}{url}": answer for url, answer in content.items()}
        self._guard = threading.Lock()
        self.asked: list[str] = []

    def fetch(self, url: str, max_bytes: int, _unless: Mapping[str, str]) -> Answer:
        """See `Fetch`."""
        with self._guard:
            self.asked.append(url)
        found = self._content.get(url)
        if found is None:
            return Answer(url, 404)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, Answer):
            return found
        body = found.encode() if isinstance(found, str) else found
        if len(body) > max_bytes:
            raise Refusal("is larger than allowed")
        return Answer(url, body=body)


class ChangingSite(FakeSite):
    """Marks its pages with an ETag and answers 304 to who has them. Pages are changed between two crawls."""

    def __init__(self, content: Mapping[str, str | bytes | Answer | Exception]) -> None:
        super().__init__(content)
        self.sent: list[str] = []
        self.unchanged: list[str] = []

    def put(self, path: str, answer: str | bytes | Answer | Exception) -> None:
        """Change a page."""
        self._content[f"{SITE}{path}"] = answer

    def fetch(self, url: str, max_bytes: int, unless: Mapping[str, str]) -> Answer:
        """See `Fetch`."""
        answer = super().fetch(url, max_bytes, unless)
        if answer.status != 200:
            return answer
        etag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
        if unless.get("if-none-match") == etag:
            self.unchanged.append(url.removeprefix(SITE))
            return Answer(answer.url, 304, {"etag": etag})
        self.sent.append(url.removeprefix(SITE))
        return Answer(answer.url, 200, {**answer.headers, "etag": etag}, answer.body)

    def forget(self) -> None:
        """Forget what was asked."""
        self.asked, self.sent, self.unchanged = [], [], []


def redirect(to: str, about: str) -> Answer:
    """Return the page a redirect ended at."""
    return Answer(to, body=page(about).encode())


@dataclass
class Crawled:
    """A finished crawl: what became of each URL, the pauses it made and the requests it sent."""

    results: list[PageResult]
    slept: list[float]
    asked: list[str]
    found: int

    @property
    def outcomes(self) -> dict[str, str]:
        """Outcome by path."""
        return {result.url.removeprefix(SITE): result.outcome for result in self.results}

    @property
    def indexed(self) -> set[str]:
        """Paths of the pages that were indexed."""
        return {path for path, outcome in self.outcomes.items() if outcome == "indexed"}

    def reason(self, path: str) -> str:
        """Return why a page was not indexed."""
        return next(result.reason for result in self.results if result.url == f"{SITE}{path}")


def crawl(content: Mapping[str, str | bytes | Answer | Exception], start: str = "/", **plan: Any) -> Crawled:
    """Crawl a site to the end."""
    site, slept = FakeSite(content), list[float]()
    starts = plan.pop("start_urls", (f"{SITE}{start}",))
    run = Crawl(CrawlPlan(starts, **plan), site.fetch, "2026-11-23T10:00:00+00:00", sleep=slept.append)
    return Crawled(list(run.results()), slept, site.asked, run.found)
