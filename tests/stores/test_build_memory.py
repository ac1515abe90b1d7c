"""What builds remember in the bucket: the live build's pages and vectors, checkpoints of stopped ones; or none."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from shared.adapters.knowledge import layout
from shared.adapters.knowledge.checkpoints import MANY
from shared.adapters.knowledge.memory import CHECKPOINT_S, RESUME_FOR, StoredMemory
from shared.adapters.knowledge.writer import IndexWriter
from shared.domain.knowledge import Document, Space
from shared.domain.pages import KnownPage, content_digest, dump_pages, vector_key
from shared.retrieval.assemble import Parts
from tests.stores.conversations import ManualClock
from tests.stores.indexes import DIMENSIONS, MODEL, axis, chunks_of, manifest_of

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
SPACE = Space(MODEL, DIMENSIONS)
LONG = "Words of a page, enough of them. " * 50


class Bench:
    """A business, its bucket and the time."""

    def __init__(self, storage, business_id):
        self.storage = storage
        self.business_id = business_id
        self.now = NOW
        self.clock = ManualClock()

    def memory(self, build_id="bld_2", space=SPACE):
        """Return what a new process remembers."""
        return StoredMemory(self.storage, self.business_id, build_id, space, now=lambda: self.now, monotonic=self.clock)

    def publish(self, build_id="bld_1", count=4, pages=(), **fields):
        """Switch to a build of some chunks; vector n lies on axis n."""
        chunks = chunks_of(build_id, count, self.business_id)
        vectors = np.asarray([axis(number) for number in range(count)], dtype=np.float32)
        writer = IndexWriter(self.storage)
        parts = Parts(chunks, vectors, pages=dump_pages(pages) if pages else b"")
        writer.write(self.business_id, parts, manifest_of(build_id, count, **fields))
        writer.switch(self.business_id, build_id)
        return chunks

    def names(self):
        """Return the names of what lies between builds."""
        work = layout.work_prefix(self.business_id)
        return [name.removeprefix(work) for name in self.storage.list_names(work)]

    def damage(self, name):
        """Change a byte in the middle of an object."""
        data = bytearray(self.storage.get(name)[0])
        data[len(data) // 2] ^= 0xFF
        self.storage.put(name, bytes(data))


@pytest.fixture
def bench(storage, business):
    """A business without an index."""
    return Bench(storage, business)


def known(path, read_at=NOW, **fields):
    """Return a page as a crawl hands it over."""
    url = f"https://shop.example{path}"
    stamp = read_at.isoformat(timespec="seconds")
    document = Document(url, "Title", f"{path} {LONG}", stamp, notes=("a note",))
    values = {
        "etag": '"x"',
        "links": (f"{url}/more",),
        "digest": "d",
        "address": url,
        "documents": (document,),
        **fields,
    }
    return KnownPage("src_1", url, fetched_at=stamp, **values)


def keys_of(chunks, space=SPACE):
    """Return by which keys the vectors of chunks are known."""
    return [vector_key(space, chunk.label, chunk.text) for chunk in chunks]


def test_pages_of_the_live_build_are_known(bench):
    """As they were kept, links, documents and all; nothing else is."""
    page = known("/a")
    bench.publish(pages=[page, known("/b", digest="")])
    memory = bench.memory()
    assert memory.page("src_1", page.url) == page
    assert memory.page("src_2", page.url) is None
    assert memory.page("src_1", "https://shop.example/other") is None
    assert memory.just_read("src_1", page.url) is None
    assert memory.served_pages() == {("src_1", page.url): "d"}


def test_a_business_without_an_index_remembers_nothing(bench):
    """And nothing is wrong with that."""
    memory = bench.memory()
    assert (memory.served_pages(), memory.served(), memory.vectors(["k"])) == ({}, "", {})
    assert memory.page("src_1", "https://shop.example/") is None


def test_vectors_of_the_live_build_are_known_by_their_text(bench):
    """Each is the one that was put in."""
    chunks = bench.publish(count=6)
    found = bench.memory().vectors([*keys_of(chunks[2:4]), "unknown"])
    assert list(found) == keys_of(chunks[2:4])
    assert [row.tolist() for row in found.values()] == [axis(2), axis(3)]


@pytest.mark.parametrize("space", [Space("another-model", DIMENSIONS), Space(MODEL, DIMENSIONS * 2)])
def test_vectors_of_another_model_are_not(bench, space):
    """Not under their own key and not under the other's; the pages are known all the same."""
    chunks = bench.publish(pages=[known("/a")])
    memory = bench.memory(space=space)
    assert memory.vectors([*keys_of(chunks), *keys_of(chunks, space)]) == {}
    assert memory.served() == ""
    assert memory.served_pages()


