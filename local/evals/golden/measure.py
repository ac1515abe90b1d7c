"""What a ranking is worth, and what a threshold refuses. Pure arithmetic."""

import math
from collections.abc import Sequence, Set
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

DEPTH, FEW = 8, 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Hits within the first 1, 3 and 8 places, the reciprocal rank of the first hit, nDCG of the first 8; 0 to 1."""

    hit1: float
    hit3: float
    hit8: float
    mrr: float
    ndcg: float

    @classmethod
    def of(cls, ranked: Sequence[int], right: Set[int]) -> "Ranking":
        """Judge one ranking; each right place counts the same."""
        hits = [rank for rank, place in enumerate(ranked[:DEPTH]) if place in right]
        first = hits[0] if hits else DEPTH
        ideal = sum(1 / math.log2(rank + 2) for rank in range(min(DEPTH, len(right))))
        gained = sum(1 / math.log2(rank + 2) for rank in hits)
        return cls(
            float(first < 1), float(first < FEW), float(first < DEPTH), 1 / (first + 1) if hits else 0.0, gained / ideal
        )  # fmt: skip


def mean(rankings: Sequence[Ranking]) -> Ranking:
    """Return the mean of each figure."""
    return Ranking(*np.mean([astuple(one) for one in rankings], axis=0).tolist())


def difference(
    ours: Sequence[float], theirs: Sequence[float], ids: Sequence[str], seed: int = 1
) -> tuple[float, float]:
    """Return the 95 % interval of the mean difference, by a bootstrap over ids: phrasings of a question go together."""
    names = sorted(set(ids))
    number = {name: at for at, name in enumerate(names)}
    at = np.array([number[name] for name in ids])
    sums = np.bincount(at, weights=np.asarray(ours) - np.asarray(theirs), minlength=len(names))
    counts = np.bincount(at, minlength=len(names))
    drawn = np.random.default_rng(seed).integers(len(names), size=(4000, len(names)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), (0.025, 0.975)).tolist()
    return low, high


@dataclass(frozen=True)
class Refusals:
    """What is refused below a threshold: how much of what should be, how much of that rightly, and what should not."""

    recall: float
    precision: float
    wrongly: float

    @classmethod
    def of(cls, chances: Floats, answerable: NDArray[np.bool_], threshold: float) -> "Refusals":
        """Count; precision is 1 when nothing is refused."""
        refused = chances < threshold
        return cls(
            float(refused[~answerable].mean()),
            float((~answerable)[refused].mean()) if refused.any() else 1.0,
            float(refused[answerable].mean()),
        )


def separated(chances: Floats, answerable: NDArray[np.bool_]) -> float:
    """Return how often an answerable question has the higher chance than an unanswerable one (area under the ROC)."""
    above, below = chances[answerable][:, None], chances[~answerable][None]
    return float((above > below).mean() + (above == below).mean() / 2)


def fit(features: Floats, answerable: NDArray[np.bool_], ridge: float = 0.1) -> Floats:
    """Return the weights of a logistic model, the offset last; both classes weigh the same."""
    rows = np.c_[features, np.ones(len(features))]
    share = np.where(answerable, answerable.mean(), 1 - answerable.mean())
    weight, penalty = 0.5 / share, ridge * np.r_[np.ones(rows.shape[1] - 1), 0.0]
    found = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weight * (answerable - chance)) - penalty * found
        bend = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty)
        found += np.linalg.solve(bend, slope)
    return np.asarray(found)
