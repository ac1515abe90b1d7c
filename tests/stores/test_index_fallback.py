"""A build that is not whole is refused, and the one before it serves; what was switched to can be switched back to."""

from dataclasses import replace

import numpy as np
import pytest

from shared.adapters.knowledge.layout import (
    CHUNKS,
    INDEX,
    INTENTS,
    LEXICAL,
    build_manifest_name,
    build_prefix,
    dump_manifest,
    manifest_name,
)
from shared.adapters.knowledge.reader import RETRY_AFTER_S
from shared.adapters.knowledge.writer import KEPT_CANDIDATES, IndexWriter
from shared.domain.errors import Conflict, NotFound, StorageUnavailable
from shared.domain.knowledge import Asked
from shared.retrieval.assemble import Parts, assemble
from tests.stores.indexes import axis, chunks_of, manifest_of, publish, small_intents

MANIFEST = "manifest.json"


def write(storage, business, build_id, count=4):
    """Write a build with all its files, and switch to nothing."""
    chunks, vectors = chunks_of(build_id, count, business), np.array([axis(n) for n in range(count)], np.float32)
    lexical, backdrop = assemble(chunks, vectors, small_intents(), ["en"])
    assert backdrop
    manifest = manifest_of(build_id, count, backdrop=(backdrop.mean, backdrop.deviation))
    return IndexWriter(storage).write(business, Parts(chunks, vectors, small_intents(), lexical), manifest)


def put(storage, business, build_id, count=4):
    """Write a build with all its files and make it the current one."""
    write(storage, business, build_id, count)
    return IndexWriter(storage).switch(business, build_id)


def object_of(business, name, build_id):
    """Return the object of the current build's file."""
    return manifest_name(business) if name == MANIFEST else build_prefix(business, build_id) + name


HARMS = {
    "cut": lambda data: data[: len(data) // 2],
    "changed": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0x80]) + data[len(data) // 2 + 1 :],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("name", [INDEX, CHUNKS, INTENTS, LEXICAL, MANIFEST])
def test_a_torn_file_lets_the_build_before_serve(storage, make, business, name, harm):
    """Whichever file is damaged, an instance that starts cold answers from the last whole build, and says so."""
    put(storage, business, "bld_1")
    put(storage, business, "bld_2")
    torn = object_of(business, name, "bld_2")
    data, _ = storage.get(torn)
    storage.put(torn, HARMS[harm](data))
    instance = make()
    assert instance.build(business) == "bld_1"
    assert {text.split("|")[1] for text in instance.texts(business)} == {"bld_1"}
    storage.put(torn, data)
    instance.clock.sleep(RETRY_AFTER_S)
    assert instance.build(business) == "bld_2"


@pytest.mark.parametrize("name", [INDEX, CHUNKS, INTENTS, LEXICAL])
def test_a_file_that_is_gone_lets_the_build_before_serve(storage, make, business, name):
    """As when it is torn. Without a manifest there is no index at all: that is how one is deleted."""
    put(storage, business, "bld_1")
    put(storage, business, "bld_2")
    storage.delete(object_of(business, name, "bld_2"))
    assert make().build(business) == "bld_1"
    storage.delete(manifest_name(business))
    assert make().build(business) is None


def test_an_instance_that_serves_goes_on(storage, instance, business):
    """With the build before in memory, a torn new one changes nothing and costs no look at older ones."""
    put(storage, business, "bld_1")
    assert instance.build(business) == "bld_1"
    put(storage, business, "bld_2")
    storage.put(object_of(business, INDEX, "bld_2"), b"torn")
    instance.clock.sleep(60)
    assert instance.build(business, "bld_2") == "bld_1"
    assert instance.steps.named("previous.json") == 0


def test_two_torn_builds(storage, make, business):
    """The third last serves; with none whole the knowledge is missing, and nobody else's is shown."""
    for number in (1, 2, 3):
        put(storage, business, f"bld_{number}")
    for number in (3, 2):
        storage.put(object_of(business, CHUNKS, f"bld_{number}"), b"torn")
    assert make().build(business) == "bld_1"
    storage.put(object_of(business, CHUNKS, "bld_1"), b"torn")
    with pytest.raises(StorageUnavailable):
        make().build(business, use_default=True)


def test_a_written_build_is_invisible_until_it_is_switched_to(storage, make, business):
    """Readers see it with the switch and not before; each search is by words too then."""
    put(storage, business, "bld_1")
    write(storage, business, "bld_2")
    assert make().build(business) == "bld_1"
    IndexWriter(storage).switch(business, "bld_2")
    index = make().reader.index(business, None, use_default=False)
    assert index.manifest.build_id == "bld_2"
    found = index.search(Asked([f"{business} 3"], [axis(0)], "en", index.space), 2)
    assert found.likelihood is not None
    assert found.coverage is not None


def test_back_and_forth(storage, make, business):
    """The last three that were current can be switched to again, in any order; nothing is written anew."""
    writer = IndexWriter(storage)
    for number in (1, 2, 3, 4):
        put(storage, business, f"bld_{number}")
    assert [one.build_id for one in writer.kept(business)] == ["bld_4", "bld_3", "bld_2"]
    writer.switch(business, "bld_2")
    assert make().build(business) == "bld_2"
    assert [one.build_id for one in writer.kept(business)] == ["bld_2", "bld_4", "bld_3"]
    assert writer.switch(business, "bld_2").build_id == "bld_2"
    writer.switch(business, "bld_4")
    assert [one.build_id for one in writer.kept(business)] == ["bld_4", "bld_2", "bld_3"]
    with pytest.raises(NotFound):
        writer.switch(business, "bld_1")


def test_a_build_with_a_file_missing_is_not_switched_to(storage, make, business):
    """The files are looked for before the switch."""
    put(storage, business, "bld_1")
    write(storage, business, "bld_2")
    storage.delete(object_of(business, LEXICAL, "bld_2"))
    with pytest.raises(NotFound, match=LEXICAL):
        IndexWriter(storage).switch(business, "bld_2")
    assert make().build(business) == "bld_1"


def test_a_switch_that_expects_another_is_refused(storage, business):
    """Who began before somebody else switched is told so."""
    writer = IndexWriter(storage)
    put(storage, business, "bld_1")
    generation = writer.generation(business)
    put(storage, business, "bld_2")
    write(storage, business, "bld_3")
    with pytest.raises(Conflict):
        writer.switch(business, "bld_3", generation)


def test_candidates_do_not_pile_up(storage, business):
    """Of builds that were never switched to, the newest few are left, and whatever is kept."""
    put(storage, business, "bld_01")
    for number in range(2, 12):
        write(storage, business, f"bld_{number:02}")
    builds = {name.split("/")[3] for name in storage.list_names(f"data/{business}/builds/")}
    assert len(builds) == 1 + KEPT_CANDIDATES
    assert {"bld_01", "bld_11"} <= builds


def test_what_the_release_before_published_is_kept(storage, make, business):
    """Its builds have no manifest of their own and name no builds before; they serve when the next one is torn."""
    manifest = publish(storage, business, "bld_1")
    storage.delete(build_manifest_name(business, "bld_1"))
    storage.put(manifest_name(business), dump_manifest(replace(manifest, previous=())))
    put(storage, business, "bld_2")
    assert [one.build_id for one in IndexWriter(storage).kept(business)] == ["bld_2", "bld_1"]
    storage.put(object_of(business, INDEX, "bld_2"), b"torn")
    assert make().build(business) == "bld_1"
