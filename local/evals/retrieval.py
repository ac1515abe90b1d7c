"""Finds the right passages? By meaning alone, by words alone and by both, on sets of questions; needs no server.

python -m local.evals retrieval [--golden FILE | --data FOLDER | --public]

Vectors are of the embedding model that stands in for Gemini's on this machine; it is small and reads English alone.
"""

import argparse
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from local.evals.golden.measure import Floats, difference, fit, separated
from local.evals.golden.sets import DEMO, GoldenSet, Question, answers, demo_chunks, load, load_beir
from local.evals.intents import Embedder
from local.evals.public.sets import PUBLIC, load_public
from shared.domain.knowledge import Asked, Chunk, Found
from shared.retrieval.evidence import NOTHING, Backdrop, features, measure, probability
from shared.retrieval.followup import standalone
from shared.retrieval.fuse import page_of, spread
from shared.retrieval.hybrid import WORDS_WORTH, Hybrid, searched
from shared.retrieval.lexical import build_lexical
from shared.retrieval.measure import Ranking, Refusals, mean
from shared.understanding.examples import BACKGROUND

PASSAGES = 6
WEIGHTS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0)
WAYS = ("meaning alone", "words alone", "both")
_FOLDS = 5
_SURE = "95 % of resampled question sets"

Rankings = Mapping[str, Sequence[int]]
"""The places found, by way."""


@dataclass(frozen=True)
class Bench:
    """A set's chunks as a build would index them."""

    golden: GoldenSet
    embed: Embedder

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """The chunks' unit vectors."""
        return np.array(self.embed([f"{chunk.label}\n{chunk.text}" for chunk in self.golden.chunks]), dtype=np.float32)

    @cached_property
    def hybrid(self) -> Hybrid:
        """The index."""
        chunks, language = self.golden.chunks, self.golden.language
        flat = faiss.IndexFlatIP(self.vectors.shape[1])
        flat.add(self.vectors)
        lexical = build_lexical([searched(chunk) for chunk in chunks], [language] * len(chunks))
        return Hybrid(flat, chunks, lexical, self.backdrop)

    @cached_property
    def backdrop(self) -> Backdrop | None:
        """What is near by chance, by the sentences that intents have as their background."""
        foreign = np.array(self.embed(BACKGROUND[self.golden.language]), dtype=np.float32)
        return measure(foreign, self.vectors)

    def asked(self, texts: Sequence[str]) -> Asked:
        """Return texts as a question, embedded."""
        forms = list(dict.fromkeys(texts))
        return Asked(forms, self.embed(forms), self.golden.language)

    def rankings(self, texts: Sequence[str], worth: float = WORDS_WORTH) -> Rankings:
        """Return what each way finds, 20 places at most by one alone; `worth`: of the words."""
        found = self.hybrid.candidates(self.asked(texts))
        ranked = found.ranked(self.backdrop, worth)
        both = spread(ranked, lambda place: page_of(self.golden.chunks[place]))
        return dict(zip(WAYS, (found.near, found.worded, both), strict=True))

    def first(self, question: Question, way: str, count: int) -> list[Chunk]:
        """Return the first chunks that a way finds."""
        return [self.golden.chunks[place] for place in self.rankings([question.text])[way][:count]]

    def found(self, question: Question, count: int = PASSAGES) -> Found:
        """Return what a turn would get."""
        return self.hybrid.search(self.asked(forms(question.turns)), count)


def forms(turns: Sequence[str]) -> list[str]:
    """Return what is embedded for a message: itself, and the form that stands alone where it is another."""
    return [turns[-1], standalone(turns)]


def as_before(turns: Sequence[str]) -> list[str]:
    """Return what was embedded before there was this: itself, and always the question before with it."""
    return [turns[-1], " ".join(turns[-2:])]


