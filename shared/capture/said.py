"""A message as its patterns see it: folded character by character, so that a match says where the words stand."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from shared.domain.folding import fold

_SIGNS = {
    "`": "'", "´": "'", "’": "'", "‘": "'", "ʼ": "'", "،": ",", "٬": ",", "؛": ";", "؟": "?", "٫": ".", "…": ".",
    "\u2212": "-", "\u2010": "-", "\u2011": "-", "？": "?", "\n": "\n",
}  # fmt: skip


@lru_cache(maxsize=4096)
def _level(char: str) -> str:
    """Return the one character that stands for `char`: small, without accents, digits as ASCII."""
    if char in _SIGNS:
        return _SIGNS[char]
    if char.isspace():
        return " "
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    folded = fold(char)
    return folded if len(folded) == 1 else char


@cache
def _vowels() -> re.Pattern[str]:
    """Match the marks that Arabic may be written with or without: "شكرًا" is "شكرا"."""
    return re.compile("[\u064b-\u065f\u0670\u0640]")


def in_place(text: str) -> str:
    """Return `text` folded like `fold`, but of the same length: "Straße" stays "straße", "José" becomes "jose"."""
    if text.isascii() and text.isprintable():
        return text.replace("`", "'").lower()
    return "".join(map(_level, text))


def level(text: str) -> str:
    """Return `text` folded as a message is, to compare it with one: like `in_place`, without Arabic vowel marks."""
    return in_place(text if text.isascii() else _vowels().sub("", text))


def tidy(text: str) -> str:
    """Return `text` composed (NFC), with single spaces and its line ends kept."""
    if text.isascii() and "  " not in text and text.isprintable():
        return text.strip()
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


_TITLES = frozenset({"dr", "mr", "mrs", "ms", "sr", "sra", "st", "prof"})
_MONTHS = ("jan", "feb", "marz", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")


@cache
def _stops() -> re.Pattern[str]:
    return re.compile(r"[!?;\n.]+")


def _ends(folded: str, stop: re.Match[str]) -> bool:
    """Say whether these signs end a sentence; a point does before a space, but not in "J. Smith" or "5. Mai"."""
    if stop.group().strip("."):
        return True
    behind = folded[stop.end() : stop.end() + len(" marz")]
    if behind and not behind[0].isspace():
        return False
    last = folded[max(0, stop.start() - len("prof ")) : stop.start()].rsplit(" ", 1)[-1]
    return not ((len(last) == 1 and last.isalpha()) or last in _TITLES or behind.strip().startswith(_MONTHS))


@dataclass(frozen=True)
class Sentence:
    """Where a sentence stands (its end sign not counted), and whether a question mark ends it."""

    start: int
    end: int
    asks: bool


@dataclass(frozen=True)
class Said:
    """A message: `text` as it was written but for vowel marks, `folded` the same in folded characters, one for one.

    `marked` is the text with its marks and `places` says where each character of `text` stands in it; () is: the same.
    """

    text: str
    folded: str
    sentences: tuple[Sentence, ...]
    marked: str
    places: tuple[int, ...] = ()

    def written(self, start: int, end: int) -> str:
        """Return what stands between two places of `text`, marks and all."""
        if not self.places or end <= start:
            return self.text[start:end]
        return self.marked[self.places[start] : self.places[end]]

    def sentence_at(self, position: int) -> Sentence:
        """Return the sentence that `position` lies in."""
        for sentence in self.sentences:
            if position < sentence.end:
                return sentence
        return self.sentences[-1] if self.sentences else Sentence(0, len(self.text), asks=False)

    def before(self, sentence: Sentence) -> str:
        """Return the folded sentence before this one, or ""."""
        earlier = [other for other in self.sentences if other.end <= sentence.start]
        return self.folded[earlier[-1].start : earlier[-1].end] if earlier else ""


def said(text: str) -> Said:
    """Return `text` ready for the patterns."""
    marked = tidy(text)
    places: tuple[int, ...] = ()
    text = marked
    if not marked.isascii() and _vowels().search(marked):
        kept = [at for at, char in enumerate(marked) if not _vowels().match(char)]
        text, places = "".join(marked[at] for at in kept), (*kept, len(marked))
    folded = in_place(text)
    return Said(text, folded, tuple(sentences(folded)), marked, places)


def sentences(folded: str, start: int = 0, end: int | None = None) -> list[Sentence]:
    """Return the sentences of folded text between two places, empty ones left out."""
    end = len(folded) if end is None else end
    found, begin = [], start
    for stop in _stops().finditer(folded, start, end):
        if not _ends(folded, stop):
            continue
        if folded[begin : stop.start()].strip():
            found.append(Sentence(begin, stop.start(), asks="?" in stop.group()))
        begin = stop.end()
    if folded[begin:end].strip():
        found.append(Sentence(begin, end, asks=False))
    return found
