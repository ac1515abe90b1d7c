"""How the visitor sounds: a lexicon with negation, intensity, capitals, exclamation marks and emoji. Pure.

No package: VADER knows English only and has not been maintained since 2020, the multilingual ones are models of
hundreds of megabytes. A mood steers tone and hand-off, so it must be quick, the same each time, and say why.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

from shared.domain.folding import fold
from shared.domain.understanding import Sentiment
from shared.understanding import sentiment_words as data
from shared.understanding.language import detect

Trend = Literal["improving", "steady", "worsening"]

LANGUAGES = tuple(data.WORDS)
ANGRY, NEGATIVE, POSITIVE = -0.6, -0.3, 0.3
FRUSTRATED = -0.4  # clearly negative: one mild "unfortunately not" must not call a person
_RECENT, _BEFORE = 2, 3  # turns that a trend compares
_SHIFT = 0.25  # from one label to the next: less is noise
_REACH = 4  # words that a negation reaches over: "I don't think it was worth it"
_FADE = 0.4  # each further word of the same sign adds less
_MAX_WORDS = 400
_MAX_EVIDENCE = 6
_PIECE = re.compile(r"[^\W_]+(?:'[^\W_]+|')?|[.,;:!?()،؛؟]")
_PUNCTUATION = frozenset(".,;:!?()،؛؟")
_CAPITALS = re.compile(r"\b[^\W\d_]{2,}\b")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_ARABIC = str.maketrans("ةى", "هي")  # written either way
_NEGATION_AFTER = ("de", "fr")  # "das gefällt mir nicht", "ça marche pas"


@dataclass(frozen=True)
class _Lexicon:
    weights: dict[str, float]
    longest: dict[str, int]  # words of the longest entry that begins with this one
    negations: frozenset[str]
    stronger: frozenset[str]
    weaker: frozenset[str]
    contrasts: frozenset[str]


@dataclass(frozen=True)
class _Hit:
    at: int
    words: str
    weight: float


@dataclass(frozen=True)
class _Words:
    """The message's words, and for each its clause and whether its sentence asks."""

    words: list[str]
    clauses: list[int]
    asking: list[bool]


def feel(text: str, language: str = "") -> Sentiment:
    """Return how `text` sounds; without a language it is recognised first, in others only signs without words count."""
    if not language:
        language = detect(text, LANGUAGES)
    lexicon = _lexicon(language)
    words = _split(fold(text), language)
    hits = list(_in_words(words, lexicon, language)) if lexicon else []
    hits += _in_signs(text)
    capitals = _shouts(text)
    marks = min(text.count("!"), 3) if "!!" in text else 0
    score = _total(hits)
    if score and (capitals or marks):
        score *= 1 + 0.1 * marks + 0.2 * capitals
    score -= 0.2 * capitals if score <= 0 else 0.0
    score -= 0.15 if "?!" in text or "!?" in text or "???" in text else 0.0
    score = round(max(-1.0, min(1.0, score)), 2)
    evidence = tuple(dict.fromkeys(hit.words for hit in hits if hit.weight))[:_MAX_EVIDENCE]
    return Sentiment(_label(score), score, evidence)


def trend(moods: Sequence[float]) -> Trend:
    """Compare the last two turns with up to three before them (the last with the first when there are only two)."""
    recent = moods[-_RECENT:] if len(moods) > _RECENT else moods[-1:]
    before = moods[: len(moods) - len(recent)][-_BEFORE:]
    if not before:
        return "steady"
    change = sum(recent) / len(recent) - sum(before) / len(before)
    if abs(change) < _SHIFT:
        return "steady"
    return "improving" if change > 0 else "worsening"


def frustrated(moods: Sequence[float]) -> int:
    """Count the last turns in a row at or below -0.4; any better turn ends the row."""
    count = 0
    for mood in reversed(moods):
        if mood > FRUSTRATED:
            break
        count += 1
    return count


def tone(sentiment: Sentiment, trend: Trend) -> str:
    """Return an instruction for the model on how to speak to this visitor, or "" when nothing is special."""
    if sentiment.score <= ANGRY:
        return (
            "The visitor is upset: acknowledge it in a few words first, do not argue or excuse, then give the one most "
            "useful next step. No small talk, no exclamation marks, no sales."
        )
    if sentiment.score <= NEGATIVE:
        return "The visitor is dissatisfied: show briefly that you understood, then be concrete. No sales."
    if trend == "worsening" and sentiment.score < POSITIVE:
        return "The visitor's mood is getting worse: be brief and concrete."
    return ""


def _label(score: float) -> str:
    if score <= ANGRY:
        return "angry"
    if score <= NEGATIVE:
        return "negative"
    return "positive" if score >= POSITIVE else "neutral"


def _split(folded: str, language: str) -> _Words:
    """Return the words with what is needed to know which of them belong together."""
    if language == "fr":
        folded = folded.replace("'", "' ")
    elif language == "ar":
        folded = folded.translate(_ARABIC)
    found = _Words([], [], [])
    clause = sentence = 0
    for piece in _PIECE.findall(folded):
        if piece in _PUNCTUATION:
            clause += 1
            if piece in ".!?؟":
                found.asking.extend([piece in "?؟"] * (len(found.words) - sentence))
                sentence = len(found.words)
        elif len(found.words) < _MAX_WORDS:
            found.words.append("#" + piece.lstrip("0123456789") if piece[0].isdecimal() else piece)
            found.clauses.append(clause)
    found.asking.extend([False] * (len(found.words) - sentence))
    return found


