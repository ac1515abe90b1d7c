"""Damaged files and manifests: a build that is not whole is never served, the previous one is."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.adapters.knowledge.layout import build_prefix, manifest_name
from shared.adapters.knowledge.reader import FRESH_FOR_S
from shared.adapters.storage import Storage
from shared.domain.errors import StorageUnavailable
from shared.domain.intents import IntentSpec
from shared.understanding.intents import build_intents
from tests.stores.indexes import DIMENSIONS, Instance, publish, small_intents


def edited(storage: Storage, business: str, fields: dict[str, Any]) -> bytes:
    """Return the manifest's JSON with other fields; None removes one."""
    manifest = {**json.loads(storage.get(manifest_name(business))[0]), **fields}
    return json.dumps({name: value for name, value in manifest.items() if value is not None}).encode()


TORN: dict[str, tuple[str, Callable[[bytes], bytes] | None]] = {
    "index flipped": ("index.faiss", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    "index cut": ("index.faiss", lambda data: data[: len(data) // 2]),
    "index empty": ("index.faiss", lambda _: b""),
    "index missing": ("index.faiss", None),
    "chunks flipped": ("chunks.jsonl", lambda data: data.replace(b"bld_2|0", b"bld_2|9")),
    "chunks cut": ("chunks.jsonl", lambda data: data[:-20]),
    "chunks missing": ("chunks.jsonl", None),
    "intents flipped": ("intents.bin", lambda data: data.replace(b"rental", b"Rental")),
    "intents cut": ("intents.bin", lambda data: data[:-1]),
    "intents missing": ("intents.bin", None),
}
BROKEN_MANIFESTS = {
    "empty": b"",
    "not JSON": b"{'",
    "not UTF-8": b"\xff\xfe",
    "a list": b"[]",
    "null": b"null",
    "another format": b'{"format": 2, "build_id": "bld_2"}',
    "without fields": b'{"format": 1}',
}
EDITED_MANIFESTS: dict[str, dict[str, Any]] = {
    "without a build": {"build_id": None},
    "checksums null": {"sha256": "none"},
    "checksums missing": {"sha256": {}},
    "chunks wrong": {"chunks": 99},
    "other dimensions": {"dimensions": DIMENSIONS * 2},
    "build elsewhere": {"build_id": "bld_unknown"},
}


def serves_the_previous(make: Callable[..., Instance], instance: Instance, business: str) -> None:
    """Check that an instance that has a build goes on with it, and that a new one takes it too."""
    instance.clock.sleep(FRESH_FOR_S)
    assert instance.build(business, "bld_2") == "bld_1"
    assert instance.texts(business) == [f"{business}|bld_1|{number}" for number in range(4)]
    assert make().build(business) == "bld_1"


@pytest.mark.parametrize("case", TORN)
def test_torn_file(storage, make, instance, business, case):
    """A build with a damaged or missing file is never served: the previous one is."""
    publish(storage, business, "bld_1")
    assert instance.build(business) == "bld_1"
    publish(storage, business, "bld_2", intents=small_intents())
    file, damage = TORN[case]
    name = build_prefix(business, "bld_2") + file
    if damage is None:
        storage.delete(name)
    else:
        storage.put(name, damage(storage.get(name)[0]))
    serves_the_previous(make, instance, business)


def test_intents_of_another_embedding(storage, make, instance, business):
    """Intents whose vectors are not as long as a question's make a build that is never served."""
    publish(storage, business, "bld_1")
    assert instance.build(business) == "bld_1"
    spec = IntentSpec(id="rental", examples=("Can I rent one?", "What do rentals cost?"))
    longer = build_intents((spec,), lambda texts: [[1.0] * (DIMENSIONS + 1) for _ in texts], "x", DIMENSIONS + 1)
    publish(storage, business, "bld_2", intents=longer)
    serves_the_previous(make, instance, business)


@pytest.mark.parametrize("case", BROKEN_MANIFESTS)
def test_broken_manifest(storage, make, instance, business, case):
    """A manifest that cannot be read switches nothing; a new instance takes the build before, when there is one."""
    publish(storage, business, "bld_1")
    assert instance.build(business) == "bld_1"
    storage.put(manifest_name(business), BROKEN_MANIFESTS[case])
    with pytest.raises(StorageUnavailable):
        make().build(business)
    publish(storage, business, "bld_1b")
    publish(storage, business, "bld_2")
    storage.put(manifest_name(business), BROKEN_MANIFESTS[case])
    instance.clock.sleep(FRESH_FOR_S)
    assert instance.build(business, "bld_2") == "bld_1"
    assert make().build(business) == "bld_1b"


@pytest.mark.parametrize("case", EDITED_MANIFESTS)
def test_wrong_manifest(storage, make, instance, business, case):
    """A manifest that does not fit its build switches nothing."""
    publish(storage, business, "bld_1")
    assert instance.build(business) == "bld_1"
    publish(storage, business, "bld_2")
    storage.put(manifest_name(business), edited(storage, business, EDITED_MANIFESTS[case]))
    serves_the_previous(make, instance, business)
