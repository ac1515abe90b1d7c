"""Reading indexes: searched exactly, refreshed when they change, whole or not at all, within a budget, per tenant."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from shared.adapters.knowledge.layout import dump_manifest, manifest_name
from shared.adapters.knowledge.reader import FRESH_FOR_S, RETRY_AFTER_S
from shared.domain.errors import StorageUnavailable
from shared.domain.knowledge import Asked, Space
from tests.stores.indexes import (
    DIMENSIONS,
    MODEL,
    axis,
    near,
    publish,
    some_vector,
)
from tests.stores.races import at_once


def test_search_is_exact(storage, instance, business):
    """The best passages by cosine, best first, over all query vectors, each passage once with its better score."""
    vectors = [some_vector(str(number)) for number in range(300)]
    publish(storage, business, "bld_1", 300, vectors)
    index = instance.reader.index(business, None, use_default=False)
    queries = np.array([some_vector("q1"), some_vector("q2")])
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    unit = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    best = (unit @ queries.T).max(axis=1)
    found = near(index, queries.tolist(), 7).passages
    expected = np.argsort(-best)[:7]
    assert [passage.chunk.text for passage in found] == [f"{business}|bld_1|{number}" for number in expected]
    assert [passage.score for passage in found] == pytest.approx(best[expected].tolist(), abs=1e-5)
    assert not any(passage.shared for passage in found)
    assert len(near(index, queries.tolist(), 1000).passages) == 300
    assert index.urls == {f"https://{business}.example/{number}" for number in range(300)}


def test_no_index_is_none_and_then_found(storage, instance, business):
    """A business without an index has none; its first build is seen when announced, or after half a minute."""
    assert instance.build(business) is None
    publish(storage, business, "bld_1")
    assert instance.build(business) is None
    instance.clock.sleep(1)
    assert instance.build(business, "bld_1") == "bld_1"


def test_announced_build_is_taken(storage, instance, business):
    """An announced build serves the next turn; without a word the reader looks by itself after half a minute."""
    publish(storage, business, "bld_1")
    assert instance.build(business) == "bld_1"
    publish(storage, business, "bld_2")
    instance.clock.sleep(1)
    assert instance.build(business) == "bld_1"
    assert instance.build(business, "bld_2") == "bld_2"
    publish(storage, business, "bld_3")
    instance.clock.sleep(FRESH_FOR_S - 0.1)
    assert instance.build(business) == "bld_2"
    instance.clock.sleep(0.2)
    assert instance.build(business) == "bld_3"


def test_storage_is_left_alone_while_nothing_is_new(storage, instance, business):
    """A fresh index costs no round trip; an announced build that is not there yet is looked for once a second."""
    publish(storage, business, "bld_1")
    assert instance.build(business) == "bld_1"
    assert len(instance.steps.seen) == 3
    for _ in range(50):
        assert instance.build(business, "bld_1") == "bld_1"
        assert instance.build(business, "bld_unseen") == "bld_1"
    assert len(instance.steps.seen) == 3
    instance.clock.sleep(1)
    for _ in range(50):
        assert instance.build(business, "bld_unseen") == "bld_1"
    assert len(instance.steps.seen) == 4
    instance.clock.sleep(FRESH_FOR_S)
    assert instance.build(business) == "bld_1"
    assert len(instance.steps.seen) == 5  # the manifest alone: the same build is not loaded again


def test_many_first_questions_load_once(storage, instance, business):
    """Twenty visitors at once of a business that is not in memory cause one load."""
    publish(storage, business, "bld_1")
    assert at_once([partial(instance.build, business)] * 20) == ["bld_1"] * 20
    assert len(instance.steps.seen) == 3


def test_vectors_of_two_models_never_meet(storage, instance, business):
    """Each build says the space its questions are embedded in; a question of another space is refused."""
    publish(storage, business, "bld_1")
    publish(storage, f"{business}-2", "bld_1", embedding_model=f"{MODEL}-2")
    one, other = (instance.reader.index(name, None, use_default=False) for name in (business, f"{business}-2"))
    assert (one.space, other.space) == (Space(MODEL, DIMENSIONS), Space(f"{MODEL}-2", DIMENSIONS))
    assert one.search(Asked(["q"], [axis(0)], "", one.space), 1).passages
    with pytest.raises(ValueError, match="put to an index in test-embedding/16"):
        one.search(Asked(["q"], [axis(0)], "", other.space), 1)


def test_a_build_of_another_length_than_it_says_is_refused(storage, instance, business):
    """The manifest's dimensions are those of the vectors, or nothing is served."""
    manifest = publish(storage, business, "bld_1")
    storage.put(manifest_name(business), dump_manifest(replace(manifest, dimensions=DIMENSIONS * 2)))
    with pytest.raises(StorageUnavailable):
        instance.build(business)


