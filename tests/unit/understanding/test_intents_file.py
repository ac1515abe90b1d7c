"""The intents' file: what is loaded decides as what was built, and what is damaged is refused."""

import json

import numpy as np
import pytest

from shared.adapters.knowledge.layout import dump_intents, load_intents
from shared.understanding import intents
from shared.understanding.intents import build_intents
from tests.unit.understanding.embeddings import DIMENSIONS, embed, spec, vector

NAMES = ("delivery", "repair", "rental")


@pytest.fixture(scope="module")
def built():
    """A model with the built-in intents and three more."""
    return build_intents(tuple(spec(name) for name in NAMES), embed, "test", DIMENSIONS)


def test_a_loaded_model_decides_as_the_built_one(built):
    """Equal in every part, so equal in every match."""
    loaded = load_intents(dump_intents(built), DIMENSIONS)
    assert loaded is not None
    assert np.array_equal(loaded.matrix, built.matrix)
    for name in ("names", "examples", "calibration", "digest", "size"):
        assert getattr(loaded, name) == getattr(built, name)
    for text in (*NAMES, "Hello", "something else"):
        assert loaded.match(vector(text)) == built.match(vector(text))


def test_the_file_is_small_and_the_same_each_time(built):
    """Two bytes a number and the sentences; no time, no order of chance."""
    data = dump_intents(built)
    assert data == dump_intents(built)
    assert len(data) < built.matrix.size * 2 + sum(len(text) * 8 + 40 for text in built.examples)


def test_a_file_of_another_version_is_no_model(built, monkeypatch):
    """A reader that is older or newer goes without intents until the next build, and is not in trouble."""
    data = dump_intents(built)
    monkeypatch.setattr("shared.adapters.knowledge.layout.VERSION", intents.VERSION + 1)
    assert load_intents(data, DIMENSIONS) is None


def _header(data: bytes, **fields: object) -> bytes:
    head, _, vectors = data.partition(b"\n")
    return json.dumps({**json.loads(head), **fields}).encode() + b"\n" + vectors


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"null\n",
        lambda _: b"{}\n",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data.partition(b"\n")[0],
        lambda data: b"\xff" + data,
        lambda data: data.replace(b"NUMPY", b"PICKL"),
        lambda data: _header(data, examples=[]),
        lambda data: _header(data, examples=[["a", "b"]]),
        lambda data: _header(data, calibration={"slope": 1}),
        lambda data: _header(data, calibration=None),
    ],
)
def test_a_damaged_file_is_refused(built, damage):
    """With the one error that readers expect."""
    with pytest.raises(ValueError, match=r"."):
        load_intents(damage(dump_intents(built)), DIMENSIONS)


def test_vectors_of_other_dimensions_are_refused(built):
    """Nothing is compared with questions of another embedding."""
    with pytest.raises(ValueError, match="do not match"):
        load_intents(dump_intents(built), DIMENSIONS * 2)
