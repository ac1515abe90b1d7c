"""What a build remembers: of the build before it, and of one that was stopped in the middle. Storing is elsewhere."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from shared.domain.pages import KnownPage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["KnownPage", "Memory", "NoMemory"]


class Memory(Protocol):
    """One business's memory, for one build. Nothing in it is needed: without it everything is read and embedded."""

    def page(self, source_id: str, url: str) -> KnownPage | None:
        """Return what is known of a page, from whichever build looked at it last."""
        ...

    def just_read(self, source_id: str, url: str) -> KnownPage | None:
        """Return a page that a build read a few hours ago and did not live to use: it need not be fetched again."""
        ...

    def served_pages(self) -> Mapping[tuple[str, str], str]:
        """Return the digest of each page that visitors are served now, by source and address."""
        ...

    def keep_page(self, page: KnownPage) -> None:
        """Remember a page, should this build be stopped; written down every few seconds."""
        ...

    def vectors(self, keys: Sequence[str]) -> "dict[str, NDArray[np.float32]]":
        """Return the unit vectors that are known of these keys (`shared.domain.pages.vector_key`)."""
        ...

    def keep_vectors(self, keys: Sequence[str], matrix: "NDArray[np.float32]") -> None:
        """Remember vectors, a unit row for each key; written down every few seconds."""
        ...

    def served(self) -> str:
        """Return the `content_digest` of what visitors are served; "" when that must be written anew in any case."""
        ...

    def settle(self, pages: Sequence[KnownPage], *, switched: bool) -> None:
        """End the build: what lies in between is dropped when its index is served now, else kept for the next one."""
        ...


class NoMemory:
    """Remembers nothing: each build is the first."""

    def page(self, source_id: str, url: str) -> None:
        """See `Memory`."""

    def just_read(self, source_id: str, url: str) -> None:
        """See `Memory`."""

    def served_pages(self) -> dict[tuple[str, str], str]:
        """See `Memory`."""
        return {}

    def keep_page(self, page: KnownPage) -> None:
        """See `Memory`."""

    def vectors(self, keys: Sequence[str]) -> "dict[str, NDArray[np.float32]]":
        """See `Memory`."""
        del keys
        return {}

    def keep_vectors(self, keys: Sequence[str], matrix: "NDArray[np.float32]") -> None:
        """See `Memory`."""

    def served(self) -> str:
        """See `Memory`."""
        return ""

    def settle(self, pages: Sequence[KnownPage], *, switched: bool) -> None:
        """See `Memory`."""
