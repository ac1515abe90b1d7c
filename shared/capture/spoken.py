"""What is said aloud as it would be typed: "a n a at acme dot com" is an address, "oh seven double four" a number.

Pure. For a phone's transcript; the rest of the text stays as it is. Not for typed messages: people who type "at"
mean the word.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from shared.capture.said import level

_AT = frozenset(("at", "arroba", "arobase", "klammeraffe", "@"))
_SIGNS: Mapping[str, str] = {
    "dot": ".", "point": ".", "period": ".", "punto": ".", "punkt": ".",
    "dash": "-", "hyphen": "-", "minus": "-", "guion": "-", "bindestrich": "-", "tiret": "-",
    "underscore": "_", "unterstrich": "_",
    "plus": "+",
}  # fmt: skip
_DIGITS: Mapping[str, str] = {
    word: str(digit)
    for digit, words in enumerate((
        "zero oh cero null", "one uno eins un", "two dos zwei zwo deux", "three tres drei trois",
        "four cuatro vier quatre", "five cinco funf cinq", "six seis sechs", "seven siete sieben sept",
        "eight ocho acht huit", "nine nueve neun neuf",
    ))
    for word in words.split()
}  # fmt: skip
_TIMES: Mapping[str, int] = {"double": 2, "doble": 2, "doppel": 2, "triple": 3}
_FEWEST_DIGITS = 6
# "acme mail dot com" is one name of so many words at most.
_WORDS = 3


def written(text: str) -> str:
    """Return `text` with spoken addresses and numbers as they are typed."""
    words = text.split()
    spans = [*_addresses(words), *_numbers(words)]
    for begin, end, value in sorted(spans, reverse=True):
        tail = re.search(r"[.,;:!?]*$", words[end - 1])
        words[begin:end] = [value + (tail[0] if tail else "")]
    return " ".join(words) if spans else text


@cache
def _plain(word: str) -> str:
    return level(word).strip(".,;:!?\"'()")


def _addresses(words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return where addresses are said, as begin, end and the address."""
    found: list[tuple[int, int, str]] = []
    for place, word in enumerate(words):
        if _plain(word) not in _AT or (found and place < found[-1][1]):
            continue
        begin, local = _local(words, place)
        end, domain = _domain(words, place + 1)
        if local and domain:
            found.append((begin, end, f"{local}@{domain}"))
    return found


def _local(words: Sequence[str], at: int) -> tuple[int, str]:
    """Return where the part before the "at" begins, and the part: letters one by one, or words joined by signs."""
    parts: list[str] = []
    begin = at
    while begin:
        word, ends = _plain(words[begin - 1]), words[begin - 1][-1:] in ".,;:!?"
        if (parts and (ends or not _joins(word, parts[0]))) or not word.isalnum():
            break
        parts.insert(0, word)
        begin -= 1
    return begin, "".join(_SIGNS.get(part) or _DIGITS.get(part, part) for part in parts).strip(".-_+")


def _joins(word: str, following: str) -> bool:
    spelled = all(len(part) == 1 or part in _DIGITS for part in (word, following))
    return spelled or word in _SIGNS or following in _SIGNS


def _domain(words: Sequence[str], start: int) -> tuple[int, str]:
    """Return where the part after the "at" ends, and the part; "" when no dot and ending were said."""
    said, plain, place = "", 0, start
    while place < len(words):
        word = _plain(words[place])
        sign = _SIGNS.get(word)
        if sign in (".", "-"):
            said, plain = said + sign, 0
        elif word.isalnum() or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,10}", word):
            plain += 1
            if plain > _WORDS and len(word) > 1:
                break
            said += _DIGITS.get(word, word)
        else:
            break
        place += 1
        if _is_whole(said) and not _goes_on(words, place):
            return place, said
        if words[place - 1][-1:] in ",;!?":
            break
    return place, ""


def _is_whole(said: str) -> bool:
    return re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*\.[a-z]{2,10}", said) is not None


def _goes_on(words: Sequence[str], place: int) -> bool:
    return place < len(words) and _SIGNS.get(_plain(words[place])) == "." and not words[place - 1].endswith(".")


def _numbers(words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return where digits are said one after the other, as begin, end and the digits."""
    found: list[tuple[int, int, str]] = []
    place = 0
    while place < len(words):
        end, digits = _run(words, place)
        if len(digits.lstrip("+")) >= _FEWEST_DIGITS and end - place > 1:
            found.append((place, end, digits))
        place = max(end, place + 1)
    return found


def _run(words: Sequence[str], place: int) -> tuple[int, str]:
    digits, times = "", 1
    while place < len(words):
        word = _plain(words[place])
        if word in _TIMES:
            times = _TIMES[word]
        elif word == "plus" and not digits:
            digits = "+"
        elif word in _DIGITS or word.isdigit():
            digits += _DIGITS.get(word, word) * times
            times = 1
        else:
            break
        place += 1
        if words[place - 1][-1:] in ".;!?":
            break
    return place, digits
