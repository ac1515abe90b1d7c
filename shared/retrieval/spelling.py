"""Finds the known term that a misspelt one was meant to be. Pure; knows no language."""

from collections.abc import Callable, Iterator

SHORTEST = 5  # letters: of fewer, too many words are one slip from another (`lost` is not `list`)


def meant(term: str, alphabet: str, frequency: Callable[[str], int]) -> str:
    """Return the most frequent known term one slip away; "" when there is none.

    A slip is a letter too many, missing, wrong, or two that changed places. Terms with digits are never changed: a
    product number that is not known is another product. Two slips would find a little more (1 point of nDCG on
    misspelt questions) and cost milliseconds.

    Args:
        term: one that is not known.
        alphabet: the letters that known terms are made of.
        frequency: in how many passages a term stands; 0 for one that is not known.
    """
    if len(term) < SHORTEST or not term.isalpha():
        return ""
    known = sorted((-count, near) for near in set(_slips(term, alphabet)) if (count := frequency(near)))
    return known[0][1] if known else ""


def _slips(term: str, alphabet: str) -> Iterator[str]:
    # The first letter is hardly ever wrong: keeping it halves the false friends.
    for at in range(1, len(term) + 1):
        head, tail = term[:at], term[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in alphabet)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in alphabet)
