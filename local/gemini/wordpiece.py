"""Text to BERT token ids: lower-cased WordPiece as MiniLM was trained with.

Pure; it must not read files.
"""

import functools
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_WORD_CHARS = 100

# CJK ideographs carry no spaces between words, so each one is a token of its own.
_CJK = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@functools.lru_cache(maxsize=8192)
def _kind(char: str) -> str:
    """One of 'drop', 'space', 'alone' (punctuation, CJK) or 'word'."""
    if char in "\t\n\r":
        return "space"
    category = unicodedata.category(char)
    if char in "\x00\ufffd" or category in {"Cc", "Cf", "Co", "Cs", "Mn"}:
        return "drop"
    if category == "Zs":
        return "space"
    # ASCII symbols such as $ and + count as punctuation for BERT, whatever Unicode calls them.
    symbol = char.isascii() and not char.isalnum()
    cjk = any(low <= ord(char) <= high for low, high in _CJK)
    return "alone" if symbol or cjk or category.startswith("P") else "word"


def basic_tokens(text: str) -> Iterator[str]:
    """Lower-cased words and single punctuation or CJK characters, accents removed."""
    word: list[str] = []
    for char in unicodedata.normalize("NFD", text.lower()):
        kind = _kind(char)
        if kind == "drop":
            continue
        if kind == "word":
            word.append(char)
            continue
        if word:
            yield "".join(word)
            word = []
        if kind == "alone":
            yield char
    if word:
        yield "".join(word)


@dataclass(frozen=True)
class WordPiece:
    """Encodes text with a fixed vocabulary (token -> id)."""

    vocabulary: Mapping[str, int]
    max_tokens: int = 256

    def encode(self, text: str) -> list[int]:
        """Ids with [CLS] and [SEP] around them, at most `max_tokens` long."""
        room = self.max_tokens - 2
        ids: list[int] = []
        for word in basic_tokens(text):
            ids.extend(self._pieces(word))
            if len(ids) >= room:
                break
        return [self.vocabulary["[CLS]"], *ids[:room], self.vocabulary["[SEP]"]]

    def _pieces(self, word: str) -> list[int]:
        unknown = [self.vocabulary["[UNK]"]]
        if len(word) > MAX_WORD_CHARS:
            return unknown
        ids: list[int] = []
        start = 0
        while start < len(word):
            end = self._longest(word, start)
            if end == start:
                return unknown
            ids.append(self.vocabulary[word[start:end] if start == 0 else "##" + word[start:end]])
            start = end
        return ids

    def _longest(self, word: str, start: int) -> int:
        """End of the longest piece that starts at `start`, or `start` when there is none."""
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            if prefix + word[start:end] in self.vocabulary:
                return end
        return start
