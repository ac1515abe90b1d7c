"""Tells pages that repeat another one of the same crawl: by their text, or nearly so (SimHash of trafilatura). Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from trafilatura.deduplication import Simhash

from shared.domain.knowledge import Document

MAX_BITS = 6  # of 64; pages of one site with different texts differ in 16 and more
MAX_NEW_WORDS = 0.03
_MIN_CHARS = 300
_MAX_CHARS = 200_000  # the beginning of a book tells whether it may be a copy
_WORD = re.compile(r"\w+")

Documents = Sequence[Document]


@dataclass
class _Text:
    url: str
    simhash: int
    documents: Documents

    @property
    def title(self) -> str:
        """In small letters."""
        return " ".join(self.documents[0].title.casefold().split())

    @cached_property
    def words(self) -> Counter[str]:
        """Each word in small letters, and how often it is there; of few pages they are ever needed."""
        return Counter(word for document in self.documents for word in _WORD.findall(document.text.casefold()))

    def adds_nothing_to(self, other: "_Text") -> bool:
        """Say whether a page says, in other words or another order, no more than another one."""
        if self.title != other.title:
            return False
        added = self.words.keys() - other.words.keys()
        if any(self.words[word] > 1 or any(map(str.isdigit, word)) for word in added):
            return False
        return len(added) <= len(self.words) * MAX_NEW_WORDS


@dataclass
class Texts:
    """The texts of a crawl so far."""

    _exact: dict[str, str] = field(default_factory=dict)
    _near: list[_Text] = field(default_factory=list)

    def repeats(self, url: str, documents: Documents, fingerprint: str = "") -> tuple[str, str]:
        """Return why a page is a copy, naming the page it repeats ("" it is none), and the fingerprint of its text.

        A copy has the same title: two products, or two functions, may be described in the same words. And it has the
        same text, or nearly so: almost none of its words are new, and those once each and no numbers. What it says
        again and again is its subject, and prices, sizes and dates make another page of it.

        Args:
            url: of the page.
            documents: what would be indexed, one at least; kept for the pages that follow when it is no copy.
            fingerprint: of the page when it was read before: without a change it need not be worked out again.
        """
        text = " ".join(" ".join(document.text.split()) for document in documents)
        new = _Text(url, 0, documents)
        digest = hashlib.sha256(f"{new.title}\n{text}".encode()).hexdigest()
        if digest in self._exact:
            return f"has the same text as {self._exact[digest]}", fingerprint
        known, _, simhash = fingerprint.partition(":")
        bits = new.simhash = int(simhash, 16) if known == digest else Simhash(text[:_MAX_CHARS]).hash
        fingerprint = f"{digest}:{bits:x}"
        if len(text) >= _MIN_CHARS:
            for other in self._near:
                if (other.simhash ^ bits).bit_count() <= MAX_BITS and new.adds_nothing_to(other):
                    return f"says nearly the same as {other.url}", fingerprint
            self._near.append(new)
        self._exact[digest] = url
        return "", fingerprint
