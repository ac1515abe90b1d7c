"""What a crawl asks of whoever fetches for it."""

from collections.abc import Callable, Mapping
from typing import Protocol


class Response(Protocol):
    """What a fetch returns."""

    @property
    def url(self) -> str:
        """Where the redirects ended."""
        ...

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case name."""
        ...

    @property
    def body(self) -> bytes:
        """Decoded."""
        ...


class Refusal(Exception):
    """Raised by `Fetch` when a page cannot be had; the text is the reason for the owner.

    Args:
        reason: for the owner.
        unreachable: nothing came of asking the server, so that asking again and again would be no use.
    """

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


Fetch = Callable[[str, int, Mapping[str, str]], Response]
"""From a URL, the most bytes and the headers of a conditional request to a response of that site; raises Refusal."""
