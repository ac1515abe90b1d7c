"""What a build adds to its chunks and vectors: their words, and what is near by chance."""

from typing import Any

import numpy as np
import pytest

from shared.domain.intents import IntentSpec
from shared.domain.knowledge import Asked, Chunk
from shared.retrieval.assemble import assemble
from shared.retrieval.evidence import Backdrop
from shared.retrieval.hybrid import Hybrid
from shared.understanding import examples
from shared.understanding.intents import build_intents

TEXTS = [
    "We repair a flat tyre while you wait, and we never close for lunch.",
    "Wir reparieren Ihre Reifen, während Sie warten, und haben mittags immer geöffnet.",
]
CHUNKS = [Chunk(f"https://shop.example/{n}", "Page", "", text, "t") for n, text in enumerate(TEXTS)]
VECTORS = np.eye(2, 3, dtype=np.float32)
ENGLISH = frozenset(examples.BACKGROUND["en"])


def intents():
    """A model whose English background lies at 0.6 of the first chunk, and all else at 0.8 of the second."""
    spec = IntentSpec(id="rental", examples=("Can I rent one?", "What do rentals cost?"))
    return build_intents(
        (spec,),
        lambda texts: [[0.6, 0.0, 0.8] if text in ENGLISH else [0.0, 0.8, 0.6] for text in texts],
        "embedder", 3,
    )  # fmt: skip


def test_each_chunk_is_stemmed_in_its_own_language():
    """Of a business with two, a question finds the inflected words of either."""
    lexical, _ = assemble(CHUNKS, VECTORS, None, ["en", "de"])
    assert set(lexical.languages) == {"en", "de"}
    for question, place in (("repairing tyres", 0), ("reparierte Reifen", 1)):
        assert lexical.search(lexical.wanted(question), 1)[0][0] == place


@pytest.mark.parametrize(("languages", "mean"), [(["en-GB"], 0.6), (["de"], 0.8)])
def test_chance_is_measured_in_the_languages_of_the_business(languages, mean):
    """By the background's sentences in these, all alike here."""
    _, backdrop = assemble(CHUNKS, VECTORS, intents(), languages)
    assert backdrop is not None
    assert (backdrop.mean, backdrop.deviation) == pytest.approx((mean, 0.0), abs=1e-3)


def test_a_language_without_background_is_measured_by_all():
    """Rather than by nothing."""
    _, backdrop = assemble(CHUNKS, VECTORS, intents(), ["xx"])
    assert backdrop is not None
    assert 0.6 < backdrop.mean < 0.8


def test_without_intents_nothing_is_measured():
    """The search then says nothing of how likely an answer is."""
    assert assemble(CHUNKS, VECTORS, None, ["en"])[1] is None


def test_a_file_of_chunks_is_read_once_a_search():
    """However often the search looks at a chunk, it is parsed once."""
    read = []

    class Counted(list[Any]):
        """Chunks that tell when they are read."""

        def __getitem__(self, place):
            read.append(place)
            return super().__getitem__(place)

    class Flat:
        """Finds both, the first one first."""

        def search(self, *_):
            return np.array([[0.9, 0.1]]), np.array([[0, 1]])

        def reconstruct_batch(self, _):
            return np.zeros((0, 3))

    lexical, _ = assemble(CHUNKS, VECTORS, None, ["en"])
    found = Hybrid(Flat(), Counted(CHUNKS), lexical, Backdrop(0.3, 0.1)).search(Asked(["tyre"], [[1.0, 0.0, 0.0]]), 2)
    assert len(found.passages) == 2
    assert sorted(read) == [0, 1]
