"""What a site says on every page (where it is, when it is open, a product shown everywhere) is kept once. Pure."""

from collections.abc import Iterable, Iterator
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
        if document.kind == AROUND:
            text = "\n".join(headed(self._new_lines(document.text)))
            return replace(document, text=text) if text else None
        if document.kind == "product":
            if document.text in self._said:
                return None
            self._said.add(document.text)
        return document

    def _new_lines(self, text: str) -> Iterator[str]:
        """Yield headings, and the lines that no page before had under the same one: two branches may open alike."""
        heading = ""
        for line in text.splitlines():
            if line.startswith("#"):
                heading = line
                yield line
            elif (said := f"{heading}\n{line}") not in self._said:
                self._said.add(said)
                yield line
