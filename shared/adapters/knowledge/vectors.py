"""The vectors of a build as a FAISS index: exact while that is fast, else what is fastest and finds nearly the same."""

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.adapters.knowledge.disk import File
from shared.logs import event

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_log = logging.getLogger(__name__)

FLAT = "flat"
_FIRST = 8  # places compared: about as many as a model is given
_QUESTIONS = 200
_NOISE = 0.7  # of a vector's length: a question is near its passage, and not on it
_BLOCK = 5000
_LINKS = 32  # of a vector in the graph
_NEIGHBOURS_WHEN_BUILT = 80


@dataclass(frozen=True)
class Tuning:
    """How an index is chosen.

    Args:
        exact_up_to: chunks; no other index is tried below.
        recall: share of the exact first eight that an approximate one must find.
        patience_s: for making and trying all of them.
    """

    exact_up_to: int = 50_000
    recall: float = 0.99
    patience_s: float = 600.0


@dataclass(frozen=True)
class Encoded:
    """An index's bytes, what it is (see `Manifest.index_kind`) and the share of the exact first eight it finds."""

    data: bytes
    kind: str = FLAT
    recall: float = 1.0


@dataclass(frozen=True)
class _Tried:
    index: Any  # None: the exact one
    kind: str
    recall: float
    seconds: float


DEFAULT = Tuning()


def encode(vectors: "Floats", dimensions: int, tuning: Tuning = DEFAULT) -> Encoded:
    """Return the index of vectors, a row each. They must be of unit length: cosines are what is searched by."""
    import numpy as np

    matrix = np.ascontiguousarray(vectors, dtype=np.float32).reshape(len(vectors), dimensions)
    if len(matrix) <= tuning.exact_up_to:
        return Encoded(_bytes(_flat(matrix)))
    best = _best(matrix, tuning)
    event(_log, "index_chosen", kind=best.kind, recall=round(best.recall, 4), ms=round(best.seconds * 1000, 3))
    return Encoded(_bytes(best.index or _flat(matrix)), best.kind, best.recall)


def load_vectors(file: File) -> Any:  # noqa: ANN401 - FAISS publishes no types
    """Return the index of a file, mapped from the disk where it lies there. RuntimeError: it is none."""
    import faiss
    import numpy as np

    faiss.omp_set_num_threads(1)  # more threads only get into each other's way in a server
    index = None
    if file.path:
        try:
            index = faiss.read_index(str(file.path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError:  # it was removed to make room meanwhile; its bytes are still mapped
            index = None
    if index is None:
        index = faiss.deserialize_index(np.frombuffer(file.data, dtype=np.uint8))
    if isinstance(index, faiss.IndexIVF):
        index.make_direct_map()  # so that single vectors can be had: 8 bytes each
    return index


def _best(matrix: "Floats", tuning: Tuning) -> _Tried:
    """Return the fastest index that finds enough, the exact one when there is none."""
    import faiss
    import numpy as np

    until = time.monotonic() + tuning.patience_s
    questions = _questions(matrix)
    _, exact = faiss.knn(questions, matrix, _FIRST, metric=faiss.METRIC_INNER_PRODUCT)
    # The exact one is made anew if it wins: it would only take memory meanwhile.
    best = _Tried(None, FLAT, 1.0, _pace(_flat(matrix), questions)[1])
    for name, make, efforts in _kinds(matrix, until):
        if (index := make()) is None:
            event(_log, "index_not_tried", logging.WARNING, kind=name)
            continue
        for effort in efforts:
            _strive(index, effort)
            found, seconds = _pace(index, questions)
            if seconds >= best.seconds or time.monotonic() > until:
                break
            recall = float(np.mean([len(set(a) & set(b)) for a, b in zip(exact.tolist(), found, strict=True)])) / _FIRST
            if recall >= tuning.recall:
                best = _Tried(index, f"{name},{effort}", recall, seconds)
                break
    return best


def _kinds(matrix: "Floats", until: float) -> Iterator[tuple[str, Callable[[], Any], Sequence[int]]]:
    """Yield the approximate indexes: name, what makes it (None: there was no time), and efforts worth trying."""
    lists = round(4 * math.sqrt(len(matrix)))
    yield f"IVF{lists}", lambda: _ivf(matrix, lists), [n for n in (4, 8, 16, 32, 64, 128) if n < lists / 4]
    yield f"HNSW{_LINKS}", lambda: _hnsw(matrix, until), (16, 32, 64, 128, 256)


def _flat(matrix: "Floats") -> Any:  # noqa: ANN401
    import faiss

    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(matrix)
    return index


def _ivf(matrix: "Floats", lists: int) -> Any:  # noqa: ANN401
    import faiss

    index: Any = faiss.index_factory(matrix.shape[1], f"IVF{lists},Flat", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid = 10, 50
    index.train(matrix)
    index.add(matrix)
    return index


def _hnsw(matrix: "Floats", until: float) -> Any | None:  # noqa: ANN401
    import faiss

    index = faiss.IndexHNSWFlat(matrix.shape[1], _LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = _NEIGHBOURS_WHEN_BUILT
    for start in range(0, len(matrix), _BLOCK):
        if time.monotonic() > until:
            return None
        index.add(matrix[start : start + _BLOCK])
    return index


def _strive(index: Any, effort: int) -> None:  # noqa: ANN401
    """Set how hard a search tries; it is stored with the index."""
    if hasattr(index, "nprobe"):
        index.nprobe = effort
    else:
        index.hnsw.efSearch = effort


def _questions(matrix: "Floats") -> "Floats":
    """Return unit vectors as questions lie: near passages of the build itself."""
    import numpy as np

    chance = np.random.default_rng(len(matrix))
    rows = matrix[chance.choice(len(matrix), min(_QUESTIONS, len(matrix)), replace=False)]
    noise = chance.standard_normal(rows.shape, dtype=np.float32)
    noise *= _NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    near: Floats = rows + noise
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    return near


def _pace(index: Any, questions: "Floats") -> tuple[list[list[int]], float]:  # noqa: ANN401
    """Return the places found for each question, and the median seconds of one on one thread, as a server searches."""
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    found, spent = [], []
    try:
        for row in questions:
            begun = time.perf_counter()
            _, places = index.search(row[None], _FIRST)
            spent.append(time.perf_counter() - begun)
            found.append(places[0].tolist())
    finally:
        faiss.omp_set_num_threads(threads)
    return found, sorted(spent)[len(spent) // 2]


def _bytes(index: Any) -> bytes:  # noqa: ANN401
    import faiss

    serialised: Any = faiss.serialize_index(index)
    return bytes(serialised.tobytes())
