"""Vectors searched as they are, one product with each: for a build that is judged before it is written."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ExactVectors:
    """What `Hybrid` needs of a vector index, over a matrix of unit rows; the matrix is not copied."""

    def __init__(self, matrix: "NDArray[np.float32]") -> None:
        self._matrix = matrix

    def search(self, vectors: Any, count: int, /) -> tuple[Any, Any]:  # noqa: ANN401 - as FAISS's
        """See `VectorIndex.search`."""
        import numpy as np

        cosines = vectors @ self._matrix.T
        first = np.sort(np.argpartition(-cosines, min(count, cosines.shape[1]) - 1, axis=1)[:, :count], axis=1)
        found = np.take_along_axis(cosines, first, axis=1)
        order = np.argsort(-found, axis=1, kind="stable")
        return np.take_along_axis(found, order, axis=1), np.take_along_axis(first, order, axis=1)

    def reconstruct_batch(self, places: Any, /) -> Any:  # noqa: ANN401 - as FAISS's
        """See `VectorIndex.reconstruct_batch`."""
        return self._matrix[places]
