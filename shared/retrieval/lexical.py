"""BM25 over one index's passages, made at build time, kept as bytes, searched in memory. Pure; it stores nothing.

The scores of every term in every passage are worked out once, by bm25s in Lucene's form; a search adds up the columns
of its terms. So an instance that answers needs numpy alone. A term that no passage has is taken as the one it may be a
misspelling of.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.retrieval.spelling import meant
from shared.retrieval.terms import code_of, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int32]

VERSION = 1  # of everything that makes other terms or other scores out of the same text
K1, B = 1.2, 0.75
MISSPELT = 0.7  # what a term is worth that was not written so
_STOP_LISTS = {
    "da": "DANISH", "de": "GERMAN", "en": "EN_PLUS", "es": "SPANISH", "fr": "FRENCH", "it": "ITALIAN", "nl": "DUTCH",
    "no": "NORWEGIAN", "pt": "PORTUGUESE", "ru": "RUSSIAN", "sv": "SWEDISH", "tr": "TURKISH",
}  # fmt: skip
_MOST_LETTERS = 60  # of an alphabet; Han is in no danger: its terms are pairs, which are not corrected


@dataclass(frozen=True)
class Wanted:
    """A term of a question: its number in the index and its weight. `rare`: how much it tells passages apart."""

    number: int
    weight: float
    rare: float


@dataclass(frozen=True, eq=False)
class LexicalIndex:
    """The scores of an index's terms. Safe to search from many threads.

    Args:
        languages: the languages its passages were stemmed in; a question is stemmed in all of them.
        vocabulary: the number of each term.
        starts: `scores[starts[n]:starts[n + 1]]` are of term n; one more than there are terms.
        places: the passage of each score, ascending within a term.
        scores: what the term adds to the passage.
        passages: how many there are.
        stop: words that say nothing in these languages.
    """

    languages: tuple[str, ...]
    vocabulary: Mapping[str, int]
    starts: "NDArray[np.int64]"
    places: "Ints"
    scores: "Floats"
    passages: int
    stop: frozenset[str] = frozenset()
    _alphabet: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        letters = sorted({letter for term in self.vocabulary for letter in term if letter.isalpha()})
        object.__setattr__(self, "_alphabet", "".join(letters) if len(letters) <= _MOST_LETTERS else "")

    @property
    def size(self) -> int:
        """Bytes it takes, near enough for a budget: arrays, and terms with Python's overhead."""
        return int(self.starts.nbytes + self.places.nbytes + self.scores.nbytes) + 130 * len(self.vocabulary)

    def frequency(self, term: str) -> int:
        """Return how many passages hold a term."""
        number = self.vocabulary.get(term)
        return 0 if number is None else int(self.starts[number + 1] - self.starts[number])

    def wanted(self, question: str, *, correct: bool = True) -> list[Wanted]:
        """Return the terms of a question, each once, without stop words.

        A term that is nowhere has number -1: it counts for coverage alone.

        Args:
            question: a text.
            correct: whether a term that is nowhere may be the misspelling of one that is.
        """
        import numpy as np

        found: dict[int, Wanted] = {}
        unknown = []
        for term in dict.fromkeys(terms(question, self.languages)):
            if term in self.stop:
                continue
            known, weight = term, 1.0
            if term not in self.vocabulary:
                known, weight = meant(term, self._alphabet, self.frequency) if correct else "", MISSPELT
            # The same for a term that is nowhere: it would tell most.
            rare = float(np.log1p((self.passages + 0.5) / (self.frequency(known) + 0.5)))
            if not known:
                unknown.append(Wanted(-1, 1.0, rare))
            elif (number := self.vocabulary[known]) not in found or found[number].weight < weight:
                found[number] = Wanted(number, weight, rare)
        return [*found.values(), *unknown]

    def score(self, wanted: Sequence[Wanted]) -> "Floats":
        """Return the BM25 score of every passage, 0 for one without any of the terms."""
        import numpy as np

        total = np.zeros(self.passages, dtype=np.float32)
        for one in wanted:
            if one.number >= 0:
                here = slice(self.starts[one.number], self.starts[one.number + 1])
                total[self.places[here]] += self.scores[here] * np.float32(one.weight)
        return total

    def search(self, wanted: Sequence[Wanted], count: int) -> list[tuple[int, float]]:
        """Return places and scores of the best passages that have a term, best first; equal ones in reading order."""
        return self.best(self.score(wanted), count)

    def best(self, total: "Floats", count: int) -> list[tuple[int, float]]:
        """Return the same from the scores of every passage."""
        import numpy as np

        count = min(count, self.passages)
        if not count:
            return []
        best = np.argpartition(total, -count)[-count:]
        ranked = best[np.lexsort((best, -total[best]))]
        return [(int(place), float(total[place])) for place in ranked if total[place] > 0]

    def coverage(self, wanted: Sequence[Wanted], places: Sequence[int]) -> float:
        """Return the share of the question, by how much its terms tell, that one of the passages holds; 0 to 1."""
        import numpy as np

        at = np.asarray(places, dtype=np.int32)
        held = np.zeros(len(at))
        for one in wanted:
            if one.number >= 0:
                column = self.places[self.starts[one.number] : self.starts[one.number + 1]]
                nearest = np.minimum(column.searchsorted(at), len(column) - 1)
                held += (column[nearest] == at) * (one.rare * one.weight)
        whole = sum(one.rare for one in wanted)
        return float(held.max()) / whole if whole and len(at) else 0.0


