"""Publishing an index: the documented layout, one switch, three builds kept, nothing half-written."""

import hashlib
import json
import threading
from functools import partial

import faiss
import numpy as np
import pytest

from local.stack.servers import BUCKET
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.knowledge.writer import KEPT_BUILDS, IndexWriter
from shared.domain.errors import Conflict, StorageUnavailable
from shared.domain.knowledge import Chunk
from tests.stores.indexes import (
    BUDGET,
    DIMENSIONS,
    MODEL,
    Steps,
    WatchedStorage,
    chunks_of,
    manifest_of,
    near,
    publish,
    small_intents,
    some_vector,
)
from tests.stores.races import at_once


@pytest.fixture
def watched(own_bucket_server):
    """Makes storages of the same bucket that tell their steps."""
    return partial(WatchedStorage, own_bucket_server.port, BUCKET)


def current(storage, business) -> str:
    """Return the build that a new reader gets."""
    index = KnowledgeReader(storage, BUDGET).index(business, None, use_default=False)
    assert index is not None
    return index.manifest.build_id


def test_layout_is_as_documented(storage, business, tmp_path):
    """`index.faiss` and the chunks beside it can be read by anybody, the manifest says what they are."""
    vectors = [some_vector(str(number)) for number in range(5)]
    manifest = publish(storage, business, "bld_1", 5, vectors)
    folder = f"data/{business}/"
    assert storage.list_names(folder) == [
        f"{folder}builds/bld_1/chunks.jsonl", f"{folder}builds/bld_1/index.faiss",
        f"{folder}builds/bld_1/manifest.json",
        f"{folder}chunks.jsonl", f"{folder}index.faiss", f"{folder}manifest.json",
    ]  # fmt: skip
    (tmp_path / "index.faiss").write_bytes(storage.get(f"{folder}index.faiss")[0])
    index = faiss.read_index(str(tmp_path / "index.faiss"))
    assert (index.ntotal, index.d, index.metric_type) == (5, DIMENSIONS, faiss.METRIC_INNER_PRODUCT)
    unit = np.array(vectors, np.float32) / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.allclose(index.reconstruct_n(0, 5), unit, atol=1e-6)
    lines = [json.loads(line) for line in storage.get(f"{folder}chunks.jsonl")[0].decode().split("\n")[:-1]]
    assert [line["text"] for line in lines] == [f"{business}|bld_1|{number}" for number in range(5)]
    assert set(lines[0]) == {"url", "title", "heading", "text", "fetched_at"}
    written = json.loads(storage.get(f"{folder}manifest.json")[0])
    assert written["sha256"] == manifest.sha256
    assert {name: written[name] for name in ("build_id", "embedding_model", "dimensions", "metric", "chunks")} == {
        "build_id": "bld_1", "embedding_model": MODEL, "dimensions": DIMENSIONS, "metric": "inner_product", "chunks": 5,
    }  # fmt: skip
    for name, digest in written["sha256"].items():
        for place in (folder, f"{folder}builds/bld_1/"):
            assert hashlib.sha256(storage.get(place + name)[0]).hexdigest() == digest


@pytest.mark.parametrize("text", ["line\nbreak\r\n\x0b\x1e\x85\u2028\u2029", '"}\n{"', "\x00 👩‍👩‍👧 ü", ""])
def test_texts_survive(storage, business, text):
    """A chunk's text comes back equal, whatever breaks lines or JSON in it."""
    chunk = Chunk("https://shop.example/ü", text, text, text, "t")
    IndexWriter(storage).publish(business, [chunk], [some_vector("a")], manifest_of("bld_1", 1))
    index = KnowledgeReader(storage, BUDGET).index(business, None, use_default=False)
    assert index is not None
    assert [passage.chunk for passage in near(index, [some_vector("a")], 3).passages] == [chunk]


