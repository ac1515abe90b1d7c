"""People's names: letters of any script, no sentence, no address; put in capitals only when typed without any."""

import unicodedata

from shared.capture.said import level
from shared.capture.words import not_a_name, soft, surnames

MAX_WORDS, MAX_CHARS = 5, 80
_SHORTEST = 2  # letters, in scripts where one is no syllable
_FIRST_SYLLABIC = "\u0e00"  # Thai, Hangul, kana and Han come after this: one character may be a name
_PARTICLES = frozenset(
    (
        "de", "del", "la", "las", "los", "da", "do", "dos", "van", "von", "der", "den", "zu", "di", "du",
        "des", "le", "el", "al", "bin", "ibn", "bint", "ter", "ten", "y", "e", "und",
    )
)  # fmt: skip
_INSIDE = "'’-."
_SIGNS = "SPZC"  # categories: symbols (emoji), punctuation, spaces, what cannot be seen
_EMOJI_STYLE = "\ufe0f"


def read(raw: str) -> str | None:
    """Return `raw` as a name, or None when it is none."""
    if len(raw) > MAX_CHARS:
        return None
    name = _without_edges(unicodedata.normalize("NFC", " ".join(raw.split())))
    words = name.split(" ")
    if not name or len(words) > MAX_WORDS or not all(map(_is_word, words)) or _is_talk(words):
        return None
    if sum(char.isalpha() for char in name) < _SHORTEST and name[0] < _FIRST_SYLLABIC:
        return None
    return _in_capitals(words) if name.islower() else name


def _without_edges(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _is_sign(text[start]):
        start += 1
    while start < end and _is_sign(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in _SIGNS or char == _EMOJI_STYLE


def _is_spelled(word: str) -> bool:
    """Say whether this is letter by letter: "A-n-a"."""
    parts = word.split("-")
    return len(parts) > len("--") and all(len(part) == 1 for part in parts)


def _is_word(word: str) -> bool:
    return word[:1].isalpha() and all(
        char.isalpha() or char in _INSIDE or unicodedata.category(char) in ("Mn", "Mc") for char in word
    ) and ".." not in word and not _is_host(word) and not _is_spelled(word)  # fmt: skip


def _is_host(word: str) -> bool:
    """Say whether `word` has a point in its middle, as "acme.com" has and "J.R." has not."""
    parts = [part for part in word.split(".") if part]
    return len(parts) > 1 and any(len(part) > 1 for part in parts)


def _is_talk(words: list[str]) -> bool:
    if len(words) > 1 and "a" in words:
        return True  # "a secret"
    common = {level(word).strip(".") for word in words} & not_a_name()
    if not common:
        return False
    capitalised = len(words) > 1 and all(word[0].isupper() and not word.isupper() for word in words)
    first = level(words[0]).strip(".")
    return not (capitalised and (common <= soft() or (common <= soft() | surnames() and first not in common)))


def _in_capitals(words: list[str]) -> str:
    named = [word if at and word in _PARTICLES else _capital(word) for at, word in enumerate(words)]
    return unicodedata.normalize("NFC", " ".join(named))


def _capital(word: str) -> str:
    """Return "jean-luc" as "Jean-Luc" and "o'brien" as "O'Brien", but "ana's" as "Ana's"."""
    pieces, begin = [], 0
    for at, char in enumerate(word):
        if at and (char == "-" or (char in "'’" and len(word) - at > len("'xx"))):
            pieces.append(word[begin : at + 1])
            begin = at + 1
    pieces.append(word[begin:])
    return "".join(piece[:1].title() + piece[1:] for piece in pieces)
