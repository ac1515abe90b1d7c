"""Which FAISS index a build gets: exact while it is small, else the fastest of those that find nearly the same."""

import faiss
import numpy as np
import pytest

from shared.adapters.knowledge import vectors
from shared.adapters.knowledge.disk import File
from shared.adapters.knowledge.vectors import FLAT, Tuning, encode, load_vectors

SIZE, DIMENSIONS = 4000, 16
PACES = {"IndexFlatIP": 0.010, "IndexIVFFlat": 0.001, "IndexHNSWFlat": 0.002}


@pytest.fixture(scope="module")
def matrix():
    """Unit vectors in clusters, as texts lie."""
    chance = np.random.default_rng(7)
    centres = chance.standard_normal((200, DIMENSIONS), dtype=np.float32)
    rows = centres[chance.integers(0, 200, SIZE)] + 0.3 * chance.standard_normal((SIZE, DIMENSIONS), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def paced(monkeypatch):
    """Lets each kind of index find what it finds, at a speed of our choice."""
    real = vectors._pace
    paces = dict(PACES)
    monkeypatch.setattr(vectors, "_pace", lambda index, asked: (real(index, asked)[0], paces[type(index).__name__]))
    return paces


def same_as_exact(index, matrix):
    """Return the share of the exact first eight that an index finds for vectors of its own."""
    _, exact = faiss.knn(matrix[:300], matrix, 8, metric=faiss.METRIC_INNER_PRODUCT)
    _, found = index.search(matrix[:300], 8)
    return np.mean([len(set(a) & set(b)) / 8 for a, b in zip(exact.tolist(), found.tolist(), strict=True)])


def test_a_small_index_is_exact(matrix):
    """Up to the limit nothing else is tried."""
    encoded = encode(matrix, DIMENSIONS, Tuning(exact_up_to=SIZE))
    assert (encoded.kind, encoded.recall) == (FLAT, 1.0)
    assert same_as_exact(load_vectors(File(encoded.data)), matrix) == 1.0


@pytest.mark.parametrize(("slower", "kind"), [("IndexHNSWFlat", "IVF253,"), ("IndexIVFFlat", "HNSW32,")])
def test_the_fastest_that_finds_enough_is_taken(matrix, paced, tmp_path, slower, kind):
    """With the effort it needs for that, which comes back with the file, mapped from a disk or not."""
    paced[slower] = 0.005
    encoded = encode(matrix, DIMENSIONS, Tuning(exact_up_to=1000))
    assert encoded.kind.startswith(kind)
    assert 0.99 <= encoded.recall <= 1.0
    path = tmp_path / "index.faiss"
    path.write_bytes(encoded.data)
    effort = int(encoded.kind.partition(",")[2])
    for file in (File(encoded.data), File(encoded.data, path)):
        index = load_vectors(file)
        assert (index.nprobe if kind.startswith("IVF") else index.hnsw.efSearch) == effort
        assert same_as_exact(index, matrix) > 0.97
        assert np.allclose(index.reconstruct_batch(np.array([5, 3999])), matrix[[5, 3999]], atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "tuning"),
    [
        ({}, Tuning(1000, recall=1.01)),
        ({"IndexIVFFlat": 0.02, "IndexHNSWFlat": 0.02}, Tuning(1000)),
        ({}, Tuning(1000, patience_s=0.0)),
    ],
    ids=["none finds enough", "none is faster", "no time"],
)
def test_else_it_stays_exact(matrix, paced, changed, tuning):
    """However large it is."""
    paced |= changed
    encoded = encode(matrix, DIMENSIONS, tuning)
    assert (encoded.kind, encoded.recall) == (FLAT, 1.0)
