"""One index searched by meaning and by words at once. Pure: vectors come in, the vector index is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.knowledge import Chunk, Passage
from shared.retrieval.evidence import Backdrop, probability
from shared.retrieval.fuse import BUDGET_CHARS, best_of, fused, joined, merged, page_of, spread
from shared.retrieval.lexical import LexicalIndex, Wanted
from shared.retrieval.terms import code_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CANDIDATES = 20  # of each kind
WORDS_WEIGHT = 1.5  # of the list by words, beside 1 for that by meaning
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


@dataclass(frozen=True)
class Asked:
    """A question.

    Args:
        texts: the message as it is, and last the form that stands alone; one text when they are the same.
        vectors: the unit vector of each.
        language: two letters; "" unknown.
    """

    texts: Sequence[str]
    vectors: Sequence[Sequence[float]]
    language: str = ""


@dataclass(frozen=True)
class Found:
    """What a search returns.

    Args:
        passages: best first; neighbours are one passage. `score` is the best cosine of its chunks.
        likelihood: that an answer is among them, 0 to 1; None for an index that never measured chance.
        near: deviations above chance of the best cosine; None likewise.
        coverage: the share of the question's words in one passage; None when they are not of the index's languages.
    """

    passages: tuple[Passage, ...] = ()
    likelihood: float | None = None
    near: float | None = None
    coverage: float | None = None


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
        import numpy as np

        if not self.chunks or not len(asked.vectors) or count < 1:
            return Found()
        matrix = np.asarray(asked.vectors, dtype=np.float32)
        depth = max(CANDIDATES, count)
        near, wanted = self._near(matrix, depth), self._wanted(asked)
        worded = self.lexical.search(wanted, depth) if self.lexical else []
        ranked = self.ranked([place for place, _ in near], [place for place, _ in worded])
        runs = joined(ranked, self.chunks, count, budget)
        cosines = self._cosines(matrix, [place for run in runs for place in run], dict(near))
        passages = [
            Passage(merged(run, self.chunks), max(cosines[place] for place in run), self.shared) for run in runs
        ]
        coverage = self._coverage(asked, wanted, ranked)
        if self.backdrop is None:
            return Found(tuple(passages), coverage=coverage)
        distance = self.backdrop.distance(near[0][1])
        return Found(tuple(passages), probability(distance, coverage), distance, coverage)

    def ranked(self, near: Sequence[int], worded: Sequence[int]) -> list[int]:
        """Return the places found by meaning and by words as one list, no page with too many in front."""
        both = fused([(1.0, near), (WORDS_WEIGHT, worded)])
        return spread([place for place, _ in both], lambda place: page_of(self.chunks[place]))

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
