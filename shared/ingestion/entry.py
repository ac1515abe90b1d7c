"""A page that is under way: what was asked, and what is known of it from builds before."""

from dataclasses import dataclass

from shared.domain.pages import KnownPage
from shared.ingestion.fetch import Response
from shared.ingestion.reading import VERSION, answer_digest

_OK = 200


@dataclass(frozen=True)
class Entry:
    """One address of a crawl. `just_read`: by a build that was stopped a while ago, so that it is not asked for."""

    url: str
    depth: int
    known: KnownPage | None
    just_read: bool = False

    @property
    def unless(self) -> dict[str, str]:
        """The headers that ask for the page only if it has changed."""
        if self.known is None or self.known.reader != VERSION:
            return {}
        marks = {"if-none-match": self.known.etag, "if-modified-since": self.known.last_modified}
        return {name: mark for name, mark in marks.items() if mark}

    def is_answered_by(self, answer: Response) -> bool:
        """Say whether the server has sent once more what is known, as those do that know no marks."""
        if self.known is None or self.known.reader != VERSION or answer.status != _OK:
            return False
        return self.known.answer == answer_digest(answer)
