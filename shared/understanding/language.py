"""Which language a message is in, by its script and its commonest words: microseconds, no model. Pure."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from shared.domain.folding import fold
from shared.understanding.language_words import ENDINGS, WORDS

_ENOUGH = 1.0  # one word that only one language has, for a visitor whose language is not known yet
_TO_SWITCH = 1.7  # nearly two such words, to leave the language spoken so far
_BRIEF, _BRIEF_TO_SWITCH = 2, 2.5  # words, and what they need: "muchas gracias" in an English chat is courtesy
_LEAD = 0.9  # over the second best: closer is ambiguous
_READ = 600  # characters: who wrote more has said enough
_LETTERS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NOT_PROSE = ("://", "@", "www.")
_LATIN_END = 0x250

# Scripts by the first and last code point, with the language meant when nothing else is known.
_SCRIPTS = (
    (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "ru"), (0x0530, 0x058F, "hy"), (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"), (0x0750, 0x077F, "ar"), (0x0900, 0x097F, "hi"), (0x0980, 0x09FF, "bn"),
    (0x0B80, 0x0BFF, "ta"), (0x0E00, 0x0E7F, "th"), (0x10A0, 0x10FF, "ka"), (0x1100, 0x11FF, "ko"),
    (0x3040, 0x30FF, "ja"), (0x4E00, 0x9FFF, "zh"), (0xAC00, 0xD7A3, "ko"), (0xFB50, 0xFDFF, "ar"),
    (0xFE70, 0xFEFF, "ar"),
)  # fmt: skip
_SHARED_SCRIPTS = {
    "ar": ("fa", "ur", "ps"), "ru": ("be", "uk", "bg", "sr", "mk", "kk"), "hi": ("mr", "ne"), "he": ("yi",),
    "zh": ("ja",),
}  # fmt: skip
# Letters that one language has and those after it here do not.
_TELLING = {
    "ur": frozenset("ٹڈےںھہ"), "fa": frozenset("پچژگکی"), "be": frozenset("ў"), "uk": frozenset("іїєґ"),
    "sr": frozenset("ђћџ"),
}  # fmt: skip
_ACCENTS = {
    "es": frozenset("ñ¿¡áíóú"), "de": frozenset("ßäöü"), "fr": frozenset("çœêëîïûâ"), "pt": frozenset("ãõáíóú"),
    "it": frozenset("òì"),
}  # fmt: skip
_FREQUENT = ("en", "es", "de", "fr")  # what a rarer language shares with one of these says little less for it
_TRUST = 0.75
_ACCENT, _ACCENTS_AT_MOST = 0.8, 1.2  # names and addresses have accents too
_LONG, _ENDING, _ENDING_SIZES = 6, 0.5, (6, 5, 4, 3)
_TWO = 2
_BY_OWNERS = {1: 1.0, 2: 0.4, 3: 0.2}  # the weight of a word by how many of the languages below have it


def detect(text: str, allowed: Sequence[str], current: str = "", locale: str = "") -> str:
    """Return the two-letter code of the language of `text`.

    What is too short or fits two languages keeps `current`, else the browser's `locale`, else the business's first
    language. A clear sentence in any known language switches at once, also to one that the business did not list.
    """
    known = _code(current)
    offered = [code for code in map(_code, allowed) if code]
    fallback = known or _code(locale) or (offered[0] if offered else "en")
    read = text[:_READ].lower()
    if not read.isascii() and (code := _by_script(read, [known, *offered])):
        return code
    words = _LETTERS.findall(fold(_prose(read)))
    scores = _scores(set(words), set(read))
    if not scores:
        return fallback
    best, *others = sorted(scores, key=lambda code: scores[code], reverse=True)
    lead = scores[best] - (scores[others[0]] if others else 0.0)
    if known:
        needed = _BRIEF_TO_SWITCH if len(words) <= _BRIEF else _TO_SWITCH
    else:
        needed = _ENOUGH if best in offered else _TO_SWITCH
    return best if scores[best] >= needed and lead >= _LEAD else fallback


def _code(tag: str) -> str:
    """Return the two-letter language of a tag such as en-GB, or "" when it has none."""
    code = tag.split("-", 1)[0].split("_", 1)[0].lower()
    return code if len(code) == _TWO and code.isascii() and code.isalpha() else ""


def _by_script(text: str, preferred: Sequence[str]) -> str:
    """Return the language of the script that most letters are in, or "" for Latin (and for what has no letters)."""
    counts: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            code = "" if ord(letter) < _LATIN_END else _script(ord(letter))
            counts[code] = counts.get(code, 0) + 1
    if not counts:
        return ""
    script = max(counts, key=lambda code: counts[code])
    if script == "zh" and counts.get("ja"):
        return "ja"
    if counts[script] < _TWO and script not in ("zh", "ja", "ko"):
        return ""  # one foreign letter is a formula, or a key that slipped
    family = _SHARED_SCRIPTS.get(script, ())
    told = (code for code, letters in _TELLING.items() if code in family and not letters.isdisjoint(text))
    return next(told, "") or next((code for code in preferred if code in family), script)


@lru_cache(2048)
def _script(point: int) -> str:
    return next((code for first, last, code in _SCRIPTS if first <= point <= last), "")


def _prose(text: str) -> str:
    """Return the text without addresses: what is in them is no language."""
    if not any(mark in text for mark in _NOT_PROSE):
        return text
    return " ".join(word for word in text.split() if not any(mark in word for mark in _NOT_PROSE))


def _scores(words: set[str], letters: set[str]) -> dict[str, float]:
    """Return for each language how much of its vocabulary and of its letters there is, each counted once."""
    scores: dict[str, float] = {}
    vocabulary = _vocabulary()
    for word in words:
        for part in (word,) if word in vocabulary else word.split("'"):
            for code, weight in vocabulary.get(part) or _by_ending(part):
                scores[code] = scores.get(code, 0.0) + weight
    for code, own in _ACCENTS.items():
        if telling := own & letters:
            scores[code] = scores.get(code, 0.0) + min(_ACCENT * len(telling), _ACCENTS_AT_MOST)
    return scores


@cache
def _vocabulary() -> dict[str, tuple[tuple[str, float], ...]]:
    """Return the languages of each word with its weight: the fewer have it, the more it says."""
    owners: dict[str, list[str]] = {}
    for code, words in WORDS.items():
        for word in dict.fromkeys(words.split()):
            owners.setdefault(word, []).append(code)
    return {word: tuple((code, _weight(word, code, codes)) for code in codes) for word, codes in owners.items()}


def _by_ending(word: str) -> tuple[tuple[str, float], ...]:
    """Return what the last letters of a long word say that no list holds."""
    if len(word) < _LONG:
        return ()
    endings = _endings()
    return next((endings[word[-size:]] for size in _ENDING_SIZES if word[-size:] in endings), ())


@cache
def _endings() -> dict[str, tuple[tuple[str, float], ...]]:
    return {ending: ((code, _ENDING),) for code, endings in ENDINGS.items() for ending in endings.split()}


def _weight(word: str, code: str, owners: list[str]) -> float:
    frequent = [owner for owner in owners if owner in _FREQUENT]
    weight = _BY_OWNERS.get(len(frequent if code in _FREQUENT else owners), 0.1)
    if code in _FREQUENT and len(owners) > len(frequent):
        weight *= _TRUST
    return min(weight, 0.4) if len(word) == 1 else weight
