"""From parts to the index that answers: a build that answers worse is held back, what was before goes on serving."""

import threading
from functools import partial

import numpy as np
import pytest

from local.stack.servers import BUCKET
from shared.adapters.knowledge.publishing import Gate, Publisher, Standard
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.knowledge.writer import KEPT_BUILDS, KEPT_CANDIDATES, IndexWriter
from shared.adapters.sessions.announcer import Announcer
from shared.domain.errors import Conflict, ModelUnavailable, StorageUnavailable
from shared.domain.golden import GoldenQuestion
from shared.domain.knowledge import Chunk
from shared.retrieval.assemble import Parts
from tests.stores.indexes import BUDGET, DIMENSIONS, MODEL, WatchedStorage, axis, manifest_of
from tests.stores.races import at_once

PAGES = 10


class Told(Announcer):
    """Remembers what was announced."""

    def __init__(self) -> None:
        super().__init__(None)
        self.builds: list[str | None] = []

    def announce(self, business_id: str, *, config: int | None = None, build: str | None = None) -> None:
        """See `Announcer.announce`."""
        assert business_id
        assert config is None
        self.builds.append(build)


def parts(*gone: int, text: str = "") -> Parts:
    """Return ten pages, page n on axis n, without those that are gone."""
    there = [number for number in range(PAGES) if number not in gone]
    chunks = [Chunk(f"https://shop.example/{n}", f"Page {n}", "", f"What page {n} says. {text}", "t") for n in there]
    return Parts(chunks, np.array([axis(number) for number in there], dtype=np.float32))


def questions(count: int = PAGES) -> list[GoldenQuestion]:
    """Return a question for each page."""
    return [GoldenQuestion(id=f"q{n}", question=f"Question {n}?", pages=(f"/{n}",)) for n in range(count)]


def embed(texts, space):
    """Return the vector of the page that a question is about; the model knows the space."""
    assert space.dimensions == DIMENSIONS
    return [axis(int(text.split()[1].strip("?"))) for text in texts]


class World:
    """One business's publisher, what instances see and what is announced."""

    def __init__(self, storage, business) -> None:
        self.storage, self.business = storage, business
        self.standard = Standard(questions(), 0.05)
        self.told = Told()
        self.embed = embed
        self.publisher = self.on(storage)

    def on(self, storage):
        """Return a publisher over another view of the bucket."""
        gate = Gate(lambda _: self.standard, self.serving, self.embedded)
        return Publisher(IndexWriter(storage), self.told, gate)

    def embedded(self, texts, space):
        """Return vectors as the test wants them now."""
        return self.embed(texts, space)

    def serving(self, business_id):
        """Return what a new instance would serve."""
        return KnowledgeReader(self.storage, BUDGET).index(business_id, None, use_default=False)

    def publish(self, number, built, **more):
        """Publish a build."""
        manifest = manifest_of(f"bld_{number}", len(built.chunks))
        return self.publisher.publish(self.business, built, manifest, **more)

    @property
    def current(self):
        """The build that answers."""
        return self.serving(self.business).manifest.build_id

    @property
    def folders(self):
        """The builds whose files are in the bucket."""
        names = self.storage.list_names(f"data/{self.business}/builds/")
        return sorted({name.split("/")[3] for name in names})


@pytest.fixture
def world(storage, business):
    return World(storage, business)


def test_a_first_build_is_published_with_its_figures(world):
    """There is nothing to compare it with."""
    done = world.publish(1, parts())
    assert (done.status, done.reason, world.current, world.told.builds) == ("published", "", "bld_1", ["bld_1"])
    assert done.verdict["candidate"]["hit1"] == 1
    assert done.verdict["live"] is None


def test_a_build_that_loses_a_page_is_held_back(world):
    """What was before goes on serving, nobody is told otherwise, and the reason names the question."""
    world.publish(1, parts())
    done = world.publish(2, parts(4))
    assert (done.status, world.current, world.told.builds) == ("blocked", "bld_1", ["bld_1"])
    assert "“Question 4?”" in done.reason
    assert done.verdict["lost"] == ("q4",)
    assert (done.verdict["live"]["hit8"], done.verdict["candidate"]["hit8"]) == (1, 0.9)
    assert [one.build_id for one in world.publisher.waiting(world.business)] == ["bld_2"]
    assert [one.build_id for one in world.publisher.kept(world.business)] == ["bld_1"]


def test_an_override_lets_it_serve_and_a_rollback_brings_the_old_one_back(world):
    """Both are announced."""
    world.publish(1, parts())
    world.publish(2, parts(4))
    world.publisher.switch_to(world.business, "bld_2")
    assert world.current == "bld_2"
    assert [one.build_id for one in world.publisher.kept(world.business)] == ["bld_2", "bld_1"]
    assert world.publisher.waiting(world.business) == []
    world.publisher.switch_to(world.business, "bld_1")
    assert (world.current, world.told.builds) == ("bld_1", ["bld_1", "bld_2", "bld_1"])
    assert [one.build_id for one in world.publisher.kept(world.business)] == ["bld_1", "bld_2"]


def test_a_build_can_be_told_to_serve_whatever_it_answers(world):
    """The verdict is kept all the same."""
    world.publish(1, parts())
    done = world.publish(2, parts(4), override=True)
    assert (done.status, world.current, done.reason) == ("published", "bld_2", "")
    assert done.verdict["lost"] == ("q4",)


def test_the_margin_is_the_business_s_own(world):
    """One page of ten is within a margin of a fifth."""
    world.standard = Standard(questions(), 0.2)
    world.publish(1, parts())
    assert world.publish(2, parts(4)).status == "published"
    assert world.publish(3, parts(4, 5, 6)).status == "published"
    assert world.publish(4, parts(1, 2, 3, 4, 5, 6)).status == "blocked"