def _in_words(found: _Words, lexicon: _Lexicon, language: str) -> Iterator[_Hit]:
    """Yield what the lexicon knows, longest entries first, each weighed by the words around it."""
    at, contrast = 0, _last_contrast(found.words, lexicon)
    while at < len(found.words):
        length, entry = _longest(found.words, at, lexicon, language)
        if not length:
            at += 1
            continue
        weight = _weighed(lexicon.weights[entry], found, at, length, lexicon, after=language in _NEGATION_AFTER)
        if at < contrast:
            weight *= 0.7
        yield _Hit(at, " ".join(found.words[at : at + length]), weight)
        at += length


def _last_contrast(words: list[str], lexicon: _Lexicon) -> int:
    return max((at for at, word in enumerate(words) if word in lexicon.contrasts), default=0)


def _longest(words: list[str], at: int, lexicon: _Lexicon, language: str) -> tuple[int, str]:
    for first in _forms(words[at], language):
        for length in range(min(lexicon.longest.get(first, 0), len(words) - at), 0, -1):
            entry = " ".join([first, *words[at + 1 : at + length]])
            if entry in lexicon.weights:
                return length, entry
    return 0, ""


def _forms(word: str, language: str) -> Iterator[str]:
    """Yield the word, and without what is written onto it: stretched letters, Arabic's and, the, with."""
    yield word
    if language == "ar":
        for prefix in ("وال", "بال", "ال", "و", "ف", "ب"):
            if word.startswith(prefix) and len(word) > len(prefix) + 2:
                yield word[len(prefix) :]
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1\1", word)
        yield _STRETCHED.sub(r"\1", word)


def _weighed(weight: float, found: _Words, at: int, length: int, lexicon: _Lexicon, *, after: bool) -> float:
    """Return an entry's weight after the words around it in its clause, and half of it in a question."""
    before = _neighbours(found, range(at - 1, max(at - 1 - _REACH, -1), -1), at)
    behind = _neighbours(found, range(at + length, min(at + length + _REACH, len(found.words))), at + length - 1)
    if lexicon.stronger.intersection((*before[:2], *behind[:1])):
        weight *= 1.3
    if lexicon.weaker.intersection(before[:2]):
        weight *= 0.75
    around = before + behind if after and weight > 0 else before
    if any(_negates(word, lexicon) for word in around) and not any(
        _negates(word, lexicon) for word in found.words[at : at + length]
    ):
        weight = -0.8 * weight - 0.1 if weight > 0 else -0.5 * weight
    if found.asking[at] and abs(weight) < -ANGRY + 0.2 and weight > 0:
        weight *= 0.4  # "is it any good?" praises nothing
    return weight


def _neighbours(found: _Words, places: range, centre: int) -> list[str]:
    return [found.words[place] for place in places if found.clauses[place] == found.clauses[centre]]


def _negates(word: str, lexicon: _Lexicon) -> bool:
    return word in lexicon.negations or word.endswith("n't")


def _in_signs(text: str) -> list[_Hit]:
    """Return emoji and emoticons, each once."""
    faces = [_Hit(0, sign, weight) for sign, weight in data.EMOTICONS.items() if sign in text and "://" not in text]
    if text.isascii():
        return faces
    return faces + [_Hit(0, sign, data.EMOJI[sign]) for sign in sorted(data.EMOJI.keys() & set(text))]


def _shouts(text: str) -> bool:
    """Say whether at least two words and most letters are capitals."""
    if text.upper() == text.lower() or text == text.lower():
        return False
    words = _CAPITALS.findall(text)
    loud = [word for word in words if word.isupper() and word != word.lower()]
    return len(loud) > 1 and sum(map(len, loud)) > max(7, 0.6 * sum(map(len, words)))


def _total(hits: list[_Hit]) -> float:
    """Add up, each further word of a sign for less; politeness takes little from a complaint."""
    bad, good = (_faded(abs(hit.weight) for hit in hits if hit.weight * sign > 0) for sign in (-1, 1))
    return good - bad if bad < -NEGATIVE else good * max(0.0, 0.6 - bad) - bad


def _faded(weights: Iterator[float]) -> float:
    return sum(weight * _FADE**place for place, weight in enumerate(sorted(weights, reverse=True)))


@cache  # each language costs some milliseconds, when somebody first speaks it
def _lexicon(language: str) -> _Lexicon | None:
    if language not in data.WORDS:
        return None
    weights: dict[str, float] = {}
    for weight, lines in data.WORDS[language].items():
        for line in lines.split(","):
            for entry in _spelled_out(line, data.ENDINGS[language]):
                weights.setdefault(" ".join(_split(fold(entry), language).words), weight)
    weights.pop("", None)
    longest: dict[str, int] = {}
    for entry in weights:
        first, length = entry.split(" ", 1)[0], entry.count(" ") + 1
        longest[first] = max(length, longest.get(first, 0))
    sets = (data.NEGATIONS, data.STRONGER, data.WEAKER, data.CONTRASTS)
    return _Lexicon(weights, longest, *(frozenset(words[language].split()) for words in sets))


def _spelled_out(line: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield every phrase a line of the word list stands for."""
    for words in product(*(_choices(word, endings) for word in line.split())):
        yield " ".join(filter(None, words))


def _choices(word: str, endings: tuple[str, ...]) -> list[str]:
    spelled: list[str] = []
    for choice in word.split("|"):
        stem = "" if choice == "_" else choice.removesuffix("~").replace("+", " ")
        spelled += [stem + ending for ending in endings] if choice.endswith("~") else [stem]
    return spelled
