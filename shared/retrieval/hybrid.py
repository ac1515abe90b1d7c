"""One index searched by meaning and by words at once. Pure: vectors come in, the vector index is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, overload

from shared.domain.knowledge import Asked, Chunk, Found, Passage
from shared.retrieval.evidence import Backdrop, probability
from shared.retrieval.fuse import BUDGET_CHARS, best_of, fused, joined, merged, page_of, spread, summed
from shared.retrieval.lexical import LexicalIndex, Wanted
from shared.retrieval.terms import code_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CANDIDATES = 20  # of each kind
WORDS_WORTH = 7.0  # deviations of meaning: what it is worth to hold each word of the question
WORDS_WEIGHT = 1.5  # of the list by words, beside 1 for that by meaning, where chance was not measured
_JUDGED = 5  # passages among which the one with most of the question's words is looked for


class VectorIndex(Protocol):
    """What FAISS's flat indexes can do."""

    def search(self, vectors: Any, count: int, /) -> tuple[Any, Any]:  # noqa: ANN401 - FAISS publishes no types
        """Return cosines and places, a row for each vector, best first; -1 where there are no more."""
        ...

    def reconstruct_batch(self, places: Any, /) -> Any:  # noqa: ANN401
        """Return the vectors at these places."""
        ...


def searched(chunk: Chunk) -> str:
    """Return what of a chunk is searched by words. Its headings count twice: they say what it is about."""
    return f"{chunk.label}\n{chunk.heading}\n{chunk.text}"


@dataclass(frozen=True, eq=False)
class Candidates:
    """The places that one search looks at.

    Args:
        matrix: the question's vectors, a row each.
        wanted: its terms.
        near: the places found by meaning, best first.
        worded: the places found by words, best first.
        cosines: of each place of both.
        words: the part of what a passage could score at most that each of them scores.
    """

    matrix: "Floats"
    wanted: Sequence[Wanted]
    near: Sequence[int]
    worded: Sequence[int]
    cosines: dict[int, float]
    words: Mapping[int, float]

    def ranked(self, backdrop: Backdrop | None, worth: float = WORDS_WORTH) -> list[int]:
        """Return the places as one list, best first.

        With a backdrop both scores are of a scale that means the same for each question: deviations above chance, and
        the share of the words. So the kind that is sure of itself leads, which ranks do not tell.
        """
        if backdrop is None:
            both = fused([(1.0, self.near), (WORDS_WEIGHT, self.worded)])
        else:
            meant = {place: backdrop.distance(cosine) for place, cosine in self.cosines.items()}
            both = summed([(1.0, meant), (worth, self.words)])
        return [place for place, _ in both]


@dataclass(frozen=True, eq=False)
class Hybrid:
    """The parts of one build. Safe to search from many threads.

    Args:
        vectors: unit vectors; vector n is of chunk n.
        chunks: in reading order.
        lexical: None for a build that has none: the search is by meaning alone.
        backdrop: what is near by chance; None when it was not measured.
        shared: whether this is the default index.
    """

    vectors: VectorIndex
    chunks: Sequence[Chunk]
    lexical: LexicalIndex | None
    backdrop: Backdrop | None = None
    shared: bool = False

    def search(self, asked: Asked, count: int, budget: int = BUDGET_CHARS) -> Found:
        """Return at most `count` passages, together at most `budget` characters."""
        if not self.chunks or not len(asked.vectors) or count < 1:
            return Found()
        chunks = _Once(self.chunks)
        both = self.candidates(asked, max(CANDIDATES, count))
        ranked = spread(both.ranked(self.backdrop), lambda place: page_of(chunks[place]))
        runs = joined(ranked, chunks, count, budget)
        cosines = self._cosines(both.matrix, [place for run in runs for place in run], both.cosines)
        passages = [Passage(merged(run, chunks), max(cosines[place] for place in run), self.shared) for run in runs]
        coverage = self._coverage(asked, both.wanted, ranked)
        if self.backdrop is None:
            return Found(tuple(passages), coverage=coverage)
        distance = self.backdrop.distance(cosines[both.near[0]])
        return Found(tuple(passages), probability(distance, coverage), distance, coverage)

    def candidates(self, asked: Asked, count: int = CANDIDATES) -> "Candidates":
        """Return what `count` places found by meaning and as many found by words are worth."""
        import numpy as np

        matrix = np.asarray(asked.vectors, dtype=np.float32)
        near, wanted = self._near(matrix, count), self._wanted(asked)
        total = self.lexical.score(wanted) if self.lexical else None
        worded = self.lexical.best(total, count) if self.lexical and total is not None else []
        cosines = self._cosines(matrix, [place for place, _ in worded], dict(near))
        most = sum(one.rare for one in wanted)
        # Of all: a passage near in meaning has its words too, though 20 others may have more.
        words = {place: float(total[place]) / most for place in cosines} if total is not None and most else {}
        return Candidates(matrix, wanted, [place for place, _ in near], [place for place, _ in worded], cosines, words)

    def _near(self, matrix: "Floats", count: int) -> list[tuple[int, float]]:
        count = min(count, len(self.chunks))
        scores, places = self.vectors.search(matrix, count)
        rows = (dict(zip(*row, strict=True)) for row in zip(places.tolist(), scores.tolist(), strict=True))
        return [(place, score) for place, score in best_of(rows) if place >= 0][:count]

    def _wanted(self, asked: Asked) -> list[Wanted]:
        # In another language names and numbers can still be found; slips of the pen cannot be told from its words.
        return self.lexical.wanted(asked.texts[-1], correct=self._speaks(asked.language)) if self.lexical else []

    def _speaks(self, language: str) -> bool:
        return self.lexical is not None and (not language or code_of(language) in self.lexical.languages)

    def _cosines(self, matrix: "Floats", places: Sequence[int], known: dict[int, float]) -> dict[int, float]:
        """Return the cosines of places; those that words alone have found are worked out."""
        import numpy as np

        missing = [place for place in places if place not in known]
        if missing:
            rows = self.vectors.reconstruct_batch(np.asarray(missing, dtype=np.int64))
            known |= dict(zip(missing, (rows @ matrix.T).max(axis=1).tolist(), strict=True))
        return known

    def _coverage(self, asked: Asked, wanted: Sequence[Wanted], ranked: Sequence[int]) -> float | None:
        if not (self.lexical and wanted and self._speaks(asked.language)):
            return None
        return self.lexical.coverage(wanted, ranked[:_JUDGED])


class _Once(Sequence[Chunk]):
    """The chunks for one search: those of a file are parsed when they are read, and one search reads some often."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks
        self._read: dict[int, Chunk] = {}

    def __len__(self) -> int:
        return len(self._chunks)

    @overload
    def __getitem__(self, place: int) -> Chunk: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Chunk]: ...
    def __getitem__(self, place: int | slice) -> Chunk | Sequence[Chunk]:
        if isinstance(place, slice):
            return self._chunks[place]
        if (chunk := self._read.get(place)) is None:
            chunk = self._read[place] = self._chunks[place]
        return chunk
