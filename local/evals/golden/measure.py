"""How sure a difference is, and what tells questions apart. What a ranking is worth: shared/retrieval/measure.py."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