def test_what_is_served_has_a_digest_that_order_and_time_do_not_change(bench):
    """A build of the same chunks has nothing to write; one from before pages were remembered has."""
    chunks = bench.publish(pages=[known("/a")])
    later = [replace(chunk, fetched_at="later") for chunk in reversed(chunks)]
    assert bench.memory().served() == content_digest(later) != content_digest(chunks[1:])
    bench.publish("bld_2")
    assert bench.memory().served() == ""


def test_checkpoints_are_written_every_few_seconds(bench):
    """And what they hold is known to the next process, for some hours without being asked for again."""
    first = bench.memory("bld_1")
    first.keep_page(known("/a"))
    assert bench.names() == []
    bench.clock.sleep(CHECKPOINT_S)
    first.keep_page(known("/b"))
    first.keep_page(known("/c"))
    assert bench.names() == ["pages-bld_1-000000"]
    bench.now = NOW + RESUME_FOR / 2
    second = bench.memory()
    assert second.just_read("src_1", "https://shop.example/a") == known("/a")
    assert second.page("src_1", "https://shop.example/b") == known("/b")
    assert second.page("src_1", "https://shop.example/c") is None
    bench.now = NOW + RESUME_FOR
    assert bench.memory().just_read("src_1", "https://shop.example/a") is None
    assert bench.memory().page("src_1", "https://shop.example/a") == known("/a")


def test_a_page_that_refuses_is_asked_again_at_once(bench):
    """Its owner may have changed their mind."""
    first = bench.memory("bld_1")
    bench.clock.sleep(CHECKPOINT_S)
    first.keep_page(known("/a", refused="asks not to be indexed"))
    assert bench.memory().just_read("src_1", "https://shop.example/a") is None
    assert bench.memory().page("src_1", "https://shop.example/a") is not None


def test_vectors_that_were_paid_for_are_kept(bench):
    """Of several checkpoints, in their own space alone."""
    first = bench.memory("bld_1")
    for number in range(3):
        bench.clock.sleep(CHECKPOINT_S)
        first.keep_vectors([f"k{number}"], np.asarray([axis(number)], dtype=np.float32))
    assert len(bench.names()) == 3
    found = bench.memory().vectors(["k0", "k2", "k9"])
    assert {key: row.tolist() for key, row in found.items()} == {"k0": axis(0), "k2": axis(2)}
    assert bench.memory(space=Space("another-model", DIMENSIONS)).vectors(["k0"]) == {}


def test_a_switch_ends_what_lies_between(bench):
    """Everything of it is in the build now."""
    memory = bench.memory()
    bench.clock.sleep(CHECKPOINT_S)
    memory.keep_page(known("/a"))
    bench.clock.sleep(CHECKPOINT_S)
    memory.keep_vectors(["k"], np.asarray([axis(1)], dtype=np.float32))
    memory.settle([known("/a")], switched=True)
    assert bench.names() == []


def test_a_build_that_is_not_switched_to_leaves_its_pages_and_vectors(bench):
    """Its pages to be asked about, not to be taken as read; the next such build replaces them."""
    bench.publish(pages=[known("/a", etag='"old"')])
    memory = bench.memory("bld_2")
    bench.clock.sleep(CHECKPOINT_S)
    memory.keep_page(known("/b"))
    memory.keep_vectors(["k"], np.asarray([axis(1)], dtype=np.float32))
    memory.settle([known("/a", missed=1)], switched=False)
    assert bench.names() == ["done-bld_2-000002", "vectors-bld_2-000001"]
    after = bench.memory("bld_3")
    assert after.just_read("src_1", "https://shop.example/a") is None
    page = after.page("src_1", "https://shop.example/a")
    assert page is not None
    assert (page.missed, page.etag) == (1, '"x"')
    assert "k" in after.vectors(["k"])
    after.settle([known("/a")], switched=False)
    assert bench.names() == ["done-bld_3-000000", "vectors-bld_2-000001"]