def ways(bench: Bench) -> Iterator[str]:
    """Yield the rankings of the three ways, by kind of phrasing, and how sure it is that both are better."""
    questions = bench.golden.questions
    right = [bench.golden.answering(question) for question in questions]
    found = [bench.rankings([question.text]) for question in questions]
    yield f"{'':34} questions   hit@1   hit@3   hit@8     MRR  nDCG@8"
    scores = {way: [Ranking.of(each[way], answer) for each, answer in zip(found, right, strict=True)] for way in WAYS}
    kinds = list(dict.fromkeys(question.kind for question in questions))
    for kind in ["all", *kinds] if len(kinds) > 1 else ["all"]:
        for way in WAYS:
            part = [score for score, asked in zip(scores[way], questions, strict=True) if kind in ("all", asked.kind)]
            yield _row(f"{kind}: {way}", part)
    yield from _chosen_elsewhere(bench, right)
    ids = [question.id for question in questions]
    for way in WAYS:
        ranked = [score.ndcg for score in scores[way]]
        low, high = difference(ranked, [0.0] * len(ranked), ids)
        yield f"{way}: nDCG {100 * float(np.mean(ranked)):.1f} ({_SURE}: {100 * low:.1f} to {100 * high:.1f})"
    for way in WAYS[:2]:
        ours, theirs = ([score.ndcg for score in scores[name]] for name in ("both", way))
        low, high = difference(ours, theirs, ids)
        gain = float(np.mean(ours) - np.mean(theirs))
        yield f"both against {way}: nDCG {100 * gain:+.1f} ({_SURE}: {100 * low:+.1f} to {100 * high:+.1f})"


def _chosen_elsewhere(bench: Bench, right: Sequence[frozenset[int]]) -> Iterator[str]:
    """Yield the ranking when the worth of words is chosen on one half of the questions and judged on the other."""
    questions = bench.golden.questions
    judged: list[Ranking] = []
    chosen = []
    ids = sorted({question.id for question in questions})
    if len(ids) < 2:  # noqa: PLR2004 - nothing to halve
        return
    half = np.array([ids.index(question.id) % 2 for question in questions])
    by_weight = {
        weight: [
            Ranking.of(bench.rankings([question.text], weight)[WAYS[2]], answer)
            for question, answer in zip(questions, right, strict=True)
        ]
        for weight in WEIGHTS
    }
    for side in (0, 1):
        picked = max(WEIGHTS, key=lambda w: mean([by_weight[w][at] for at in np.flatnonzero(half != side)]).ndcg)
        chosen.append(picked)
        judged += [by_weight[picked][at] for at in np.flatnonzero(half == side)]
    yield _row(f"both, worth of the other half {chosen}", judged)


def read(bench: Bench) -> Iterator[str]:
    """Yield what a model would have before it: how often the answer is there, and in how many characters."""
    yield "Before the model: the answer is there, characters"
    for count in (PASSAGES, 8):
        for way in WAYS:
            yield _held(f"{way}, {count} chunks", {one: bench.first(one, way, count) for one in bench.golden.questions})
        passages = {one: bench.found(one, count).passages for one in bench.golden.questions}
        chunks = {one: [passage.chunk for passage in found] for one, found in passages.items()}
        yield _held(f"both, joined, {count} passages", chunks)


def _held(name: str, found: Mapping[Question, Sequence[Chunk]]) -> str:
    held = np.mean([any(answers(one, chunk) for chunk in chunks) for one, chunks in found.items()])
    size = np.mean([sum(len(chunk.text) for chunk in chunks) for chunks in found.values()])
    return f"  {name:32} {100 * held:7.1f} {size:7.0f}"


def dialogues(bench: Bench) -> Iterator[str]:
    """Yield the rankings of last turns, by how they are made questions."""
    made = {"the message alone": lambda turns: [turns[-1]], "as before": as_before, "made to stand alone": forms}
    for kind in ("follow-up", "new subject"):
        asked = [one for one in bench.golden.dialogues if one.kind == kind]
        for name, form in made.items():
            found = [(bench.rankings(form(one.turns)), bench.golden.answering(one)) for one in asked]
            for way in ("meaning alone", "both"):
                yield _row(f"{kind}: {name}, {way}", [Ranking.of(each[way], answer) for each, answer in found])


