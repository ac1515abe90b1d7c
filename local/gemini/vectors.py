"""Vectors of texts, remembered: a cache in front of MiniLM, safe to use from several threads."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from local.gemini.minilm import Floats, MiniLM, model_folder

REMEMBERED = 20_000
# Texts per forward pass: between two passes another thread gets its turn.
SLICE = 16


class Vectors:
    """Loads the model at its first use."""

    def __init__(self) -> None:
        self._cache: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()
        self._model: MiniLM | None = None

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of shape (len(texts), 384). Raises WeightsMissingError."""
        found = {text: self._recall(text) for text in dict.fromkeys(texts)}
        missing = [text for text, vector in found.items() if vector is None]
        for start in range(0, len(missing), SLICE):
            part = missing[start : start + SLICE]
            for text, vector in zip(part, self.model().encode(part), strict=True):
                found[text] = vector
                self._remember(text, vector)
        return np.stack([vector for vector in map(found.get, texts) if vector is not None])

    def model(self) -> MiniLM:
        """The loaded model."""
        with self._lock:
            if self._model is None:
                self._model = MiniLM.load(model_folder())
            return self._model

    def _recall(self, text: str) -> Floats | None:
        with self._lock:
            if text in self._cache:
                self._cache.move_to_end(text)
            return self._cache.get(text)

    def _remember(self, text: str, vector: Floats) -> None:
        with self._lock:
            self._cache[text] = vector
            if len(self._cache) > REMEMBERED:
                self._cache.popitem(last=False)
