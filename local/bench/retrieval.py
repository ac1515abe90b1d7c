"""Passages from a query vector: the hybrid search beside FAISS alone on the same vectors. Needs no platform.

python -m local.bench.retrieval [--sizes 1000 10000 100000]
"""

import argparse
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from local.bench.load import percentile
from local.stack.platform import Platform
from shared.adapters.knowledge.chunk_file import ChunkFile
from shared.adapters.knowledge.layout import dump_chunks
from shared.domain.knowledge import Asked, Chunk
from shared.retrieval.hybrid import Hybrid, searched
from shared.retrieval.lexical import build_lexical, dump_lexical, load_lexical

SIZES = (1_000, 10_000, 100_000)
DIMENSIONS = 768
PASSAGES = 8
QUESTIONS = 300
CHUNK_WORDS, QUESTION_WORDS = 130, 9
VOCABULARY = 40_000
_PER_PAGE = 6
_EXACT = 100  # questions whose neighbours are also worked out by plain multiplication
_LETTERS = "etaoinshrdlucmfwypvbgk"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Words:
    """A made-up language: short words are frequent, as in real ones (Zipf)."""

    words: Sequence[str]
    weights: Sequence[float]

    @classmethod
    def make(cls, chance: random.Random) -> "Words":
        """Return `VOCABULARY` different words."""
        made: dict[str, None] = {}
        while len(made) < VOCABULARY:
            made["".join(chance.choices(_LETTERS, k=3 + len(made) // 6000 + chance.randrange(3)))] = None
        return cls(list(made), list(accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY))))

    def text(self, chance: random.Random, count: int) -> str:
        """Return that many words."""
        return " ".join(chance.choices(self.words, cum_weights=self.weights, k=count))


@dataclass(frozen=True)
class Setting:
    """An index of one size and questions to it."""

    hybrid: Hybrid
    flat: faiss.IndexFlatIP
    vectors: Floats
    built_s: float
    stored: int

    @classmethod
    def make(cls, size: int, words: Words, chance: random.Random) -> "Setting":
        """Build the index as a build would, through its bytes."""
        vectors = unit(np.random.default_rng(size), size)
        flat = faiss.IndexFlatIP(DIMENSIONS)
        flat.add(vectors)
        chunks = [
            Chunk(f"https://bench.example/{n // _PER_PAGE}", "Page", f"Part {n}", words.text(chance, CHUNK_WORDS), "")
            for n in range(size)
        ]
        begun = time.perf_counter()
        data = dump_lexical(build_lexical([searched(chunk) for chunk in chunks], ["en"] * size))
        built = time.perf_counter() - begun
        read = ChunkFile(dump_chunks(chunks))
        return cls(Hybrid(flat, read, load_lexical(data, size)), flat, vectors, built, len(data))


def unit(numbers: np.random.Generator, count: int) -> Floats:
    """Return unit vectors, a row each."""
    rows = numbers.standard_normal((count, DIMENSIONS), dtype=np.float32)
    faiss.normalize_L2(rows)
    return rows


def misspelt(text: str, chance: random.Random) -> str:
    """Return the text with a letter of its longest word wrong: the dearest thing to be asked."""
    word = max(text.split(), key=len)
    at = chance.randrange(1, len(word))
    return text.replace(word, f"{word[:at]}q{word[at + 1 :]}", 1)


def times(work: Sequence[Callable[[], object]]) -> list[list[float]]:
    """Return the milliseconds of each kind of work, done in turns so that the machine's moods strike all alike."""
    spent: list[list[float]] = [[] for _ in work]
    for _ in range(QUESTIONS):
        for at, one in enumerate(work):
            begun = time.perf_counter()
            one()
            spent[at].append((time.perf_counter() - begun) * 1000)
    return spent


def measured(size: int, words: Words, chance: random.Random) -> Iterator[str]:
    """Yield the lines of one size."""
    setting = Setting.make(size, words, chance)
    asked = iter(unit(np.random.default_rng(1), 4 * QUESTIONS))

    def plain() -> object:
        return setting.flat.search(next(asked)[None], PASSAGES)

    def hybrid() -> object:
        text = words.text(chance, QUESTION_WORDS)
        return setting.hybrid.search(Asked([text], next(asked)[None]), PASSAGES)

    def wrong() -> object:
        text = misspelt(words.text(chance, QUESTION_WORDS), chance)
        return setting.hybrid.search(Asked([text], next(asked)[None]), PASSAGES)

    found = times([plain, hybrid, wrong])
    for name, spent in zip(("FAISS alone", "hybrid", "hybrid, a word misspelt"), found, strict=True):
        ratios = [percentile(spent, share) / percentile(found[0], share) for share in (50, 99)]
        yield (
            f"{size:8}  {name:24} {percentile(spent, 50):8.2f} {percentile(spent, 99):8.2f}"
            f" {ratios[0]:8.2f} {ratios[1]:8.2f}"
        )
    lexical = setting.hybrid.lexical
    assert lexical
    yield (
        f"{size:8}  recall@{PASSAGES} against exact {recall(setting):.4f}; words: built in {setting.built_s:.1f} s, "
        f"{setting.stored / 1e6:.1f} MB stored, {lexical.size / 1e6:.1f} MB in memory "
        f"(vectors {setting.vectors.nbytes / 1e6:.1f})"
    )


def recall(setting: Setting) -> float:
    """Return the share of the true nearest passages that the search by meaning has among its first."""
    questions = unit(np.random.default_rng(2), _EXACT)
    exact = np.argsort(-(setting.vectors @ questions.T), axis=0)[:PASSAGES].T
    _, found = setting.flat.search(questions, PASSAGES)
    return float(
        np.mean([len(set(a) & set(b)) / PASSAGES for a, b in zip(exact.tolist(), found.tolist(), strict=True)])
    )


def report(sizes: Sequence[int] = SIZES) -> Iterator[str]:
    """Yield the report's lines."""
    faiss.omp_set_num_threads(1)  # as the platform does
    chance = random.Random(1)  # noqa: S311 - a repeatable one is wanted
    words = Words.make(chance)
    yield f"From query vector to {PASSAGES} passages, {DIMENSIONS} dimensions, one thread, ms"
    yield f"{'chunks':>8}  {'':24} {'p50':>8} {'p99':>8} {'p50/FAISS':>9} {'p99/FAISS':>9}"
    for size in sizes:
        yield from measured(size, words, chance)


def run(_platform: Platform, _folder: Path) -> Iterable[str]:
    """Yield the report's lines, as one of `make bench`."""
    yield ""
    yield from report()


def main() -> None:
    """Read the options and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="chunks")
    for line in report(parser.parse_args().sizes):
        print(line, flush=True)


if __name__ == "__main__":
    main()
