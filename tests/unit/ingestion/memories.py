"""A memory of builds without a bucket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.knowledge import Chunk
from shared.domain.pages import KnownPage, content_digest

Key = tuple[str, str]


@dataclass
class Notebook:
    """What one business's builds remember; a build that is switched to is told by `serve`.

    `live` and `chunks` are of the build that is served, `done` of one that ended without, `read` of one that never did.
    """

    live: dict[Key, KnownPage] = field(default_factory=dict)
    done: dict[Key, KnownPage] = field(default_factory=dict)
    read: dict[Key, KnownPage] = field(default_factory=dict)
    chunks: list[Chunk] = field(default_factory=list)
    known_vectors: dict[str, Any] = field(default_factory=dict)

    def page(self, source_id: str, url: str) -> KnownPage | None:
        """See `Memory`."""
        key = (source_id, url)
        return self.read.get(key) or self.done.get(key) or self.live.get(key)

    def just_read(self, source_id: str, url: str) -> KnownPage | None:
        """See `Memory`."""
        page = self.read.get((source_id, url))
        return page if page and not page.refused else None

    def served_pages(self) -> Mapping[Key, str]:
        """See `Memory`."""
        return {key: page.digest for key, page in self.live.items() if page.digest}

    def keep_page(self, page: KnownPage) -> None:
        """See `Memory`."""
        self.read[page.source_id, page.url] = page

    def vectors(self, keys: Sequence[str]) -> dict[str, Any]:
        """See `Memory`."""
        return {key: self.known_vectors[key] for key in keys if key in self.known_vectors}

    def keep_vectors(self, keys: Sequence[str], matrix: Any) -> None:
        """See `Memory`."""
        self.known_vectors |= dict(zip(keys, matrix, strict=True))

    def served(self) -> str:
        """See `Memory`."""
        return content_digest(self.chunks) if self.chunks else ""

    def settle(self, pages: Sequence[KnownPage], *, switched: bool) -> None:
        """See `Memory`."""
        found = {(page.source_id, page.url): page for page in pages}
        self.read = {}
        self.live, self.done = (found, {}) if switched else (self.live, found)
