"""How likely is it that what was found holds an answer? From a cosine that is comparable and the words found. Pure.

A cosine alone means nothing: each embedding model has its own scale. So a build measures what is near by chance: the
best cosines of sentences that have nothing to do with the business (`Backdrop`). The weights are of the golden set
(local/evals/retrieval.py prints how well they do, fitted anew on parts of it).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NOTHING = 0.15  # below: nobody should try to answer from this; one answerable question in twenty is lost by it
NARROWEST = 0.02  # of a deviation: fewer sentences, or all alike, must not make each cosine a wonder
_NEAR, _COVERED, _OFFSET = 0.25, 5.6, -2.8
_NEAR_ALONE, _OFFSET_ALONE = 0.46, -0.5


@dataclass(frozen=True)
class Backdrop:
    """Mean and deviation of the best cosines that sentences about something else have in an index."""

    mean: float
    deviation: float

    def distance(self, cosine: float) -> float:
        """Return how many deviations a cosine is above chance."""
        return (cosine - self.mean) / max(self.deviation, NARROWEST)


def measure(foreign: "Floats", vectors: "Floats") -> Backdrop | None:
    """Return the backdrop of an index; None without sentences or passages.

    Args:
        foreign: unit vectors of sentences, embedded as questions are; a row each.
        vectors: unit vectors of the index's passages; a row each.
    """
    if not len(foreign) or not len(vectors):
        return None
    best = [float((vectors @ row).max()) for row in foreign]
    mean = math.fsum(best) / len(best)
    return Backdrop(mean, math.sqrt(math.fsum((one - mean) ** 2 for one in best) / len(best)))


def features(near: float, coverage: float | None) -> tuple[float, ...]:
    """Return what the probability is made of, for those who fit it."""
    return (near,) if coverage is None else (near, coverage)


def probability(near: float, coverage: float | None, weights: Sequence[float] = ()) -> float:
    """Return how likely an answer is among the passages, if it were as likely as not before; 0 to 1.

    Args:
        near: deviations above chance, of the best cosine.
        coverage: the share of the question's words in one passage; None when its language is not the passages'.
        weights: one for each feature and the offset; none: those of the golden set.
    """
    own = (_NEAR_ALONE, _OFFSET_ALONE) if coverage is None else (_NEAR, _COVERED, _OFFSET)
    *slopes, offset = weights or own
    odds = offset + math.fsum(a * b for a, b in zip(slopes, features(near, coverage), strict=True))
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, odds))))
