"""The vectors of chunks, each text embedded once: those that are remembered are not paid for again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.domain.knowledge import Chunk
from shared.domain.pages import vector_key
from shared.ingestion.tools import BuildTools, Counts, Tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

EMBED_BATCH = 50
_ASKED_AT_ONCE = 2000


def embedded(chunks: Sequence[Chunk], tools: BuildTools, counts: Counts, tell: Tell) -> "Floats":
    """Return a unit row for each chunk; told batch by batch.

    Raises:
        BuildCancelled: between two batches.
        ModelUnavailable: what was embedded by then is remembered.
    """
    import numpy as np

    counts.chunks = len(chunks)
    keys = [vector_key(tools.space, chunk.label, chunk.text) for chunk in chunks]
    matrix = np.zeros((len(chunks), tools.space.dimensions), dtype=np.float32)
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    missing = _recall(list(places), places, matrix, tools)
    counts.reused = len(chunks) - len(missing)
    tell("embedding")
    for start in range(0, len(missing), EMBED_BATCH):
        if start:
            tell("embedding")
        batch = missing[start : start + EMBED_BATCH]
        texts = [(chunks[places[key][0]].label, chunks[places[key][0]].text) for key in batch]
        rows = _unit(tools.embed(texts))
        for key, row in zip(batch, rows, strict=True):
            matrix[places[key]] = row
        counts.embedded += len(batch)
        tools.memory.keep_vectors(batch, rows)
    return matrix


def _recall(keys: list[str], places: dict[str, list[int]], matrix: "Floats", tools: BuildTools) -> list[str]:
    """Fill in the rows that are remembered; return the keys of the others, in order."""
    missing = []
    for start in range(0, len(keys), _ASKED_AT_ONCE):
        asked = keys[start : start + _ASKED_AT_ONCE]
        known = tools.memory.vectors(asked)
        for key in asked:
            if key in known:
                matrix[places[key]] = known[key]
            else:
                missing.append(key)
    return missing


def _unit(vectors: object) -> "Floats":
    import numpy as np

    matrix = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    rows: Floats = (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return rows
