"""Composes the extractive answer: the best sentences of the passages, each with its citation.

Pure, given an embedding function. It must never say a fact that is not in a passage.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from local.gemini.phrases import language_of, phrases_in
from local.gemini.question import Question, is_greeting, is_prying, is_thanks, shows, understand
from local.gemini.reader import Prompt
from local.gemini.sentences import Sentence, cut
from local.gemini.words import content_words, days_in, likeness

Embed = Callable[[Sequence[str]], NDArray[np.float32]]

# Tuned on the sample questions of the tests: below the threshold the answer is "I don't have that".
THRESHOLD = 0.46
MIN_COSINE = 0.22
WORD_WEIGHT = 0.30
KIND_BONUS = 0.15
# For a sentence on another day than asked, or without what a follow-up adds.
OFF_TOPIC = 0.20
# How far below the best a second or third sentence may score.
NEAR = 0.06
MOST = 3
# Sentences compared by embedding; more would make the first answer of a long prompt slow.
MAX_COMPARED = 72


@dataclass(frozen=True)
class Answer:
    """What to say. `best` is the best sentence without its citation, `score` how well it fits."""

    text: str
    best: str
    score: float
    known: bool


@dataclass(frozen=True)
class _Scored:
    sentence: Sentence
    score: float
    cosine: float
    coverage: float


def language(prompt: Prompt) -> str:
    """The language to answer in: that of the passages."""
    return language_of(" ".join(passage.text for passage in prompt.passages) or prompt.message)


def compose(prompt: Prompt, embed: Embed) -> Answer:
    """The answer to the prompt's message. `embed` gives unit vectors of shape (n, d)."""
    spoken = language(prompt)
    phrases = phrases_in(spoken)
    fixed = ""
    if is_prying(prompt.message):
        fixed = phrases.only.format(name=prompt.business or phrases.this_business)
    elif is_thanks(prompt.message):
        fixed = phrases.thanks
    elif is_greeting(prompt.message) or not prompt.message:
        fixed = phrases.hello
    if fixed:
        return Answer(fixed, fixed, 0.0, known=False)
    ranked = rank(prompt, embed)
    # To an English model all foreign sentences look alike: there, a shared word is asked for as well.
    chosen = _choose(ranked if spoken == "en" else [item for item in ranked if item.coverage])
    if not chosen:
        return Answer(phrases.unknown, phrases.unknown, ranked[0].score if ranked else 0.0, known=False)
    text = " ".join(_cited(item.sentence) for item in chosen)
    return Answer(text, chosen[0].sentence.text, chosen[0].score, known=True)


def rank(prompt: Prompt, embed: Embed) -> list[_Scored]:
    """Every sentence worth comparing, best first."""
    question = understand(prompt)
    sentences = _sentences(prompt)
    if not sentences or not question.text:
        return []
    weights = _weights(sentences)
    fresh = frozenset(word for word in question.fresh if likeness(word, weights))
    coverage = {item: _coverage(question.words, item, weights) for item in sentences}
    compared = sorted(sentences, key=lambda item: -coverage[item])[:MAX_COMPARED]
    # A follow-up counts once with what it leans on and once alone, or the first subject would win again.
    asked = [question.text, prompt.message] if fresh else [question.text]
    vectors = embed([*asked, *(item.match for item in compared)])
    cosines = vectors[len(asked) :] @ vectors[: len(asked)].mean(axis=0)
    scored = [
        _Scored(item, cosine + _bonus(question, fresh, item, coverage[item]), cosine, coverage[item])
        for item, cosine in zip(compared, map(float, cosines), strict=True)
    ]
    return sorted(scored, key=lambda item: -item.score)


def _sentences(prompt: Prompt) -> list[Sentence]:
    """All sentences in order; one that several passages hold is taken from the first."""
    found: dict[str, Sentence] = {}
    for passage in prompt.passages:
        for item in cut(passage):
            found.setdefault(item.text, item)
    return list(found.values())


def _weights(sentences: Sequence[Sentence]) -> dict[str, float]:
    """Rare words weigh more; a word no passage holds weighs most."""
    counts = Counter(word for item in sentences for word in item.words | content_words(item.about))
    return {word: math.log(1 + len(sentences) / count) for word, count in counts.items()}


def _coverage(words: frozenset[str], item: Sentence, weights: dict[str, float]) -> float:
    """Share (0..1) of the question's words the sentence holds; words of its heading count half."""
    rarest = max(weights.values(), default=1.0)
    about = content_words(item.about)
    total = found = 0.0
    for word in words:
        weight = weights.get(word, rarest)
        total += weight
        found += weight * max(likeness(word, item.words), 0.5 * likeness(word, about))
    return found / total if total else 0.0


def _bonus(question: Question, fresh: frozenset[str], item: Sentence, coverage: float) -> float:
    """What words, kind of answer and day add to the cosine, or take from it."""
    bonus = WORD_WEIGHT * coverage
    bonus += KIND_BONUS * any(shows(item.text, kind) for kind in question.kinds)
    covered = days_in(item.text)
    if question.days and covered and not question.days & covered:
        bonus -= OFF_TOPIC
    held = item.words | content_words(item.about)
    if fresh and not any(likeness(word, held) for word in fresh):
        bonus -= OFF_TOPIC
    return bonus


def _choose(ranked: Sequence[_Scored]) -> list[_Scored]:
    """The best sentence and those nearly as good, or none when even the best does not fit."""
    if not ranked or ranked[0].score < THRESHOLD or ranked[0].cosine < MIN_COSINE:
        return []
    best = ranked[0]
    near = [item for item in ranked[1:MOST] if item.score >= max(best.score - NEAR, THRESHOLD)]
    return [best, *near]


def _cited(sentence: Sentence) -> str:
    return f"{sentence.text} [{sentence.n}]" if sentence.n is not None else sentence.text
