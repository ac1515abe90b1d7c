"""A place in a message that states a field's value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """Where a value stands, and how it was said.

    Args:
        field: whose value it would be.
        start: where the value begins; `end` is behind it.
        end: behind the value.
        begin: where the words that announce it begin ("my name is").
        explicit: announced as the visitor's own, not merely mentioned.
        denied: said not to be the value ("not a@x.com", "a@x.com is wrong").
        attempt: looks like a value but is hardly one ("ana at gmail"): only worth telling why it fails.
        corrects: said to replace what is known ("it's Anna, not Ana").
    """

    field: str
    start: int
    end: int
    begin: int
    explicit: bool = False
    denied: bool = False
    attempt: bool = False
    corrects: bool = False


def without_overlaps(found: list[Found]) -> list[Found]:
    """Return the places in their order; of two that overlap the one that was named first in the list."""
    kept: list[Found] = []
    for one in found:
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