def test_repaired_build_is_taken_after_a_while(storage, instance, business):
    """After a failure storage is left alone for a while, then what was repaired is served."""
    manifest = publish(storage, business, "bld_1")
    storage.put(manifest_name(business), b"{}")
    for _ in range(5):
        with pytest.raises(StorageUnavailable):
            instance.build(business)
    assert len(instance.steps.seen) == 3  # both manifests, and the one again
    storage.put(manifest_name(business), dump_manifest(manifest))
    instance.clock.sleep(RETRY_AFTER_S)
    assert instance.build(business) == "bld_1"


def test_default_index(storage, make, business):
    """A business without an index gets the platform's when it may, marked as shared; its own one always wins."""
    publish(storage, "default", f"bld_{business}")
    instance = make()
    assert instance.build(business) is None
    assert instance.build(business, use_default=True) == f"bld_{business}"
    shared = instance.reader.index(business, None, use_default=True)
    assert shared.shared
    assert all(passage.shared for passage in near(shared, [axis(0)], 5).passages)
    assert instance.texts(business, use_default=True)[0].startswith("default|")
    assert instance.build("default", use_default=True) == f"bld_{business}"
    publish(storage, business, "bld_1")
    own = make().reader.index(business, None, use_default=True)
    assert not own.shared
    assert own.manifest.build_id == "bld_1"


def test_broken_own_index_is_not_replaced_by_the_default(storage, make, business):
    """When a business's own index cannot be loaded, the turn says so; it does not answer from somebody else's."""
    publish(storage, "default", "bld_0")
    publish(storage, business, "bld_1")
    storage.put(manifest_name(business), b"{}")
    with pytest.raises(StorageUnavailable):
        make().build(business, use_default=True)


def test_least_recently_used_goes_first(storage, make, business):
    """What does not fit into the budget goes, the longest unused first; what is used stays in memory."""
    names = [f"{business}-{number}" for number in range(3)]
    for name in names:
        publish(storage, name, "bld_1", 100)
    one = make()
    one.build(names[0])
    size = one.reader.index(names[0], None, use_default=False).size
    instance = make(budget=int(size * 2.5))
    for name in (names[0], names[1], names[0], names[2]):
        instance.build(name)
    assert instance.steps.named("index.faiss") == 3
    instance.build(names[0])
    instance.build(names[2])
    assert instance.steps.named("index.faiss") == 3
    instance.build(names[1])
    assert instance.steps.named("index.faiss") == 4


def test_index_larger_than_the_budget_is_served(storage, make, business):
    """The budget bounds what is kept, not what a business may know."""
    publish(storage, business, "bld_1", 100)
    instance = make(budget=10)
    assert len(instance.texts(business)) == 100
    assert len(instance.texts(business)) == 100
    assert instance.steps.named("index.faiss") == 1


def test_memory_holds_no_more_than_the_budget(storage, make, business):
    """Many businesses without an index, or with small ones, do not add up to more than the budget."""
    instance = make(budget=5000)
    for number in range(60):
        instance.build(f"{business}-none-{number}")
    publish(storage, business, "bld_1", 1)
    instance.build(business)
    assert instance.reader._used() <= 5000


def test_tenants_see_their_own_alone(storage, instance, business):
    """Every search of one business finds its own texts, also with equal builds, vectors and names that begin alike."""
    names = [business, f"{business}-2", f"{business}2"]
    for name in names:
        publish(storage, name, "bld_1")
    for name in names:
        assert {text.split("|")[0] for text in instance.texts(name)} == {name}


def test_manifest_of_another_business_loads_nothing_of_it(storage, make, business):
    """A manifest copied from another business names files that this one does not have."""
    other = f"{business}-2"
    manifest = publish(storage, other, "bld_1")
    storage.put(manifest_name(business), dump_manifest(replace(manifest)))
    with pytest.raises(StorageUnavailable):
        make().build(business)