def test_three_builds_are_kept(storage, business):
    """The newest builds stay for readers that are a little behind; older ones go, other businesses' stay."""
    publish(storage, f"{business}-2", "bld_0")
    for number in range(1, 7):
        publish(storage, business, f"bld_{number}")
    names = storage.list_names(f"data/{business}/builds/")
    assert sorted({name.split("/")[3] for name in names}) == ["bld_4", "bld_5", "bld_6"]
    assert len(names) == 3 * KEPT_BUILDS
    assert current(storage, business) == "bld_6"
    assert current(storage, f"{business}-2") == "bld_0"


@pytest.mark.parametrize("before", [0, 1])
def test_two_publishers_one_conflict(storage, watched, business, before):
    """Of two builds published at the same moment one becomes current, whole; the other is told that it came late."""
    if before:
        publish(storage, business, "bld_0")
    both_begun = threading.Barrier(2)

    def meet(what, name):
        if what == "put" and name.endswith("index.faiss"):
            both_begun.wait(10)  # both know the manifest as it was

    results = at_once([partial(publish, watched(meet), business, f"bld_{number}") for number in (1, 2)])
    lost = [result for result in results if isinstance(result, Conflict)]
    won = [result for result in results if not isinstance(result, Exception)]
    assert (len(lost), len(won)) == (1, 1)
    assert current(storage, business) == won[0].build_id
    copy = storage.get(f"data/{business}/chunks.jsonl")[0]
    assert hashlib.sha256(copy).hexdigest() == won[0].sha256["chunks.jsonl"]


@pytest.mark.parametrize("step", range(1, 22))
def test_outage_at_any_step(storage, watched, business, step):
    """Whatever step an outage hits, readers see a whole build; an error means that nothing was switched."""
    publish(storage, business, "bld_1")
    steps = Steps(fails_at=step)
    try:
        publish(watched(steps), business, "bld_2", intents=small_intents())
        published = True
    except StorageUnavailable:
        published = False
    assert current(storage, business) == ("bld_2" if published else "bld_1")
    publish(storage, business, "bld_3")
    assert current(storage, business) == "bld_3"


def test_vectors_and_chunks_must_match(storage, business):
    """A build whose vectors are not those of its chunks is never served."""
    publish(storage, business, "bld_1")
    chunks = chunks_of("bld_2", 3, business)
    vectors = [some_vector(str(number)) for number in range(4)]
    IndexWriter(storage).publish(business, chunks, vectors, manifest_of("bld_2", 3))
    assert current(storage, business) == "bld_1"


def test_intents_come_with_their_build(storage, business):
    """They are in the build's folder and its manifest, and decide for readers as they did for the writer."""
    intents = small_intents()
    manifest = publish(storage, business, "bld_1", intents=intents)
    assert set(manifest.sha256) == {"index.faiss", "chunks.jsonl", "intents.bin"}
    assert f"data/{business}/builds/bld_1/intents.bin" in storage.list_names(f"data/{business}/")
    index = KnowledgeReader(storage, BUDGET).index(business, None, use_default=False)
    assert index is not None
    assert index.intents is not None
    asked = some_vector("Can I rent one?")
    assert index.intents.match(asked) == intents.match(asked)
    assert index.intents.match(asked).intent.name == "rental"
    assert index.size > intents.size


def test_a_build_without_intents_serves_without(storage, business):
    """What was built before there were intents goes on serving, and recognises none."""
    publish(storage, business, "bld_1")
    index = KnowledgeReader(storage, BUDGET).index(business, None, use_default=False)
    assert index is not None
    assert index.intents is None
    assert IndexWriter(storage).intents(business) is None


def test_the_next_build_finds_the_intents_of_the_last(storage, business):
    """As published, so that examples need not be embedded again; none for a business without a build."""
    assert IndexWriter(storage).intents(business) is None
    intents = small_intents()
    publish(storage, business, "bld_1", intents=intents)
    found = IndexWriter(storage).intents(business)
    assert found is not None
    assert found.digest == intents.digest
    storage.put(f"data/{business}/builds/bld_1/intents.bin", b"{}")
    assert IndexWriter(storage).intents(business) is None