def build_lexical(texts: Sequence[str], languages: Sequence[str]) -> LexicalIndex:
    """Return the index of passages.

    Args:
        texts: what of each passage is searched: its label and its text.
        languages: the language each is written in, as many.
    """
    import numpy as np
    from bm25s import BM25

    used = tuple(dict.fromkeys(code_of(language) for language in languages))
    known: dict[str, dict[str, list[str]]] = {language: {} for language in languages}
    words = [terms(text, [language], known[language]) for text, language in zip(texts, languages, strict=True)]
    vocabulary: dict[str, int] = {}
    numbers = [[vocabulary.setdefault(term, len(vocabulary)) for term in each] for each in words]
    stop = frozenset(term for language in used for term in _stop_terms(language))
    if not vocabulary:
        empty = np.zeros(0, dtype=np.float32)
        return LexicalIndex(used, {}, np.zeros(1, np.int64), empty.astype(np.int32), empty, len(texts), stop)
    bm25 = BM25(k1=K1, b=B, method="lucene", csc_backend="numpy", backend="numpy")
    made = bm25.build_index_from_ids(list(vocabulary.values()), numbers, show_progress=False)
    starts, places, scores = (np.asarray(made[name]) for name in ("indptr", "indices", "data"))
    return LexicalIndex(
        used, vocabulary, starts.astype(np.int64), *_by_place(starts, places, scores), len(texts), stop
    )  # fmt: skip


def _by_place(starts: "Ints", places: "Ints", scores: "Floats") -> "tuple[Ints, Floats]":
    """Return both with places ascending within each term: `coverage` looks them up by halving."""
    import numpy as np

    term_of = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.lexsort((places, term_of))
    return places[order].astype(np.int32), scores[order].astype(np.float32)


def _stop_terms(language: str) -> list[str]:
    from bm25s import stopwords

    words: Sequence[str] = getattr(stopwords, f"STOPWORDS_{_STOP_LISTS[language]}") if language in _STOP_LISTS else ()
    return [term for word in words for term in terms(word, [language])]


def dump_lexical(index: LexicalIndex) -> bytes:
    """Return the index as a line of JSON and its arrays in numpy's own format."""
    import numpy as np

    header = {
        "version": VERSION,
        "languages": index.languages,
        "passages": index.passages,
        "stop": sorted(index.stop),
        "terms": list(index.vocabulary),
    }
    arrays = io.BytesIO()
    for array in (index.starts, index.places, index.scores):
        np.save(arrays, array, allow_pickle=False)
    return json.dumps(header, ensure_ascii=False).encode() + b"\n" + arrays.getvalue()


def load_lexical(data: bytes, passages: int) -> LexicalIndex | None:
    """Return the index; None when another version of this program wrote it, ValueError when it is damaged.

    Args:
        data: as `dump_lexical` made it.
        passages: how many the index must be of.
    """
    import numpy as np

    head, _, rest = data.partition(b"\n")
    try:
        header = json.loads(head)
        if header["version"] != VERSION:
            return None
        file = io.BytesIO(rest)
        starts, places, scores = (np.lib.format.read_array(file, allow_pickle=False) for _ in range(3))
        vocabulary = {term: number for number, term in enumerate(header["terms"])}
        index = LexicalIndex(
            tuple(header["languages"]), vocabulary, starts, places, scores, header["passages"],
            frozenset(header["stop"]),
        )  # fmt: skip
    except (KeyError, TypeError, EOFError, ValueError) as error:
        raise ValueError(f"the terms are damaged ({type(error).__name__})") from None
    whole = starts.shape == (len(vocabulary) + 1,) and places.shape == scores.shape == (starts[-1],)
    if not whole or index.passages != passages or (len(places) and not 0 <= places.min() <= places.max() < passages):
        raise ValueError("the terms do not match the passages")
    return index
