"""What a parser finds: entries that are each found and cited on their own, and notes on what it passed over."""

from collections.abc import Iterable
from dataclasses import dataclass, field

_SHOWN = 5


@dataclass(frozen=True)
class Entry:
    """A product, a question or a business: its title, its page ("" for none), its text."""

    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Entries:
    """The entries of a file, and for its owner what was left out and why."""

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


@dataclass
class Skipped:
    """Counts what is passed over. `what` is how the owner finds it again: `row`, `item`."""

    what: str
    reasons: list[str] = field(default_factory=list)

    def add(self, number: int, reason: str) -> None:
        """Note that the row or item of this number is not read."""
        self.reasons.append(f"{self.what} {number} {reason}")

    def note(self, kept: int) -> tuple[str, ...]:
        """Return the note: how many of all were left out, the first few with their numbers."""
        if not self.reasons:
            return ()
        more = len(self.reasons) - _SHOWN
        shown = [*self.reasons[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        return (f"skipped {len(self.reasons)} of {len(self.reasons) + kept} {self.what}s: {'; '.join(shown)}",)


def numbers(of: Iterable[int]) -> str:
    """Return numbers as people write them: `2, 4-7, 9`; the first few ranges of many."""
    ranges: list[list[int]] = []
    for number in of:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:10]]
    return ", ".join(shown) + (" and more" if len(ranges) > len(shown) else "")