def test_without_golden_questions_everything_is_published(world):
    """And nothing is embedded."""
    world.standard = Standard((), 0.05)
    world.embed = None
    world.publish(1, parts())
    done = world.publish(2, parts(*range(9)))
    assert (done.status, done.verdict, world.current) == ("published", None, "bld_2")


def test_a_second_attempt_leaves_what_serves_alone(world):
    """A build that was switched to before its process ended is not written over."""
    world.publish(1, parts())
    before = world.storage.get(f"data/{world.business}/builds/bld_1/chunks.jsonl")[1]
    done = world.publish(1, parts(4))
    assert (done.status, done.manifest.chunks) == ("published", PAGES)
    assert world.storage.get(f"data/{world.business}/builds/bld_1/chunks.jsonl")[1] == before
    assert world.told.builds == ["bld_1"]


def test_builds_held_back_do_not_pile_up(world):
    """Those that serve or did stay, of those that wait the newest few; the next one that serves clears them away."""
    for number in (1, 2, 3, 4):
        world.publish(number, parts(text=str(number)))
    for number in (5, 6, 7, 8, 9):
        assert world.publish(number, parts(4, text=str(number))).status == "blocked"
    waiting = [f"bld_{number}" for number in (5, 6, 7, 8, 9)][-KEPT_CANDIDATES:]
    assert world.folders == ["bld_2", "bld_3", "bld_4", *waiting]
    assert len(world.publisher.kept(world.business)) == KEPT_BUILDS
    assert world.publisher.waiting(world.business)[0].build_id == "bld_9"
    assert world.publish(91, parts(text="last")).status == "published"
    assert world.folders == ["bld_3", "bld_4", "bld_91"]


def test_a_build_that_is_gone_cannot_be_switched_to(world):
    """The reason says so; what serves stays."""
    world.publish(1, parts())
    for unknown in ("bld_0", "../other/builds/bld_1"):
        with pytest.raises(Conflict, match="not kept any more") as refused:
            world.publisher.switch_to(world.business, unknown)
        assert refused.value.code == "not_kept"
    assert world.current == "bld_1"


def test_an_outage_of_the_model_switches_nothing(world):
    """A build that cannot be judged fails; the next one is judged again."""

    def away(*_):
        raise ModelUnavailable("away", transient=True, reason="503")

    world.publish(1, parts())
    world.embed = away
    with pytest.raises(ModelUnavailable):
        world.publish(2, parts(4))
    assert world.current == "bld_1"
    world.embed = embed
    assert world.publish(3, parts(4)).status == "blocked"


def test_what_serves_is_judged_in_its_own_space(world):
    """After a change of the embedding model the questions are embedded for each of both."""
    spaces = []

    def embedding(texts, space):
        spaces.append(space.model)
        turned = 0 if space.model == MODEL else 3  # the other model's axes are others
        return [axis(int(text.split()[1].strip("?")) + turned) for text in texts]

    world.publish(1, parts())
    world.embed = embedding
    moved = parts(4)
    turned = Parts(moved.chunks, np.roll(moved.vectors, 3, axis=1))
    manifest = manifest_of("bld_2", len(turned.chunks), embedding_model="another")
    done = world.publisher.publish(world.business, turned, manifest)
    assert sorted(spaces) == ["another", MODEL]
    assert (done.status, done.verdict["lost"]) == ("blocked", ("q4",))


def test_a_damaged_index_does_not_hold_a_build_back(world):
    """A whole build is better than one that nobody can load."""
    world.publish(1, parts())
    world.storage.put(f"data/{world.business}/builds/bld_1/chunks.jsonl", b"{}")
    with pytest.raises(StorageUnavailable):
        world.serving(world.business)
    assert world.publish(2, parts(4)).status == "published"
    assert world.current == "bld_2"


def test_two_switches_at_once(world, own_bucket_server):
    """One wins, the other is told; what answers is the winner's."""
    for number in (1, 2, 3):
        world.publish(number, parts(text=str(number)))
    both = threading.Barrier(2)

    def meet(what, name):
        if what == "put" and name == f"data/{world.business}/manifest.json":
            both.wait(10)  # both know what was current

    publishers = [world.on(WatchedStorage(own_bucket_server.port, BUCKET, meet)) for _ in range(2)]
    results = at_once(
        [partial(one.switch_to, world.business, f"bld_{number}") for number, one in enumerate(publishers, 1)]
    )
    lost = [result for result in results if isinstance(result, Conflict)]
    won = [result for result in results if not isinstance(result, Conflict)]
    assert [one.code for one in lost] == ["switched_meanwhile"]
    assert [one.build_id for one in won] == [world.current]


def test_a_rollback_while_a_build_is_judged_wins(world, own_bucket_server):
    """The build was compared with what does not serve any more: it fails and can be run again."""
    world.publish(1, parts(text="1"))
    world.publish(2, parts(text="2"))

    def embedding(texts, space):
        world.publisher.switch_to(world.business, "bld_1")
        return embed(texts, space)

    world.embed = embedding
    with pytest.raises(Conflict, match="Another build was switched to meanwhile"):
        world.publish(3, parts(text="3"))
    assert world.current == "bld_1"


def test_businesses_do_not_meet(world, storage):
    """Another business's build of the same id is another build."""
    other = World(storage, f"{world.business}-2")
    other.publish(1, parts(text="theirs"))
    world.publish(2, parts(text="ours"))
    with pytest.raises(Conflict, match="not kept"):
        world.publisher.switch_to(world.business, "bld_1")
    assert (world.current, other.current) == ("bld_2", "bld_1")