def test_many_checkpoints_become_one(bench):
    """Of builds that were stopped again and again, whatever they left is read once more and put together."""
    first = bench.memory("bld_1")
    for number in range(MANY + 1):
        bench.clock.sleep(CHECKPOINT_S)
        first.keep_page(known(f"/{number}"))
        bench.clock.sleep(CHECKPOINT_S)
        first.keep_vectors([f"k{number}"], np.asarray([axis(number)], dtype=np.float32))
    assert len(bench.names()) == 2 * (MANY + 1)
    for build_id in ("bld_2", "bld_3"):
        memory = bench.memory(build_id)
        assert memory.just_read("src_1", "https://shop.example/7") == known("/7")
        assert memory.vectors(["k7"])["k7"].tolist() == axis(7)
        assert bench.names() == ["pages-bld_2-000000", "vectors-bld_2-000001"]


@pytest.mark.parametrize("kind", ["pages", "vectors", "done"])
def test_a_damaged_checkpoint_is_passed_over(bench, kind, caplog):
    """The others are read; the build fetches or embeds again what was in it."""
    memory = bench.memory("bld_1")
    bench.clock.sleep(CHECKPOINT_S)
    memory.keep_page(known("/a"))
    bench.clock.sleep(CHECKPOINT_S)
    memory.keep_vectors(["k"], np.asarray([axis(1)], dtype=np.float32))
    if kind == "done":
        memory.settle([known("/a")], switched=False)
    (name,) = [name for name in bench.names() if name.startswith(kind)]
    bench.damage(layout.work_prefix(bench.business_id) + name)
    after = bench.memory()
    assert (after.page("src_1", "https://shop.example/a") is None) is (kind != "vectors")
    assert ("k" in after.vectors(["k"])) is (kind != "vectors")
    assert "memory_damaged" in caplog.text


@pytest.mark.parametrize("name", [layout.PAGES, layout.CHUNKS, layout.INDEX])
def test_a_damaged_file_of_the_live_build_is_not_believed(bench, name, caplog):
    """Its pages are fetched, or its chunks embedded, as if there were none; and a build is written in any case."""
    chunks = bench.publish(pages=[known("/a")])
    bench.damage(layout.build_prefix(bench.business_id, "bld_1") + name)
    memory = bench.memory()
    assert bool(memory.served_pages()) is (name != layout.PAGES)
    assert memory.served() == ""
    assert bool(memory.vectors(keys_of(chunks))) is (name == layout.PAGES)
    assert "memory_damaged" in caplog.text


def test_a_damaged_manifest_is_no_memory(bench):
    """And no reason to fail."""
    bench.publish(pages=[known("/a")])
    bench.storage.put(layout.manifest_name(bench.business_id), b"{")
    memory = bench.memory()
    assert (memory.served_pages(), memory.served()) == ({}, "")


def test_pages_of_another_release_are_read_as_far_as_they_are_known(bench):
    """A field that was added later does not cost the memory."""
    import gzip
    import json

    line = {"source_id": "src_1", "url": "https://shop.example/a", "digest": "d", "mood": "good",
            "documents": [{"url": "u", "title": "t", "text": "x", "fetched_at": "n", "weight": 1}]}  # fmt: skip
    chunks = chunks_of("bld_1", 1)
    vectors = np.asarray([axis(0)], dtype=np.float32)
    writer = IndexWriter(bench.storage)
    parts = Parts(chunks, vectors, pages=gzip.compress(json.dumps(line).encode() + b"\n"))
    writer.write(bench.business_id, parts, manifest_of("bld_1", 1))
    writer.switch(bench.business_id, "bld_1")
    page = bench.memory().page("src_1", "https://shop.example/a")
    assert page is not None
    assert page.documents == (Document("u", "t", "x", "n"),)


def test_the_memory_of_a_large_site_is_small(bench):
    """Pages are held packed: a thousand, 1.7 MB of text in all, take less than one."""
    import tracemalloc

    bench.publish(pages=[known(f"/{number}") for number in range(1000)])
    memory = bench.memory()
    memory.page("src_1", "https://shop.example/0")
    tracemalloc.start()
    packed = bench.memory()
    packed.page("src_1", "https://shop.example/0")
    now, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now < 1_000_000