def refusals(bench: Bench) -> Iterator[str]:
    """Yield how well questions that cannot be answered are told from those that can."""
    questions = [*bench.golden.questions, *bench.golden.unanswerable]
    answerable = np.array([bool(question.pages) for question in questions])
    found = [bench.found(question) for question in questions]
    seen = [(one.near or 0.0, one.coverage) for one in found]
    fold = np.array([zlib.crc32(question.id.encode()) % _FOLDS for question in questions])
    yield f"{'':46} told apart  refused: of unanswerable  rightly  of answerable"
    cosine = np.array([features(near, None) for near, _ in seen])
    both = np.array([features(near, coverage or 0.0) for near, coverage in seen])
    for name, rows in (("the cosine alone", cosine), ("the cosine and the words", both)):
        chances = np.empty(len(rows))
        for part in range(_FOLDS):
            weights = fit(rows[fold != part], answerable[fold != part])
            chances[fold == part] = 1 / (1 + np.exp(-np.c_[rows, np.ones(len(rows))][fold == part] @ weights))
        lost = float(np.quantile(chances[answerable], 0.05))
        for threshold, told in ((0.5, "one half"), (lost, "one answerable in 20 lost")):
            yield _refused(f"{name}, fitted elsewhere, {told}", chances, answerable, threshold)
    shipped = np.array([probability(*one) for one in seen])
    yield _refused(f"as shipped, below {NOTHING}", shipped, answerable, NOTHING)
    yield f"fitted on all: {fit(both, answerable).round(2).tolist()}, {fit(cosine, answerable).round(2).tolist()}"


def _refused(name: str, chances: Floats, answerable: NDArray[np.bool_], threshold: float) -> str:
    figures = [100 * one for one in astuple(Refusals.of((chances < threshold).tolist(), answerable.tolist()))]
    return f"{name:46} {separated(chances, answerable):10.3f}  {figures[0]:24.1f} {figures[1]:8.1f} {figures[2]:14.1f}"


def _row(name: str, rankings: Sequence[Ranking]) -> str:
    return f"{name:46} {len(rankings):5}" + "".join(f"{100 * one:8.1f}" for one in astuple(mean(rankings)))


def main(arguments: list[str]) -> int:
    """Read the options and print the report; 1 when both together are not the best way on one of the sets."""
    parser = argparse.ArgumentParser(prog="python -m local.evals retrieval", description=__doc__)
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--golden", type=Path, help="a golden set about the demo website, alone")
    one.add_argument("--data", type=Path, help="a folder with a public set in BEIR's form, alone")
    one.add_argument("--public", action="store_true", help="the public sets that are kept here, alone")
    options = parser.parse_args(arguments)
    try:
        sets = list(_sets(options.golden, options.data, public=options.public))
    except (OSError, ValueError) as error:
        print(f"the questions cannot be read ({error}); local/evals/golden/README.md has the format")
        return 1
    embed = Embedder()
    return max(_reported(Bench(golden, embed)) for golden in sets)


def _sets(golden: Path | None, data: Path | None, *, public: bool) -> Iterator[GoldenSet]:
    """Yield the set that is named; none named: all that are kept here."""
    if data:
        yield load_beir(data)
        return
    if not public:
        yield load(golden or DEMO, demo_chunks())
    if not golden:
        yield from map(load_public, PUBLIC)


def _reported(bench: Bench) -> int:
    """Print the report of one set; 1 when both together are not the best way."""
    golden = bench.golden
    print(f"{golden.name}: {len(golden.chunks)} chunks, MiniLM-L6, words are worth {WORDS_WORTH}")
    parts = [ways, read, *([dialogues] if golden.dialogues else []), *([refusals] if golden.unanswerable else [])]
    for part in parts:
        for line in part(bench):
            print(line, flush=True)
    won = best(bench)
    print(f"{golden.name}: both together are {'' if won else 'NOT '}the best way", flush=True)
    return 0 if won else 1


def best(bench: Bench) -> bool:
    """Return whether both together have a better nDCG than each alone."""
    found = [(bench.rankings([one.text]), bench.golden.answering(one)) for one in bench.golden.questions]
    means = [mean([Ranking.of(each[way], answer) for each, answer in found]).ndcg for way in WAYS]
    return means[2] > max(means[:2])
