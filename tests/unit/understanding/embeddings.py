"""Embeddings without a model: sentences of one topic lie near each other. Holds no tests."""

import random
from collections.abc import Callable, Sequence

from shared.domain.intents import IntentSpec
from shared.ports import Vector

DIMENSIONS = 48
Embed = Callable[[Sequence[str]], list[Vector]]


def embed(texts: Sequence[str]) -> list[Vector]:
    """Return vectors that lie near each other for texts with the same first word, and anywhere for others."""
    return [vector(text) for text in texts]


def vector(text: str, *, noise: float = 0.6) -> Vector:
    """Return the direction of the first word, and as much of the text's own as `noise` says; of any length."""
    topic, own = _direction(text.partition(" ")[0].casefold()), _direction(text)
    return [3 * (one + noise * other) for one, other in zip(topic, own, strict=True)]


def _direction(seed: str) -> Vector:
    numbers = random.Random(seed)
    values = [numbers.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]


def spec(name: str, count: int = 5) -> IntentSpec:
    """Return an intent whose examples all begin with its name."""
    return IntentSpec(id=name, examples=tuple(f"{name} example {number}" for number in range(count)))
