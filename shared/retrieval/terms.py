"""Cuts a text into the terms that two spellings of a thing have in common. Pure; knows no index."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

MAX_TERM = 40  # characters: what is longer is an address or noise
# Snowball's names for the languages it can stem; others are compared word for word.
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han, and Hangul, whose endings are many.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3"
_MARKS_MEAN = "\u0900"  # from here on marks are vowels; below it they are accents
_LETTER = rf"(?:[^\W_{_UNSPACED}]|[\u0900-\u0963\u0966-\u0dff])"  # Indic vowel signs are no letters to Python
_WORD = re.compile(rf"[{_UNSPACED}]+|{_LETTER}+(?:['’.,/&+-]{_LETTER}+)*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_INNER = re.compile(r"['’.,/&+-]")
_POSSESSIVE = re.compile(r"['’]s$")
_DIGIT = re.compile(r"\d")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DIGITS_OR_NOT = re.compile(r"\d+|\D+")


def code_of(language: str) -> str:
    """Return the two letters of a language tag: `en` of `en-GB`."""
    return language.split("-", maxsplit=1)[0].lower()


def terms(text: str, languages: Sequence[str], known: dict[str, list[str]] | None = None) -> list[str]:
    """Return the terms of a text in reading order, repeated ones too.

    Small letters without accents, stemmed in each of `languages` (a word with two stems is both); scripts without
    spaces as pairs of characters. A composed word or product number is there whole and in its parts: `e-bike` is found
    by `ebike`, `XT-M8100` by `m8100`, `28mm` by `28 mm`, `1,500` by `1500`.

    Args:
        text: of any length.
        languages: tags as `en` or `pt-BR`; unknown ones are not stemmed.
        known: what words were cut into before, in the same languages; it grows. For cutting many texts.
    """
    names = dict.fromkeys(STEMMERS.get(code_of(tag), "") for tag in languages)
    stems = [_stem(name) for name in names if name]
    known = {} if known is None else known
    found: list[str] = []
    for word in _WORD.findall(_plain(text)):
        if (cut := known.get(word)) is None:
            cut = known[word] = [term for term in _cut(word, stems) if len(term) <= MAX_TERM]
        found += cut
    return found


def _cut(word: str, stems: Sequence[Callable[[str], str]]) -> Iterator[str]:
    if _IS_UNSPACED.match(word):
        yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
        return
    for piece in _pieces(word):
        if stems and not _DIGIT.search(piece):
            yield from dict.fromkeys(stem(piece) for stem in stems)
        else:
            yield piece


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in apart if c >= _MARKS_MEAN or unicodedata.category(c) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFC", "".join(kept).replace("\u0640", ""))  # the Arabic stretch says nothing


def _pieces(word: str) -> Iterator[str]:
    """Yield the word, and what it is made of when that is more than one thing."""
    word = _POSSESSIVE.sub("", word)
    if _THOUSANDS.fullmatch(word):
        yield _INNER.sub("", word)
        return
    parts = _INNER.split(word)
    yield "".join(parts)
    if len(parts) > 1:
        yield from parts
    for part in parts:
        split = _DIGITS_OR_NOT.findall(part)
        if len(split) > 1:
            yield from split if len(parts) == 1 else (one for one in split if one not in parts)


def _stem(name: str) -> Callable[[str], str]:
    import Stemmer

    # A new one each time: they are cheap, and one alone must not be used by two threads.
    stemmer: Any = Stemmer.Stemmer(name, 0)
    return cast("Callable[[str], str]", stemmer.stemWord)
