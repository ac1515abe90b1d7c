"""An answer without a model: the sentences of the passages found that fit the question best, word for word. Pure.

Words in common decide, a rare one more than a frequent one, and how near the passage is. It is no answer as a model's
is, but it is the business's own words, with their source.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.domain.folding import fold
from shared.domain.knowledge import Passage

# Of the question's words, by weight; below it the passage itself must be near.
FITS = 0.34
NEAR = 0.65
MAX_CHARS = 320
_PASSAGES = 4
_HEADED = 0.8  # what stands under a matching heading or question is what it is about
_STEM = 5  # letters: endings differ
_WORD = re.compile(r"\w{2,}")
_SENTENCE = re.compile(r"(?<=[.!?؟。])\s+")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_CITED = re.compile(r"\[(?=\d{1,3}\])")


@dataclass(frozen=True)
class _Sentence:
    """One of passage `number` (from 1), and the words of the heading or question it stands under."""

    number: int
    text: str
    words: frozenset[str]
    under: frozenset[str]


def quote(question: str, passages: Sequence[Passage]) -> str:
    """Return one or two sentences as a model would write them, each with its `[number]`; "" when none fits."""
    sentences = [one for number, found in enumerate(passages[:_PASSAGES], 1) for one in _sentences(number, found)]
    wanted = _words(question)
    if not sentences:
        return ""
    frequency = Counter(word for one in sentences for word in one.words | one.under)
    weights = {word: math.log(1 + len(sentences) / frequency[word]) for word in wanted if word in frequency}
    whole = sum(weights.values()) + math.log(1 + len(sentences)) * (len(wanted) - len(weights))

    def fit(one: _Sentence) -> float:
        own = sum(weights.get(word, 0.0) for word in one.words)
        headed = sum(weights.get(word, 0.0) for word in one.under - one.words)
        return (own + _HEADED * headed) / whole if whole else 0.0

    best = max(sentences, key=lambda one: (fit(one) + passages[one.number - 1].score / 4, -one.number))
    if fit(best) < FITS and passages[best.number - 1].score < NEAR:
        return ""
    return " ".join(_cited(one) for one in _with_next(best, sentences))


def _with_next(best: _Sentence, sentences: Sequence[_Sentence]) -> Iterator[_Sentence]:
    """Yield the sentence, and the one after it when it belongs to it and both are short."""
    yield best
    for after in sentences[sentences.index(best) + 1 :][:1]:
        together = (after.number, after.under) == (best.number, best.under)
        if together and len(best.text) + len(after.text) <= MAX_CHARS:
            yield after


def _sentences(number: int, passage: Passage) -> Iterator[_Sentence]:
    under = _words(passage.chunk.label)
    for line in passage.chunk.text.splitlines():
        if _HEADING.match(line):
            under = _words(line)
            continue
        for text in _SENTENCE.split(_plain(line)):
            if text.endswith(("?", "؟")):
                under = _words(text)  # a question of the page's own: the answer comes next
            elif text:
                yield _Sentence(number, text, _words(text), under)


def _plain(line: str) -> str:
    """Return a line without the marks of a list or a table."""
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else [line]
    if all(not cell.strip(":- ") for cell in cells):
        return ""
    return _BULLET.sub("", ", ".join(cell for cell in cells if cell)).strip()


def _cited(one: _Sentence) -> str:
    # Brackets of the page's own are no citations of ours.
    text = _CITED.sub("(", one.text)[:MAX_CHARS]
    end = text[-1] if text[-1] in ".!؟。" else "."
    return f"{text.rstrip('.!؟。')} [{one.number}]{end}"


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(fold(text)))
