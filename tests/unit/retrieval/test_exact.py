"""Vectors searched without an index are found as an exact index finds them."""

import faiss
import numpy as np
import pytest

from shared.retrieval.exact import ExactVectors


@pytest.mark.parametrize("count", [1, 7, 40], ids=["one", "some", "all"])
def test_it_finds_what_an_exact_index_finds(count):
    """The same places in the same order for each question, with the same cosines."""
    numbers = np.random.default_rng(3)
    matrix = numbers.normal(size=(40, 12)).astype(np.float32)
    faiss.normalize_L2(matrix)
    flat = faiss.IndexFlatIP(12)
    flat.add(matrix)
    asked = matrix[[5, 9]] + np.float32(0.1)
    ours, theirs = ExactVectors(matrix).search(asked, count), flat.search(asked, count)
    assert ours[1].tolist() == theirs[1].tolist()
    assert np.allclose(ours[0], theirs[0], atol=1e-5)
    assert (ExactVectors(matrix).reconstruct_batch(np.array([3, 1])) == flat.reconstruct_batch(np.array([3, 1]))).all()


def test_equal_ones_come_in_reading_order():
    """So that the same build is always judged the same."""
    matrix = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (6, 1))
    assert ExactVectors(matrix).search(np.array([[1.0, 0.0]], dtype=np.float32), 6)[1].tolist() == [[0, 1, 2, 3, 4, 5]]
