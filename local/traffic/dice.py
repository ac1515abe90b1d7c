"""Chance in small draws, from one seeded generator that is asked for many numbers at a time."""

import math
from bisect import bisect
from collections.abc import Mapping
from itertools import accumulate

import numpy as np

_AT_ONCE = 8192


class Dice:
    """Draws from blocks: a call of the generator per number would take most of the time."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._even: list[float] = []
        self._normal: list[float] = []
        self._tables: dict[int, tuple[list[str], list[float]]] = {}

    def even(self) -> float:
        """Return a number from 0 to 1."""
        if not self._even:
            self._even = self._rng.random(_AT_ONCE).tolist()
        return self._even.pop()

    def chance(self, probability: float) -> bool:
        """Say yes with this probability."""
        return self.even() < probability

    def normal(self, mean: float = 0.0, spread: float = 1.0) -> float:
        """Return a normal number."""
        if not self._normal:
            self._normal = self._rng.standard_normal(_AT_ONCE).tolist()
        return mean + spread * self._normal.pop()

    def around(self, median: float, spread: float) -> float:
        """Return a positive number, log-normal around its median."""
        return median * math.exp(self.normal(0.0, spread))

    def between(self, low: float, high: float) -> float:
        """Return an even number of a range."""
        return low + (high - low) * self.even()

    def pick(self, weights: Mapping[str, float]) -> str:
        """Return one key, by weight. The mapping must live as long as the dice: it is known by its identity."""
        table = self._tables.get(id(weights))
        if table is None:
            table = self._tables[id(weights)] = ([*weights], [*accumulate(weights.values())])
        names, ends = table
        return names[min(bisect(ends, self.even() * ends[-1]), len(names) - 1)]
