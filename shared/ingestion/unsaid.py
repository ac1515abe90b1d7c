"""What a site says on every page (where it is, when it is open, a product shown everywhere) is kept once. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from shared.domain.knowledge import AROUND, Document
from shared.ingestion.parse.around import headed


@dataclass
class Unsaid:
    """What was said by the pages of one crawl so far."""

    _said: set[str] = field(default_factory=set)

    def of(self, documents: Iterable[Document]) -> tuple[Document, ...]:
        """Return a page's documents without what a page before said too; its own text stays as it is."""
        return tuple(filter(None, map(self._new, documents)))

    def _new(self, document: Document) -> Document | None:
        """Return a document, of what stands around a page the new lines alone; None when there is nothing new in it."""
        if document.kind not in ("product", AROUND):
            return document
        texts = document.text.splitlines() if document.kind == AROUND else [document.text]
        new = [text for text in texts if text not in self._said]
        self._said.update(new)
        if document.kind == AROUND:
            new = headed(new)
        return replace(document, text="\n".join(new)) if new else None
